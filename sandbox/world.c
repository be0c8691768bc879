/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "world.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *full_name(enum vendor vendor, const char *id)
{
    return text_format("%s/%s", vendor_name(vendor), id);
}

struct conversation *world_open(struct world *world, enum vendor vendor, const char *id, const char *agent,
                                const char *user, int64_t now)
{
    struct conversation *made = mem_zero(1, sizeof *made);
    made->vendor = vendor;
    made->number = ++world->last_number[vendor];
    made->id = id ? text_copy(id) : text_format("%ld", made->number);
    made->agent = text_copy(agent);
    made->user = user ? text_copy(user) : NULL;
    made->created_at = now;
    world->conversations =
        mem_grow(world->conversations, &world->capacity, world->count + 1, sizeof(struct conversation *));
    world->conversations[world->count++] = made;
    char *name = full_name(vendor, made->id);
    map_put(&world->by_name, name, made);
    free(name);
    return made;
}

struct conversation *world_find(struct world *world, enum vendor vendor, const char *id, int64_t now)
{
    char *name = full_name(vendor, id);
    struct conversation *found = map_get(&world->by_name, name);
    free(name);
    if (!found || found->removed)
        return NULL;
    world_settle(world, found, now);
    return found;
}

/* The blank keeps an alias apart from every id. */
static char *alias_name(enum vendor vendor, const char *alias)
{
    return text_format("%s %s", vendor_name(vendor), alias);
}

void world_alias(struct world *world, struct conversation *conversation, const char *alias)
{
    char *name = alias_name(conversation->vendor, alias);
    map_put(&world->by_name, name, conversation);
    free(name);
}

struct conversation *world_find_alias(struct world *world, enum vendor vendor, const char *alias, int64_t now)
{
    char *name = alias_name(vendor, alias);
    struct conversation *found = map_get(&world->by_name, name);
    free(name);
    if (!found || found->removed)
        return NULL;
    world_settle(world, found, now);
    return found;
}

void world_remove(struct conversation *conversation)
{
    conversation->removed = true;
}

static void free_conversation(struct conversation *conversation)
{
    for (size_t i = 0; i < conversation->message_count; i++) {
        free(conversation->messages[i].id);
        free(conversation->messages[i].text);
    }
    for (size_t i = 0; i < conversation->run_count; i++)
        free(conversation->runs[i].reply);
    for (size_t i = 0; i < conversation->waiting_count; i++)
        free(conversation->waiting[i]);
    free(conversation->waiting);
    free(conversation->messages);
    free(conversation->runs);
    free(conversation->id);
    free(conversation->agent);
    free(conversation->user);
    free(conversation->name);
    cJSON_Delete(conversation->metadata);
    free(conversation);
}

void world_clear(struct world *world)
{
    for (size_t i = 0; i < world->count; i++)
        free_conversation(world->conversations[i]);
    for (size_t i = 0; i < world->task_count; i++) {
        free(world->task_list[i]->id);
        free(world->task_list[i]);
    }
    free(world->conversations);
    free(world->task_list);
    map_clear(&world->by_name);
    map_clear(&world->tasks);
    memset(world, 0, sizeof *world);
}

void world_say(struct world *world, struct conversation *conversation, enum speaker speaker, const char *text,
               int64_t at)
{
    conversation->messages = mem_grow(conversation->messages, &conversation->message_capacity,
                                      conversation->message_count + 1, sizeof(struct message));
    struct message *message = &conversation->messages[conversation->message_count++];
    char id[UUID_TEXT];
    if (conversation->vendor == GENNIA)
        random_uuid(id);
    else
        random_id(id, sizeof id, "msg_", 12);
    *message = (struct message){text_copy(id), text_copy(text), at, speaker,
                                ++world->last_message[conversation->vendor]};
}

static long token_count(const char *text)
{
    return (long)(strlen(text) / 4 + 1);
}

size_t world_run(struct world *world, struct conversation *conversation, const char *text,
                 const struct run_plan *plan, int64_t now)
{
    const struct run *before = world_last_run(conversation);
    int64_t free_at = before && !before->settled && before->ends_at > now ? before->ends_at : now;
    size_t index = conversation->run_count;
    conversation->runs =
        mem_grow(conversation->runs, &conversation->run_capacity, index + 1, sizeof(struct run));
    struct run *run = &conversation->runs[conversation->run_count++];
    *run = (struct run){
        .accepted_at = now, .begins_at = free_at + plan->queue * plan->work_ms, .work_ms = plan->work_ms};
    run->ends_at = run->begins_at + plan->work_ms;
    run->fails = plan->fails;
    run->speaks_error = plan->speaks_error;
    run->waiting_approval = plan->wants_human;
    run->prompt_index = conversation->message_count;
    run->reply =
        plan->reply ? text_copy(plan->reply) : text_format("[turn %zu] You said: %s", index + 1, text);
    run->input_tokens = token_count(text) + 12;
    run->output_tokens = token_count(run->reply);
    if (plan->wants_human)
        random_id(run->approval_id, sizeof run->approval_id, "act_", 10);
    world_say(world, conversation, SPEAKER_USER, text, now);
    return index;
}

static void settle_run(struct world *world, struct conversation *conversation, struct run *run)
{
    run->settled = true;
    run->failed = run->failed || run->fails;
    if (conversation->vendor == ENTHUSIAST && run->failed) {
        /* The worker records the question a second time, marked as not answered, and then an apology. */
        char *question = text_copy(conversation->messages[run->prompt_index].text);
        world_say(world, conversation, SPEAKER_USER, question, run->ends_at);
        free(question);
    }
    if (conversation->vendor == ENTHUSIAST && (run->failed || run->speaks_error))
        world_say(world, conversation, SPEAKER_SYSTEM, "We couldn't process your request at this time",
                  run->ends_at);
    else if (!run->failed) {
        run->reply_index = conversation->message_count;
        run->replied = true;
        world_say(world, conversation, SPEAKER_AGENT, run->reply, run->ends_at);
    }
}

void world_settle(struct world *world, struct conversation *conversation, int64_t now)
{
    while (conversation->settled_count < conversation->run_count) {
        struct run *run = &conversation->runs[conversation->settled_count];
        if (!run->settled) {
            if (run->waiting_approval || now < run->ends_at)
                return;
            settle_run(world, conversation, run);
        }
        conversation->settled_count++;
    }
}

bool world_abort(struct conversation *conversation, int64_t now)
{
    struct run *run = world_last_run(conversation);
    if (!run || run->settled)
        return false;
    run->settled = run->failed = true;
    run->waiting_approval = false;
    run->ends_at = now;
    return true;
}

struct run *world_last_run(struct conversation *conversation)
{
    return conversation->run_count ? &conversation->runs[conversation->run_count - 1] : NULL;
}

enum run_state world_run_state(const struct run *run, int64_t now)
{
    if (run->settled)
        return run->failed ? RUN_FAILED : RUN_COMPLETED;
    if (now < run->begins_at)
        return RUN_QUEUED;
    return run->waiting_approval ? RUN_WAITING_APPROVAL : RUN_WORKING;
}

int world_queue_position(const struct run *run, int64_t now)
{
    if (run->settled || now >= run->begins_at || run->work_ms <= 0)
        return 0;
    return (int)((run->begins_at - now + run->work_ms - 1) / run->work_ms);
}

bool world_busy(struct conversation *conversation)
{
    const struct run *run = world_last_run(conversation);
    return run && !run->settled;
}

int64_t world_last_message_at(const struct conversation *conversation)
{
    return conversation->message_count ? conversation->messages[conversation->message_count - 1].created_at
                                       : conversation->created_at;
}

struct task *world_add_task(struct world *world, struct conversation *conversation, size_t run,
                            int64_t ends_at)
{
    char id[UUID_TEXT];
    random_uuid(id);
    struct task *task = mem_zero(1, sizeof *task);
    *task = (struct task){text_copy(id), conversation, run, ends_at, false};
    world->task_list =
        mem_grow(world->task_list, &world->task_capacity, world->task_count + 1, sizeof(struct task *));
    world->task_list[world->task_count++] = task;
    map_put(&world->tasks, id, task);
    return task;
}
