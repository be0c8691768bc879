/* SPDX-License-Identifier: MIT */
/* One message and its reply as a pure state machine: no I/O, no allocation of time, the clock comes as an
 * argument. */
#ifndef NUNCIO_CORE_INTERACTION_H
#define NUNCIO_CORE_INTERACTION_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>
#include "decision.h"
#include "outcome.h"
#include "problem.h"
#include "record.h"

/* What the provider allows and wants; constant during an interaction. */
struct interaction_policy {
    uint64_t capabilities;
    bool open_harmless;
    bool learn_first; /* HISTORY runs before SEND */
    int64_t poll_min_ms, poll_max_ms, reconcile_ms, give_up_ms;
    bool keeps_text; /* the journal has the text of the message */
    bool durable;    /* the journal outlives the process: who stops waiting can take it up again */
    const char
        *origin; /* of the plugin, for messages: its file and where it is configured; NULL: not known */
};

struct interaction {
    struct record record;
    struct interaction_policy policy;
    int64_t started; /* the caller's clock, ms, at creation */
    int64_t
        waiting_since;    /* since when somebody waits here: later than `started` for one that was taken up */
    int64_t patience_end; /* the caller's clock */
    int64_t accepted_at;  /* the caller's clock; -1: not accepted */
    int64_t due;          /* not before this does the next step run */
    int64_t reconcile_since;
    int64_t reconcile_end;
    enum phase phase;
    uint32_t step; /* of phase ASK: POLL, FETCH or HISTORY */
    bool running;  /* a step is under way */
    bool left;     /* the SEND under way may have left */
    bool open_repeated;
    bool cancelling;   /* the caller wants the run stopped */
    bool ended;        /* final, or nobody waits any more */
    bool no_wait;      /* nobody waits once it is accepted */
    bool taken_up;     /* it was begun by another process, or before */
    bool unasked;      /* taken up, and the vendor was not asked since */
    bool was_unknown;  /* taken up as unknown, with the error that made it so */
    uint32_t chain;    /* steps in a row without a wait */
    uint32_t failures; /* steps in a row that failed, for the backoff */
    uint32_t repeats;  /* of a repeatable SEND */
    uint64_t random;
    struct problem problem; /* the last failure, for the case that patience ends */
};

enum transport {
    TRANSPORT_ANSWERED, /* outcome is set */
    TRANSPORT_NOT_SENT, /* no byte of the request left: problem is set */
    TRANSPORT_BROKEN,   /* it may have left, and no complete answer came: problem is set */
    TRANSPORT_CANNOT,   /* the plugin has nothing to ask with */
    TRANSPORT_REFUSED   /* the core judged the answer itself (a redirect): problem is set */
};

struct step_result {
    enum transport transport;
    struct outcome *outcome; /* its strings are taken over */
    struct problem problem;
    int64_t retry_after_ms; /* of an answer; -1: not told */
};

enum action { ACTION_RUN, ACTION_WAIT, ACTION_ENDED };

/* The clock starts: record and policy are filled by the caller before. */
void interaction_start(struct interaction *interaction, int64_t now, int64_t timeout_ms, uint64_t random);
/* It may go: conversation, cursor and policy.learn_first are known now. */
void interaction_prepare(struct interaction *interaction, int64_t now);
void interaction_finish(struct interaction *interaction);
/* After interaction_start(), for a record that was read from a journal: how old it is by the wall clock, ms since
   1970. */
void interaction_started_before(struct interaction *interaction, int64_t now, int64_t wall);
/* Goes on with such a record, whose state is none of new, completed, failed and cancelled. */
void interaction_resume(struct interaction *interaction, int64_t now);

/* What is to be done now. ACTION_RUN: run *ret_step for *ret_purpose, call interaction_begin(), and
   interaction_absorb() when it is over. ACTION_WAIT: nothing before *ret_until (or until the step under way
   ends). */
enum action interaction_next(struct interaction *interaction, int64_t now, uint32_t *ret_step,
                             uint32_t *ret_purpose, int64_t *ret_until);
void interaction_begin(struct interaction *interaction);
/* The SEND under way begins to leave: from now on it may have been sent. */
void interaction_leaves(struct interaction *interaction);
/* Takes the result of the step under way. */
void interaction_absorb(struct interaction *interaction, int64_t now, struct step_result *result);

/* Stops waiting: detached, or failed where nothing has left. */
void interaction_detach(struct interaction *interaction, int64_t now);
/* The same for one that another process works on: nothing is known but that. */
void interaction_stop_watching(struct interaction *interaction, int64_t now);
/* The caller wants the run stopped. False where that is not possible now; nothing has changed then. */
bool interaction_cancel(struct interaction *interaction, int64_t now);

/* interaction_time.c, for interaction.c only: how long it waits. */
int64_t interaction_reconcile_until(const struct interaction *interaction, int64_t now);
/* The wait after a failed step, which grows with each; at least what the vendor asks for (-1: nothing). */
int64_t interaction_backoff(struct interaction *interaction, int64_t retry_after_ms);
/* The wait until the next poll: short runs are seen quickly, long ones cost few polls. */
int64_t interaction_poll_interval(struct interaction *interaction, int64_t now, int64_t at_least);

/* interaction_keep.c, for interaction.c only: keeps what the outcome learned. */
void interaction_keep(struct interaction *interaction, struct outcome *outcome);

/* interaction_end.c, for interaction.c only: the ends. */
void interaction_complete(struct interaction *interaction, int64_t now, struct outcome *outcome);
void interaction_end_failed(struct interaction *interaction, int64_t now, const struct problem *problem);
void interaction_end_cancelled(struct interaction *interaction, int64_t now, const struct problem *problem);
void interaction_end_unknown(struct interaction *interaction, int64_t now, const struct problem *problem);
void interaction_end_stopped(struct interaction *interaction, const struct problem *problem);
void interaction_end_patience(struct interaction *interaction, int64_t now);
void interaction_clear_error(struct interaction *interaction);
void interaction_warn(struct interaction *interaction, const char *text);
void interaction_out_of_memory(struct interaction *interaction, int64_t now);

#endif
