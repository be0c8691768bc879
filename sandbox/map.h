/* SPDX-License-Identifier: MIT */
/* Text to pointer, in a chained hash table. Keys are copied, values belong to the caller. */
#ifndef SANDBOX_MAP_H
#define SANDBOX_MAP_H

#include <stddef.h>

struct map {
    struct map_entry **buckets;
    size_t bucket_count, count;
};

void *map_get(const struct map *map, const char *key);
/* Replaces what the key had before. */
void map_put(struct map *map, const char *key, void *value);
void map_remove(struct map *map, const char *key);
void map_clear(struct map *map);

#endif
