/* SPDX-License-Identifier: MIT */
/* What the engine tells the journal: all changes of a turn in one transaction, and what follows from it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CATCH_UP_MS 1000 /* between attempts to tell what could not be told */

/* FNV-1a over what must be durable: where it is as before, the journal knows already. */
static uint64_t sum_text(uint64_t sum, const char *text)
{
    for (const char *at = text ? text : "\1"; *at; at++)
        sum = (sum ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return (sum ^ 0xFF) * UINT64_C(1099511628211);
}

uint64_t engine_durable_sum(const struct job *job)
{
    const struct record *record = &job->machine.record;
    char numbers[160];
    snprintf(numbers, sizeof(numbers), "%" PRIu32 " %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %d %d %d",
             record->state, record->sends, record->key_number, record->cursor_state, record->error_class,
             job->machine.ended, record->opening, job->entry.intended);
    uint64_t sum = sum_text(UINT64_C(14695981039346656037), numbers);
    sum = sum_text(sum, record->ticket);
    sum = sum_text(sum, record->conversation);
    sum = sum_text(sum, record->cursor);
    return sum_text(sum, record->last_cursor);
}

void engine_changed(struct job *job)
{
    if (job->changed)
        return;
    job->changed = true;
    job->next_changed = job->engine->changed;
    job->engine->changed = job;
}

static int put(struct job *job, struct nuncio_failure *failure)
{
    struct journal *journal = job->engine->journal;
    struct record *record = &job->machine.record;
    if (journal_put(journal, record, &job->entry, !job->machine.ended, failure) < 0)
        return -1;
    if (job->stage != JOB_ENTERING || job->machine.ended)
        return 0;
    job->entry.pending.lined_up = true;
    return journal_enter(journal, job->gate, record->id, failure);
}

static void no_longer_behind(struct job *job)
{
    struct job **link = &job->engine->behind;
    while (*link != job)
        link = &(*link)->next_behind;
    *link = job->next_behind;
    job->next_behind = NULL;
    job->behind = false;
}

static void settle(struct job *job, bool committed)
{
    journal_settled(&job->entry, committed);
    if (!committed)
        return;
    job->durable_sum = engine_durable_sum(job);
    if (job->behind)
        no_longer_behind(job);
}

static void fall_behind(struct job *job, int64_t now)
{
    struct engine *engine = job->engine;
    engine->behind_at = now + CATCH_UP_MS;
    if (job->behind)
        return;
    job->behind = true;
    job->next_behind = engine->behind;
    engine->behind = job;
}

void engine_catch_up(struct engine *engine, int64_t now)
{
    if (!engine->behind || now < engine->behind_at)
        return;
    engine->behind_at = now + CATCH_UP_MS;
    for (struct job *job = engine->behind; job; job = job->next_behind)
        engine_changed(job);
}

void engine_leave_behind(struct job *job)
{
    if (job->behind && job->machine.ended)
        (void)engine_commit(job, false, &job->engine->failure);
    if (job->behind)
        no_longer_behind(job);
}

int engine_commit(struct job *job, bool lazy, struct nuncio_failure *failure)
{
    struct journal *journal = job->engine->journal;
    if (journal_begin(journal, lazy, failure) < 0)
        return -1;
    if (put(job, failure) < 0) {
        journal_rollback(journal);
        settle(job, false);
        return -1;
    }
    bool committed = journal_commit(journal, failure) == 0;
    settle(job, committed);
    return committed ? 0 : -1;
}

/* The loss of the machine takes the user who waits along, and nothing has left. */
static bool may_be_lazy(const struct job *job)
{
    const struct record *record = &job->machine.record;
    return job->engine->single && record->state == NUNCIO_INTERACTION_NEW && !record->opening;
}

/* All of them in one transaction. */
static bool commit_all(struct engine *engine, struct job *jobs)
{
    struct journal *journal = engine->journal;
    bool lazy = true;
    for (const struct job *job = jobs; job; job = job->next_flushed)
        lazy = lazy && may_be_lazy(job);
    if (journal_begin(journal, lazy, &engine->failure) < 0)
        return false;
    for (struct job *job = jobs; job; job = job->next_flushed) {
        if (put(job, &engine->failure) < 0) {
            journal_rollback(journal);
            return false;
        }
    }
    return journal_commit(journal, &engine->failure) == 0;
}

void engine_journal_problem(const struct job *job, struct problem *ret_problem)
{
    const char *id = job->machine.record.id;
    char text[sizeof(ret_problem->text)];
    if (job->entry.there)
        snprintf(text, sizeof(text),
                 "%.350s; where 'nuncio list' shows it as new, 'nuncio cancel %s' keeps it so",
                 job->engine->failure.text, id);
    else
        snprintf(text, sizeof(text), "%.500s", job->engine->failure.text);
    problem_set_ours(ret_problem, text);
}

/* The journal will not know how it went on, and whoever reads it then should not send it again. */
static void warn_of_gap(struct job *job)
{
    char text[sizeof(job->engine->failure.text) + 128];
    snprintf(text, sizeof(text),
             "%s; it may show interaction %s as unfinished or unknown: do not send that again",
             job->engine->failure.text, job->machine.record.id);
    interaction_warn(&job->machine, text);
}

/* Nothing may be sent that is not recorded; what has been sent goes on, and its reply is worth telling. */
static void not_recorded(struct job *job, int64_t now)
{
    struct engine *engine = job->engine;
    const struct record *record = &job->machine.record;
    struct problem problem;
    engine_log(engine, NUNCIO_LOG_INFO, "%s: %s", record->id, engine->failure.text);
    if (job->machine.ended || record->state != NUNCIO_INTERACTION_NEW) {
        if (record->state != NUNCIO_INTERACTION_FAILED || record->sends > 0)
            warn_of_gap(job);
        fall_behind(job, now);
        return;
    }
    if (job->starting)
        admission_over(&job->destination.provider->admission);
    job->starting = false;
    job->entry.intended = false;
    engine_journal_problem(job, &problem);
    interaction_end_failed(&job->machine, now, &problem);
    engine_end(job);
}

void engine_publish(struct job *job, int64_t now)
{
    struct engine *engine = job->engine;
    const struct record *record = &job->machine.record;
    job->stage = JOB_OVER;
    engine->live--;
    engine_log(engine, NUNCIO_LOG_INFO, "%s: %s after %" PRId64 " polls", record->id,
               nuncio_state_name(record->state), record->polls);
    struct job **list = job->helper ? &engine->helpers : &engine->ended;
    job->next_ended = *list;
    *list = job;
    if (record_is_final(record))
        line_left(job, now);
}

void engine_flush(struct engine *engine, int64_t now)
{
    struct job *jobs = NULL;
    while (engine->changed) { /* in the order in which they changed */
        struct job *job = engine->changed;
        engine->changed = job->next_changed;
        job->next_changed = NULL;
        job->changed = false; /* from here on it may change again */
        job->next_flushed = jobs;
        jobs = job;
    }
    bool committed = jobs && commit_all(engine, jobs);
    for (struct job *job = jobs; job; job = job->next_flushed)
        settle(job, committed);
    for (; jobs; jobs = jobs->next_flushed) {
        if (!committed)
            not_recorded(jobs, now);
        if (jobs->machine.ended && jobs->stage != JOB_OVER)
            engine_publish(jobs, now);
        else if (committed && jobs->stage == JOB_ENTERING)
            line_look(jobs, now);
    }
}
