/* SPDX-License-Identifier: MIT */
/* Gumloop start_agent and agent_status: start, then poll one URL that also brings the answer. */
#include "config.h"

#include "api.h"
#include "gumloop.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

/* The key comes as `Authorization: Bearer` or as query api_key. The two calls name their refusals
 * differently. */
static bool has_key(struct exchange *x, const char *missing, const char *wrong)
{
    char *query_key = exchange_query(x, "api_key");
    const char *key = exchange_authorization(x, "Bearer");
    if (!key)
        key = query_key;
    if (!key)
        answer_error(x, missing);
    else if (strcmp(key, SANDBOX_KEY) != 0)
        answer_error(x, wrong);
    bool good = key && strcmp(key, SANDBOX_KEY) == 0;
    free(query_key);
    return good;
}

static bool admit(struct exchange *x)
{
    if (x->route->step == STEP_POLL)
        return has_key(x, "poll-authorization-required", "poll-unauthorized");
    if (!has_key(x, "authorization-required", "unauthorized"))
        return false;
    x->json = exchange_is_json(x) && x->body ? json_parse(x->body, x->body_length) : NULL;
    if (cJSON_IsObject(x->json))
        return true;
    answer_error(x, "invalid-body");
    return false;
}

static bool is_member(const char *user, const char *project)
{
    return (!user || strcmp(user, GUMLOOP_USER) == 0) && (!project || strcmp(project, GUMLOOP_PROJECT) == 0);
}

static void start_run(struct exchange *x, struct conversation *conversation, const char *text)
{
    struct run_plan plan = exchange_plan(x);
    exchange_run(x, conversation, text, &plan);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "interaction_id", conversation->id);
    cJSON_AddStringToObject(body, "status", "processing");
    answer_json(x, MHD_HTTP_ACCEPTED, body);
}

static void continue_run(struct exchange *x, const char *id, const char *agent, const char *text)
{
    struct conversation *conversation = world_find(&x->box->world, GUMLOOP_AGENTS, id, x->now);
    if (!conversation)
        answer_error(x, "interaction-not-found");
    else if (strcmp(conversation->agent, agent) != 0)
        answer_error(x, "interaction-gummie-mismatch");
    else if (world_busy(conversation))
        answer_error(x, "interaction-not-in-terminal-state");
    else
        start_run(x, conversation, text);
}

/* A required string; an empty one counts as missing. */
static const char *required(struct exchange *x, const char *key)
{
    const char *text = json_text(x->json, key);
    return text && *text ? text : NULL;
}

static void start_agent(struct exchange *x)
{
    const char *agent = required(x, "gummie_id"), *text = required(x, "message");
    const char *user = required(x, "user_id"), *project = required(x, "project_id");
    const cJSON *interaction = json_get(x->json, "interaction_id");
    if (!agent) {
        answer_error(x, "gummie-id-required");
    } else if (!text) {
        answer_error(x, "message-required");
    } else if (!user && !project) {
        answer_error(x, "project-id-or-user-id-required");
    } else if (!gumloop_agent_known(agent)) {
        answer_error(x, "gummie-not-found");
    } else if (!is_member(user, project) || strcmp(agent, GUMLOOP_AGENT_FOREIGN) == 0) {
        answer_error(x, "unauthorized-gummie-access");
    } else if (interaction && !cJSON_IsNull(interaction)) {
        const char *id = cJSON_GetStringValue(interaction);
        if (id)
            continue_run(x, id, agent, text);
        else
            answer_error(x, "interaction-not-found");
    } else {
        char id[24];
        random_id(id, sizeof id, "", 22);
        start_run(x, world_open(&x->box->world, GUMLOOP_AGENTS, id, agent, user ? user : project, x->now),
                  text);
    }
}

static cJSON *message_json(const struct exchange *x, const struct message *message)
{
    cJSON *json = cJSON_CreateObject();
    bool user = message->speaker == SPEAKER_USER;
    cJSON_AddStringToObject(json, "id", message->id);
    cJSON_AddStringToObject(json, "role", user ? "user" : "assistant");
    json_put_time(json, "timestamp", message->created_at);
    if (user)
        cJSON_AddStringToObject(json, "content", message->text);
    else
        gumloop_put_text(x, json, message);
    return json;
}

/* The interaction as of its first `runs` runs. */
static cJSON *status_json(const struct exchange *x, const struct conversation *conversation, size_t runs)
{
    const struct run *run = &conversation->runs[runs - 1];
    size_t messages =
        runs < conversation->run_count ? conversation->runs[runs].prompt_index : conversation->message_count;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "interaction_id", conversation->id);
    cJSON_AddStringToObject(json, "gummie_id", conversation->agent);
    cJSON_AddStringToObject(json, "state",
                            !run->settled ? "ASYNC_PROCESSING"
                            : run->failed ? "FAILED"
                                          : "COMPLETED");
    json_put_time(json, "created_ts", conversation->created_at);
    if (!run->settled)
        return json;
    if (run->failed) {
        cJSON_AddStringToObject(json, "error_message", "The agent failed");
        return json;
    }
    cJSON *list = cJSON_AddArrayToObject(json, "messages");
    for (size_t i = 0; i < messages; i++)
        cJSON_AddItemToArray(list, message_json(x, &conversation->messages[i]));
    cJSON_AddStringToObject(json, "response",
                            run->replied ? conversation->messages[run->reply_index].text : "");
    return json;
}

static void agent_status(struct exchange *x)
{
    char *user = exchange_query(x, "user_id"), *project = exchange_query(x, "project_id");
    struct conversation *conversation = world_find(&x->box->world, GUMLOOP_AGENTS, x->captures[0], x->now);
    if (!user && !project) {
        answer_error(x, "project-id-or-user-id-required");
    } else if (!is_member(user, project)) {
        answer_error(x, "poll-unauthorized");
    } else if (!conversation) {
        answer_error(x, "poll-interaction-not-found");
    } else {
        size_t runs = conversation->run_count;
        if (runs > 1 && exchange_behaves(x, FAULT_DUPLICATE_OLD))
            runs--;
        answer_json(x, MHD_HTTP_OK, status_json(x, conversation, runs));
    }
    free(user);
    free(project);
}

static void no_route(struct exchange *x)
{
    answer_error(x, "not-found");
}

static void bad_method(struct exchange *x)
{
    answer_error(x, "method-not-allowed");
}

static const struct route routes[] = {
    {"POST", "start_agent", STEP_SEND, 0, start_agent},
    {"GET", "agent_status/*", STEP_POLL, STEP_BIT(STEP_HISTORY), agent_status},
};

const struct api gumloop_agents_api = {
    GUMLOOP_AGENTS, "/gumloop/api/v1/", routes, sizeof routes / sizeof *routes, admit, no_route, bad_method,
};
