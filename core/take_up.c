/* SPDX-License-Identifier: MIT */
/* Interactions of the journal that live again in this process. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "text.h"

#define LEFT_ALONE 1

static int not_there(const struct nuncio *nuncio, const char *id, struct nuncio_failure *failure)
{
    if (strcmp(nuncio->config.store, "memory") == 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "there is no interaction %s: with store = memory none outlives its process", id);
    return failure_set(failure, NUNCIO_ERROR_INVALID, "there is no interaction %s in %s; see 'nuncio list'",
                       id, nuncio->config.state_dir);
}

/* 0: *ret_record and *ret_view are filled. */
static int read_record(struct nuncio *nuncio, const char *id, struct record *ret_record,
                       struct journal_view *ret_view, struct nuncio_failure *failure)
{
    int found = journal_get(&nuncio->journal, id, ret_record, ret_view, failure);
    return found == 0 ? not_there(nuncio, id, failure) : found < 0 ? -1 : 0;
}

/* ---- Whom it was sent to ---------------------------------------------------------------------------------- */

static int find_by_id(struct nuncio *nuncio, const struct record *record, struct destination *ret_destination,
                      struct nuncio_failure *failure)
{
    char *name;
    if (asprintf(&name, "%s/%s", record->provider, record->agent_id ? record->agent_id : "") < 0)
        return failure_memory(failure);
    int found = directory_find(&nuncio->directory, name, ret_destination, failure);
    free(name);
    return found;
}

/* The agent may be called otherwise by now; the provider must be the same. */
static int find_destination(struct nuncio *nuncio, const struct record *record,
                            struct destination *ret_destination, struct nuncio_failure *failure)
{
    struct destination found;
    struct nuncio_failure problem;
    const char *id = record->agent_id ? record->agent_id : "";
    bool named = directory_find(&nuncio->directory, record->agent, &found, &problem) == 0 &&
                 strcmp(found.provider->config->name, record->provider) == 0 &&
                 strcmp(found.agent_id ? found.agent_id : "", id) == 0;
    if (!named && find_by_id(nuncio, record, &found, failure) < 0)
        return failure_prefix(failure, "interaction %s was sent to %s", record->id, record->agent);
    if (strcmp(found.provider->plugin->name, record->plugin) != 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "interaction %s was sent with plugin %s, and provider %s has %s now", record->id,
                           record->plugin, record->provider, found.provider->plugin->name);
    *ret_destination = found;
    return 0;
}

/* ---- Loading ---------------------------------------------------------------------------------------------- */

/* Nothing is done about it: it is there to be looked at. */
static int load(struct nuncio *nuncio, struct record *record, struct nuncio_failure *failure)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return failure_memory(failure);
    job->machine.record = *record;
    record_init(record);
    job->machine.ended = true;
    job->stage = JOB_OVER;
    if (runtime_add(nuncio, job, failure) < 0) {
        job_destroy(job);
        return -1;
    }
    return 0;
}

static bool lives_here(const struct nuncio *nuncio, const char *id)
{
    const struct job *job = runtime_job(nuncio, id);
    return job && job->stage != JOB_OVER;
}

/* What was here and is over gives way to what the journal, once it is open, says now; its last state is told to that
   first. *id may point into it: it is `copy` from then on. */
static int forget_old(struct nuncio *nuncio, const char **id, char copy[NUNCIO_ID_SIZE],
                      struct nuncio_failure *failure)
{
    if (strcmp(nuncio->config.store, "memory") == 0)
        return not_there(nuncio, *id, failure);
    if (journal_open(&nuncio->journal, JOURNAL_READ, failure) < 0)
        return -1;
    if (!runtime_job(nuncio, *id))
        return 0;
    memcpy(copy, *id, NUNCIO_ID_SIZE);
    *id = copy;
    (void)nuncio_forget(nuncio, copy);
    return 0;
}

int32_t nuncio_load(struct nuncio *nuncio, const char *id, struct nuncio_failure *failure)
{
    struct journal_view view;
    struct record record;
    record_init(&record);
    if (runtime_job(nuncio, id))
        return 0;
    if (journal_open(&nuncio->journal, JOURNAL_READ, failure) < 0 ||
        read_record(nuncio, id, &record, &view, failure) < 0)
        return -1;
    int loaded = load(nuncio, &record, failure);
    record_finish(&record);
    return loaded;
}

/* ---- Taking up -------------------------------------------------------------------------------------------- */

/* Puts a job into the engine: ours, or one to be watched. Takes the record. */
static int start(struct nuncio *nuncio, const struct destination *destination, struct record *record,
                 const struct journal_view *view, struct attachments *attachments, int64_t timeout_ms,
                 struct job **ret_job, struct nuncio_failure *failure)
{
    if (options_resolve(&destination->provider->values, failure) < 0)
        return -1;
    struct job *job = plan_job_of(nuncio, destination, record);
    if (!job)
        return failure_memory(failure);
    job->attachments = *attachments;
    *attachments = (struct attachments){0};
    if (engine_take_up(&nuncio->engine, job, view, runtime_timeout(job, timeout_ms), runtime_random(nuncio),
                       failure) < 0) {
        job_destroy(job);
        return -1;
    }
    *ret_job = job;
    return 0;
}

static bool hopeless(struct nuncio *nuncio, const struct record *record)
{
    struct destination destination = {0};
    return record->state == NUNCIO_INTERACTION_UNKNOWN &&
           find_destination(nuncio, record, &destination, NULL) == 0 && destination.traits &&
           !(destination.traits->capabilities & NUNCIO_HISTORY);
}

static bool is_decided(const struct record *record)
{
    return record_is_final(record) && record->state != NUNCIO_INTERACTION_UNKNOWN;
}

/* Makes it ours where nobody works on it. The row is read again, since it may have moved on before it was ours. */
static int make_ours(struct nuncio *nuncio, struct record *record, struct journal_view *view,
                     struct nuncio_failure *failure)
{
    char id[NUNCIO_ID_SIZE];
    memcpy(id, record->id, sizeof(id));
    if (view->holder != JOURNAL_NOBODY)
        return 0;
    if (journal_open(&nuncio->journal, JOURNAL_WRITE, failure) < 0)
        return -1;
    if (journal_take(&nuncio->journal, id, nuncio_slice(view->owner[0] ? view->owner : NULL), failure) < 0)
        return -1;
    record_finish(record);
    return read_record(nuncio, id, record, view, failure);
}

/* Writes a record that is ours and final, and lets it go. */
static int write_final(struct nuncio *nuncio, struct record *record, uint32_t state, const char *step,
                       struct nuncio_failure *failure)
{
    struct journal_entry entry = {
        .there = true, .parts = NUNCIO_STORE_MESSAGE, .state = state, .lined_up = true, .step = step};
    if (!text_assign(&entry.conversation, nuncio_slice(record->conversation)))
        return failure_memory(failure);
    int result = journal_begin(&nuncio->journal, false, failure);
    if (result < 0) {
        journal_entry_finish(&entry);
        return -1;
    }
    result = journal_put(&nuncio->journal, record, &entry, false, failure);
    if (result < 0)
        journal_rollback(&nuncio->journal);
    else
        result = journal_commit(&nuncio->journal, failure);
    journal_entry_finish(&entry);
    return result;
}

/* It can never be sent any more, so that is how it ends. */
static int fail_for_good(struct nuncio *nuncio, struct record *record, const struct nuncio_failure *cause,
                         struct nuncio_failure *failure)
{
    record->state = NUNCIO_INTERACTION_FAILED;
    record->finished_at = clock_wall();
    record->error_class = cause->error_class;
    if (!text_assign(&record->error_text, nuncio_slice(cause->text)))
        return failure_memory(failure);
    if (write_final(nuncio, record, NUNCIO_INTERACTION_NEW, NULL, failure) < 0)
        return -1;
    return load(nuncio, record, failure);
}

/* *ret_job NULL: it has ended at once and is loaded, or was left alone. */
static int start_ours(struct nuncio *nuncio, struct record *record, struct journal_view *view,
                      int64_t timeout_ms, uint32_t flags, struct job **ret_job,
                      struct nuncio_failure *failure)
{
    struct attachments attachments = {0};
    struct destination destination = {0};
    struct nuncio_failure cause;
    char id[NUNCIO_ID_SIZE];
    memcpy(id, record->id, sizeof(id));
    *ret_job = NULL;
    if (find_destination(nuncio, record, &destination, failure) < 0 ||
        make_ours(nuncio, record, view, failure) < 0)
        return -1;
    bool ours = view->holder == JOURNAL_US;
    if (is_decided(record) && ours)
        journal_give_back(&nuncio->journal, id, false);
    if ((flags & NUNCIO_RESUME) && (is_decided(record) || !ours))
        return LEFT_ALONE; /* another process was faster */
    if (is_decided(record))
        return load(nuncio, record, failure);
    if (ours && watch_restore(record, &attachments, &cause) < 0)
        return fail_for_good(nuncio, record, &cause, failure);
    int started = start(nuncio, &destination, record, view, &attachments, timeout_ms, ret_job, failure);
    attachments_finish(&attachments);
    if (started < 0 && ours)
        journal_give_back(&nuncio->journal, id, false);
    return started;
}

static int take_up(struct nuncio *nuncio, struct record *record, struct journal_view *view,
                   int64_t timeout_ms, uint32_t flags, struct nuncio_failure *failure)
{
    struct job *job;
    bool held = view->holder != JOURNAL_NOBODY;
    if ((flags & NUNCIO_RESUME) && (held || is_decided(record) || hopeless(nuncio, record)))
        return LEFT_ALONE;
    if (is_decided(record) || hopeless(nuncio, record))
        return load(nuncio, record, failure);
    if (held)
        view->holder = JOURNAL_OTHER; /* a helper of ours is another too */
    int result = start_ours(nuncio, record, view, timeout_ms, flags, &job, failure);
    if (job && runtime_add(nuncio, job, failure) < 0) {
        job_destroy(job);
        return -1;
    }
    return result;
}

/* Reading tells who holds it only where we are an owner ourselves. */
static int open_for(struct nuncio *nuncio, const char *id, struct record *ret_record,
                    struct journal_view *ret_view, struct nuncio_failure *failure)
{
    if (journal_open(&nuncio->journal, JOURNAL_READ, failure) < 0 ||
        read_record(nuncio, id, ret_record, ret_view, failure) < 0)
        return -1;
    if (is_decided(ret_record) || nuncio->journal.access == JOURNAL_WRITE)
        return 0;
    record_finish(ret_record);
    if (journal_open(&nuncio->journal, JOURNAL_WRITE, failure) < 0)
        return -1;
    return read_record(nuncio, id, ret_record, ret_view, failure);
}

int32_t nuncio_take_up(struct nuncio *nuncio, const char *id, int64_t timeout_ms, uint32_t flags,
                       struct nuncio_failure *failure)
{
    struct journal_view view;
    struct record record;
    char copy[NUNCIO_ID_SIZE];
    record_init(&record);
    bool memory = strcmp(nuncio->config.store, "memory") == 0;
    if (lives_here(nuncio, id) || (memory && runtime_job(nuncio, id)))
        return 0;
    if (forget_old(nuncio, &id, copy, failure) < 0 || open_for(nuncio, id, &record, &view, failure) < 0)
        return -1;
    int result = take_up(nuncio, &record, &view, timeout_ms, flags, failure);
    record_finish(&record);
    return result;
}

bool take_up_helper(void *context, const char *id)
{
    struct nuncio *nuncio = context;
    struct nuncio_failure failure;
    struct journal_view view;
    struct record record;
    struct job *job;
    record_init(&record);
    if (read_record(nuncio, id, &record, &view, &failure) < 0)
        return false;
    bool started = view.holder == JOURNAL_NOBODY && !record_is_final(&record) &&
                   start_ours(nuncio, &record, &view, 0, NUNCIO_RESUME, &job, &failure) == 0 && job;
    record_finish(&record);
    if (started && job->stage == JOB_OVER) { /* another process was faster */
        job_destroy(job);
        return false;
    }
    if (started)
        engine_adopt(&nuncio->engine, job);
    return started;
}

/* ---- Settling --------------------------------------------------------------------------------------------- */

/* What was said of it before is no longer so. */
static int replace_error(struct record *record, uint32_t error_class, const char *text,
                         struct nuncio_failure *failure)
{
    record->error_class = error_class;
    record->error_status = 0;
    free(record->error_code);
    record->error_code = NULL;
    return text_assign(&record->error_text, nuncio_slice(text)) ? 0 : failure_memory(failure);
}

static int decide(struct record *record, uint32_t ran, const char *reply, uint64_t reply_size,
                  struct nuncio_failure *failure)
{
    const struct nuncio_slice text = {reply, reply ? reply_size : 0};
    record->finished_at = clock_wall();
    if (!ran) {
        record->state = NUNCIO_INTERACTION_FAILED;
        record->sends = 0;
        return replace_error(record, NUNCIO_ERROR_CANCELLED, "settled by hand: it did not run", failure);
    }
    if (!text_assign(&record->reply, text))
        return failure_memory(failure);
    record->reply_size = text.size;
    record->state = NUNCIO_INTERACTION_COMPLETED;
    return replace_error(record, NUNCIO_ERROR_NONE, NULL, failure);
}

static int settle(struct nuncio *nuncio, struct record *record, struct journal_view *view, uint32_t ran,
                  const struct nuncio_slice *reply, struct nuncio_failure *failure)
{
    if (make_ours(nuncio, record, view, failure) < 0)
        return -1;
    if (record->state != NUNCIO_INTERACTION_UNKNOWN || view->holder != JOURNAL_US) {
        if (view->holder == JOURNAL_US)
            journal_give_back(&nuncio->journal, record->id, false);
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "interaction %s is %s%s; only an unknown one can be settled", record->id,
                           nuncio_state_name(record->state),
                           view->holder == JOURNAL_OTHER ? ", and another process works on it" : "");
    }
    if (decide(record, ran, reply->data, reply->size, failure) < 0 ||
        write_final(nuncio, record, NUNCIO_INTERACTION_UNKNOWN, "settle", failure) < 0) {
        journal_give_back(&nuncio->journal, record->id, false);
        return -1;
    }
    return load(nuncio, record, failure);
}

int32_t nuncio_settle(struct nuncio *nuncio, const char *id, uint32_t ran, const char *reply,
                      uint64_t reply_size, struct nuncio_failure *failure)
{
    const struct nuncio_slice text = {reply, reply ? reply_size : 0};
    struct journal_view view;
    struct record record;
    char copy[NUNCIO_ID_SIZE];
    record_init(&record);
    if (reply && (memchr(reply, 0, (size_t)reply_size) || !text_is_utf8(reply, (size_t)reply_size)))
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the reply is not UTF-8 text");
    if (lives_here(nuncio, id))
        return failure_set(failure, NUNCIO_ERROR_INVALID, "interaction %s is under way", id);
    if (forget_old(nuncio, &id, copy, failure) < 0 || open_for(nuncio, id, &record, &view, failure) < 0)
        return -1;
    int result = settle(nuncio, &record, &view, ran, &text, failure);
    record_finish(&record);
    return result;
}
