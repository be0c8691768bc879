/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_section.h"

#include <stdio.h>
#include <string.h>
#include "configuration_keys.h"
#include "configuration_reader.h"
#include "text.h"

/* Sets nuncio's own keys and moves the others to `options`. */
static int read_entries(struct config_section *section, const char *kind, void *target,
                        struct config_entries *options, struct config_report *report,
                        struct nuncio_failure *failure)
{
    if (config_key_defaults(kind, target, failure) < 0)
        return -1;
    for (size_t i = 0; i < section->entries.count; i++) {
        struct config_entry *entry = &section->entries.items[i];
        const struct config_key *key = config_key_find(kind, entry->key);
        if (key) {
            if (config_key_set(key, target, entry, report, failure) < 0)
                return -1;
            continue;
        }
        struct config_entry *items = config_grow(options->items, options->count, sizeof *items);
        if (!items)
            return failure_memory(failure);
        options->items = items;
        items[options->count++] = *entry;
        *entry = (struct config_entry){.place = entry->place};
    }
    return 0;
}

static const struct config_place *place_of(const struct config_section *section, const char *key)
{
    for (size_t i = 0; i < section->entries.count; i++) {
        const struct config_entry *entry = &section->entries.items[i];
        if (entry->key && strcmp(entry->key, key) == 0)
            return &entry->place;
    }
    return NULL;
}

static bool is_later(const struct config_place *left, const struct config_place *right)
{
    return left->source->order > right->source->order ||
           (left->source == right->source && left->line > right->line);
}

static void check_polling(const struct provider_config *provider, const struct config_section *section,
                          struct config_report *report)
{
    if (provider->poll_min_ms <= provider->poll_max_ms)
        return;
    const struct config_place *least = place_of(section, "poll_min");
    const struct config_place *most = place_of(section, "poll_max");
    const struct config_place *place = most && (!least || is_later(most, least)) ? most : least;
    char least_text[32];
    char most_text[32];
    config_duration_text(provider->poll_min_ms, least_text);
    config_duration_text(provider->poll_max_ms, most_text);
    config_complain(report, place ? place : &provider->place,
                    "poll_min = %s is greater than poll_max = %s; it must be less or equal", least_text,
                    most_text);
}

static int read_nuncio(struct config *config, struct config_section *section, struct config_report *report,
                       struct nuncio_failure *failure)
{
    struct config_entries unknown = {0};
    /* The title lives as long as the config. */
    for (size_t i = 0; i < section->entries.count; i++)
        section->entries.items[i].place.section = "nuncio";
    int result = read_entries(section, "nuncio", config, &unknown, report, failure);
    for (size_t i = 0; i < unknown.count; i++) {
        char advice[256];
        config_key_advice("nuncio", unknown.items[i].key, advice, sizeof advice);
        config_complain(report, &unknown.items[i].place, "unknown key %.64s in [nuncio]%s",
                        unknown.items[i].key, advice);
    }
    config_entries_finish(&unknown);
    return result;
}

static int read_provider(struct config *config, struct config_section *section, const char *name,
                         struct config_report *report, struct nuncio_failure *failure)
{
    struct provider_config *provider = &config->providers[config->provider_count];
    struct nuncio_slice slice = nuncio_slice(name);
    if (!text_assign(&provider->name, slice) || !text_assign(&provider->plugin, slice))
        return failure_memory(failure);
    provider->title = section->title;
    section->title = NULL;
    provider->place = section->place;
    provider->plugin_place = provider->base_url_place = section->place;
    if (read_entries(section, "provider", provider, &provider->options, report, failure) < 0)
        return -1;
    check_polling(provider, section, report);
    return 0;
}

static int read_agent(struct config *config, struct config_section *section, const char *name,
                      struct config_report *report, struct nuncio_failure *failure)
{
    struct agent_config *agent = &config->agents[config->agent_count];
    if (!text_assign(&agent->name, nuncio_slice(name)))
        return failure_memory(failure);
    agent->title = section->title;
    section->title = NULL;
    agent->place = agent->id_place = section->place;
    return read_entries(section, "agent", agent, &agent->options, report, failure);
}

/* "[providr x]": says which of the three kinds may be meant. */
static void complain_section(const struct config_section *section, struct config_report *report)
{
    static const char *const kinds[] = {"nuncio", "provider", "agent"};
    size_t size = strcspn(section->title, " ");
    char kind[32];
    (void)snprintf(kind, sizeof kind, "%.*s", size < sizeof kind ? (int)size : 0, section->title);
    const char *near = *kind ? text_nearest(kind, kinds, 3) : NULL;
    const char *name = strcmp(near ? near : "", "nuncio") == 0 ? "" : section->title + size;
    if (near && (*name || strcmp(near, "nuncio") == 0))
        config_complain(report, &section->place, "unknown section [%.128s]; did you mean [%s%.128s]?",
                        section->title, near, name);
    else
        config_complain(report, &section->place,
                        "unknown section [%.128s]; allowed are [nuncio], [provider NAME], [agent NAME]",
                        section->title);
}

int config_section_read(struct config *config, struct config_section *section, struct config_report *report,
                        struct nuncio_failure *failure)
{
    const char *title = section->title;
    bool is_provider = strncmp(title, "provider ", 9) == 0;
    bool is_agent = strncmp(title, "agent ", 6) == 0;
    const char *name = title + (is_provider ? 9 : 6);
    if (strcmp(title, "nuncio") == 0)
        return read_nuncio(config, section, report, failure);
    if (strcmp(title, "provider") == 0 || strcmp(title, "agent") == 0) {
        config_complain(report, &section->place, "section [%s] has no name; write [%s NAME]", title, title);
        return 0;
    }
    if (!is_provider && !is_agent) {
        complain_section(section, report);
        return 0;
    }
    if (!config_is_name(name)) {
        config_complain(report, &section->place, "[%.128s]: '%.128s' is no name; " CONFIG_NAME_RULE, title,
                        name);
        return 0;
    }
    int result = is_provider ? read_provider(config, section, name, report, failure)
                             : read_agent(config, section, name, report, failure);
    /* Counted even if it failed, so that config_finish() frees what there is. */
    config->provider_count += is_provider;
    config->agent_count += is_agent;
    return result;
}
