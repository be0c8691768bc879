/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "provider.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "buffer.h"
#include "http.h"
#include "plugin_error.h"
#include "text.h"

/* The plugin's file is at fault and not the configuration: no other provider suffers from that. */
static int refuse(struct provider *provider, const char *text, struct nuncio_failure *failure)
{
    if (!provider->refused)
        provider->refused = strdup(text);
    return provider->refused ? 0 : failure_memory(failure);
}

/* A plugin's instance and traits for these values. `what` names the section in messages. REGISTRY_REFUSED
   where configure() left traits that cannot be. */
static int configure(const struct nuncio_plugin *plugin, const struct option_values *values,
                     const struct config_place *place, const char *what, void **ret_instance,
                     struct nuncio_traits *ret_traits, struct nuncio_failure *failure)
{
    *ret_traits = (struct nuncio_traits){
        .size = sizeof(*ret_traits),
        .capabilities = plugin->capabilities,
        .base_url = plugin->base_url,
    };
    if (plugin->instance_size > 0) {
        *ret_instance = calloc(1, plugin->instance_size);
        if (!*ret_instance)
            return failure_memory(failure);
    }
    if (!plugin->configure)
        return 0;
    struct plugin_error error;
    plugin_error_init(&error);
    if (plugin->configure(*ret_instance, &values->abi, ret_traits, &error.abi) != NUNCIO_OK)
        return config_error(failure, place, "[%s]: %s", what, error.text);
    return registry_check_capabilities(plugin, ret_traits->capabilities, failure) < 0 ? REGISTRY_REFUSED : 0;
}

static int choose_base_url(struct provider *provider, struct nuncio_failure *failure)
{
    const struct provider_config *config = provider->config;
    const char *url = config->base_url ? config->base_url : provider->traits.base_url;
    if (!url)
        return config_error(failure, &config->place,
                            "[provider %s] has no base_url; plugin %s has no default", config->name,
                            provider->plugin->name);
    if (!http_is_url(url))
        return config_error(failure, config->base_url ? &config->base_url_place : &config->place,
                            "base_url = %.200s is no URL; write https://HOST/PATH", url);
    provider->base_url = strdup(url);
    return provider->base_url ? 0 : failure_memory(failure);
}

static const struct config_place *plugin_place(const struct provider_config *config)
{
    return config->plugin_place.file ? &config->plugin_place : &config->place;
}

/* "/usr/lib/nuncio/1/acme.so (/etc/nuncio/nuncio.ini:4)" */
static char *make_origin(const struct provider_config *config, const char *file)
{
    const struct config_place *place = plugin_place(config);
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append_text(&text, file);
    if (place->file && place->line)
        buffer_append_format(&text, " (%s:%u)", place->file, place->line);
    else if (place->file)
        buffer_append_format(&text, " (%s)", place->file);
    char *origin = buffer_take(&text);
    buffer_finish(&text);
    return origin;
}

static int open_plugin(struct provider *provider, struct registry *registry, struct nuncio_failure *failure)
{
    const struct provider_config *config = provider->config;
    const struct registry_plugin *loaded;
    struct nuncio_failure problem;
    int result = registry_plugin(registry, config->plugin, &loaded, &problem);
    if (result == 0) {
        provider->plugin = &loaded->plugin;
        provider->file = loaded->path;
        provider->origin = make_origin(config, loaded->path);
        return provider->origin ? 0 : failure_memory(failure);
    }
    config_locate(&problem, plugin_place(config));
    if (result == REGISTRY_REFUSED)
        return refuse(provider, problem.text, failure);
    if (failure)
        *failure = problem;
    return -1;
}

static int configure_with(struct provider *provider, const struct option_values *values,
                          const struct config_place *place, const char *what, void **ret_instance,
                          struct nuncio_traits *ret_traits, struct nuncio_failure *failure)
{
    struct nuncio_failure problem;
    int result = configure(provider->plugin, values, place, what, ret_instance, ret_traits, &problem);
    if (result == REGISTRY_REFUSED) {
        failure_prefix(&problem, "plugin %s, after configure() for [%s]", provider->file, what);
        config_locate(&problem, plugin_place(provider->config));
        return refuse(provider, problem.text, failure);
    }
    if (result < 0 && failure)
        *failure = problem;
    return result;
}

static int bind_provider(const struct provider_config *config, struct registry *registry,
                         struct provider *ret_provider, struct nuncio_failure *failure)
{
    ret_provider->config = config;
    if (admission_init(&ret_provider->admission, config->max_in_flight, config->rate_count,
                       config->rate_period_ms) < 0)
        return failure_memory(failure);
    if (open_plugin(ret_provider, registry, failure) < 0)
        return -1;
    if (ret_provider->refused)
        return 0;
    if (options_bind(ret_provider->plugin, &config->options, NULL, &ret_provider->values, failure) < 0 ||
        configure_with(ret_provider, &ret_provider->values, &config->place, config->title,
                       &ret_provider->instance, &ret_provider->traits, failure) < 0)
        return -1;
    return ret_provider->refused ? 0 : choose_base_url(ret_provider, failure);
}

static int bind_agent(const struct agent_config *config, struct directory *directory, struct agent *ret_agent,
                      struct nuncio_failure *failure)
{
    ret_agent->config = config;
    ret_agent->provider = &directory->providers[config->provider_index];
    const struct nuncio_plugin *plugin = ret_agent->provider->plugin;
    if (ret_agent->provider->refused)
        return 0;
    if (options_bind(plugin, &config->options, &ret_agent->provider->values, &ret_agent->values, failure) < 0)
        return -1;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is no agent without a provider */
    if (!config->id && !(plugin->flags & NUNCIO_AGENT_OPTIONAL))
        return config_error(failure, &config->place,
                            "[agent %s] has no id; plugin %s needs the vendor's agent id", config->name,
                            plugin->name);
    return configure_with(ret_agent->provider, &ret_agent->values, &config->place, config->title,
                          &ret_agent->instance, &ret_agent->traits, failure);
}

/* What a provider lacks may be in each of its agents. */
static int check_complete(const struct directory *directory, size_t index, struct nuncio_failure *failure)
{
    const struct provider *provider = &directory->providers[index];
    struct nuncio_failure first;
    if (provider->refused || options_complete(&provider->values, &provider->config->place, &first) == 0)
        return 0;
    bool agents = false;
    bool complete = true;
    for (size_t i = 0; i < directory->agent_count; i++) {
        const struct agent *agent = &directory->agents[i];
        if (agent->provider != provider)
            continue;
        agents = true;
        complete = complete && options_complete(&agent->values, &agent->config->place, NULL) == 0;
    }
    if (agents && complete)
        return 0;
    if (failure)
        *failure = first;
    return -1;
}

static int bind_all(const struct config *config, struct registry *registry, struct directory *directory,
                    struct nuncio_failure *failure)
{
    for (; directory->provider_count < config->provider_count; directory->provider_count++) {
        size_t i = directory->provider_count;
        if (bind_provider(&config->providers[i], registry, &directory->providers[i], failure) < 0) {
            directory->provider_count++;
            return -1;
        }
    }
    for (; directory->agent_count < config->agent_count; directory->agent_count++) {
        size_t i = directory->agent_count;
        if (bind_agent(&config->agents[i], directory, &directory->agents[i], failure) < 0) {
            directory->agent_count++;
            return -1;
        }
    }
    for (size_t i = 0; i < directory->provider_count; i++) {
        if (check_complete(directory, i, failure) < 0)
            return -1;
    }
    return 0;
}

int directory_create(const struct config *config, struct registry *registry, struct directory *ret_directory,
                     struct nuncio_failure *failure)
{
    struct directory directory = {0};
    directory.providers = calloc(config->provider_count + 1, sizeof(*directory.providers));
    directory.agents = calloc(config->agent_count + 1, sizeof(*directory.agents));
    if (!directory.providers || !directory.agents) {
        directory_finish(&directory);
        return failure_memory(failure);
    }
    if (bind_all(config, registry, &directory, failure) < 0) {
        directory_finish(&directory);
        return -1;
    }
    *ret_directory = directory;
    return 0;
}

void directory_finish(struct directory *directory)
{
    for (size_t i = 0; i < directory->agent_count; i++) {
        options_finish(&directory->agents[i].values);
        free(directory->agents[i].instance);
    }
    for (size_t i = 0; i < directory->provider_count; i++) {
        options_finish(&directory->providers[i].values);
        free(directory->providers[i].instance);
        free(directory->providers[i].base_url);
        free(directory->providers[i].origin);
        free(directory->providers[i].refused);
        admission_finish(&directory->providers[i].admission);
    }
    free(directory->agents);
    free(directory->providers);
    *directory = (struct directory){0};
}

static int not_found(const struct directory *directory, const char *name, struct nuncio_failure *failure)
{
    const char **names = calloc(directory->agent_count + directory->provider_count + 1, sizeof(*names));
    if (!names)
        return failure_memory(failure);
    size_t count = 0;
    for (size_t i = 0; i < directory->agent_count; i++)
        names[count++] = directory->agents[i].config->name;
    const char *nearest = text_nearest(name, names, count);
    failure_set(failure, NUNCIO_ERROR_INVALID,
                "no agent '%s' is configured%s%s%s; 'nuncio providers' lists them", name,
                nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
    free(names);
    return -1;
}

static int find_by_provider(const struct directory *directory, const char *name, const char *slash,
                            struct destination *ret_destination, struct nuncio_failure *failure)
{
    size_t length = (size_t)(slash - name);
    for (size_t i = 0; i < directory->provider_count; i++) {
        struct provider *provider = &directory->providers[i];
        if (strlen(provider->config->name) != length || memcmp(provider->config->name, name, length) != 0)
            continue;
        if (provider->refused)
            return failure_set(failure, NUNCIO_ERROR_INVALID, "%s", provider->refused);
        if (slash[1] == '\0' && !(provider->plugin->flags & NUNCIO_AGENT_OPTIONAL))
            return failure_set(failure, NUNCIO_ERROR_INVALID, "'%s' names no agent id; write %.*s/AGENT_ID",
                               name, (int)length, name);
        if (options_complete(&provider->values, &provider->config->place, failure) < 0)
            return -1;
        ret_destination->provider = provider;
        ret_destination->agent_id = slash[1] ? slash + 1 : NULL;
        ret_destination->values = &provider->values;
        ret_destination->instance = provider->instance;
        ret_destination->traits = &provider->traits;
        return 0;
    }
    return not_found(directory, name, failure);
}

int directory_find(const struct directory *directory, const char *name, struct destination *ret_destination,
                   struct nuncio_failure *failure)
{
    for (size_t i = 0; i < directory->agent_count; i++) {
        const struct agent *agent = &directory->agents[i];
        if (strcmp(agent->config->name, name) != 0)
            continue;
        if (agent->provider->refused)
            return failure_set(failure, NUNCIO_ERROR_INVALID, "%s", agent->provider->refused);
        ret_destination->provider = agent->provider;
        ret_destination->agent_id = agent->config->id;
        ret_destination->values = &agent->values;
        ret_destination->instance = agent->instance;
        ret_destination->traits = &agent->traits;
        return 0;
    }
    const char *slash = strchr(name, '/');
    if (slash)
        return find_by_provider(directory, name, slash, ret_destination, failure);
    return not_found(directory, name, failure);
}

struct request_values provider_request_values(const struct option_values *values, bool printing)
{
    return (struct request_values){.option = options_lookup, .context = values, .printing = printing};
}
