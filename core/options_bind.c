/* SPDX-License-Identifier: MIT */
/* From the keys of a section to the options of its plugin. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buffer.h"
#include "configuration_keys.h"
#include "text.h"
#include "trust.h"

static const enum secret_form forms[] = {SECRET_LITERAL, SECRET_ENV, SECRET_FILE, SECRET_COMMAND,
                                         SECRET_CREDENTIAL};

#define FORM_COUNT (sizeof forms / sizeof forms[0])

/* Which option a key is for, and for a SECRET one in which form; the plugin's option_count where none. */
static uint32_t match_key(const struct nuncio_plugin *plugin, const char *key, enum secret_form *ret_form)
{
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        const struct nuncio_option *option = &plugin->options[i];
        size_t size = strlen(option->name);
        if (strncmp(key, option->name, size) != 0)
            continue;
        for (size_t j = 0; j < (option->flags & NUNCIO_SECRET ? FORM_COUNT : 1); j++) {
            if (strcmp(key + size, secret_suffix(forms[j])) == 0) {
                *ret_form = option->flags & NUNCIO_SECRET ? forms[j] : SECRET_NONE;
                return i;
            }
        }
    }
    return plugin->option_count;
}

/* All keys that may stand in the section: the plugin's, the forms of its secrets, nuncio's own. Texts of
   `room` are filled in for the forms. */
static size_t list_keys(const struct nuncio_plugin *plugin, bool is_agent, const char **names,
                        char (*room)[64])
{
    size_t count = 0;
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        const struct nuncio_option *option = &plugin->options[i];
        bool is_secret = option->flags & NUNCIO_SECRET;
        if (is_agent && is_secret)
            continue;
        names[count++] = option->name;
        for (size_t j = 1; is_secret && j < FORM_COUNT; j++) {
            (void)snprintf(*room, sizeof *room, "%s%s", option->name, secret_suffix(forms[j]));
            names[count++] = *room++;
        }
    }
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].section, is_agent ? "agent" : "provider") == 0)
            names[count++] = config_keys[i].name;
    }
    return count;
}

/* Advises the nearest key, else what the plugin takes. */
static int complain_unknown(const struct nuncio_plugin *plugin, bool is_agent,
                            const struct config_entry *entry, struct config_report *report,
                            struct nuncio_failure *failure)
{
    if (is_agent && config_key_find("provider", entry->key)) {
        config_complain(report, &entry->place, "%s is a provider's key; move it to the [provider NAME]",
                        entry->key);
        return 0;
    }
    const char **names = calloc(plugin->option_count * FORM_COUNT + config_key_count, sizeof(*names));
    char(*room)[64] = calloc(plugin->option_count * FORM_COUNT + 1, sizeof(*room));
    if (!names || !room) {
        free(names);
        free(room);
        return failure_memory(failure);
    }
    const char *near = text_nearest(entry->key, names, list_keys(plugin, is_agent, names, room));
    struct buffer takes;
    buffer_init(&takes, 512);
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        if (!is_agent || !(plugin->options[i].flags & NUNCIO_SECRET))
            buffer_append_format(&takes, "%s%s", takes.size ? ", " : "", plugin->options[i].name);
    }
    if (near)
        config_complain(report, &entry->place, "unknown key %.64s; did you mean %s?", entry->key, near);
    else
        config_complain(report, &entry->place, "unknown key %.64s; plugin %s takes %s%s", entry->key,
                        plugin->name, takes.size ? buffer_text(&takes) : "none of its own",
                        is_agent ? " here" : "");
    buffer_finish(&takes);
    free(names);
    free(room);
    return 0;
}

/* Returns 0 (mistakes are in the report, *ret_text is NULL then), or -1 without memory. The value is not
   shown: who has taken one key for another may have written a secret there. */
static int read_value(const struct nuncio_option *option, const char *value, const struct config_place *place,
                      char **ret_text, struct config_report *report, struct nuncio_failure *failure)
{
    bool is_bounded = option->minimum != 0 || option->maximum != 0;
    int64_t number = (int64_t)strlen(value);
    char digits[32];
    bool truth;
    *ret_text = NULL;
    if (option->type == NUNCIO_BOOLEAN) {
        if (!text_boolean(value, &truth)) {
            config_complain(report, place,
                            "%s is neither yes nor no; allowed are yes, no, true, false, on, off, 1, 0",
                            option->name);
            return 0;
        }
        value = truth ? "yes" : "no";
    } else if (option->type == NUNCIO_INTEGER && !text_integer(value, &number)) {
        config_complain(report, place, "%s is no whole number; write digits only", option->name);
        return 0;
    } else if (is_bounded && (number < option->minimum || number > option->maximum)) {
        config_complain(report, place, "%s is out of range; allowed are %" PRId64 " to %" PRId64 "%s",
                        option->name, option->minimum, option->maximum,
                        option->type == NUNCIO_STRING ? " bytes" : "");
        return 0;
    }
    if (option->type == NUNCIO_INTEGER) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, number);
        value = digits;
    }
    *ret_text = text_copy(nuncio_slice(value));
    return *ret_text ? 0 : failure_memory(failure);
}

/* A literal must not be where others see it, nor the arguments of a command that prints it. */
static void check_visible(const struct nuncio_option *option, const struct config_entry *entry,
                          enum secret_form form, struct config_report *report)
{
    const struct config_source *source = entry->place.source;
    struct nuncio_failure failure;
    if (!source || (form != SECRET_LITERAL && form != SECRET_COMMAND))
        return;
    if (source->is_override) {
        config_complain(report, &entry->place,
                        "%s is a secret, and others can see command lines; set it in a file, or set %s_env",
                        entry->key, option->name);
    } else if (form == SECRET_LITERAL && trust_secret(source->name, &source->info, &failure) < 0) {
        (void)failure_prefix(&failure, "%s", entry->key);
        (void)config_locate(&failure, &entry->place);
        config_complain_failure(report, &entry->place, &failure);
    }
}

/* Of two forms of one secret the later source's wins; within one source there may be only one. */
static bool is_replaced(const struct nuncio_option *option, const struct option_value *item,
                        const struct config_entry *entry, enum secret_form form, struct config_report *report)
{
    const struct config_place *place = &entry->place;
    if (item->form == SECRET_NONE)
        return true;
    if (item->place.source != place->source)
        return place->source && (!item->place.source || item->place.source->order < place->source->order);
    bool is_later = item->place.line <= place->line;
    config_complain(report, is_later ? place : &item->place,
                    "%s%s and %s%s in line %u are two forms of one secret; keep one of them", option->name,
                    secret_suffix(is_later ? form : item->form), option->name,
                    secret_suffix(is_later ? item->form : form), is_later ? item->place.line : place->line);
    return false;
}

static int bind_secret(const struct nuncio_option *option, enum secret_form form,
                       const struct config_entry *entry, struct option_value *item,
                       struct config_report *report, struct nuncio_failure *failure)
{
    check_visible(option, entry, form, report);
    if (text_has_control(entry->value, strlen(entry->value))) {
        config_complain(report, &entry->place, "%s takes one line without control characters", entry->key);
        return 0;
    }
    if (!is_replaced(option, item, entry, form, report))
        return 0;
    char *source = NULL;
    if (form == SECRET_FILE) {
        struct nuncio_failure relative;
        if (config_resolve_path(&entry->place, entry->key, entry->value, &source, &relative) < 0) {
            if (relative.error_class != NUNCIO_ERROR_INVALID)
                return failure_memory(failure);
            config_complain_failure(report, &entry->place, &relative);
            return 0;
        }
    } else {
        source = text_copy(nuncio_slice(entry->value));
        if (!source)
            return failure_memory(failure);
    }
    text_wipe(item->source);
    item->source = source;
    item->form = form;
    item->place = entry->place;
    return 0;
}

static int bind_entry(struct option_values *values, const struct config_entry *entry,
                      struct config_report *report, struct nuncio_failure *failure)
{
    const struct nuncio_plugin *plugin = values->plugin;
    enum secret_form form;
    uint32_t index = match_key(plugin, entry->key, &form);
    if (index == plugin->option_count)
        return complain_unknown(plugin, values->base != NULL, entry, report, failure);
    if (form != SECRET_NONE && values->base) {
        config_complain(report, &entry->place, "%s is a secret; move it to the [provider NAME]", entry->key);
        return 0;
    }
    if (!*entry->value)
        return 0;
    const struct nuncio_option *option = &plugin->options[index];
    struct option_value *item = &values->items[index];
    if (form != SECRET_NONE)
        return bind_secret(option, form, entry, item, report, failure);
    char *text;
    if (read_value(option, entry->value, &entry->place, &text, report, failure) < 0)
        return -1;
    text_wipe(item->text);
    item->text = text;
    item->place = entry->place;
    return 0;
}

/* An agent has none: what it does not set is its provider's. */
static int bind_defaults(struct option_values *values, struct config_report *report,
                         struct nuncio_failure *failure)
{
    const struct nuncio_plugin *plugin = values->plugin;
    for (uint32_t i = 0; i < plugin->option_count && !values->base; i++) {
        const struct nuncio_option *option = &plugin->options[i];
        struct option_value *item = &values->items[i];
        if (item->text || !option->default_value || option->flags & NUNCIO_SECRET)
            continue;
        if (read_value(option, option->default_value, &item->place, &item->text, report, failure) < 0)
            return -1;
    }
    return 0;
}

int options_bind(const struct nuncio_plugin *plugin, const struct config_entries *entries,
                 const struct option_values *base, struct option_values *ret_values,
                 struct nuncio_failure *failure)
{
    struct config_report report = {0};
    struct option_values values;
    struct option_value *items = calloc((size_t)plugin->option_count + 1, sizeof *items);
    if (!items)
        return failure_memory(failure);
    options_init(&values, plugin, base, items);
    int result = 0;
    for (size_t i = 0; i < entries->count && result == 0; i++)
        result = bind_entry(&values, &entries->items[i], &report, failure);
    if (result == 0 && !report.failed) {
        result = bind_defaults(&values, &report, failure);
        if (report.failed)
            (void)failure_prefix(&report.failure, "plugin %s has a wrong default", plugin->name);
    }
    if (result == 0 && report.failed) {
        result = -1;
        if (failure)
            *failure = report.failure;
    }
    if (result == 0)
        *ret_values = values;
    else
        options_finish(&values);
    return result;
}
