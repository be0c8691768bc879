/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include "buffer.h"
#include "text.h"

static const struct nuncio_option *find_option(const struct option_values *values, const char *name,
                                               size_t *ret_index)
{
    for (uint32_t i = 0; i < values->plugin->option_count; i++) {
        if (strcmp(values->plugin->options[i].name, name) == 0) {
            *ret_index = i;
            return &values->plugin->options[i];
        }
    }
    return NULL;
}

/* Whether the option has a value, or will have one once its secret is resolved. */
static bool is_set(const struct option_values *values, size_t index)
{
    for (; values; values = values->base) {
        if (values->items[index].text || values->items[index].form != SECRET_NONE)
            return true;
    }
    return false;
}

static struct nuncio_slice service_value(const struct nuncio_options *options, const char *name)
{
    struct nuncio_slice value;
    uint32_t type;
    uint32_t flags;
    if (!options_lookup(options, name, &value, &type, &flags) || flags & NUNCIO_SECRET)
        return nuncio_slice(NULL);
    return value;
}

void options_init(struct option_values *values, const struct nuncio_plugin *plugin,
                  const struct option_values *base, struct option_value *items)
{
    static const struct nuncio_options_services services = {.size = sizeof services, .value = service_value};
    *values = (struct option_values){.abi = {.size = sizeof values->abi, .services = &services},
                                     .plugin = plugin,
                                     .items = items,
                                     .base = base};
}

void options_finish(struct option_values *values)
{
    for (uint32_t i = 0; values->items && i < values->plugin->option_count; i++) {
        text_wipe(values->items[i].text);
        text_wipe(values->items[i].source);
    }
    free(values->items);
    *values = (struct option_values){0};
}

/* "; set one of api_key_env, …": what to write for an option that is missing. */
static int fail_missing(const struct option_values *values, const struct nuncio_option *option,
                        const struct config_place *place, struct nuncio_failure *failure)
{
    const char *name = option->name;
    const char *section = place->section ? place->section : "provider";
    if (option->flags & NUNCIO_SECRET)
        return config_error(
            failure, place, "[%s] has no %s; set one of %s_env, %s_file, %s_command, %s_credential, %s%s",
            section, name, name, name, name, name, name, values->base ? " in its provider's section" : "");
    return config_error(failure, place, "[%s] has no %s; set %s there%s", section, name, name,
                        values->base ? " or in its provider's section"
                                     : ", or in each of its agents' sections");
}

static int fail_group(const struct option_values *values, uint32_t group, const struct config_place *place,
                      struct nuncio_failure *failure)
{
    struct buffer names;
    buffer_init(&names, 512);
    for (uint32_t i = 0; i < values->plugin->option_count; i++) {
        const struct nuncio_option *option = &values->plugin->options[i];
        if (option->group == group)
            buffer_append_format(&names, "%s%s", names.size ? ", " : "", option->name);
    }
    int result = config_error(failure, place, "[%s] has none of %s; set at least one of them",
                              place->section ? place->section : "provider", buffer_text(&names));
    buffer_finish(&names);
    return result;
}

int options_complete(const struct option_values *values, const struct config_place *place,
                     struct nuncio_failure *failure)
{
    const struct nuncio_plugin *plugin = values->plugin;
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        const struct nuncio_option *option = &plugin->options[i];
        if (option->flags & NUNCIO_REQUIRED && !is_set(values, i))
            return fail_missing(values, option, place, failure);
        bool set = option->group == 0;
        for (uint32_t j = 0; j < plugin->option_count && !set; j++)
            set = plugin->options[j].group == option->group && is_set(values, j);
        if (!set)
            return fail_group(values, option->group, place, failure);
    }
    return 0;
}

int options_resolve(struct option_values *values, struct nuncio_failure *failure)
{
    for (uint32_t i = 0; i < values->plugin->option_count; i++) {
        struct option_value *item = &values->items[i];
        if (item->form == SECRET_NONE || item->text)
            continue;
        if (secret_read(item->form, item->source, &item->text, failure) < 0) {
            failure_prefix(failure, "%s%s", values->plugin->options[i].name, secret_suffix(item->form));
            return config_locate(failure, &item->place);
        }
    }
    return 0;
}

bool options_lookup(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                    uint32_t *ret_flags)
{
    const struct option_values *values = context;
    size_t index;
    const struct nuncio_option *option = find_option(values, name, &index);
    if (!option)
        return false;
    const char *text = NULL;
    for (; values && !text; values = values->base) {
        text = values->items[index].text;
        if (!text && values->items[index].form != SECRET_NONE)
            text = ""; /* set, but not resolved: a preview shows that it is there */
    }
    *ret_value = nuncio_slice(text);
    *ret_type = option->type;
    *ret_flags = option->flags;
    return true;
}
