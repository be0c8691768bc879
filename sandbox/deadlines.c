/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "deadlines.h"
#include "util.h"

#include <stdlib.h>

static void place(struct deadlines *deadlines, struct exchange *x, size_t at)
{
    deadlines->heap[at] = x;
    x->heap_index = at;
}

static void sift_up(struct deadlines *deadlines, struct exchange *x, size_t at)
{
    while (at > 1 && deadlines->heap[at / 2]->deadline > x->deadline) {
        place(deadlines, deadlines->heap[at / 2], at);
        at /= 2;
    }
    place(deadlines, x, at);
}

static void sift_down(struct deadlines *deadlines, struct exchange *x, size_t at)
{
    for (;;) {
        size_t child = at * 2;
        if (child > deadlines->count)
            break;
        if (child < deadlines->count &&
            deadlines->heap[child + 1]->deadline < deadlines->heap[child]->deadline)
            child++;
        if (deadlines->heap[child]->deadline >= x->deadline)
            break;
        place(deadlines, deadlines->heap[child], at);
        at = child;
    }
    place(deadlines, x, at);
}

void deadlines_add(struct deadlines *deadlines, struct exchange *x)
{
    deadlines->heap =
        mem_grow(deadlines->heap, &deadlines->capacity, deadlines->count + 2, sizeof(struct exchange *));
    deadlines->count++;
    sift_up(deadlines, x, deadlines->count);
}

void deadlines_remove(struct deadlines *deadlines, struct exchange *x)
{
    size_t at = x->heap_index;
    if (!at)
        return;
    struct exchange *last = deadlines->heap[deadlines->count--];
    x->heap_index = 0;
    if (last == x)
        return;
    if (at > 1 && deadlines->heap[at / 2]->deadline > last->deadline)
        sift_up(deadlines, last, at);
    else
        sift_down(deadlines, last, at);
}

struct exchange *deadlines_take(struct deadlines *deadlines, int64_t now)
{
    if (!deadlines->count || deadlines->heap[1]->deadline > now)
        return NULL;
    struct exchange *first = deadlines->heap[1];
    deadlines_remove(deadlines, first);
    return first;
}

int64_t deadlines_next(const struct deadlines *deadlines, int64_t now)
{
    if (!deadlines->count || deadlines->heap[1]->deadline == DEADLINE_NEVER)
        return -1;
    return deadlines->heap[1]->deadline > now ? deadlines->heap[1]->deadline - now : 0;
}

void deadlines_release(struct deadlines *deadlines, bool held_only)
{
    size_t count = deadlines->count;
    for (size_t i = 1; i <= count; i++) {
        struct exchange *x = deadlines->heap[i];
        if (x->spoiler.kind == FAULT_HOLD)
            x->spoiled = false; /* also one that still works, and would be held after that */
        if (!held_only || x->held) {
            x->held = false;
            x->deadline = 0;
        }
    }
    for (size_t i = count / 2; i >= 1; i--)
        sift_down(deadlines, deadlines->heap[i], i);
}

void deadlines_free(struct deadlines *deadlines)
{
    free(deadlines->heap);
    *deadlines = (struct deadlines){NULL, 0, 0};
}
