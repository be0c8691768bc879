/* SPDX-License-Identifier: MIT */
/* Exchanges that wait for their time, in a binary heap: thousands may wait. */
#ifndef SANDBOX_DEADLINES_H
#define SANDBOX_DEADLINES_H

#include "exchange.h"

#define DEADLINE_NEVER INT64_MAX

struct deadlines {
    struct exchange **heap; /* from index 1 on */
    size_t count, capacity;
};

void deadlines_add(struct deadlines *deadlines, struct exchange *x);
void deadlines_remove(struct deadlines *deadlines, struct exchange *x);
/* Takes out the first exchange whose deadline has come, NULL where there is none. */
struct exchange *deadlines_take(struct deadlines *deadlines, int64_t now);
/* Milliseconds to the first deadline, -1: none. */
int64_t deadlines_next(const struct deadlines *deadlines, int64_t now);
/* Makes all, or only those held by a fault, due at once. */
void deadlines_release(struct deadlines *deadlines, bool held_only);
void deadlines_free(struct deadlines *deadlines);

#endif
