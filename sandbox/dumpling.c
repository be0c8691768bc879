/* SPDX-License-Identifier: MIT */
/* Dumpling AI: one blocking call; threads are remembered, and cannot be read. */
#include "config.h"

#include "api.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

static bool admit(struct exchange *x)
{
    const char *key = exchange_authorization(x, "Bearer");
    if (!key || strcmp(key, SANDBOX_KEY) != 0) {
        answer_error(x, "unauthorized");
        return false;
    }
    x->json = exchange_is_json(x) && x->body ? json_parse(x->body, x->body_length) : NULL;
    if (!cJSON_IsObject(x->json))
        answer_error(x, "bad-request");
    return cJSON_IsObject(x->json);
}

/* The text of the last message of the user, NULL where the list is not as documented. */
static const char *last_question(const cJSON *messages)
{
    const char *question = NULL;
    const cJSON *message;
    if (!cJSON_IsArray(messages))
        return NULL;
    cJSON_ArrayForEach(message, messages)
    {
        const char *role = json_text(message, "role"), *content = json_text(message, "content");
        if (!role || !content || (strcmp(role, "user") != 0 && strcmp(role, "assistant") != 0))
            return NULL;
        if (strcmp(role, "user") == 0)
            question = content;
    }
    return question;
}

static bool known_source(const cJSON *source)
{
    static const char *const words[] = {
        "API",           "WEB",        "MAKE_DOT_COM", "ZAPIER", "N8N", "PLAYGROUND", "DEFAULT_AUTOMATION",
        "AGENT_PREVIEW", "AGENT_LIVE", "AUTOPILOT",    "STUDIO"};
    const char *text = cJSON_GetStringValue(source);
    if (!source)
        return true;
    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}

static void put_usage(cJSON *json, const char *key, const struct run *run)
{
    cJSON *usage = cJSON_AddObjectToObject(json, key);
    cJSON_AddNumberToObject(usage, "promptTokens", (double)run->input_tokens);
    cJSON_AddNumberToObject(usage, "completionTokens", (double)run->output_tokens);
    cJSON_AddNumberToObject(usage, "totalTokens", (double)(run->input_tokens + run->output_tokens));
}

static cJSON *completion_json(const struct exchange *x, const struct conversation *thread,
                              const struct run *run)
{
    const char *text = thread->messages[run->reply_index].text;
    cJSON *parsed = cJSON_IsTrue(json_get(x->json, "parseJson")) ? json_parse(text, strlen(text)) : NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "parsedJson", parsed ? parsed : cJSON_CreateNull());
    cJSON_AddStringToObject(json, "text", text);
    cJSON_AddNumberToObject(json, "stepsTaken", 1);
    cJSON *step = cJSON_CreateObject();
    cJSON_AddStringToObject(step, "text", text);
    cJSON_AddArrayToObject(step, "toolCalls");
    cJSON_AddArrayToObject(step, "toolResults");
    cJSON_AddStringToObject(step, "finishReason", "stop");
    put_usage(step, "usage", run);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "steps"), step);
    put_usage(json, "tokenUsage", run);
    cJSON_AddNumberToObject(json, "creditUsage",
                            (double)((run->input_tokens + run->output_tokens + 999) / 1000));
    cJSON_AddStringToObject(json, "threadId", thread->id);
    return json;
}

static void finish_completion(struct exchange *x)
{
    const struct conversation *thread = world_find(&x->box->world, DUMPLING, x->conversation_id, x->now);
    if (!thread)
        answer_error(x, "thread-not-found");
    else if (!thread->runs[x->run].replied)
        answer_error(x, "agent-error");
    else
        answer_json(x, MHD_HTTP_OK, completion_json(x, thread, &thread->runs[x->run]));
}

static void run_agent(struct exchange *x, const char *agent, const char *thread_id, const char *question)
{
    struct conversation *thread = thread_id ? world_find(&x->box->world, DUMPLING, thread_id, x->now) : NULL;
    if (thread_id && (!thread || strcmp(thread->agent, agent) != 0)) {
        answer_error(x, "thread-not-found");
        return;
    }
    if (!thread) {
        char id[24];
        random_id(id, sizeof id, "thread_", 12);
        thread = world_open(&x->box->world, DUMPLING, id, agent, NULL, x->now);
    }
    struct run_plan plan = exchange_plan(x);
    /* Asked for JSON with a question that is JSON, the agent answers with just that. */
    if (cJSON_IsTrue(json_get(x->json, "parseJson")) && json_valid(question, strlen(question)))
        plan.reply = question;
    x->run = exchange_run(x, thread, question, &plan);
    x->conversation_id = text_copy(thread->id);
    x->wait_until = thread->runs[x->run].ends_at;
    x->finish = finish_completion;
}

static void generate_completion(struct exchange *x)
{
    const cJSON *parse = json_get(x->json, "parseJson"), *thread = json_get(x->json, "threadId");
    const char *agent = json_text(x->json, "agentId"),
               *question = last_question(json_get(x->json, "messages"));
    const char *thread_id = cJSON_GetStringValue(thread);
    bool bad_thread = thread && !cJSON_IsNull(thread) && !thread_id;
    if (!agent || !*agent || !question || !*question || (parse && !cJSON_IsBool(parse)) || bad_thread ||
        !known_source(json_get(x->json, "requestSource")))
        answer_error(x, "bad-request");
    else if (strcmp(agent, DUMPLING_AGENT_FOREIGN) == 0)
        answer_error(x, "agent-access-denied");
    else if (strcmp(agent, DUMPLING_AGENT) != 0)
        answer_error(x, "agent-not-found");
    else
        run_agent(x, agent, thread_id, question);
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
    {"POST", "agents/generate-completion", STEP_SEND, 0, generate_completion},
};

const struct api dumpling_api = {
    DUMPLING, "/dumpling/api/v1/", routes, sizeof routes / sizeof *routes, admit, no_route, bad_method,
};
