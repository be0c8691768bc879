/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "listing.h"
#include "output.h"
#include "runtime.h"

struct values {
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "json", NULL, "one JSON object a line", OPTION_FLAG, offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

static cJSON *option_object(const struct nuncio_option_info *option)
{
    cJSON *object = cJSON_CreateObject();

    if (object && listing_text(object, "name", option->name) && listing_text(object, "type", option->type) &&
        listing_text(object, "default", option->default_value) &&
        listing_text(object, "help", option->help) &&
        cJSON_AddBoolToObject(object, "required", option->required != 0) &&
        cJSON_AddBoolToObject(object, "secret", option->secret != 0))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static bool add_options(cJSON *object, const struct nuncio_plugin_info *info)
{
    cJSON *array = cJSON_AddArrayToObject(object, "options");

    for (uint64_t i = 0; array && i < info->option_count; i++) {
        cJSON *item = option_object(&info->options[i]);

        if (!item)
            return false;
        cJSON_AddItemToArray(array, item); /* cannot fail: both are there */
    }
    return array != NULL;
}

/* "1.0", or NULL where the plugin could not be loaded. */
static const char *abi_text(const struct nuncio_plugin_info *info, char buffer[32])
{
    if (!info->version)
        return NULL;
    snprintf(buffer, 32, "%" PRIu32 ".%" PRIu32, info->abi_major, info->abi_minor);
    return buffer;
}

static cJSON *plugin_object(const struct nuncio_plugin_info *info)
{
    cJSON *object = cJSON_CreateObject();
    char abi[32];

    if (object && listing_text(object, "name", info->name) &&
        listing_text(object, "version", info->version) && listing_text(object, "abi", abi_text(info, abi)) &&
        listing_text(object, "path", info->path) && listing_text(object, "summary", info->summary) &&
        listing_text(object, "documentation_url", info->documentation_url) &&
        listing_text(object, "base_url", info->base_url) &&
        listing_words(object, "capabilities", info->capabilities) && add_options(object, info) &&
        listing_text(object, "error", info->error))
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* "api_key*,user_id"; NULL without memory. free() */
static char *option_names(const struct nuncio_plugin_info *info)
{
    size_t room = 1, used = 0;
    char *names;

    for (uint64_t i = 0; i < info->option_count; i++)
        room += strlen(info->options[i].name) + 2;
    names = malloc(room);
    if (!names)
        return NULL;
    *names = '\0';
    for (uint64_t i = 0; i < info->option_count; i++)
        used += (size_t)snprintf(names + used, room - used, "%s%s%s", i > 0 ? "," : "", info->options[i].name,
                                 info->options[i].required ? "*" : "");
    return names;
}

static void on_plugin(void *context, const struct nuncio_plugin_info *info)
{
    struct listing *listing = context;
    char abi[32], *options;

    if (listing->json) {
        listing_object(listing, plugin_object(info));
        return;
    }
    options = option_names(info);
    if (!options)
        listing->failed = true;
    table_add(&listing->table,
              (const char *const[]){info->name, info->version, abi_text(info, abi), info->capabilities,
                                    options, info->path},
              info->error);
    free(options);
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    static const char *const headings[] = {"NAME", "VERSION", "ABI", "CAPABILITIES", "OPTIONS (*REQUIRED)",
                                           "FILE"};
    const struct values *values = options;
    struct nuncio_failure failure;
    struct listing listing;
    int status, result;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_PLUGINS, &status);

    (void)operands;
    if (!nuncio)
        return status;
    listing_init(&listing, values->json, headings, sizeof(headings) / sizeof(headings[0]));
    result = nuncio_each_plugin(nuncio, on_plugin, &listing, &failure);
    status = listing_finish(&listing);
    if (result < 0)
        status = runtime_failed(&failure);
    nuncio_destroy(nuncio);
    return status;
}

const struct command plugins_command = {
    .name = "plugins",
    .operands = "",
    .summary = "list the installed plugins",
    .details = "Opens every plugin of the plugin directories. One that cannot be loaded is shown\n"
               "with the reason. Needs no configuration.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
