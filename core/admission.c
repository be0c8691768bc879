/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "admission.h"

#include <stddef.h>
#include <stdlib.h>

int admission_init(struct admission *admission, int64_t max_in_flight, int64_t rate_count,
                   int64_t rate_period_ms)
{
    *admission = (struct admission){
        .max_in_flight = max_in_flight,
        .rate_count = rate_count,
        .rate_period_ms = rate_period_ms,
    };
    if (rate_count == 0)
        return 0;
    admission->started = calloc((size_t)rate_count, sizeof(*admission->started));
    return admission->started ? 0 : -1;
}

void admission_finish(struct admission *admission)
{
    free(admission->started);
    *admission = (struct admission){0};
}

void admission_wait(struct admission *admission, struct admission_entry *entry)
{
    if (entry->waiting)
        return;
    entry->waiting = true;
    entry->next = NULL;
    if (admission->last)
        admission->last->next = entry;
    else
        admission->first = entry;
    admission->last = entry;
}

void admission_leave(struct admission *admission, struct admission_entry *entry)
{
    if (!entry->waiting)
        return;
    entry->waiting = false;
    struct admission_entry *previous = NULL;
    struct admission_entry *current = admission->first;
    while (current != entry) {
        previous = current;
        current = current->next;
    }
    if (previous)
        previous->next = entry->next;
    else
        admission->first = entry->next;
    if (admission->last == entry)
        admission->last = previous;
}

/* The rate allows a request from then on. So the limit holds for any period, wherever it begins; a bucket that
   is filled while it is emptied would let nearly twice as many through. */
static int64_t allowed_at(const struct admission *admission)
{
    if (admission->rate_count == 0 || admission->starts < admission->rate_count)
        return INT64_MIN;
    return admission->started[admission->starts % admission->rate_count] + admission->rate_period_ms;
}

struct admission_entry *admission_next(struct admission *admission, int64_t now)
{
    struct admission_entry *entry = admission->first;
    if (!entry || admission->in_flight >= admission->max_in_flight || now < allowed_at(admission))
        return NULL;
    if (admission->rate_count > 0)
        admission->started[admission->starts % admission->rate_count] = now;
    admission->starts++;
    admission_leave(admission, entry);
    admission->in_flight++;
    return entry;
}

void admission_over(struct admission *admission)
{
    admission->in_flight--;
}

int64_t admission_due(const struct admission *admission, int64_t now)
{
    if (!admission->first || admission->in_flight >= admission->max_in_flight)
        return -1;
    int64_t at = allowed_at(admission);
    return at > now ? at : now;
}
