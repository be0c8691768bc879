/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry.h"

#include "text.h"

#define DELIVERIES (NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC)

/* In the order of output: the deliveries, best first, then the rest. */
static const struct {
    uint64_t capability;
    const char *name;
    uint32_t steps[2]; /* that it needs; 0: none */
} table[] = {
    {NUNCIO_QUEUED, "queued", {NUNCIO_STEP_SEND, NUNCIO_STEP_POLL}},
    {NUNCIO_ASYNC_POLL, "async-poll", {NUNCIO_STEP_SEND, NUNCIO_STEP_POLL}},
    {NUNCIO_SYNC, "sync", {NUNCIO_STEP_SEND, 0}},
    {NUNCIO_THREADS, "threads", {0, 0}},
    {NUNCIO_THREADS_REQUIRED, "threads-required", {NUNCIO_STEP_OPEN, 0}},
    {NUNCIO_CANCEL, "cancel", {NUNCIO_STEP_CANCEL, 0}},
    {NUNCIO_ATTACHMENTS, "attachments", {0, 0}},
    {NUNCIO_HISTORY, "history", {NUNCIO_STEP_HISTORY, 0}},
    {NUNCIO_PARSE_JSON, "parse-json", {0, 0}},
    {NUNCIO_STREAM, "stream", {0, 0}},
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

const char *registry_step_name(uint32_t kind)
{
    static const char *const names[] = {NULL,      "OPEN",   "SEND",  "POLL",  "FETCH",
                                        "HISTORY", "CANCEL", "CHECK", "UPLOAD"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

const struct nuncio_step *registry_step(const struct nuncio_plugin *plugin, uint32_t kind)
{
    for (uint32_t i = 0; i < plugin->step_count; i++)
        if (plugin->steps[i].kind == kind)
            return &plugin->steps[i];
    return NULL;
}

int registry_check_capabilities(const struct nuncio_plugin *plugin, uint64_t capabilities,
                                struct nuncio_failure *failure)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (!(capabilities & table[i].capability))
            continue;
        for (size_t j = 0; j < 2; j++) {
            uint32_t kind = table[i].steps[j];
            if (kind != 0 && !registry_step(plugin, kind))
                return failure_set(
                    failure, NUNCIO_ERROR_INVALID,
                    "has the capability %s without its step %s; add the step or drop the capability",
                    table[i].name, registry_step_name(kind));
        }
    }
    if (!(capabilities & DELIVERIES))
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "has none of the capabilities queued, async-poll and sync, so that no message can be "
            "delivered; add one");
    return 0;
}

void registry_capability_names(uint64_t capabilities, struct buffer *ret_names)
{
    const char *separator = "";

    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (!(capabilities & table[i].capability))
            continue;
        buffer_append_text(ret_names, separator);
        buffer_append_text(ret_names, table[i].name);
        separator = ",";
    }
}
