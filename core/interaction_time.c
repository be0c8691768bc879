/* SPDX-License-Identifier: MIT */
/* When an interaction does its next step, and when it gives up. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "interaction.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS   30000
#define AGE_SHARE        7 /* the wait between polls grows to a seventh of the run's age */

/* xorshift: spreads the polls of many interactions; needs no quality. */
static int64_t jitter(struct interaction *interaction, int64_t range)
{
    interaction->random ^= interaction->random << 13;
    interaction->random ^= interaction->random >> 7;
    interaction->random ^= interaction->random << 17;
    return range > 0 ? (int64_t)(interaction->random % (uint64_t)range) : 0;
}

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

int64_t interaction_reconcile_until(const struct interaction *interaction, int64_t now)
{
    return earlier(now + interaction->policy.reconcile_ms, interaction->patience_end);
}

int64_t interaction_backoff(struct interaction *interaction, int64_t retry_after_ms)
{
    /* Looking for a message has little time: several looks must fit. */
    int64_t most =
        interaction->phase == PHASE_RECONCILE ? interaction->policy.reconcile_ms / 4 : BACKOFF_MAX_MS;
    int64_t wait = BACKOFF_FIRST_MS;
    for (uint32_t i = 0; i < interaction->failures && wait < most; i++)
        wait *= 2;
    if (wait > most)
        wait = most;
    interaction->failures++;
    wait += jitter(interaction, wait / 4);
    return retry_after_ms > wait ? retry_after_ms : wait;
}

int64_t interaction_poll_interval(struct interaction *interaction, int64_t now, int64_t at_least)
{
    int64_t wait = (now - interaction->accepted_at) / AGE_SHARE;
    if (wait < interaction->policy.poll_min_ms)
        wait = interaction->policy.poll_min_ms;
    if (wait > interaction->policy.poll_max_ms)
        wait = interaction->policy.poll_max_ms;
    if (wait < at_least)
        wait = at_least;
    return wait + jitter(interaction, wait / 10);
}

/* ---- What next ------------------------------------------------------------------------------------------- */

static int64_t give_up_at(const struct interaction *interaction)
{
    int64_t limit = interaction->policy.give_up_ms;
    int64_t started = interaction->started; /* below 0 for what is older than this machine is up */
    return started > 0 && limit > INT64_MAX - started ? INT64_MAX : started + limit;
}

/* Until when there is nothing to do while it waits. */
static int64_t wait_until(const struct interaction *interaction)
{
    if (interaction->running)
        return INT64_MAX;
    int64_t until = earlier(interaction->due, interaction->patience_end);
    return interaction->phase == PHASE_RECONCILE ? earlier(until, interaction->reconcile_end) : until;
}

/* Ends what has run out of time. */
static void check_time(struct interaction *interaction, int64_t now)
{
    if (interaction->phase == PHASE_RECONCILE && now >= interaction->reconcile_end) {
        interaction_end_unknown(interaction, now, &interaction->problem);
    } else if (interaction->accepted_at >= 0 && !interaction->unasked && now >= give_up_at(interaction)) {
        struct problem problem;
        problem_set(&problem, NUNCIO_ERROR_TIMEOUT, "the run never became final");
        interaction_end_unknown(interaction, now, &problem);
    } else if (now >= interaction->patience_end) {
        interaction_end_patience(interaction, now);
    }
}

enum action interaction_next(struct interaction *interaction, int64_t now, uint32_t *ret_step,
                             uint32_t *ret_purpose, int64_t *ret_until)
{
    if (!interaction->ended && !interaction->running)
        check_time(interaction, now);
    if (interaction->ended)
        return ACTION_ENDED;

    if (interaction->running || now < interaction->due) {
        *ret_until = wait_until(interaction);
        return ACTION_WAIT;
    }
    *ret_step = interaction->step;
    *ret_purpose = 0;
    if (interaction->step == NUNCIO_STEP_HISTORY)
        *ret_purpose = interaction->phase == PHASE_LEARN ? NUNCIO_LEARN : NUNCIO_RECONCILE;
    return ACTION_RUN;
}
