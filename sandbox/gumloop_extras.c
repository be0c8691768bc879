/* SPDX-License-Identifier: MIT */
/* Gumloop sessions beyond messages: approvals, files, and the queue of messages of a session. */
#include "config.h"

#include "gumloop_sessions.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

#define MAX_QUEUED 20

static bool valid_response(const cJSON *response)
{
    const char *action = json_text(response, "action"), *reason = json_text(response, "reason");
    return json_text(response, "action_request_id") && action &&
           (strcmp(action, "accept") == 0 || strcmp(action, "reject") == 0) &&
           (!reason || text_characters(reason) <= 1000);
}

static void decide(struct exchange *x, struct run *run, const cJSON *response, cJSON *results)
{
    const char *id = json_text(response, "action_request_id"), *action = json_text(response, "action");
    bool accept = strcmp(action, "accept") == 0, open = run->waiting_approval;
    cJSON *result = cJSON_CreateObject();
    cJSON_AddStringToObject(result, "action_request_id", id);
    cJSON_AddStringToObject(result, "action", action);
    cJSON_AddStringToObject(result, "outcome",
                            open     ? accept ? "accepted" : "rejected"
                            : accept ? "already_accepted"
                                     : "already_rejected");
    cJSON_AddItemToArray(results, result);
    if (open) {
        run->waiting_approval = false;
        run->ends_at = x->now + run->work_ms;
    }
}

void sessions_approve(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    if (!session)
        return;
    const cJSON *responses = json_get(x->json, "approval_responses"), *response;
    struct run *run = world_last_run(session);
    int count = cJSON_GetArraySize(responses);
    bool good = cJSON_IsArray(responses) && count >= 1 && count <= 20;
    cJSON_ArrayForEach(response, responses) good = good && valid_response(response);
    if (!good) {
        answer_error(x, "invalid-request");
        return;
    }
    if (!run || world_run_state(run, x->now) != RUN_WAITING_APPROVAL) {
        answer_error(x, "session-not-awaiting-approval");
        return;
    }
    cJSON_ArrayForEach(response,
                       responses) if (strcmp(json_text(response, "action_request_id"), run->approval_id) != 0)
    {
        answer_error(x, "invalid-request");
        return;
    }
    cJSON *json = cJSON_CreateObject(), *results = cJSON_CreateArray();
    cJSON_ArrayForEach(response, responses) decide(x, run, response, results);
    world_settle(&x->box->world, session, x->now);
    cJSON_AddItemToObject(json, "session", sessions_object(x, session, SESSION_RETRIEVED));
    cJSON_AddItemToObject(json, "results", results);
    cJSON_AddStringToObject(json, "stream_cursor", "0");
    answer_json(x, MHD_HTTP_OK, json);
}

void sessions_upload(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    if (!session)
        return;
    const char *name = json_text(x->json, "file_name"), *content = json_text(x->json, "file_content"),
               *type = json_text(x->json, "media_type");
    if (!name || !*name || !content || !text_is_base64(content) ||
        (json_given(x->json, "media_type") && !type)) {
        answer_error(x, "invalid-request");
        return;
    }
    size_t length = strlen(content), padding = length && content[length - 1] == '=' ? 1u : 0u;
    padding += length > 1 && content[length - 2] == '=' ? 1u : 0u;
    char *path = text_format("uploads/%s/%s", session->id, name);
    world_alias(&x->box->world, session, path);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file_name", path);
    cJSON_AddStringToObject(json, "media_type", type ? type : "application/octet-stream");
    cJSON_AddNumberToObject(json, "size", (double)(length / 4 * 3 - padding));
    free(path);
    answer_json(x, MHD_HTTP_CREATED, json);
}

/* The queue is kept as pairs: id, text. */
static cJSON *queued_json(const struct conversation *session, size_t at)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", session->waiting[at]);
    cJSON_AddStringToObject(json, "input", session->waiting[at + 1]);
    return json;
}

static cJSON *queue_json(const struct conversation *session)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < session->waiting_count; i += 2)
        cJSON_AddItemToArray(list, queued_json(session, i));
    return list;
}

static void remove_queued(struct conversation *session, size_t at)
{
    free(session->waiting[at]);
    free(session->waiting[at + 1]);
    session->waiting_count -= 2;
    memmove(&session->waiting[at], &session->waiting[at + 2], (session->waiting_count - at) * sizeof(char *));
}

void sessions_start_queued(struct exchange *x, struct conversation *session)
{
    while (session->waiting_count && !world_busy(session)) {
        char *text = text_copy(session->waiting[1]);
        remove_queued(session, 0);
        sessions_run(x, session, text);
        free(text);
    }
}

/* False: refused already. */
static bool find_queued(struct exchange *x, struct conversation *session, size_t *at)
{
    for (*at = 0; *at < session->waiting_count; *at += 2)
        if (strcmp(session->waiting[*at], x->captures[1]) == 0)
            return true;
    answer_error(x, "queued-message-not-found");
    return false;
}

void sessions_queue_list(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    if (!session)
        return;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "queue", queue_json(session));
    answer_json(x, MHD_HTTP_OK, json);
}

void sessions_queue_add(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    const char *text = json_text(x->json, "input");
    if (!session)
        return;
    if (!text || !*text) {
        answer_error(x, "missing-input");
        return;
    }
    if (session->waiting_count >= MAX_QUEUED * 2) {
        answer_error(x, "queue-full");
        return;
    }
    char id[24];
    random_id(id, sizeof id, "qmsg_", 10);
    size_t at = session->waiting_count;
    session->waiting = mem_grow(session->waiting, &session->waiting_capacity, at + 2, sizeof(char *));
    session->waiting[at] = text_copy(id);
    session->waiting[at + 1] = text_copy(text);
    session->waiting_count += 2;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "queued_message", queued_json(session, at));
    cJSON_AddItemToObject(json, "queue", queue_json(session));
    answer_json(x, MHD_HTTP_CREATED, json);
}

void sessions_queue_change(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    const char *text = json_text(x->json, "input");
    size_t at;
    if (!session || !find_queued(x, session, &at))
        return;
    if (!text || !*text) {
        answer_error(x, "missing-input");
        return;
    }
    free(session->waiting[at + 1]);
    session->waiting[at + 1] = text_copy(text);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "queued_message", queued_json(session, at));
    cJSON_AddItemToObject(json, "queue", queue_json(session));
    answer_json(x, MHD_HTTP_OK, json);
}

void sessions_queue_remove(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    size_t at;
    if (!session || !find_queued(x, session, &at))
        return;
    remove_queued(session, at);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "queue", queue_json(session));
    answer_json(x, MHD_HTTP_OK, json);
}

void sessions_queue_send(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    size_t at;
    if (!session || !find_queued(x, session, &at))
        return;
    if (world_busy(session)) {
        answer_error(x, "queued-message-not-eligible");
        return;
    }
    char *text = text_copy(session->waiting[at + 1]);
    remove_queued(session, at);
    sessions_run(x, session, text);
    free(text);
    answer_json(x, MHD_HTTP_ACCEPTED, sessions_json(x, session, SESSION_ANSWERED));
}
