/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "stats.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

struct run_count {
    enum vendor vendor;
    char *conversation, *text;
    unsigned long count;
};

void stats_count_run(struct stats *stats, enum vendor vendor, const char *conversation, const char *text)
{
    char *name = text_format("%s/%s/%s", vendor_name(vendor), conversation, text);
    struct run_count *run = map_get(&stats->run_names, name);
    if (!run) {
        run = mem_alloc(sizeof *run);
        *run = (struct run_count){vendor, text_copy(conversation), text_copy(text), 0};
        stats->runs =
            mem_grow(stats->runs, &stats->run_capacity, stats->run_count + 1, sizeof(struct run_count *));
        stats->runs[stats->run_count++] = run;
        map_put(&stats->run_names, name, run);
    }
    free(name);
    run->count++;
    stats->total_runs++;
}

void stats_keep_request(struct stats *stats, cJSON *request)
{
    char **slot = &stats->kept[stats->kept_next % KEPT_REQUESTS];
    free(*slot);
    *slot = cJSON_PrintUnformatted(request);
    stats->kept_next++;
    cJSON_Delete(request);
}

cJSON *stats_json(const struct stats *stats)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *requests = cJSON_AddObjectToObject(root, "requests");
    for (int vendor = 0; vendor < VENDOR_COUNT; vendor++)
        for (int step = 0; step < STEP_COUNT; step++) {
            if (!stats->requests[vendor][step])
                continue;
            char *name = text_format("%s.%s", vendor_name((enum vendor)vendor), step_name((enum step)step));
            cJSON_AddNumberToObject(requests, name, (double)stats->requests[vendor][step]);
            free(name);
        }
    cJSON *runs = cJSON_AddArrayToObject(root, "runs");
    for (size_t i = 0; i < stats->run_count; i++) {
        cJSON *run = cJSON_CreateObject();
        cJSON_AddStringToObject(run, "vendor", vendor_name(stats->runs[i]->vendor));
        cJSON_AddStringToObject(run, "conversation", stats->runs[i]->conversation);
        cJSON_AddStringToObject(run, "text", stats->runs[i]->text);
        cJSON_AddNumberToObject(run, "count", (double)stats->runs[i]->count);
        cJSON_AddItemToArray(runs, run);
    }
    cJSON_AddNumberToObject(root, "total_runs", (double)stats->total_runs);
    cJSON_AddNumberToObject(root, "connections", (double)stats->connections);
    cJSON_AddNumberToObject(root, "open_connections", (double)stats->open_connections);
    return root;
}

char *stats_requests_json(const struct stats *stats)
{
    cJSON *list = cJSON_CreateArray();
    size_t first = stats->kept_next > KEPT_REQUESTS ? stats->kept_next - KEPT_REQUESTS : 0;
    for (size_t i = first; i < stats->kept_next; i++)
        cJSON_AddItemToArray(list, cJSON_CreateRaw(stats->kept[i % KEPT_REQUESTS]));
    char *text = cJSON_PrintUnformatted(list);
    cJSON_Delete(list);
    return text;
}

void stats_clear(struct stats *stats)
{
    unsigned long open = stats->open_connections;
    for (size_t i = 0; i < stats->run_count; i++) {
        free(stats->runs[i]->conversation);
        free(stats->runs[i]->text);
        free(stats->runs[i]);
    }
    free(stats->runs);
    map_clear(&stats->run_names);
    for (size_t i = 0; i < KEPT_REQUESTS; i++)
        free(stats->kept[i]);
    memset(stats, 0, sizeof *stats);
    stats->open_connections = open;
}
