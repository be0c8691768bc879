/* SPDX-License-Identifier: MIT */
/* Who may start a request now: at most so many at a time and per period, first come, first served. */
#ifndef NUNCIO_CORE_ADMISSION_H
#define NUNCIO_CORE_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what waits. */
struct admission_entry {
    struct admission_entry *next;
    bool waiting;
};

struct admission {
    int64_t max_in_flight;
    int64_t in_flight;
    int64_t rate_count, rate_period_ms; /* rate_count 0: no limit */
    int64_t *started;                   /* when the last rate_count requests started, as a ring */
    int64_t starts;                     /* so far */
    struct admission_entry *first, *last;
};

/* 0, or -1 without memory. */
int admission_init(struct admission *admission, int64_t max_in_flight, int64_t rate_count,
                   int64_t rate_period_ms);
void admission_finish(struct admission *admission);
void admission_wait(struct admission *admission, struct admission_entry *entry);
/* Takes it out of the line; nothing where it does not wait. */
void admission_leave(struct admission *admission, struct admission_entry *entry);
/* The next that may start: it is out of the line and counts as in flight. NULL: nobody may. */
struct admission_entry *admission_next(struct admission *admission, int64_t now);
/* Its request is over. */
void admission_over(struct admission *admission);
/* When admission_next() may succeed by the passing of time alone; -1: time alone will not help. */
int64_t admission_due(const struct admission *admission, int64_t now);

#endif
