/* SPDX-License-Identifier: MIT */
/* One interaction at a time in a conversation, also between processes: who stands first in its line in the journal
   may go. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include "text.h"

#define LOOK_FIRST_MS 20 /* between looks at a line that another process holds */
#define LOOK_MAX_MS   100
#define LOOK_OURS_MS  1000 /* where we hold it ourselves, which is told */
#define HELP_MS       5000 /* until a helper that came to no end is followed by another */

/* Until it looks again, or patience ends. Within a process it is called when its turn comes. */
static void wait(struct job *job, int64_t now, int64_t pause)
{
    int64_t until = job->machine.patience_end;
    job->look_at = job->engine->journal->shared ? now + pause : INT64_MAX;
    heap_set(&job->engine->timers, &job->timer, job->look_at < until ? job->look_at : until);
}

/* The conversation is ours: start where it stands. */
static void start(struct job *job, int64_t now)
{
    struct record *record = &job->machine.record;
    struct conversation_place place = {0};
    struct nuncio_failure failure;
    const char *known = record->fresh ? NULL : record->conversation;
    job->stage = JOB_RUNNING;
    if (!record->fresh && journal_conversation(job->engine->journal, record, known, &place, &failure) < 0) {
        struct problem problem;
        problem_set_ours(&problem, failure.text);
        interaction_end_failed(&job->machine, now, &problem);
        engine_advance(job, now);
        return;
    }
    if (!text_assign(&record->conversation, nuncio_slice(place.remote_id)) ||
        !text_assign(&record->cursor, nuncio_slice(place.cursor))) {
        conversation_place_finish(&place);
        interaction_out_of_memory(&job->machine, now);
        engine_advance(job, now);
        return;
    }
    record->cursor_state = record->remote ? NUNCIO_CURSOR_UNKNOWN : place.cursor_state;
    record->continued = place.remote_id != NULL;
    if (place.remote_id && record->cursor_state == NUNCIO_CURSOR_UNKNOWN)
        job->machine.policy.learn_first = true;
    if (!place.remote_id && !job->machine.policy.learn_first)
        record->cursor_state = NUNCIO_CURSOR_EMPTY;
    conversation_place_finish(&place);
    interaction_prepare(&job->machine, now);
    engine_advance(job, now);
}

static void enter(struct job *job, enum job_line line, char *gate, int64_t now)
{
    free(job->gate);
    job->gate = gate;
    job->line = line;
    job->look_pause = LOOK_FIRST_MS;
    if (!gate) {
        interaction_out_of_memory(&job->machine, now);
        engine_advance(job, now);
        return;
    }
    job->stage = JOB_ENTERING;
    engine_changed(job);
}

void line_begin(struct job *job, int64_t now)
{
    const struct record *record = &job->machine.record;
    const char *common = job->destination.traits->gate;
    if (common)
        enter(job, LINE_NAME, journal_gate_common(record, common), now);
    else if (record->conversation_name)
        enter(job, LINE_NAME, journal_gate_named(record, record->conversation_name), now);
    else if (record->conversation)
        enter(job, LINE_REMOTE, journal_gate_remote(record, record->conversation), now);
    else
        start(job, now);
}

/* Behind the line of the name there is that of the vendor's conversation. */
static void passed(struct job *job, int64_t now)
{
    struct record *record = &job->machine.record;
    struct conversation_place place = {0};
    if (job->line == LINE_NAME && !record->fresh &&
        journal_conversation(job->engine->journal, record, record->conversation, &place, NULL) == 0 &&
        place.remote_id)
        enter(job, LINE_REMOTE, journal_gate_remote(record, place.remote_id), now);
    else
        start(job, now);
    conversation_place_finish(&place);
}

/* Whoever stood first is no more, and what it had not sent loses its place. */
static void remove_first(struct journal *journal, const struct journal_view *first)
{
    struct nuncio_slice owner = nuncio_slice(first->owner[0] ? first->owner : NULL);
    if (journal_take(journal, first->id, owner, NULL) == 1)
        journal_give_back(journal, first->id, true);
}

/* Another stands first. What a process that is no more had sent is brought to its end first. */
static void stand_behind(struct job *job, const struct journal_view *first, int64_t now)
{
    const struct engine_host *host = &job->engine->host;
    bool sent = first->state > NUNCIO_INTERACTION_NEW && first->state < NUNCIO_INTERACTION_COMPLETED;
    bool abandoned = first->holder == JOURNAL_NOBODY && job->engine->journal->shared;
    int64_t pause = job->look_pause;
    problem_set(&job->machine.problem, NUNCIO_ERROR_BUSY,
                "an earlier message of this conversation is under way (%s)", first->id);
    job->look_pause = pause * 2 < LOOK_MAX_MS ? pause * 2 : LOOK_MAX_MS;
    if (first->holder == JOURNAL_US)
        pause = LOOK_OURS_MS;
    if (abandoned && sent && host->adopt(host->context, first->id))
        pause = HELP_MS;
    else if (abandoned && !sent)
        remove_first(job->engine->journal, first);
    wait(job, now, pause);
}

void line_look(struct job *job, int64_t now)
{
    struct journal_view first;
    job->stage = JOB_IN_LINE;
    if (job->engine->journal->shared && journal_cancel_noted(job->engine->journal, &job->machine.record) &&
        interaction_cancel(&job->machine, now)) {
        engine_end(job);
        return;
    }
    int found = journal_first(job->engine->journal, job->gate, &first, &job->engine->failure);
    if (found < 0) {
        struct problem problem;
        problem_set_ours(&problem, job->engine->failure.text);
        interaction_end_failed(&job->machine, now, &problem);
        engine_end(job);
    } else if (found == 0) {
        job->stage = JOB_ENTERING; /* somebody took it out of the line */
        engine_changed(job);
    } else if (strcmp(first.id, job->machine.record.id) == 0) {
        heap_remove(&job->engine->timers, &job->timer);
        passed(job, now);
    } else {
        stand_behind(job, &first, now);
    }
}

/* The first of that line, if it is one of ours. Takes the gate. */
static void wake(struct engine *engine, char *gate, int64_t now)
{
    struct journal_view first;
    bool found = gate && journal_first(engine->journal, gate, &first, NULL) == 1;
    free(gate);
    struct job *next = found ? engine->host.find(engine->host.context, first.id) : NULL;
    if (next && next->stage == JOB_IN_LINE)
        line_look(next, now);
}

void line_left(struct job *job, int64_t now)
{
    const struct record *record = &job->machine.record;
    const char *common = job->destination.traits->gate;
    if (!job->entry.lined_up)
        return;
    if (common)
        wake(job->engine, journal_gate_common(record, common), now);
    if (record->conversation_name)
        wake(job->engine, journal_gate_named(record, record->conversation_name), now);
    if (record->conversation)
        wake(job->engine, journal_gate_remote(record, record->conversation), now);
}
