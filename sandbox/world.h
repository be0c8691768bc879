/* SPDX-License-Identifier: MIT */
/* What the imagined vendors remember: conversations, their messages, and the runs of their agents. Nothing
 * happens in the background: a run has times, and what it has become is worked out from the clock when
 * somebody looks. */
#ifndef SANDBOX_WORLD_H
#define SANDBOX_WORLD_H

#include "map.h"
#include "names.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum speaker { SPEAKER_USER, SPEAKER_AGENT, SPEAKER_SYSTEM };

struct message {
    char *id;
    char *text;
    int64_t created_at;
    enum speaker speaker;
    long number; /* counted over all conversations of the vendor, for the one whose ids are integers */
};

enum run_state { RUN_QUEUED, RUN_WORKING, RUN_WAITING_APPROVAL, RUN_COMPLETED, RUN_FAILED };

/* How a run goes; the defaults make a plain success. */
struct run_plan {
    int64_t work_ms;
    int queue;         /* positions ahead in the vendor's queue, one work time each */
    bool fails;        /* the agent itself fails */
    bool wants_human;  /* stops for an approval before it works */
    bool speaks_error; /* ends well, but the answer is an error of the agent */
    const char *reply; /* instead of the usual echo */
};

struct run {
    int64_t accepted_at, begins_at, ends_at;
    int64_t work_ms;
    bool fails, speaks_error, waiting_approval, settled, failed;
    char *reply;
    char approval_id[32];
    size_t prompt_index, reply_index; /* into the messages; reply_index is valid once settled with a reply */
    bool replied;
    long input_tokens, output_tokens;
};

struct conversation {
    enum vendor vendor;
    char *id;
    long number; /* 1, 2, 3 … for the vendor whose ids are integers */
    char *agent, *user, *name;
    cJSON *metadata;
    bool is_test;
    bool removed;
    int64_t created_at;
    struct message *messages;
    size_t message_count, message_capacity;
    struct run *runs;
    size_t run_count, run_capacity, settled_count;
    char **waiting; /* ids and texts of messages queued by the caller, in pairs */
    size_t waiting_count, waiting_capacity;
};

struct world {
    struct map by_name; /* "vendor/id", and other names a conversation is found by */
    struct conversation **conversations;
    size_t count, capacity;
    long last_message[VENDOR_COUNT], last_number[VENDOR_COUNT];
    struct map tasks; /* of the vendor with a task queue */
    struct task **task_list;
    size_t task_count, task_capacity;
};

struct task {
    char *id;
    struct conversation *conversation; /* NULL: the worker does not find it and fails */
    size_t run;
    int64_t ends_at;
    bool lost;
};

/* id may be NULL: the vendor's number becomes the id. */
struct conversation *world_open(struct world *world, enum vendor vendor, const char *id, const char *agent,
                                const char *user, int64_t now);
/* NULL where it is unknown or removed; brings its runs up to date. */
struct conversation *world_find(struct world *world, enum vendor vendor, const char *id, int64_t now);
/* A second name, such as the outside user it belongs to. */
void world_alias(struct world *world, struct conversation *conversation, const char *alias);
struct conversation *world_find_alias(struct world *world, enum vendor vendor, const char *alias,
                                      int64_t now);
void world_remove(struct conversation *conversation);
void world_clear(struct world *world);

/* Appends the user's message and starts the agent on it, after the runs that are still going. Answers the
 * run's index. */
size_t world_run(struct world *world, struct conversation *conversation, const char *text,
                 const struct run_plan *plan, int64_t now);
void world_settle(struct world *world, struct conversation *conversation, int64_t now);
void world_say(struct world *world, struct conversation *conversation, enum speaker speaker, const char *text,
               int64_t at);
/* Ends a run that has not ended as failed; false where there is none. */
bool world_abort(struct conversation *conversation, int64_t now);

struct run *world_last_run(struct conversation *conversation);
enum run_state world_run_state(const struct run *run, int64_t now);
/* 1 is next in line; 0 where the run is not queued. */
int world_queue_position(const struct run *run, int64_t now);
bool world_busy(struct conversation *conversation);
int64_t world_last_message_at(const struct conversation *conversation);

struct task *world_add_task(struct world *world, struct conversation *conversation, size_t run,
                            int64_t ends_at);

#endif
