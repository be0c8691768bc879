/* SPDX-License-Identifier: MIT */
/* A binary heap of deadlines. Elements are embedded in what waits, so pushing needs no lookup and removal is
 * O(log n). */
#ifndef NUNCIO_CORE_HEAP_H
#define NUNCIO_CORE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    int64_t at;      /* ms of the caller's clock */
    size_t position; /* 1-based place in the heap; 0: not in it */
};

struct heap {
    struct heap_entry **entries;
    size_t count;
    size_t capacity;
};

void heap_init(struct heap *heap);
void heap_finish(struct heap *heap);
/* Makes room for `count` entries in all, so that heap_set() cannot fail. 0, or -1 without memory. */
int heap_reserve(struct heap *heap, size_t count);
/* Inserts the entry or moves it to another time. There must be room. */
void heap_set(struct heap *heap, struct heap_entry *entry, int64_t at);
void heap_remove(struct heap *heap, struct heap_entry *entry);
/* The earliest; NULL where empty. Stays in the heap. */
struct heap_entry *heap_first(const struct heap *heap);

#endif
