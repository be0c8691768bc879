/* SPDX-License-Identifier: MIT */
/* An interaction that another process works on: the journal tells how it goes, and when that process ends without it,
   it is ours. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <string.h>
#include "text.h"

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

/* False: it cannot be read now, and the record is empty. */
static bool read_row(struct job *job, struct record *record, struct journal_view *view)
{
    const char *id = job->machine.record.id;
    record_finish(record);
    int found = journal_get(job->engine->journal, id, record, view, &job->engine->failure);
    if (found < 0)
        engine_log(job->engine, NUNCIO_LOG_WARNING, "%s: %s", id, job->engine->failure.text);
    return found == 1;
}

/* True: it is ours now. */
static bool take_over(struct job *job, const struct journal_view *view)
{
    struct nuncio_slice owner = nuncio_slice(view->owner[0] ? view->owner : NULL);
    return view->state < NUNCIO_INTERACTION_COMPLETED && view->holder == JOURNAL_NOBODY &&
           journal_take(job->engine->journal, view->id, owner, NULL) == 1;
}

int watch_restore(const struct record *record, struct attachments *ret_attachments,
                  struct nuncio_failure *failure)
{
    const char **sources;
    uint64_t count;
    if (record->state != NUNCIO_INTERACTION_NEW)
        return 0;
    if (record->opening && !record->conversation)
        return failure_set(
            failure, NUNCIO_ERROR_INTERNAL,
            "nothing was sent, but its process ended while it opened a conversation, which may "
            "cost something; look at the vendor, and send it again");
    if (!record->message)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "nothing was sent, and the text was not kept (keep_content = no); send it by hand");
    if (!attachments_sources(record->attachments, &sources, &count))
        return failure_memory(failure);
    int opened = attachments_open(sources, count, ret_attachments, failure);
    attachments_sources_finish(sources);
    return opened < 0 ? failure_prefix(failure, "nothing was sent") : 0;
}

/* It is ours: the message goes out, or its run is followed. */
static void go_on(struct job *job, int64_t now)
{
    struct nuncio_failure failure;
    struct problem problem;
    heap_remove(&job->engine->timers, &job->timer);
    /* What the journal has of it by now: nothing of that is news. */
    job->entry.state = job->machine.record.state;
    (void)text_assign(&job->entry.conversation, nuncio_slice(job->machine.record.conversation));
    (void)text_assign(&job->entry.conversation, nuncio_slice(job->machine.record.conversation));
    if (watch_restore(&job->machine.record, &job->attachments, &failure) == 0) {
        engine_go_on(job, now);
        return;
    }
    job->stage = JOB_RUNNING;
    problem_set(&problem, failure.error_class, "%s", "");
    interaction_end_failed(&job->machine, now, &problem);
    (void)text_assign(&job->machine.record.error_text, nuncio_slice(failure.text));
    engine_end(job);
}

void watch_look(struct job *job, int64_t now)
{
    struct journal_view view;
    struct record record;
    record_init(&record);
    bool read = read_row(job, &record, &view);
    bool ours = read && take_over(job, &view);
    /* Before it was ours it may have moved on. */
    if (ours && !read_row(job, &record, &view)) {
        journal_give_back(job->engine->journal, job->machine.record.id, false);
        read = false;
    }
    if (!read) {
        wait(job, now);
        return;
    }
    bool moved = record.state != job->machine.record.state;
    replace_record(job, &record);
    if (moved)
        job->look_pause = LOOK_FIRST_MS / 2;
    if (ours) {
        go_on(job, now);
    } else if (record_is_final(&job->machine.record)) {
        job->machine.ended = true;
        engine_end(job);
    } else {
        wait(job, now);
    }
}

bool watch_cancel(struct job *job, int64_t now)
{
    const struct record *record = &job->machine.record;
    bool accepted =
        record->state == NUNCIO_INTERACTION_QUEUED || record->state == NUNCIO_INTERACTION_PROCESSING;
    bool can = accepted && record->ticket && (job->machine.policy.capabilities & NUNCIO_CANCEL);
    if (!can && record->state != NUNCIO_INTERACTION_NEW)
        return false;
    if (journal_note_cancel(job->engine->journal, record, &job->engine->failure) < 0)
        return false;
    if (!can) {
        watch_cancelled(job, now); /* whoever holds it looks at its line, and sees the note */
        return true;
    }
    job->cancel_borrowed = true;
    job->step = NUNCIO_STEP_CANCEL;
    job->purpose = 0;
    heap_set(&job->engine->timers, &job->timer, job->machine.patience_end);
    admission_wait(&job->destination.provider->admission, &job->admission);
    return true;
}

void watch_cancelled(struct job *job, int64_t now)
{
    job->cancel_borrowed = false;
    job->look_pause = LOOK_FIRST_MS / 2;
    wait(job, now);
}
