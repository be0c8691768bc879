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

int64_t interaction_give_up_at(const struct interaction *interaction)
{
    int64_t limit = interaction->policy.give_up_ms;
    return limit > INT64_MAX - interaction->started ? INT64_MAX : interaction->started + limit;
}

int64_t interaction_reconcile_until(const struct interaction *interaction, int64_t now)
{
    return earlier(now + interaction->policy.reconcile_ms, interaction->patience_end);
}

int64_t interaction_until(const struct interaction *interaction)
{
    if (interaction->running)
        return INT64_MAX;
    int64_t until = earlier(interaction->due, interaction->patience_end);
    return interaction->phase == PHASE_RECONCILE ? earlier(until, interaction->reconcile_end) : until;
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
