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

void engine_log(const struct engine *engine, int32_t level, const char *format, ...)
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
                struct journal *journal, const struct engine_log *log, const struct engine_host *host,
                struct nuncio_failure *failure)
{
    *engine = (struct engine){
        .directory = directory,
        .journal = journal,
        .log = *log,
        .host = *host,
        .single = settings->single_message != 0,
    };
    heap_init(&engine->timers);
    return http_create(settings, &engine->http, failure);
}

static void free_helpers(struct engine *engine)
{
    while (engine->helpers) {
        struct job *job = engine->helpers;
        engine->helpers = job->next_ended;
        job->next_ended = NULL;
        job_destroy(job);
    }
}

void engine_finish(struct engine *engine)
{
    for (struct job *job, *next = engine->helping; (job = next);) {
        next = job->next_helper;
        job_destroy(job);
    }
    http_destroy(engine->http);
    heap_finish(&engine->timers);
}

/* ---- Steps ------------------------------------------------------------------------------------------------ */

void engine_end(struct job *job)
{
    struct engine *engine = job->engine;
    heap_remove(&engine->timers, &job->timer);
    admission_leave(&job->destination.provider->admission, &job->admission);
    if (job->stage == JOB_WATCHING)
        engine_publish(job, clock_monotonic()); /* the journal has it from whoever works on it */
    else
        engine_changed(job);
}

void engine_advance(struct job *job, int64_t now)
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
        engine_end(job);
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
    engine_log(job->engine, machine->failures == 1 ? NUNCIO_LOG_INFO : NUNCIO_LOG_DEBUG,
               "%s: %s; trying again", machine->record.provider, result->problem.text);
}

/* Another process may have asked the vendor to stop this run, which then looks failed. */
static void recognise_cancel(struct job *job, struct step_result *result)
{
    struct outcome *outcome = result->outcome;
    bool failed = outcome && outcome->verdict == NUNCIO_FAILED && outcome->class_ == NUNCIO_CLASS_AGENT;
    if (failed && job->engine->journal->shared && (job->machine.policy.capabilities & NUNCIO_CANCEL) &&
        journal_cancel_noted(job->engine->journal, &job->machine.record))
        outcome->class_ = NUNCIO_CLASS_CANCELLED;
}

static void absorb(struct job *job, int64_t now, struct step_result *result)
{
    if (job->cancel_borrowed) {
        watch_cancelled(job, now);
        return;
    }
    recognise_cancel(job, result);
    interaction_absorb(&job->machine, now, result);
    job->entry.intended = false;
    job->entry.step = registry_step_name(job->step);
    log_trouble(job, result);
    if (engine_durable_sum(job) != job->durable_sum)
        engine_changed(job);
    engine_advance(job, now);
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
    if (!job->cancel_borrowed)
        interaction_begin(&job->machine);
    engine_log(job->engine, NUNCIO_LOG_DEBUG, "%s: step %" PRIu32, job->machine.record.id, job->step);
    if (exchange_start(job, now, &result) == 0) {
        heap_remove(&job->engine->timers, &job->timer); /* the transfer has its own limit */
        return;
    }
    admission_over(&job->destination.provider->admission);
    request_finish(&job->request);
    absorb(job, now, &result);
}

/* What must be recorded before the first byte leaves. What is alone is recorded at that very moment instead, so that a
   crash leaves it as it is: not sent, or sent. */
static void intend(struct job *job, int64_t now)
{
    struct record *record = &job->machine.record;
    if (job->step == NUNCIO_STEP_OPEN && !job->machine.policy.open_harmless && !record->opening) {
        record->opening = true;
        engine_changed(job);
    }
    if (job->step == NUNCIO_STEP_SEND && job->engine->live > 1 && exchange_look_ahead(job, now)) {
        job->entry.intended = true;
        job->entry.step = registry_step_name(job->step);
        engine_changed(job);
    }
}

static void admit(struct engine *engine, int64_t now)
{
    struct job **end = &engine->starting;
    for (size_t i = 0; i < engine->directory->provider_count; i++) {
        struct admission *admission = &engine->directory->providers[i].admission;
        for (struct admission_entry *entry; (entry = admission_next(admission, now));) {
            struct job *job = JOB_OF(entry, admission);
            job->starting = true;
            job->next_starting = NULL;
            *end = job;
            end = &job->next_starting;
            intend(job, now);
        }
    }
}

static void start_all(struct engine *engine, int64_t now)
{
    while (engine->starting) {
        struct job *job = engine->starting;
        engine->starting = job->next_starting;
        if (!job->starting) /* it could not be recorded */
            continue;
        job->starting = false;
        start_step(job, now);
    }
}

/* Until nothing is left that can be done now. */
static void turn(struct engine *engine, int64_t now)
{
    if (engine->turning)
        return;
    engine->turning = true;
    engine_catch_up(engine, now);
    do {
        admit(engine, now);
        engine_flush(engine, now);
        start_all(engine, now);
    } while (engine->changed);
    engine->turning = false;
}

static void stop_waiting(struct job *job, int64_t now)
{
    if (job->stage == JOB_WATCHING)
        interaction_stop_watching(&job->machine, now);
    else
        interaction_detach(&job->machine, now);
    engine_end(job);
}

static void ring(struct engine *engine, int64_t now)
{
    for (struct heap_entry *entry; (entry = heap_first(&engine->timers)) && entry->at <= now;) {
        struct job *job = JOB_OF(entry, timer);
        heap_remove(&engine->timers, entry);
        bool waits = job->stage == JOB_ENTERING || job->stage == JOB_IN_LINE || job->stage == JOB_WATCHING;
        if (waits && now >= job->machine.patience_end) {
            stop_waiting(job, now);
        } else if (job->stage == JOB_IN_LINE) {
            line_look(job, now);
        } else if (job->stage == JOB_WATCHING) {
            watch_look(job, now);
        } else {
            if (job->admission.waiting && job->machine.problem.error_class == NUNCIO_ERROR_NONE)
                problem_set(&job->machine.problem, NUNCIO_ERROR_RATE,
                            "it waited for its turn; see the provider's rate and max_in_flight");
            engine_advance(job, now);
        }
    }
}

/* ---- What the runtime asks for ---------------------------------------------------------------------------- */

static int add(struct engine *engine, struct job *job, struct nuncio_failure *failure)
{
    if (heap_reserve(&engine->timers, (size_t)engine->live + 1) < 0)
        return failure_memory(failure);
    job->engine = engine;
    engine->live++;
    return 0;
}

int engine_submit(struct engine *engine, struct job *job, int64_t timeout_ms, uint64_t random,
                  struct nuncio_failure *failure)
{
    int64_t now = clock_monotonic();
    if (add(engine, job, failure) < 0)
        return -1;
    /* Whoever sends one message learns at once that it cannot be recorded. The loss of the machine would lose it
       together with the user who waits. */
    if (!engine->single) {
        engine_changed(job);
    } else if (engine_commit(job, true, failure) < 0) {
        return -1;
    }
    interaction_start(&job->machine, now, timeout_ms, random);
    line_begin(job, now);
    return 0;
}

void engine_go_on(struct job *job, int64_t now)
{
    job->stage = JOB_RUNNING;
    if (job->machine.record.state == NUNCIO_INTERACTION_NEW) {
        line_begin(job, now);
        return;
    }
    interaction_resume(&job->machine, now);
    engine_advance(job, now);
}

int engine_take_up(struct engine *engine, struct job *job, const struct journal_view *view,
                   int64_t timeout_ms, uint64_t random, struct nuncio_failure *failure)
{
    int64_t now = clock_monotonic();
    const struct record *record = &job->machine.record;
    if (!text_assign(&job->entry.conversation, nuncio_slice(record->conversation)))
        return failure_memory(failure);
    if (add(engine, job, failure) < 0)
        return -1;
    job->entry.there = job->entry.lined_up = true;
    job->entry.parts = NUNCIO_STORE_MESSAGE;
    job->entry.state = record->state;
    job->entry.out_of_line = record->state == NUNCIO_INTERACTION_UNKNOWN;
    job->durable_sum = engine_durable_sum(job);
    interaction_start(&job->machine, now, timeout_ms, random);
    interaction_started_before(&job->machine, now, clock_wall());
    if (view->holder != JOURNAL_US && record_is_final(record)) {
        job->machine.ended = true;
        job->stage = JOB_WATCHING;
        engine_end(job);
    } else if (view->holder == JOURNAL_US) {
        engine_go_on(job, now);
    } else {
        watch_begin(job, now);
    }
    return 0;
}

void engine_adopt(struct engine *engine, struct job *job)
{
    job->helper = true;
    job->next_helper = engine->helping;
    engine->helping = job;
}

/* The earlier of two times, of which -1 is never. */
static int64_t sooner(int64_t left, int64_t right)
{
    return right < 0 || (left >= 0 && left < right) ? left : right;
}

int64_t engine_timeout(struct engine *engine)
{
    int64_t now = clock_monotonic();
    int64_t wait = http_timeout(engine->http, now);
    const struct heap_entry *first = heap_first(&engine->timers);
    int64_t due = engine->ended || engine->changed || engine->starting ? now : -1;
    due = sooner(due, engine->behind ? engine->behind_at : -1);
    due = sooner(due, first ? first->at : -1);
    for (size_t i = 0; i < engine->directory->provider_count; i++)
        due = sooner(due, admission_due(&engine->directory->providers[i].admission, now));
    if (due < 0)
        return wait;
    return sooner(wait, due > now ? due - now : 0);
}

int engine_step(struct engine *engine)
{
    if (http_step(engine->http, clock_monotonic()) < 0)
        return -1;
    int64_t now = clock_monotonic();
    ring(engine, now);
    turn(engine, now);
    free_helpers(engine);

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
    if (!job->machine.ended) {
        stop_transfer(job);
        stop_waiting(job, now);
    }
    turn(engine, now);
}

bool engine_cancel(struct engine *engine, struct job *job)
{
    int64_t now = clock_monotonic();
    if (job->machine.ended)
        return false;
    if (job->stage == JOB_WATCHING)
        return watch_cancel(job, now);
    if (!interaction_cancel(&job->machine, now))
        return false;
    if (job->machine.ended)
        stop_transfer(job);
    if (job->machine.ended || !job->machine.running)
        engine_advance(job, now);
    turn(engine, now);
    return true;
}

/* Takes the job out of a list that is linked by the member. */
#define UNLINK(list, member)                                                                                 \
    for (struct job **link = &(list); *link; link = &(*link)->member) {                                      \
        if (*link == job) {                                                                                  \
            *link = job->member;                                                                             \
            break;                                                                                           \
        }                                                                                                    \
    }

static void leave_engine(struct job *job)
{
    struct engine *engine = job->engine;
    engine_leave_behind(job);
    engine->live -= job->stage != JOB_OVER;
    stop_transfer(job);
    heap_remove(&engine->timers, &job->timer);
    admission_leave(&job->destination.provider->admission, &job->admission);
    if (job->starting)
        admission_over(&job->destination.provider->admission);
    UNLINK(engine->ended, next_ended)
    UNLINK(engine->helpers, next_ended)
    UNLINK(engine->helping, next_helper)
    UNLINK(engine->changed, next_changed)
    UNLINK(engine->starting, next_starting)
}

void job_destroy(struct job *job)
{
    if (!job)
        return;
    if (job->engine)
        leave_engine(job);
    interaction_finish(&job->machine);
    journal_entry_finish(&job->entry);
    attachments_finish(&job->attachments);
    request_finish(&job->request);
    response_finish(&job->response);
    free(job->gate);
    free(job);
}
