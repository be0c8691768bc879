/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "text.h"

#define JOB_OF(pointer, member) ((struct job *)(void *)((char *)(pointer)-offsetof(struct job, member)))

static void advance(struct job *job, int64_t now);

static void write_log(const struct engine *engine, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void write_log(const struct engine *engine, int32_t level, const char *format, ...)
{
    if (!engine->log.write || level > engine->log.level)
        return;
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    engine->log.write(engine->log.context, level, line);
}

int engine_init(struct engine *engine, const struct http_settings *settings, struct directory *directory,
                const struct engine_log *log, struct nuncio_failure *failure)
{
    *engine = (struct engine){.directory = directory, .log = *log};
    if (http_create(settings, &engine->http, failure) < 0)
        return -1;
    if (journal_open(&engine->journal, failure) < 0) {
        http_destroy(engine->http);
        return -1;
    }
    heap_init(&engine->timers);
    conversations_init(&engine->conversations);
    return 0;
}

void engine_finish(struct engine *engine)
{
    http_destroy(engine->http);
    journal_close(&engine->journal);
    conversations_finish(&engine->conversations);
    heap_finish(&engine->timers);
}

/* ---- The gate before a conversation ----------------------------------------------------------------------
 */

/* The conversation is ours: start where it stands. */
static void start_in_conversation(struct job *job, int64_t now)
{
    struct record *record = &job->machine.record;
    job->gated = false;
    if (job->conversation) {
        struct conversation_view view = conversation_view(job->conversation);
        bool kept = text_assign(&record->conversation, nuncio_slice(view.remote_id)) &&
                    text_assign(&record->cursor, nuncio_slice(view.cursor));
        if (!kept) {
            interaction_out_of_memory(&job->machine, now);
            return;
        }
        record->continued = view.remote_id != NULL;
        record->cursor_state = view.cursor_state;
        if (view.remote_id && view.cursor_state == NUNCIO_CURSOR_UNKNOWN)
            job->machine.policy.learn_first = true;
        if (!view.remote_id && !job->machine.policy.learn_first)
            record->cursor_state = NUNCIO_CURSOR_EMPTY;
    } else {
        record->cursor_state = NUNCIO_CURSOR_EMPTY;
    }
    interaction_prepare(&job->machine, now);
}

/* Leaves the conversation as the next one must find it: only a completed run tells where it stands. */
static void leave_conversation(struct job *job)
{
    if (!job->conversation)
        return;
    const struct record *record = &job->machine.record;
    if (!job->gated) {
        uint32_t cursor_state = NUNCIO_CURSOR_UNKNOWN;
        if (record->state == NUNCIO_INTERACTION_COMPLETED && record->last_cursor_set)
            cursor_state = record->last_cursor ? NUNCIO_CURSOR_KNOWN : NUNCIO_CURSOR_EMPTY;
        conversation_update(job->conversation, record->conversation, record->last_cursor, cursor_state);
    }
    struct conversation_entry *entry = conversation_leave(job->conversation, &job->gate);
    job->conversation = NULL;
    if (!entry)
        return;
    struct job *next = JOB_OF(entry, gate);
    if (next->gated) {
        next->next_entering = job->engine->entering;
        job->engine->entering = next;
    }
}

/* Those whose turn has come. One that ends at once hands the gate on in turn; a loop, so that a long line of
   them does not use up the stack. */
static void let_in(struct engine *engine, int64_t now)
{
    if (engine->letting_in)
        return;
    engine->letting_in = true;
    for (struct job *job; (job = engine->entering);) {
        engine->entering = job->next_entering;
        start_in_conversation(job, now);
        advance(job, now);
    }
    engine->letting_in = false;
}

/* ---- Steps ------------------------------------------------------------------------------------------------
 */

static void finish_job(struct job *job, int64_t now)
{
    struct engine *engine = job->engine;
    const struct record *record = &job->machine.record;
    heap_remove(&engine->timers, &job->timer);
    admission_leave(&job->destination.provider->admission, &job->admission);
    write_log(engine, NUNCIO_LOG_INFO, "%s: %s after %" PRId64 " polls", record->id,
              nuncio_state_name(record->state), record->polls);
    if (!job->reported) {
        job->reported = true;
        job->next_ended = engine->ended;
        engine->ended = job;
        engine->live--;
    }
    leave_conversation(job);
    let_in(engine, now);
}

static void advance(struct job *job, int64_t now)
{
    int64_t until = INT64_MAX;
    switch (interaction_next(&job->machine, now, &job->step, &job->purpose, &until)) {
    case ACTION_RUN:
        heap_set(&job->engine->timers, &job->timer, job->machine.patience_end);
        admission_wait(&job->destination.provider->admission, &job->admission);
        break;
    case ACTION_WAIT:
        heap_set(&job->engine->timers, &job->timer, until);
        break;
    case ACTION_ENDED:
        finish_job(job, now);
        break;
    }
}

/* Trouble that is tried again; whoever waits sees it in nuncio_get() too. */
static void log_trouble(const struct job *job, const struct step_result *result)
{
    const struct interaction *machine = &job->machine;
    bool failed = result->transport == TRANSPORT_NOT_SENT || result->transport == TRANSPORT_BROKEN;
    if (!failed || machine->ended)
        return;
    write_log(job->engine, machine->failures == 1 ? NUNCIO_LOG_INFO : NUNCIO_LOG_DEBUG,
              "%s: %s; trying again", machine->record.provider, result->problem.text);
}

static void absorb(struct job *job, int64_t now, struct step_result *result)
{
    struct engine *engine = job->engine;
    interaction_absorb(&job->machine, now, result);
    log_trouble(job, result);
    struct nuncio_failure failure;
    if (journal_commit(&engine->journal, &job->machine.record, &failure) < 0)
        write_log(engine, NUNCIO_LOG_ERROR, "%s: %s", job->machine.record.id, failure.text);
    advance(job, now);
}

void job_over(void *context, const struct http_result *result);

/* Called by the http layer when a transfer is over. */
void job_over(void *context, const struct http_result *result)
{
    struct job *job = context;
    struct outcome outcome;
    struct step_result step;
    int64_t now = clock_monotonic();

    job->transfer = NULL;
    admission_over(&job->destination.provider->admission);
    outcome_init(&outcome, (uint64_t)job->destination.provider->config->max_reply);
    exchange_read(job, now, result, &outcome, &step);
    request_finish(&job->request);
    absorb(job, now, &step);
    outcome_finish(&outcome);
    response_finish(&job->response);
}

static void start_step(struct job *job, int64_t now)
{
    struct step_result result;
    interaction_begin(&job->machine);
    write_log(job->engine, NUNCIO_LOG_DEBUG, "%s: step %" PRIu32, job->machine.record.id, job->step);
    if (exchange_start(job, now, &result) == 0) {
        heap_remove(&job->engine->timers, &job->timer); /* the transfer has its own limit */
        return;
    }
    admission_over(&job->destination.provider->admission);
    request_finish(&job->request);
    absorb(job, now, &result);
}

static void admit(struct engine *engine, int64_t now)
{
    for (size_t i = 0; i < engine->directory->provider_count; i++) {
        struct admission *admission = &engine->directory->providers[i].admission;
        for (struct admission_entry *entry; (entry = admission_next(admission, now));)
            start_step(JOB_OF(entry, admission), now);
    }
}

static void ring(struct engine *engine, int64_t now)
{
    for (struct heap_entry *entry; (entry = heap_first(&engine->timers)) && entry->at <= now;) {
        struct job *job = JOB_OF(entry, timer);
        heap_remove(&engine->timers, entry);
        if (job->gated) {
            interaction_detach(&job->machine, now);
            finish_job(job, now);
        } else {
            if (job->admission.waiting && job->machine.problem.error_class == NUNCIO_ERROR_NONE)
                problem_set(&job->machine.problem, NUNCIO_ERROR_RATE,
                            "it waited for its turn; see the provider's rate and max_in_flight");
            advance(job, now);
        }
    }
}

int engine_submit(struct engine *engine, struct job *job, int64_t timeout_ms, uint64_t random,
                  struct nuncio_failure *failure)
{
    int64_t now = clock_monotonic();
    job->engine = engine;
    if (heap_reserve(&engine->timers, (size_t)engine->live + 1) < 0)
        return failure_memory(failure);
    if (journal_commit(&engine->journal, &job->machine.record, failure) < 0)
        return -1;
    engine->live++;
    interaction_start(&job->machine, now, timeout_ms, random);
    if (job->conversation && !conversation_enter(job->conversation, &job->gate)) {
        job->gated = true;
        problem_set(&job->machine.problem, NUNCIO_ERROR_BUSY,
                    "an earlier message of this conversation is under way");
        heap_set(&engine->timers, &job->timer, job->machine.patience_end);
        return 0;
    }
    start_in_conversation(job, now);
    advance(job, now);
    return 0;
}

int64_t engine_timeout(struct engine *engine)
{
    int64_t now = clock_monotonic();
    int64_t wait = http_timeout(engine->http, now);
    int64_t due = engine->ended ? now : -1;
    const struct heap_entry *first = heap_first(&engine->timers);
    if (first && (due < 0 || first->at < due))
        due = first->at;
    for (size_t i = 0; i < engine->directory->provider_count; i++) {
        int64_t at = admission_due(&engine->directory->providers[i].admission, now);
        if (at >= 0 && (due < 0 || at < due))
            due = at;
    }
    if (due >= 0) {
        int64_t until = due > now ? due - now : 0;
        wait = wait < 0 || until < wait ? until : wait;
    }
    return wait;
}

int engine_step(struct engine *engine)
{
    if (http_step(engine->http, clock_monotonic()) < 0)
        return -1;
    int64_t now = clock_monotonic();
    ring(engine, now);
    admit(engine, now);

    int count = 0;
    while (engine->ended) {
        struct job *job = engine->ended;
        engine->ended = job->next_ended;
        job->next_ended = NULL;
        count++;
    }
    return count;
}

static void stop_transfer(struct job *job)
{
    if (!job->transfer)
        return;
    http_abort(job->engine->http, job->transfer);
    job->transfer = NULL;
    admission_over(&job->destination.provider->admission);
    request_finish(&job->request);
}

void engine_detach(struct engine *engine, struct job *job)
{
    int64_t now = clock_monotonic();
    (void)engine;
    if (job->machine.ended)
        return;
    stop_transfer(job);
    interaction_detach(&job->machine, now);
    finish_job(job, now);
}

bool engine_cancel(struct engine *engine, struct job *job)
{
    int64_t now = clock_monotonic();
    (void)engine;
    if (job->machine.ended || !interaction_cancel(&job->machine, now))
        return false;
    if (job->machine.ended)
        stop_transfer(job);
    if (job->machine.ended || !job->machine.running)
        advance(job, now);
    return true;
}

static void forget_ended(struct engine *engine, struct job *job)
{
    for (struct job **link = &engine->ended; *link; link = &(*link)->next_ended) {
        if (*link == job) {
            *link = job->next_ended;
            return;
        }
    }
}

void job_destroy(struct job *job)
{
    if (!job)
        return;
    if (job->engine) {
        stop_transfer(job);
        heap_remove(&job->engine->timers, &job->timer);
        admission_leave(&job->destination.provider->admission, &job->admission);
        forget_ended(job->engine, job);
        if (job->conversation)
            (void)conversation_leave(job->conversation, &job->gate);
    }
    interaction_finish(&job->machine);
    attachments_finish(&job->attachments);
    request_finish(&job->request);
    response_finish(&job->response);
    free(job);
}
