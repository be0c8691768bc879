/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "listing.h"
#include "output.h"
#include "runtime.h"
#include "words.h"

enum { USUAL_LIMIT = 1000, MESSAGE_COLUMNS = 40, MESSAGE_SIZE = 4 * MESSAGE_COLUMNS + 16 };

struct values {
    const char *state, *agent;
    struct option_number limit;
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "state", "STATE", "new, sending, queued, processing, completed, failed, cancelled or unknown",
     OPTION_TEXT, offsetof(struct values, state)},
    {'\0', "agent", "AGENT", "those that were asked of AGENT", OPTION_TEXT, offsetof(struct values, agent)},
    {'\0', "limit", "N", "at most N, 0: all; without it 1000", OPTION_NUMBER, offsetof(struct values, limit)},
    {'\0', "json", NULL, "one JSON object a line", OPTION_FLAG, offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

struct list {
    struct listing listing;
    int64_t count, limit;
    bool cut; /* there are more */
};

/* The states that are wanted, as bits; 0: the error is printed. */
static uint64_t states_of(const char *name)
{
    char words[160] = "";
    size_t size = 0;

    for (uint32_t i = 0; i <= NUNCIO_INTERACTION_UNKNOWN; i++) {
        if (strcmp(nuncio_state_name(i), name) == 0)
            return UINT64_C(1) << i;
        size += (size_t)snprintf(words + size, sizeof(words) - size, "%s%s", i > 0 ? ", " : "",
                                 nuncio_state_name(i));
    }
    output_error("--state '%s' is none of %s", name, words);
    return 0;
}

/* The first words of a message on one line. */
static void begin_message(const char *message, char ret_text[MESSAGE_SIZE])
{
    snprintf(ret_text, MESSAGE_SIZE - sizeof("…"), "%s", message);
    words_one_line(ret_text);
    if (words_width(ret_text) <= MESSAGE_COLUMNS)
        return;
    words_cut(ret_text, MESSAGE_COLUMNS - 1);
    memcpy(ret_text + strlen(ret_text), "…", sizeof("…"));
}

static void add_row(struct listing *listing, const struct nuncio_interaction *interaction)
{
    char created[WORDS_TIME_SIZE], text[MESSAGE_SIZE];

    words_time(interaction->created_at, created);
    begin_message(interaction->message ? interaction->message : "", text);
    table_add(&listing->table,
              (const char *const[]){interaction->id, nuncio_state_name(interaction->state),
                                    interaction->agent, created, text},
              NULL);
}

static int32_t on_interaction(void *context, const struct nuncio_interaction *interaction)
{
    struct list *list = context;
    char *json;

    if (list->limit > 0 && list->count == list->limit) {
        list->cut = true;
        return 1;
    }
    list->count++;
    if (!list->listing.json) {
        add_row(&list->listing, interaction);
        /* A journal may be larger than memory. */
        if (list->listing.table.count == USUAL_LIMIT)
            table_print(&list->listing.table);
    } else if (nuncio_interaction_json(interaction, &json) == 0) {
        output_line(json);
        free(json);
    } else {
        list->listing.failed = true;
    }
    return list->listing.failed || list->listing.table.failed || output_failed();
}

static int list_interactions(struct nuncio *nuncio, const struct values *values, uint64_t states)
{
    static const char *const headings[] = {"ID", "STATE", "AGENT", "CREATED", "MESSAGE"};
    struct list list = {.limit = values->limit.given ? values->limit.value : USUAL_LIMIT};
    /* One more tells that there are more. */
    const struct nuncio_filter filter = {.size = sizeof(filter),
                                         .states = states,
                                         .agent = values->agent,
                                         .limit = list.limit > 0 ? list.limit + 1 : 0,
                                         .content = 1};
    struct nuncio_failure failure;
    int status, result;

    listing_init(&list.listing, values->json, headings, sizeof(headings) / sizeof(headings[0]));
    result = nuncio_each_interaction(nuncio, &filter, on_interaction, &list, &failure);
    status = listing_finish(&list.listing);
    if (list.cut)
        output_note("the list ends after %" PRId64 "; --limit 0 lists all", list.limit);
    return result < 0 ? runtime_failed(&failure) : status;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    const struct values *values = options;
    struct nuncio *nuncio;
    uint64_t states = 0;
    int status;

    (void)operands;
    if (values->state) {
        states = states_of(values->state);
        if (!states)
            return EXIT_USAGE;
    }
    nuncio = runtime_create(globals, RUNTIME_ANY, &status);
    if (!nuncio)
        return status;
    status = list_interactions(nuncio, values, states);
    nuncio_destroy(nuncio);
    return status;
}

const struct command list_command = {
    .name = "list",
    .operands = "",
    .summary = "list interactions, newest first",
    .details = "What the journal knows, as it stands there; nobody is asked.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
