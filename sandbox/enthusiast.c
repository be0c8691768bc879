/* SPDX-License-Identifier: MIT */
/* Enthusiast: open a conversation, send to it, poll the task, fetch the history. Django REST framework in
 * manner. */
#include "config.h"

#include "api.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 25

static const char not_found_page[] =
    "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n"
    "  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n"
    "</body>\n</html>\n";

static bool admit(struct exchange *x)
{
    const char *key = exchange_authorization(x, "Token");
    const char *refusal = !key ? "not-authenticated" : strcmp(key, SANDBOX_KEY) != 0 ? "invalid-token" : NULL;
    if (!refusal && strcmp(x->method, "POST") == 0) {
        if (!exchange_is_json(x))
            refusal = "unsupported-media-type";
        else if (!(x->json = json_parse(x->body ? x->body : "", x->body_length)))
            refusal = "parse-error";
        else if (!cJSON_IsObject(x->json))
            refusal = "invalid-data";
    }
    if (!refusal)
        return true;
    answer_error(x, refusal);
    if (x->answer.status == MHD_HTTP_UNAUTHORIZED)
        answer_header(x, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Token");
    return false;
}

/* As an IntegerField reads: a whole number, or a string of one. False: something else. */
static bool read_integer(const cJSON *item, long *number)
{
    const char *text = cJSON_GetStringValue(item);
    if (!text)
        return json_integer(item, number);
    char *trimmed = text_trimmed(text);
    bool good = number_parse(trimmed, strlen(trimmed), 1000000000, number);
    free(trimmed);
    return good;
}

static cJSON *message_json(const struct exchange *x, const struct message *message)
{
    static const char *const words[][3] = {{"user", "agent", "agent_error"}, {"human", "ai", "system"}};
    enum enthusiast_version version = x->box->settings.enthusiast_version;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "id", (double)message->number);
    cJSON_AddStringToObject(json, "text", message->text);
    cJSON_AddStringToObject(json, version >= ENTHUSIAST_1_4 ? "type" : "role",
                            words[version != ENTHUSIAST_1_0][message->speaker]);
    if (version >= ENTHUSIAST_1_4) {
        cJSON_AddNullToObject(json, "file_type");
        cJSON_AddNullToObject(json, "file_name");
    }
    return json;
}

static cJSON *conversation_json(const struct exchange *x, const struct conversation *conversation,
                                bool with_history)
{
    enum enthusiast_version version = x->box->settings.enthusiast_version;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "id", (double)conversation->number);
    json_put_time(json, "started_at", conversation->created_at);
    json_put_text(json, "summary", conversation->message_count ? conversation->messages[0].text : NULL);
    if (with_history) {
        cJSON *history = cJSON_AddArrayToObject(json, "history");
        for (size_t i = 0; i < conversation->message_count; i++)
            cJSON_AddItemToArray(history, message_json(x, &conversation->messages[i]));
    }
    if (version >= ENTHUSIAST_1_2) {
        cJSON *agent = cJSON_AddObjectToObject(json, "agent");
        cJSON_AddNumberToObject(agent, "id", ENTHUSIAST_AGENT);
        cJSON_AddStringToObject(agent, "name", "Sandbox agent");
    }
    if (version >= ENTHUSIAST_1_4)
        cJSON_AddFalseToObject(json, "is_execution_conversation");
    return json;
}

static void create_conversation(struct exchange *x)
{
    const cJSON *agent = json_get(x->json, "agent_id"), *data_set = json_get(x->json, "data_set_id");
    bool newer = x->box->settings.enthusiast_version >= ENTHUSIAST_1_4;
    long agent_id = ENTHUSIAST_AGENT, data_set_id = ENTHUSIAST_DATA_SET;
    const char *wrong = newer && !agent                                   ? "agent-id-required"
                        : agent && !read_integer(agent, &agent_id)        ? "agent-id-invalid"
                        : !newer && !data_set                             ? "data-set-id-required"
                        : !newer && !read_integer(data_set, &data_set_id) ? "data-set-id-invalid"
                        : agent_id != ENTHUSIAST_AGENT                    ? "agent-not-found"
                        : data_set_id != ENTHUSIAST_DATA_SET              ? "no-dataset-access"
                                                                          : NULL;
    if (wrong) {
        answer_error(x, wrong);
        return;
    }
    const struct conversation *conversation = world_open(&x->box->world, ENTHUSIAST, NULL, "1", NULL, x->now);
    answer_json(x, MHD_HTTP_CREATED, conversation_json(x, conversation, true));
}

/* The conversation of the first capture; NULL: refused already. */
static struct conversation *find(struct exchange *x)
{
    long number;
    const char *id = x->captures[0];
    if (!number_parse(id, strlen(id), 1000000000, &number)) {
        answer_text(x, MHD_HTTP_NOT_FOUND, "text/html; charset=utf-8", not_found_page);
        return NULL;
    }
    char *name = text_format("%ld", number);
    struct conversation *conversation = world_find(&x->box->world, ENTHUSIAST, name, x->now);
    free(name);
    if (!conversation)
        answer_error(x, "conversation-not-found");
    return conversation;
}

/* What the serializer refuses, NULL where all is well. *question: trimmed, as the framework does by default.
 */
static const char *check_message(const struct exchange *x, char **question)
{
    const cJSON *text = json_get(x->json, "question_message"), *data_set = json_get(x->json, "data_set_id"),
                *streaming = json_get(x->json, "streaming"), *files = json_get(x->json, "file_ids");
    long data_set_id;
    *question = NULL;
    if (!text)
        return "question-message-required";
    if (cJSON_IsNull(text))
        return "question-message-null";
    if (!cJSON_IsString(text))
        return "question-message-invalid";
    if (data_set && !cJSON_IsNull(data_set) && !read_integer(data_set, &data_set_id))
        return "data-set-id-invalid";
    if (streaming && !cJSON_IsBool(streaming))
        return "streaming-invalid";
    if (x->box->settings.enthusiast_version >= ENTHUSIAST_1_4 && files && !cJSON_IsArray(files))
        return "file-ids-invalid";
    *question = text_trimmed(text->valuestring);
    return **question ? NULL : "question-message-blank";
}

/* The worker fetches the conversation by its data set: without the right one it fails, and leaves no trace.
 */
static struct task *start_task(struct exchange *x, struct conversation *conversation, const char *question)
{
    struct world *world = &x->box->world;
    long data_set_id = 0;
    read_integer(json_get(x->json, "data_set_id"), &data_set_id);
    struct run_plan plan = exchange_plan(x);
    if (data_set_id != ENTHUSIAST_DATA_SET)
        return world_add_task(world, NULL, 0, x->now + plan.work_ms);
    stats_count_run(&x->box->stats, ENTHUSIAST, conversation->id, json_text(x->json, "question_message"));
    size_t run = world_run(world, conversation, question, &plan, x->now);
    struct task *task = world_add_task(world, conversation, run, conversation->runs[run].ends_at);
    task->lost = exchange_behaves(x, FAULT_LOST_TASK);
    return task;
}

static void send_message(struct exchange *x)
{
    struct conversation *conversation = find(x);
    if (!conversation)
        return;
    char *question;
    const char *wrong = check_message(x, &question);
    if (wrong) {
        answer_error(x, wrong);
    } else {
        const struct task *task = start_task(x, conversation, question);
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "task_id", task->id);
        if (x->box->settings.enthusiast_version != ENTHUSIAST_1_0)
            cJSON_AddBoolToObject(json, "streaming", cJSON_IsTrue(json_get(x->json, "streaming")));
        answer_json(x, MHD_HTTP_ACCEPTED, json);
    }
    free(question);
}

/* The result store knows no difference between a task that waits and one that never was. */
static const char *task_state(struct exchange *x, const struct task *task)
{
    if (!task || task->lost || x->now < task->ends_at)
        return "PENDING";
    if (!task->conversation)
        return "FAILURE";
    world_settle(&x->box->world, task->conversation, x->now);
    const struct run *run = &task->conversation->runs[task->run];
    return !run->settled ? "PENDING" : run->failed ? "FAILURE" : "SUCCESS";
}

static void task_status(struct exchange *x)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "state", task_state(x, map_get(&x->box->world.tasks, x->captures[0])));
    answer_json(x, MHD_HTTP_OK, json);
}

static void read_conversation(struct exchange *x)
{
    const struct conversation *conversation = find(x);
    if (conversation)
        answer_json(x, MHD_HTTP_OK, conversation_json(x, conversation, true));
}

static void put_page_link(const struct exchange *x, cJSON *json, const char *key, long page)
{
    char *link =
        page ? text_format("http://127.0.0.1:%ld%s?page=%ld", x->box->settings.port, x->path, page) : NULL;
    json_put_text(json, key, link);
    free(link);
}

static void list_conversations(struct exchange *x)
{
    struct world *world = &x->box->world;
    long page = 1, data_set = ENTHUSIAST_DATA_SET, agent = ENTHUSIAST_AGENT, total = 0;
    bool good = exchange_query_number(x, "page", 1, 1000000, &page);
    exchange_query_number(x, "data_set_id", 0, 1000000000, &data_set);
    exchange_query_number(x, "agent_id", 0, 1000000000, &agent);
    bool any = data_set == ENTHUSIAST_DATA_SET && agent == ENTHUSIAST_AGENT;
    cJSON *json = cJSON_CreateObject(), *results = cJSON_CreateArray();
    for (size_t i = world->count; any && i-- > 0;) {
        const struct conversation *conversation = world->conversations[i];
        if (conversation->vendor == ENTHUSIAST && total++ / PAGE_SIZE == page - 1)
            cJSON_AddItemToArray(results, conversation_json(x, conversation, false));
    }
    if (!good || (page > 1 && (page - 1) * PAGE_SIZE >= total)) {
        cJSON_Delete(json);
        cJSON_Delete(results);
        answer_error(x, "invalid-page");
        return;
    }
    cJSON_AddNumberToObject(json, "count", (double)total);
    put_page_link(x, json, "next", page * PAGE_SIZE < total ? page + 1 : 0);
    put_page_link(x, json, "previous", page - 1);
    cJSON_AddItemToObject(json, "results", results);
    answer_json(x, MHD_HTTP_OK, json);
}

static void list_agents(struct exchange *x)
{
    cJSON *json = cJSON_CreateArray(), *agent = cJSON_CreateObject();
    cJSON_AddNumberToObject(agent, "id", ENTHUSIAST_AGENT);
    cJSON_AddStringToObject(agent, "name", "Sandbox agent");
    cJSON_AddNumberToObject(agent, "dataset", ENTHUSIAST_DATA_SET);
    cJSON_AddItemToArray(json, agent);
    answer_json(x, MHD_HTTP_OK, json);
}

/* Django's APPEND_SLASH: a path that only lacks its final slash is redirected, before anybody looks at the
 * key. */
static void no_route(struct exchange *x)
{
    static const char prefix[] = "/enthusiast/api/task_status/";
    const char *id = text_starts_with(x->path, prefix) ? x->path + sizeof prefix - 1 : "";
    if (!*id || strchr(id, '/')) {
        answer_text(x, MHD_HTTP_NOT_FOUND, "text/html; charset=utf-8", not_found_page);
        return;
    }
    char *location = text_format("%s/%s%s", x->path, *x->query ? "?" : "", x->query);
    answer_text(x, MHD_HTTP_MOVED_PERMANENTLY, "text/html; charset=utf-8", "");
    answer_header(x, MHD_HTTP_HEADER_LOCATION, location);
    free(location);
}

static void bad_method(struct exchange *x)
{
    answer_error(x, "method-not-allowed");
}

static const struct route routes[] = {
    {"POST", "api/conversations", STEP_OPEN, 0, create_conversation},
    {"GET", "api/conversations", STEP_CHECK, 0, list_conversations},
    {"POST", "api/conversations/*", STEP_SEND, 0, send_message},
    {"GET", "api/conversations/*", STEP_FETCH, STEP_BIT(STEP_HISTORY), read_conversation},
    {"GET", "api/task_status/*/", STEP_POLL, 0, task_status},
    {"GET", "api/agents", STEP_CHECK, 0, list_agents},
};

const struct api enthusiast_api = {
    ENTHUSIAST, "/enthusiast/", routes, sizeof routes / sizeof *routes, admit, no_route, bad_method,
};
