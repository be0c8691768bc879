/* SPDX-License-Identifier: MIT */
/* Gennia: one call that blocks until the agent has answered, or 408 after timeoutSeconds while the run goes
 * on. */
#include "config.h"

#include "gennia.h"
#include "api.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT 60

void gennia_invalid(struct exchange *x, const char *message)
{
    answer_error(x, "validation-error");
    cJSON *body = cJSON_Parse(x->answer.body);
    cJSON_ReplaceItemInObjectCaseSensitive(body, "message", cJSON_CreateString(message));
    answer_json(x, MHD_HTTP_BAD_REQUEST, body);
}

static bool admit(struct exchange *x)
{
    const char *key = exchange_header(x, "X-Api-Key");
    if (!key)
        key = exchange_authorization(x, "Bearer");
    const char *refusal = !key || !*key                   ? "missing-api-key"
                          : strcmp(key, SANDBOX_KEY) == 0 ? NULL
                          : text_starts_with(key, "gsk_") || text_starts_with(key, "sandbox-")
                              ? "invalid-api-key"
                              : "invalid-api-key-format";
    if (refusal) {
        answer_error(x, refusal);
        return false;
    }
    if (strcmp(x->method, "POST") != 0)
        return true;
    x->json = exchange_is_json(x) && x->body ? json_parse(x->body, x->body_length) : NULL;
    if (cJSON_IsObject(x->json))
        return true;
    gennia_invalid(x, exchange_is_json(x) ? "The body must be a JSON object"
                                          : "Content-Type must be application/json");
    return false;
}

/* Finds the conversation that a valid body means, or opens one; NULL: refused already. */
static struct conversation *pick_conversation(struct exchange *x, const char *agent)
{
    struct world *world = &x->box->world;
    const char *id = json_text(x->json, "conversationId"), *user = json_text(x->json, "externalUserId");
    struct conversation *found = NULL;
    if (id) {
        found = world_find(world, GENNIA, id, x->now);
        if (!found || strcmp(found->agent, agent) != 0) {
            answer_error(x, "conversation-not-found");
            return NULL;
        }
        return found;
    }
    char *alias = user ? text_format("%s %s", agent, user) : NULL;
    if (alias)
        found = world_find_alias(world, GENNIA, alias, x->now);
    if (!found) {
        char own_id[UUID_TEXT], made_user[UUID_TEXT];
        random_uuid(own_id);
        random_uuid(made_user);
        found = world_open(world, GENNIA, own_id, agent, user ? user : made_user, x->now);
        found->is_test = cJSON_IsTrue(json_get(x->json, "isTest"));
        if (json_given(x->json, "metadata"))
            found->metadata = cJSON_Duplicate(json_get(x->json, "metadata"), true);
        if (alias)
            world_alias(world, found, alias);
    }
    free(alias);
    return found;
}

static void finish_send(struct exchange *x)
{
    struct conversation *conversation = world_find(&x->box->world, GENNIA, x->conversation_id, x->now);
    if (!conversation) {
        answer_error(x, "conversation-not-found");
        return;
    }
    const struct run *run = &conversation->runs[x->run];
    if (!run->settled) {
        answer_error(x, "timeout");
    } else if (!run->replied) {
        answer_error(x, "agent-error");
    } else {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "conversation", gennia_conversation_json(conversation));
        cJSON_AddNumberToObject(json, "durationMs", (double)(x->now - x->started_at));
        cJSON_AddItemToObject(json, "message",
                              gennia_message_json(conversation, &conversation->messages[run->reply_index]));
        answer_json(x, MHD_HTTP_OK, json);
    }
}

static void send_message(struct exchange *x)
{
    const char *agent = x->captures[0];
    long timeout = DEFAULT_TIMEOUT;
    if (!text_is_uuid(agent)) {
        gennia_invalid(x, "agentPublicId must be a UUID");
        return;
    }
    const char *wrong = gennia_check_body(x->json);
    if (wrong) {
        gennia_invalid(x, wrong);
        return;
    }
    if (strcmp(agent, GENNIA_AGENT) != 0) {
        answer_error(x, strcmp(agent, GENNIA_AGENT_DRAFT) == 0 ? "agent-not-published" : "agent-not-found");
        return;
    }
    struct conversation *conversation = pick_conversation(x, agent);
    if (!conversation)
        return;
    const char *text = json_text(x->json, "content");
    struct run_plan plan = exchange_plan(x);
    x->run = exchange_run(x, conversation, text ? text : "", &plan);
    x->conversation_id = text_copy(conversation->id);
    json_integer(json_get(x->json, "timeoutSeconds"), &timeout);
    int64_t ends_at = conversation->runs[x->run].ends_at, gives_up_at = x->now + timeout * 1000;
    x->wait_until = ends_at < gives_up_at ? ends_at : gives_up_at;
    x->finish = finish_send;
}

static void health(struct exchange *x)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "status", "ok");
    cJSON_AddStringToObject(json, "workspacePublicId", "0b7f3c52-7d5e-4a8e-9c0d-2f1e6a9b4c11");
    cJSON_AddStringToObject(json, "apiKeyPublicId", "c4a1d9e8-3b60-4f2a-8e57-91d0b6f7a322");
    answer_json(x, MHD_HTTP_OK, json);
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
    {"POST", "agents/*/messages", STEP_SEND, 0, send_message},
    {"GET", "agents", STEP_OTHER, 0, gennia_agents},
    {"GET", "health", STEP_CHECK, 0, health},
    {"GET", "conversations", STEP_HISTORY, 0, gennia_conversations},
    {"GET", "conversations/*", STEP_OTHER, 0, gennia_conversation},
    {"DELETE", "conversations/*", STEP_OTHER, 0, gennia_remove_conversation},
    {"GET", "conversations/*/messages", STEP_HISTORY, STEP_BIT(STEP_FETCH), gennia_messages},
};

const struct api gennia_api = {
    GENNIA, "/gennia/public/api/v1/", routes, sizeof routes / sizeof *routes, admit, no_route, bad_method,
};
