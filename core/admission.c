/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "admission.h"

#include <stddef.h>

void admission_init(struct admission *admission, int64_t max_in_flight, int64_t rate_count,
                    int64_t rate_period_ms, int64_t now)
{
    *admission = (struct admission){
        .max_in_flight = max_in_flight,
        .rate_count = rate_count,
        .rate_period_ms = rate_period_ms,
        .tokens = (double)rate_count,
        .filled_at = now,
    };
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

static void fill(struct admission *admission, int64_t now)
{
    admission->tokens += (double)(now - admission->filled_at) * (double)admission->rate_count /
                         (double)admission->rate_period_ms;
    if (admission->tokens > (double)admission->rate_count)
        admission->tokens = (double)admission->rate_count;
    admission->filled_at = now;
}

struct admission_entry *admission_next(struct admission *admission, int64_t now)
{
    struct admission_entry *entry = admission->first;
    if (!entry || admission->in_flight >= admission->max_in_flight)
        return NULL;
    if (admission->rate_count > 0) {
        fill(admission, now);
        if (admission->tokens < 1)
            return NULL;
        admission->tokens -= 1;
    }
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
    double missing = 1 - admission->tokens;
    if (admission->rate_count == 0 || missing <= 0)
        return now;
    double wait = missing * (double)admission->rate_period_ms / (double)admission->rate_count;
    return admission->filled_at + (int64_t)wait + 1;
}
