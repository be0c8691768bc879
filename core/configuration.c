/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "configuration_files.h"
#include "configuration_keys.h"
#include "configuration_reader.h"
#include "configuration_section.h"
#include "configuration_tree.h"
#include "text.h"

int config_locate(struct nuncio_failure *failure, const struct config_place *place)
{
    if (place->file && place->line)
        return failure_prefix(failure, "%s:%u", place->file, place->line);
    return place->file ? failure_prefix(failure, "%s", place->file) : -1;
}

int config_error(struct nuncio_failure *failure, const struct config_place *place, const char *format, ...)
{
    char text[sizeof failure->text];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    failure_set(failure, NUNCIO_ERROR_INVALID, "%s", text);
    return config_locate(failure, place);
}

/* A misspelt key looks like a plugin's option, so it is found here by what is missing without it. */
static void complain_no_provider(const struct agent_config *agent, struct config_report *report)
{
    static const char *const wanted[] = {"provider"};
    for (size_t i = 0; i < agent->options.count; i++) {
        const struct config_entry *entry = &agent->options.items[i];
        if (text_nearest(entry->key, wanted, 1)) {
            config_complain(report, &entry->place, "unknown key %.64s in [%.128s]; did you mean provider?",
                            entry->key, agent->title);
            return;
        }
    }
    config_complain(report, &agent->place,
                    "[%.128s] has no provider; set provider to the NAME of a [provider NAME]", agent->title);
}

/* Finds the provider of an agent. What is missing after another mistake may be missing because of it. */
static int link_agent(struct config *config, struct agent_config *agent, struct config_report *report,
                      struct nuncio_failure *failure)
{
    if (!agent->provider) {
        bool was_refused = agent->provider_place.file && report->failed;
        if (!report->broken && !was_refused)
            complain_no_provider(agent, report);
        return 0;
    }
    for (size_t i = 0; i < config->provider_count; i++) {
        if (strcmp(config->providers[i].name, agent->provider) == 0) {
            agent->provider_index = i;
            return 0;
        }
    }
    const char **names = calloc(config->provider_count + 1, sizeof(*names));
    if (!names)
        return failure_memory(failure);
    for (size_t i = 0; i < config->provider_count; i++)
        names[i] = config->providers[i].name;
    char advice[512];
    config_advice(agent->provider, names, config->provider_count, advice, sizeof advice);
    free(names);
    if (!report->failed)
        config_complain(report, &agent->provider_place, "provider %.128s is not configured%s",
                        agent->provider, *advice ? advice : "; add a [provider NAME] section");
    return 0;
}

/* What holds without any file: the built-in plugin directory, the state directory. */
static int complete(struct config *config, struct nuncio_failure *failure)
{
    char **paths = config_grow(config->plugin_path, config->plugin_path_count, sizeof(*paths));
    if (!paths)
        return failure_memory(failure);
    config->plugin_path = paths;
    paths[config->plugin_path_count] = text_copy(nuncio_slice(PLUGIN_DIR));
    if (!paths[config->plugin_path_count])
        return failure_memory(failure);
    config->plugin_path_count++;
    return config->state_dir ? 0 : config_default_state_dir(&config->state_dir, failure);
}

static int interpret(struct config_tree *tree, struct config *config, struct nuncio_failure *failure)
{
    config->providers = calloc(tree->section_count + 1, sizeof *config->providers);
    config->agents = calloc(tree->section_count + 1, sizeof *config->agents);
    if (!config->providers || !config->agents)
        return failure_memory(failure);
    if (config_key_defaults("nuncio", config, failure) < 0)
        return -1;
    for (size_t i = 0; i < tree->section_count; i++) {
        if (config_section_read(config, tree->sections[i], &tree->report, failure) < 0)
            return -1;
    }
    for (size_t i = 0; i < config->agent_count; i++) {
        if (link_agent(config, &config->agents[i], &tree->report, failure) < 0)
            return -1;
    }
    return 0;
}

static int read_sources(const struct config_request *request, const struct config_file_list *files,
                        struct config_tree *tree, struct nuncio_failure *failure)
{
    for (size_t i = 0; i < files->count; i++) {
        int result = config_tree_add_file(tree, files->items[i].path, failure);
        if (result < 0 || (result > 0 && !files->items[i].optional))
            return -1;
    }
    for (size_t i = 0; i < request->override_count; i++) {
        if (config_tree_add_override(tree, request->overrides[i], failure) < 0)
            return -1;
    }
    return 0;
}

int config_read_in(const char *sysconf_dir, const struct config_request *request, struct config *ret_config,
                   struct nuncio_failure *failure)
{
    struct config_file_list files = {0};
    struct config_tree tree = {0};
    struct config config = {0};
    int result = -1;
    if (config_files_find(sysconf_dir, request->file, &files, failure) < 0 ||
        read_sources(request, &files, &tree, failure) < 0 || interpret(&tree, &config, failure) < 0)
        goto out;
    if (tree.report.failed) {
        if (failure)
            *failure = tree.report.failure;
    } else if (tree.source_count == request->override_count && config.provider_count == 0 &&
               !request->optional) {
        failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "there is no configuration; looked for %s; write one of them, or name a file with --config",
            files.looked_for);
    } else {
        result = complete(&config, failure);
    }
    if (result == 0) {
        config.sources = tree.sources;
        config.source_count = tree.source_count;
        tree.sources = NULL;
        tree.source_count = 0;
        *ret_config = config;
        config = (struct config){0};
    }
out:
    config_finish(&config);
    config_tree_finish(&tree);
    config_files_finish(&files);
    return result;
}

int config_read(const struct config_request *request, struct config *ret_config,
                struct nuncio_failure *failure)
{
    return config_read_in(SYSCONF_DIR, request, ret_config, failure);
}

void config_finish(struct config *config)
{
    for (size_t i = 0; i < config->plugin_path_count; i++)
        free(config->plugin_path[i]);
    free(config->plugin_path);
    free(config->state_dir);
    free(config->store);
    for (size_t i = 0; i < config->provider_count; i++) {
        struct provider_config *provider = &config->providers[i];
        free(provider->title);
        free(provider->name);
        free(provider->plugin);
        free(provider->base_url);
        free(provider->proxy);
        free(provider->ca_file);
        config_entries_finish(&provider->options);
    }
    free(config->providers);
    for (size_t i = 0; i < config->agent_count; i++) {
        struct agent_config *agent = &config->agents[i];
        free(agent->title);
        free(agent->name);
        free(agent->provider);
        free(agent->id);
        config_entries_finish(&agent->options);
    }
    free(config->agents);
    config_sources_finish(config->sources, config->source_count);
    *config = (struct config){0};
}
