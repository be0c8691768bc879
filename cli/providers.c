/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

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

static const char *health(const struct nuncio_agent_info *info)
{
    return info->error ? "error" : "ok";
}

static cJSON *agent_object(const struct nuncio_agent_info *info)
{
    cJSON *object = cJSON_CreateObject();

    if (object && listing_text(object, "provider", info->provider) &&
        listing_text(object, "plugin", info->plugin) && listing_text(object, "agent", info->agent) &&
        listing_text(object, "id", info->agent_id) && listing_text(object, "base_url", info->base_url) &&
        listing_words(object, "capabilities", info->capabilities) &&
        listing_text(object, "strategy", info->strategy) && listing_text(object, "health", health(info)) &&
        listing_text(object, "error", info->error))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static void on_agent(void *context, const struct nuncio_agent_info *info)
{
    struct listing *listing = context;

    if (listing->json)
        listing_object(listing, agent_object(info));
    else
        table_add(&listing->table,
                  (const char *const[]){info->provider, info->plugin, info->agent, info->agent_id,
                                        info->base_url, info->capabilities, info->strategy, health(info)},
                  info->error);
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    static const char *const headings[] = {"PROVIDER", "PLUGIN",       "AGENT",    "ID",
                                           "BASE URL", "CAPABILITIES", "STRATEGY", "HEALTH"};
    const struct values *values = options;
    struct nuncio_failure failure;
    struct listing listing;
    int status, result;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ANY, &status);

    (void)operands;
    if (!nuncio)
        return status;
    listing_init(&listing, values->json, headings, sizeof(headings) / sizeof(headings[0]));
    result = nuncio_each_agent(nuncio, on_agent, &listing, &failure);
    status = listing_finish(&listing);
    if (result < 0)
        status = runtime_failed(&failure);
    nuncio_destroy(nuncio);
    return status;
}

const struct command providers_command = {
    .name = "providers",
    .operands = "",
    .summary = "list the configured providers and agents",
    .details = "Shows what each can do, how it would be asked, and whether its configuration is\n"
               "good as far as can be seen without its key.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
