/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "interaction.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_LIMIT     8    /* steps in a row without a wait */
#define REPEAT_LIMIT    3    /* of a repeatable SEND */
#define UNSEEN_FIRST_MS 1000 /* a vendor may need so long until an accepted message shows */
#define GRACE_MS        5000 /* right after SEND a run may not be found yet */

static bool can(const struct interaction *interaction, uint64_t capability)
{
    return (interaction->policy.capabilities & capability) != 0;
}

static bool accepted(const struct interaction *interaction)
{
    return interaction->accepted_at >= 0;
}

static void enter(struct interaction *interaction, enum phase phase, uint32_t step, int64_t due)
{
    interaction->phase = phase;
    interaction->step = step;
    interaction->due = due;
}

static void prepare_send(struct interaction *interaction, int64_t now)
{
    if (!interaction->record.conversation && can(interaction, NUNCIO_THREADS_REQUIRED))
        enter(interaction, PHASE_OPEN, NUNCIO_STEP_OPEN, now);
    else
        enter(interaction, PHASE_SEND, NUNCIO_STEP_SEND, now);
}

void interaction_start(struct interaction *interaction, int64_t now, int64_t timeout_ms, uint64_t random)
{
    interaction->started = interaction->waiting_since = now;
    interaction->patience_end = timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
    interaction->accepted_at = -1;
    interaction->random = random | 1;
    problem_init(&interaction->problem);
}

void interaction_prepare(struct interaction *interaction, int64_t now)
{
    problem_init(&interaction->problem);
    if (interaction->policy.learn_first && can(interaction, NUNCIO_HISTORY))
        enter(interaction, PHASE_LEARN, NUNCIO_STEP_HISTORY, now);
    else
        prepare_send(interaction, now);
}

void interaction_finish(struct interaction *interaction)
{
    record_finish(&interaction->record);
}

/* ---- Steps ------------------------------------------------------------------------------------------------ */

void interaction_begin(struct interaction *interaction)
{
    interaction->running = true;
    interaction->left = false;
}

void interaction_leaves(struct interaction *interaction)
{
    interaction->left = true;
    interaction->record.sends++;
    interaction->record.state = NUNCIO_INTERACTION_SENDING;
}

/* ---- When a step is over ----------------------------------------------------------------------------------
 */

/* POLL needs a ticket; where only the conversation is known, HISTORY is asked. */
static uint32_t asking_step(const struct interaction *interaction)
{
    if (interaction->record.ticket && can(interaction, NUNCIO_ASYNC_POLL | NUNCIO_QUEUED))
        return NUNCIO_STEP_POLL;
    return NUNCIO_STEP_HISTORY;
}

static void accept(struct interaction *interaction, int64_t now, uint32_t state)
{
    if (!accepted(interaction))
        interaction->accepted_at = now;
    interaction->record.state = state;
    interaction->failures = 0;
    problem_init(&interaction->problem);
}

static void reconcile(struct interaction *interaction, int64_t now)
{
    interaction->failures = 0;
    interaction->reconcile_since = now;
    interaction->reconcile_end = interaction_reconcile_until(interaction, now);
    enter(interaction, PHASE_RECONCILE, NUNCIO_STEP_HISTORY, now);
}

static void look_for_it(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    /* A repeat that patience itself cut off says less than what the first one met. */
    if (interaction->repeats == 0 || now < interaction->patience_end)
        interaction->problem = *problem;
    if (!can(interaction, NUNCIO_HISTORY)) {
        interaction_end_unknown(interaction, now, problem);
        return;
    }
    reconcile(interaction, now);
}

static void repeat_send(struct interaction *interaction, int64_t now)
{
    interaction->repeats++;
    enter(interaction, PHASE_SEND, NUNCIO_STEP_SEND, now);
}

/* What was unknown once may be too old for the vendor to recognise its key. */
static bool may_repeat(const struct interaction *interaction)
{
    return interaction->record.repeatable && interaction->repeats < REPEAT_LIMIT && !interaction->was_unknown;
}

/* HISTORY does not show our message. The vendor may only be slow; a request that it recognises by its key may
   be sent again, any other never. */
static void unseen(struct interaction *interaction, int64_t now)
{
    bool waited = now - interaction->reconcile_since >= UNSEEN_FIRST_MS;
    if (may_repeat(interaction) && waited)
        repeat_send(interaction, now);
    else
        interaction->due = now + interaction_backoff(interaction, -1);
}

/* The same step again, because nothing ran. A wait longer than patience would be for nothing. */
static void retry(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    interaction->problem = *problem;
    interaction->due = now + interaction_backoff(interaction, problem->retry_after_ms);
    if (problem->retry_after_ms < 0 || interaction->due < interaction->patience_end)
        return;
    snprintf(interaction->problem.text, sizeof(interaction->problem.text),
             "%.400s; it asks to wait %" PRId64 " s", problem->text, (problem->retry_after_ms + 999) / 1000);
    interaction_end_patience(interaction, now);
}

/* What left was definitely refused: it has not been sent, and its key is used up. */
static void take_back(struct interaction *interaction)
{
    if (interaction->left) {
        interaction->record.sends--;
        interaction->record.key_number++;
    }
    interaction->left = false;
    interaction->record.state = NUNCIO_INTERACTION_NEW;
}

static void ask_again(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    int64_t wait = interaction_backoff(interaction, problem->retry_after_ms);
    if (interaction->phase == PHASE_RECONCILE) { /* the problem stays why the message must be looked for */
        /* A busy conversation may be busy with our message: it cannot be told before the end. */
        if (problem->error_class == NUNCIO_ERROR_BUSY)
            interaction->reconcile_end = interaction_reconcile_until(interaction, now);
    } else if (now < interaction->patience_end) { /* what patience itself cut off is no trouble */
        interaction->problem = *problem;
    }
    if (interaction->phase == PHASE_ASK && interaction->step != NUNCIO_STEP_FETCH)
        interaction->step = asking_step(interaction);
    interaction->due = now + wait;
}

static void stop_asking(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    bool fresh = interaction->phase == PHASE_ASK && now - interaction->accepted_at < GRACE_MS;
    if (interaction->phase == PHASE_CANCEL) {
        interaction->cancelling = false;
        interaction_warn(interaction, problem->text);
        enter(interaction, PHASE_ASK, asking_step(interaction), now);
    } else if (problem->error_class == NUNCIO_ERROR_NOT_FOUND && fresh) {
        ask_again(interaction, now, problem);
    } else if (interaction->phase == PHASE_RECONCILE) {
        interaction_end_unknown(interaction, now, problem);
    } else {
        interaction_end_stopped(interaction, problem);
    }
}

static void once_more(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    if (interaction->policy.open_harmless && !interaction->open_repeated) {
        interaction->open_repeated = true;
        retry(interaction, now, problem);
    } else {
        interaction_end_failed(interaction, now, problem);
    }
}

/* A refusal of a SEND that was repeated with the same key says nothing about the first one. */
static bool refusal_of_a_repeat(const struct interaction *interaction)
{
    return interaction->record.sends > (interaction->left ? 1 : 0);
}

/* What the table says, and what it cannot know. */
static enum decision decide(const struct interaction *interaction, const struct problem *problem)
{
    enum decision decision = decision_for(interaction->phase, problem->error_class);
    if (decision == DECISION_RETRY && problem->permanent)
        return DECISION_FAIL;
    /* What never left cannot have been sent. */
    if (interaction->phase == PHASE_SEND && decision == DECISION_AMBIGUOUS && !interaction->left &&
        interaction->record.sends == 0)
        return DECISION_FAIL;
    return decision;
}

static void judge(struct interaction *interaction, int64_t now, struct problem *problem)
{
    enum decision decision = decide(interaction, problem);
    bool refused = interaction->phase == PHASE_SEND && problem->error_class != NUNCIO_ERROR_AGENT &&
                   (decision == DECISION_FAIL || decision == DECISION_RETRY);
    if (refused && refusal_of_a_repeat(interaction)) {
        interaction->record.sends -= interaction->left;
        look_for_it(interaction, now, problem);
        return;
    }
    if (refused)
        take_back(interaction);

    switch (decision) {
    case DECISION_FAIL:
        interaction_end_failed(interaction, now, problem);
        break;
    case DECISION_CANCELLED:
        interaction_end_cancelled(interaction, now, problem);
        break;
    case DECISION_RETRY:
        retry(interaction, now, problem);
        break;
    case DECISION_ONCE_MORE:
        once_more(interaction, now, problem);
        break;
    case DECISION_AMBIGUOUS:
    case DECISION_ACCEPTED:
        look_for_it(interaction, now, problem);
        break;
    case DECISION_ASK_AGAIN:
        ask_again(interaction, now, problem);
        break;
    case DECISION_UNSEEN:
        unseen(interaction, now);
        break;
    case DECISION_STOP:
        stop_asking(interaction, now, problem);
        break;
    }
}

static void misuse(struct interaction *interaction, int64_t now, const char *what)
{
    struct problem problem;
    problem_set(&problem, NUNCIO_ERROR_INTERNAL, "plugin: %s", what);
    judge(interaction, now, &problem);
}

static void done(struct interaction *interaction, int64_t now, struct outcome *outcome)
{
    interaction->failures = 0;
    problem_init(&interaction->problem);
    switch (interaction->phase) {
    case PHASE_LEARN:
        prepare_send(interaction, now);
        break;
    case PHASE_OPEN:
        if (!interaction->record.conversation) {
            misuse(interaction, now, "DONE from OPEN without a conversation");
            break;
        }
        if (interaction->record.cursor_state == NUNCIO_CURSOR_UNKNOWN)
            interaction->record.cursor_state = NUNCIO_CURSOR_EMPTY;
        enter(interaction, PHASE_SEND, NUNCIO_STEP_SEND, now);
        break;
    case PHASE_CANCEL:
        interaction_end_cancelled(interaction, now, NULL);
        break;
    default:
        interaction_complete(interaction, now, outcome);
        break;
    }
}

static void go_on(struct interaction *interaction, int64_t now, uint32_t step)
{
    bool before_send = interaction->phase == PHASE_LEARN || interaction->phase == PHASE_OPEN;
    if (++interaction->chain > CHAIN_LIMIT) {
        interaction->chain = 0;
        misuse(interaction, now, "NEXT without end; 8 steps may follow without WAIT");
    } else if (before_send && step == NUNCIO_STEP_HISTORY) {
        enter(interaction, PHASE_LEARN, step, now);
    } else if (before_send && step == NUNCIO_STEP_OPEN) {
        enter(interaction, PHASE_OPEN, step, now);
    } else if (before_send && step == NUNCIO_STEP_SEND) {
        enter(interaction, PHASE_SEND, step, now);
    } else if (before_send) {
        misuse(interaction, now, "NEXT before SEND to a step that is none of OPEN, HISTORY and SEND");
    } else if (step == NUNCIO_STEP_SEND) {
        misuse(interaction, now, "NEXT to SEND, but it has left; POLL, FETCH or HISTORY may follow");
    } else if (step == NUNCIO_STEP_OPEN) {
        misuse(interaction, now, "NEXT to OPEN, but SEND has left; POLL, FETCH or HISTORY may follow");
    } else if (interaction->phase == PHASE_RECONCILE) {
        enter(interaction, PHASE_RECONCILE, step, now);
    } else {
        accept(interaction, now, NUNCIO_INTERACTION_PROCESSING);
        enter(interaction, PHASE_ASK, step, now);
    }
}

static void wait_for_run(struct interaction *interaction, int64_t now, struct outcome *outcome,
                         int64_t retry_after_ms)
{
    int64_t at_least = retry_after_ms > outcome->hint_ms ? retry_after_ms : outcome->hint_ms;
    interaction->chain = 0;
    if (interaction->phase == PHASE_LEARN || interaction->phase == PHASE_OPEN) {
        struct problem problem;
        problem_set(&problem, NUNCIO_ERROR_BUSY, "the conversation is not ready");
        problem.retry_after_ms = at_least > 0 ? at_least : -1;
        retry(interaction, now, &problem);
        return;
    }
    accept(interaction, now,
           outcome->wait_state == NUNCIO_STATE_QUEUED ? NUNCIO_INTERACTION_QUEUED
                                                      : NUNCIO_INTERACTION_PROCESSING);
    interaction->record.queue_position = outcome->queue_position;
    bool fetching = interaction->phase == PHASE_ASK && interaction->step == NUNCIO_STEP_FETCH;
    enter(interaction, PHASE_ASK, fetching ? NUNCIO_STEP_FETCH : asking_step(interaction),
          now + interaction_poll_interval(interaction, now, at_least));
    if (outcome->input_required) {
        struct problem problem;
        problem_set(&problem, NUNCIO_ERROR_INPUT_REQUIRED, "%s", outcome->text);
        interaction_end_stopped(interaction, &problem);
    }
}

static void failed(struct interaction *interaction, int64_t now, const struct outcome *outcome,
                   int32_t status, int64_t retry_after_ms)
{
    struct problem problem;
    problem_set(&problem, outcome->class_, "%s", outcome->text);
    memcpy(problem.vendor_code, outcome->vendor_code, sizeof(problem.vendor_code));
    problem.status = status;
    problem.retry_after_ms = retry_after_ms;
    judge(interaction, now, &problem);
}

/* ---- Taking up --------------------------------------------------------------------------------------------- */

void interaction_started_before(struct interaction *interaction, int64_t now, int64_t wall)
{
    int64_t age = wall - interaction->record.created_at;
    interaction->started = age > 0 ? now - age : now;
    interaction->taken_up = interaction->unasked = true;
}

void interaction_resume(struct interaction *interaction, int64_t now)
{
    struct record *record = &interaction->record;
    struct problem problem;
    interaction->was_unknown = record->state == NUNCIO_INTERACTION_UNKNOWN;
    if (record->state == NUNCIO_INTERACTION_QUEUED || record->state == NUNCIO_INTERACTION_PROCESSING) {
        interaction_clear_error(interaction);
        interaction->accepted_at =
            interaction->started > 0 ? interaction->started : 0; /* before the machine was up */
        enter(interaction, PHASE_ASK, asking_step(interaction), now);
        return;
    }
    record->state = NUNCIO_INTERACTION_SENDING;
    record->finished_at = -1;
    problem_set(&problem, NUNCIO_ERROR_TIMEOUT, "the process that sent it ended before it was answered");
    look_for_it(interaction, now, &problem);
}

/* ---- Answers ----------------------------------------------------------------------------------------------- */

static void answered(struct interaction *interaction, int64_t now, struct step_result *result)
{
    struct outcome *outcome = result->outcome;
    interaction->record.steps++;
    interaction->unasked = false;
    if (interaction->phase == PHASE_ASK && interaction->step != NUNCIO_STEP_FETCH)
        interaction->record.polls++;
    interaction_keep(interaction, outcome);

    switch (outcome->verdict) {
    case NUNCIO_DONE:
        done(interaction, now, outcome);
        break;
    case NUNCIO_NEXT:
        go_on(interaction, now, outcome->next_step);
        break;
    case NUNCIO_WAIT:
        wait_for_run(interaction, now, outcome, result->retry_after_ms);
        break;
    case NUNCIO_UNSEEN:
        if (interaction->phase == PHASE_RECONCILE)
            unseen(interaction, now);
        else if (interaction->phase == PHASE_ASK)
            wait_for_run(interaction, now, outcome, result->retry_after_ms);
        else
            misuse(interaction, now, "UNSEEN where nothing was looked for");
        break;
    default:
        failed(interaction, now, outcome, result->problem.status, result->retry_after_ms);
        break;
    }
}

/* The plugin has nothing to ask with. */
static void cannot(struct interaction *interaction, int64_t now)
{
    if (interaction->phase == PHASE_LEARN) {
        prepare_send(interaction, now);
    } else if (interaction->phase == PHASE_RECONCILE) {
        if (may_repeat(interaction))
            repeat_send(interaction, now);
        else
            interaction_end_unknown(interaction, now, &interaction->problem);
    } else if (interaction->phase == PHASE_ASK || interaction->phase == PHASE_CANCEL) {
        struct problem problem;
        problem_set(&problem, NUNCIO_ERROR_UNAVAILABLE, "the vendor has no way to ask for this run");
        ask_again(interaction, now, &problem);
    } else {
        misuse(interaction, now, "CANNOT for a step that it needs");
    }
}

void interaction_absorb(struct interaction *interaction, int64_t now, struct step_result *result)
{
    interaction->running = false;
    switch (result->transport) {
    case TRANSPORT_ANSWERED:
        answered(interaction, now, result);
        break;
    case TRANSPORT_CANNOT:
        cannot(interaction, now);
        break;
    case TRANSPORT_NOT_SENT:
    case TRANSPORT_BROKEN:
    case TRANSPORT_REFUSED:
        judge(interaction, now, &result->problem);
        break;
    }
    if (interaction->phase != PHASE_SEND)
        interaction->left = false;
    if (interaction->cancelling && !interaction->ended && interaction->phase == PHASE_ASK)
        enter(interaction, PHASE_CANCEL, NUNCIO_STEP_CANCEL, now);
    if (interaction->no_wait && accepted(interaction))
        interaction->ended = true;
}

bool interaction_cancel(struct interaction *interaction, int64_t now)
{
    if (interaction->record.state == NUNCIO_INTERACTION_NEW) {
        interaction_end_cancelled(interaction, now, NULL);
        return true;
    }
    if (!can(interaction, NUNCIO_CANCEL) || !interaction->record.ticket)
        return false;
    interaction->cancelling = true;
    if (!interaction->running)
        enter(interaction, PHASE_CANCEL, NUNCIO_STEP_CANCEL, now);
    return true;
}
