/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <nuncio/nuncio.h>
#include "listing.h"
#include "output.h"
#include "runtime.h"
#include "words.h"

struct values {
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "json", NULL, "one JSON object a line", OPTION_FLAG, offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

static cJSON *conversation_object(const struct nuncio_conversation *conversation, const char *changed)
{
    cJSON *object = cJSON_CreateObject();

    if (object && listing_text(object, "name", conversation->name) &&
        listing_text(object, "agent", conversation->agent) &&
        listing_text(object, "provider", conversation->provider) &&
        listing_text(object, "remote_id", conversation->remote_id) &&
        listing_text(object, "interaction", conversation->interaction) &&
        listing_text(object, "changed_at", changed))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static int32_t on_conversation(void *context, const struct nuncio_conversation *conversation)
{
    struct listing *listing = context;
    char changed[WORDS_TIME_SIZE];

    words_time(conversation->changed_at, changed);
    if (listing->json)
        listing_object(listing, conversation_object(conversation, changed));
    else
        table_add(&listing->table,
                  (const char *const[]){conversation->name, conversation->agent, conversation->provider,
                                        conversation->remote_id, conversation->interaction, changed},
                  NULL);
    return listing->failed || output_failed();
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    static const char *const headings[] = {"NAME",      "AGENT",       "PROVIDER",
                                           "REMOTE ID", "INTERACTION", "CHANGED"};
    const struct values *values = options;
    struct nuncio_failure failure;
    struct listing listing;
    int status, result;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ANY, &status);

    (void)operands;
    if (!nuncio)
        return status;
    listing_init(&listing, values->json, headings, sizeof(headings) / sizeof(headings[0]));
    result = nuncio_each_conversation(nuncio, on_conversation, &listing, &failure);
    status = listing_finish(&listing);
    if (result < 0)
        status = runtime_failed(&failure);
    nuncio_destroy(nuncio);
    return status;
}

const struct command conversations_command = {
    .name = "conversations",
    .operands = "",
    .summary = "list the conversations that were given a name",
    .details = "'nuncio send AGENT -c NAME' goes on with one of them, or begins it.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
