/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "map.h"
#include "util.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct map_entry {
    struct map_entry *next;
    uint64_t hash;
    void *value;
    char key[];
};

/* FNV-1a: short, and good enough for keys that nobody chooses in order to harm. */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* The link that points to the entry, or the end of its chain. */
static struct map_entry **find_link(const struct map *map, const char *key, uint64_t hash)
{
    struct map_entry **link = &map->buckets[hash % map->bucket_count];
    while (*link && ((*link)->hash != hash || strcmp((*link)->key, key) != 0))
        link = &(*link)->next;
    return link;
}

static void widen(struct map *map)
{
    size_t wider = map->bucket_count ? map->bucket_count * 2 : 64;
    struct map_entry **buckets = mem_zero(wider, sizeof *buckets);
    for (size_t i = 0; i < map->bucket_count; i++)
        while (map->buckets[i]) {
            struct map_entry *entry = map->buckets[i];
            map->buckets[i] = entry->next;
            entry->next = buckets[entry->hash % wider];
            buckets[entry->hash % wider] = entry;
        }
    free(map->buckets);
    map->buckets = buckets;
    map->bucket_count = wider;
}

void *map_get(const struct map *map, const char *key)
{
    if (!map->count)
        return NULL;
    const struct map_entry *entry = *find_link(map, key, hash_text(key));
    return entry ? entry->value : NULL;
}

void map_put(struct map *map, const char *key, void *value)
{
    uint64_t hash = hash_text(key);
    if (map->count >= map->bucket_count)
        widen(map);
    struct map_entry **link = find_link(map, key, hash);
    if (!*link) {
        size_t size = strlen(key) + 1;
        struct map_entry *entry = mem_alloc(sizeof *entry + size);
        entry->next = NULL;
        entry->hash = hash;
        memcpy(entry->key, key, size);
        *link = entry;
        map->count++;
    }
    (*link)->value = value;
}

void map_remove(struct map *map, const char *key)
{
    if (!map->count)
        return;
    struct map_entry **link = find_link(map, key, hash_text(key));
    struct map_entry *entry = *link;
    if (!entry)
        return;
    *link = entry->next;
    free(entry);
    map->count--;
}

void map_clear(struct map *map)
{
    for (size_t i = 0; i < map->bucket_count; i++)
        while (map->buckets[i]) {
            struct map_entry *entry = map->buckets[i];
            map->buckets[i] = entry->next;
            free(entry);
        }
    free(map->buckets);
    *map = (struct map){NULL, 0, 0};
}
