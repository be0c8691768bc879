/* SPDX-License-Identifier: MIT */
/* What the journal holds, for whoever looks. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "plugin_error.h"
#include "text.h"

/* What is being read, and who is told. */
struct listing {
    int32_t (*on_interaction)(void *context, const struct nuncio_interaction *interaction);
    int32_t (*on_event)(void *context, const struct nuncio_event *event);
    int32_t (*on_conversation)(void *context, const struct nuncio_conversation *conversation);
    void *context;
    bool no_memory;
    uint64_t damaged; /* rows that no nuncio has written */
};

static int32_t tell_interaction(void *context, const struct nuncio_store_interaction *row)
{
    struct listing *listing = context;
    struct nuncio_interaction interaction;
    struct record record;
    if (!journal_row_read(row, &record)) {
        listing->damaged++;
        return 0;
    }
    result_of(&record, &interaction);
    int32_t stop = listing->on_interaction(listing->context, &interaction);
    record_finish(&record);
    return stop;
}

int32_t nuncio_each_interaction(struct nuncio *nuncio, const struct nuncio_filter *filter,
                                int32_t (*callback)(void *context,
                                                    const struct nuncio_interaction *interaction),
                                void *context, struct nuncio_failure *failure)
{
    struct listing listing = {.on_interaction = callback, .context = context};
    struct nuncio_filter known = {.size = sizeof(known)};
    struct plugin_error error;
    plugin_error_init(&error);
    memcpy(&known, filter, filter->size < sizeof(known) ? (size_t)filter->size : sizeof(known));
    const struct nuncio_store_filter wanted = {
        .size = sizeof(wanted),
        .states = known.states,
        .agent = nuncio_slice(known.agent),
        .limit = known.limit,
        .parts = known.content ? NUNCIO_STORE_MESSAGE | NUNCIO_STORE_REPLY : 0,
    };
    struct journal *journal = &nuncio->journal;
    if (journal_open(journal, JOURNAL_READ, failure) < 0)
        return -1;
    if (!journal->handle)
        return 0;
    if (journal->store->each(journal->handle, &wanted, tell_interaction, &listing, &error.abi) < 0)
        return journal_failed(&error, failure);
    if (listing.damaged > 0)
        return failure_set(failure, NUNCIO_ERROR_INTERNAL,
                           "the journal has rows that cannot be read; see 'nuncio journal check'");
    return 0;
}

static int32_t tell_event(void *context, const struct nuncio_store_event *given)
{
    struct listing *listing = context;
    struct nuncio_store_event row = {.size = sizeof(row)};
    memcpy(&row, given, given->size < sizeof(row) ? (size_t)given->size : sizeof(row));
    char *step = text_copy(row.step);
    const struct nuncio_event event = {
        .size = sizeof(event),
        .at = row.at,
        .state = (uint32_t)row.state,
        .step = step,
    };
    int32_t stop = listing->on_event(listing->context, &event);
    free(step);
    return stop;
}

int32_t nuncio_each_event(struct nuncio *nuncio, const char *id,
                          int32_t (*callback)(void *context, const struct nuncio_event *event), void *context,
                          struct nuncio_failure *failure)
{
    struct listing listing = {.on_event = callback, .context = context};
    struct plugin_error error;
    plugin_error_init(&error);
    struct journal *journal = &nuncio->journal;
    if (journal_open(journal, JOURNAL_READ, failure) < 0)
        return -1;
    if (!journal->handle)
        return 0;
    if (journal->store->events(journal->handle, nuncio_slice(id), tell_event, &listing, &error.abi) < 0)
        return journal_failed(&error, failure);
    return 0;
}

static int32_t tell_name(void *context, const struct nuncio_store_name *given)
{
    struct listing *listing = context;
    struct nuncio_store_name row = {.size = sizeof(row)};
    memcpy(&row, given, given->size < sizeof(row) ? (size_t)given->size : sizeof(row));
    char *texts[] = {text_copy(row.agent), text_copy(row.provider), text_copy(row.name),
                     text_copy(row.remote_id), text_copy(row.last)};
    listing->no_memory = !texts[0] || !texts[1] || !texts[2];
    const struct nuncio_conversation conversation = {
        .size = sizeof(conversation),
        .agent = texts[0],
        .provider = texts[1],
        .name = texts[2],
        .remote_id = texts[3],
        .interaction = texts[4],
        .changed_at = row.changed_at,
    };
    int32_t stop = listing->no_memory || listing->on_conversation(listing->context, &conversation);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    return stop;
}

int32_t nuncio_each_conversation(struct nuncio *nuncio,
                                 int32_t (*callback)(void *context,
                                                     const struct nuncio_conversation *conversation),
                                 void *context, struct nuncio_failure *failure)
{
    struct listing listing = {.on_conversation = callback, .context = context};
    struct plugin_error error;
    plugin_error_init(&error);
    struct journal *journal = &nuncio->journal;
    if (journal_open(journal, JOURNAL_READ, failure) < 0)
        return -1;
    if (!journal->handle)
        return 0;
    if (journal->store->names(journal->handle, tell_name, &listing, &error.abi) < 0)
        return journal_failed(&error, failure);
    return listing.no_memory ? failure_memory(failure) : 0;
}

int32_t nuncio_journal_prune(struct nuncio *nuncio, int64_t older_than_ms, int64_t *ret_count,
                             struct nuncio_failure *failure)
{
    if (journal_open(&nuncio->journal, JOURNAL_WRITE, failure) < 0)
        return -1;
    return journal_prune(&nuncio->journal, clock_wall() - older_than_ms, 0, ret_count, failure);
}

int32_t nuncio_journal_check(struct nuncio *nuncio, int32_t (*callback)(void *context, const char *problem),
                             void *context, struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    struct journal *journal = &nuncio->journal;
    if (journal_open(journal, JOURNAL_READ, failure) < 0)
        return -1;
    if (!journal->handle)
        return 0;
    if (journal->store->check(journal->handle, callback, context, &error.abi) < 0)
        return journal_failed(&error, failure);
    return 0;
}
