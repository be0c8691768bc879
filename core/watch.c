/* SPDX-License-Identifier: MIT */
/* An interaction that another process works on: the journal tells how it goes, and when that process ends without it,
   it is ours. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <string.h>

#define LOOK_FIRST_MS 20
#define LOOK_MAX_MS   100

static void wait(struct job *job, int64_t now)
{
    int64_t until = job->machine.patience_end;
    job->look_pause = job->look_pause * 2 < LOOK_MAX_MS ? job->look_pause * 2 : LOOK_MAX_MS;
    job->look_at = now + job->look_pause;
    heap_set(&job->engine->timers, &job->timer, job->look_at < until ? job->look_at : until);
}

void watch_begin(struct job *job, int64_t now)
{
    job->stage = JOB_WATCHING;
    job->look_pause = LOOK_FIRST_MS / 2;
    wait(job, now);
}

/* The destination's agent_id is the record's. */
static void replace_record(struct job *job, const struct record *record)
{
    record_finish(&job->machine.record);
    job->machine.record = *record;
    job->destination.agent_id = job->machine.record.agent_id;
}

/* True: it is ours now. */
static bool take_over(struct job *job, struct journal_view *view)
{
    struct nuncio_slice owner = nuncio_slice(view->owner[0] ? view->owner : NULL);
    return journal_take(job->engine->journal, view->id, owner, NULL) == 1;
}

void watch_look(struct job *job, int64_t now)
{
    struct journal_view view;
    struct record record;
    record_init(&record);
    int found =
        journal_get(job->engine->journal, job->machine.record.id, &record, &view, &job->engine->failure);
    if (found != 1) {
        if (found < 0)
            engine_log(job->engine, NUNCIO_LOG_WARNING, "%s: %s", job->machine.record.id,
                       job->engine->failure.text);
        wait(job, now);
        return;
    }
    bool moved = record.state != job->machine.record.state;
    replace_record(job, &record);
    if (moved)
        job->look_pause = LOOK_FIRST_MS / 2;
    if (record_is_final(&job->machine.record)) {
        job->machine.ended = true;
        engine_end(job);
    } else if (view.holder == JOURNAL_NOBODY && take_over(job, &view)) {
        heap_remove(&job->engine->timers, &job->timer);
        engine_go_on(job, now);
    } else {
        wait(job, now);
    }
}

bool watch_cancel(struct job *job, int64_t now)
{
    const struct record *record = &job->machine.record;
    bool accepted =
        record->state == NUNCIO_INTERACTION_QUEUED || record->state == NUNCIO_INTERACTION_PROCESSING;
    if (!accepted || !record->ticket || !(job->machine.policy.capabilities & NUNCIO_CANCEL))
        return false;
    job->cancel_borrowed = true;
    job->step = NUNCIO_STEP_CANCEL;
    job->purpose = 0;
    heap_set(&job->engine->timers, &job->timer, job->machine.patience_end);
    admission_wait(&job->destination.provider->admission, &job->admission);
    (void)now;
    return true;
}

void watch_cancelled(struct job *job, int64_t now)
{
    job->cancel_borrowed = false;
    job->look_pause = LOOK_FIRST_MS / 2;
    wait(job, now);
}
