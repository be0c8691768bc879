/* SPDX-License-Identifier: MIT */
/* What the sandbox was asked, and what it ran. */
#ifndef SANDBOX_STATS_H
#define SANDBOX_STATS_H

#include "map.h"
#include "names.h"

#include <cjson/cJSON.h>

#define KEPT_REQUESTS 1000
#define KEPT_BODY     65536

struct stats {
    unsigned long requests[VENDOR_COUNT][STEP_COUNT];
    unsigned long total_runs, connections, open_connections;
    struct map run_names;
    struct run_count **runs;
    size_t run_count, run_capacity;
    char *kept[KEPT_REQUESTS]; /* each the JSON text of one request, in a ring */
    size_t kept_next;
};

void stats_count_run(struct stats *stats, enum vendor vendor, const char *conversation, const char *text);
/* Takes the description of a request, an object. */
void stats_keep_request(struct stats *stats, cJSON *request);
cJSON *stats_json(const struct stats *stats);
char *stats_requests_json(const struct stats *stats);
/* Forgets all but the connections that are open. */
void stats_clear(struct stats *stats);

#endif
