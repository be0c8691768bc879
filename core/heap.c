/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "heap.h"

#include <stdlib.h>

void heap_init(struct heap *heap)
{
    *heap = (struct heap){0};
}

void heap_finish(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

int heap_reserve(struct heap *heap, size_t count)
{
    if (count <= heap->capacity)
        return 0;
    size_t capacity = heap->capacity ? heap->capacity * 2 : 64;
    if (capacity < count)
        capacity = count;
    struct heap_entry **entries = reallocarray(heap->entries, capacity, sizeof(*entries));
    if (!entries)
        return -1;
    heap->entries = entries;
    heap->capacity = capacity;
    return 0;
}

static void place(struct heap *heap, size_t index, struct heap_entry *entry)
{
    heap->entries[index] = entry;
    entry->position = index + 1;
}

static void sift_up(struct heap *heap, size_t index, struct heap_entry *entry)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (heap->entries[parent]->at <= entry->at)
            break;
        place(heap, index, heap->entries[parent]);
        index = parent;
    }
    place(heap, index, entry);
}

static void sift_down(struct heap *heap, size_t index, struct heap_entry *entry)
{
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->entries[child + 1]->at < heap->entries[child]->at)
            child++;
        if (entry->at <= heap->entries[child]->at)
            break;
        place(heap, index, heap->entries[child]);
        index = child;
    }
    place(heap, index, entry);
}

void heap_set(struct heap *heap, struct heap_entry *entry, int64_t at)
{
    if (entry->position == 0) {
        entry->at = at;
        sift_up(heap, heap->count++, entry);
        return;
    }
    int64_t before = entry->at;
    entry->at = at;
    if (at < before)
        sift_up(heap, entry->position - 1, entry);
    else
        sift_down(heap, entry->position - 1, entry);
}

void heap_remove(struct heap *heap, struct heap_entry *entry)
{
    if (entry->position == 0)
        return;
    size_t index = entry->position - 1;
    entry->position = 0;
    struct heap_entry *last = heap->entries[--heap->count];
    if (last == entry)
        return;
    if (index > 0 && last->at < heap->entries[(index - 1) / 2]->at)
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

struct heap_entry *heap_first(const struct heap *heap)
{
    return heap->count ? heap->entries[0] : NULL;
}
