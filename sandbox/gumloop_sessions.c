/* SPDX-License-Identifier: MIT */
/* Gumloop sessions: a session has a state and at times a place in a queue; messages continue it. */
#include "config.h"

#include "gumloop_sessions.h"
#include "api.h"
#include "gumloop.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

void gumloop_put_text(const struct exchange *x, cJSON *json, const struct message *message)
{
    if (x->box->settings.gumloop_content) {
        cJSON_AddStringToObject(json, "content", message->text);
        cJSON_AddNullToObject(json, "parts");
        return;
    }
    char *id = text_format("part_%s", message->id);
    cJSON_AddNullToObject(json, "content");
    cJSON *part = cJSON_CreateObject();
    cJSON_AddStringToObject(part, "id", id);
    cJSON_AddStringToObject(part, "type", "text");
    cJSON_AddStringToObject(part, "text", message->text);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "parts"), part);
    free(id);
}

static bool admit(struct exchange *x)
{
    const char *key = exchange_authorization(x, "Bearer"), *user = exchange_header(x, "x-auth-key");
    char *team = exchange_query(x, "team_id");
    bool foreign_team = team && strcmp(team, GUMLOOP_TEAM) != 0;
    free(team);
    const char *refusal = !key || strcmp(key, SANDBOX_KEY) != 0             ? "unauthorized"
                          : !user                                           ? "missing-auth-key"
                          : strcmp(user, GUMLOOP_USER) != 0 || foreign_team ? "forbidden"
                                                                            : NULL;
    if (!refusal && (strcmp(x->method, "POST") == 0 || strcmp(x->method, "PATCH") == 0)) {
        /* Creation and cancel need no body; what needs one misses its fields. */
        if (!x->body_length)
            x->json = cJSON_CreateObject();
        else if (exchange_is_json(x))
            x->json = json_parse(x->body, x->body_length);
        if (!cJSON_IsObject(x->json))
            refusal = "invalid-request";
    }
    if (refusal)
        answer_error(x, refusal);
    return !refusal;
}

struct conversation *sessions_find(struct exchange *x)
{
    struct conversation *session = world_find(&x->box->world, GUMLOOP_SESSIONS, x->captures[0], x->now);
    if (!session)
        answer_error(x, "session-not-found");
    else
        sessions_start_queued(x, session);
    return session;
}

/* `input`, or `message` as it was called before; NULL where absent. *bad: present, but no text to run. */
static const char *read_input(const struct exchange *x, bool *bad)
{
    const cJSON *input = json_get(x->json, "input");
    if (!input)
        input = json_get(x->json, "message");
    const char *text = cJSON_GetStringValue(input);
    *bad = input && !cJSON_IsNull(input) && (!text || !*text);
    return text;
}

/* What is wrong with stream, attachments and approvals in a body that carries a message; NULL where all is
 * well. */
static const char *check_extras(const struct exchange *x)
{
    const cJSON *stream = json_get(x->json, "stream"), *attachments = json_get(x->json, "attachments"), *item;
    if (cJSON_IsTrue(stream))
        return "stream-on-wrong-host";
    if (stream && !cJSON_IsBool(stream))
        return "invalid-request";
    if (json_given(x->json, "approval_responses"))
        return "approvals-require-stream-or-approvals-endpoint";
    if (!json_given(x->json, "attachments"))
        return NULL;
    if (!cJSON_IsArray(attachments) || cJSON_GetArraySize(attachments) > 10)
        return "invalid-attachment";
    cJSON_ArrayForEach(item, attachments)
    {
        const char *name = json_text(item, "file_name");
        if (!name || !world_find_alias(&x->box->world, GUMLOOP_SESSIONS, name, x->now))
            return "invalid-attachment";
    }
    return NULL;
}

void sessions_run(struct exchange *x, struct conversation *session, const char *text)
{
    struct run_plan plan = exchange_plan(x);
    plan.queue = session->run_count ? x->box->settings.queue_more : x->box->settings.queue_new;
    exchange_run(x, session, text, &plan);
}

/* Absent, null, or a text of at most so many characters. */
static bool is_optional_text(const cJSON *item, size_t most)
{
    const char *text = cJSON_GetStringValue(item);
    return !item || cJSON_IsNull(item) || (text && *text && text_characters(text) <= most);
}

static bool is_optional_object(const cJSON *item)
{
    return !item || cJSON_IsNull(item) || cJSON_IsObject(item);
}

/* The error that the request deserves, NULL for none. */
static const char *check_creation(struct exchange *x, bool bad_input)
{
    const cJSON *own_id = json_get(x->json, "session_id");
    const char *id = cJSON_GetStringValue(own_id), *extras = check_extras(x);
    if (!gumloop_agent_known(x->captures[0]))
        return "agent-not-found";
    if (strcmp(x->captures[0], GUMLOOP_AGENT_FOREIGN) == 0)
        return "forbidden";
    if (extras)
        return extras;
    if (bad_input)
        return "missing-input";
    if (!is_optional_text(own_id, 256) || !is_optional_text(json_get(x->json, "name"), 256) ||
        !is_optional_object(json_get(x->json, "metadata")))
        return "invalid-request";
    return id && world_find(&x->box->world, GUMLOOP_SESSIONS, id, x->now) ? "session-already-exists" : NULL;
}

static void create_session(struct exchange *x)
{
    bool bad_input;
    const char *text = read_input(x, &bad_input), *wrong = check_creation(x, bad_input);
    const cJSON *metadata = json_get(x->json, "metadata");
    const char *id = cJSON_GetStringValue(json_get(x->json, "session_id")),
               *name_text = cJSON_GetStringValue(json_get(x->json, "name"));
    char made_id[24];
    if (wrong) {
        answer_error(x, wrong);
        return;
    }
    random_id(made_id, sizeof made_id, "sess_", 12);
    struct conversation *session =
        world_open(&x->box->world, GUMLOOP_SESSIONS, id ? id : made_id, x->captures[0], GUMLOOP_USER, x->now);
    session->name = name_text ? text_copy(name_text) : NULL;
    session->metadata = cJSON_IsObject(metadata) ? cJSON_Duplicate(metadata, true) : NULL;
    if (text)
        sessions_run(x, session, text);
    answer_json(x, text ? MHD_HTTP_ACCEPTED : MHD_HTTP_CREATED, sessions_json(x, session, SESSION_ANSWERED));
}

static void send_message(struct exchange *x)
{
    bool bad_input;
    const char *text = read_input(x, &bad_input), *extras = check_extras(x);
    struct conversation *session = sessions_find(x);
    if (!session)
        return;
    struct run *run = world_last_run(session);
    bool paused = run && world_run_state(run, x->now) == RUN_WAITING_APPROVAL;
    if (extras) {
        answer_error(x, extras);
    } else if (!text || bad_input) {
        answer_error(x, "missing-input");
    } else if (world_busy(session) && !paused) {
        answer_error(x, "interaction-not-in-terminal-state");
    } else {
        /* A message to a session that waits for an approval takes the place of the run that waits. */
        if (paused)
            world_abort(session, x->now);
        sessions_run(x, session, text);
        answer_json(x, MHD_HTTP_ACCEPTED, sessions_json(x, session, SESSION_ANSWERED));
    }
}

static void read_session(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    char *stream = exchange_query(x, "stream");
    if (session && stream && strcmp(stream, "true") == 0)
        answer_error(x, "stream-on-wrong-host");
    else if (session)
        answer_json(x, MHD_HTTP_OK, sessions_json(x, session, SESSION_RETRIEVED));
    free(stream);
}

static void rename_session(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    const char *name = json_text(x->json, "name");
    if (!session)
        return;
    if (!name || !*name || text_characters(name) > 256) {
        answer_error(x, "invalid-request");
        return;
    }
    free(session->name);
    session->name = text_copy(name);
    answer_json(x, MHD_HTTP_OK, sessions_json(x, session, SESSION_ANSWERED));
}

static void cancel_session(struct exchange *x)
{
    struct conversation *session = sessions_find(x);
    if (!session)
        return;
    world_abort(session, x->now);
    answer_json(x, MHD_HTTP_OK, sessions_cancelled_json(x, session));
}

static void no_route(struct exchange *x)
{
    answer_error(x, "not-found");
}

static void bad_method(struct exchange *x)
{
    answer_error(x, "method-not-allowed");
}

/* Creation without input is counted as a send too: the body tells, and counting happens before it is read. */
static const struct route routes[] = {
    {"POST", "agents/*/sessions", STEP_SEND, STEP_BIT(STEP_OPEN), create_session},
    {"GET", "agents/*/sessions", STEP_HISTORY, 0, sessions_list},
    {"GET", "agents", STEP_CHECK, 0, sessions_agents},
    {"GET", "agents/*", STEP_CHECK, 0, sessions_agent},
    {"POST", "sessions/*/messages", STEP_SEND, 0, send_message},
    {"GET", "sessions/*", STEP_POLL, STEP_BIT(STEP_HISTORY) | STEP_BIT(STEP_FETCH), read_session},
    {"PATCH", "sessions/*", STEP_OTHER, 0, rename_session},
    {"POST", "sessions/*/cancel", STEP_CANCEL, 0, cancel_session},
    {"POST", "sessions/*/approvals", STEP_OTHER, 0, sessions_approve},
    {"POST", "sessions/*/files", STEP_OTHER, 0, sessions_upload},
    {"GET", "sessions/*/queue", STEP_OTHER, 0, sessions_queue_list},
    {"POST", "sessions/*/queue", STEP_OTHER, 0, sessions_queue_add},
    {"PATCH", "sessions/*/queue/*", STEP_OTHER, 0, sessions_queue_change},
    {"DELETE", "sessions/*/queue/*", STEP_OTHER, 0, sessions_queue_remove},
    {"POST", "sessions/*/queue/*/send", STEP_OTHER, 0, sessions_queue_send},
};

const struct api gumloop_sessions_api = {
    GUMLOOP_SESSIONS, "/gumloop/api/v1/", routes, sizeof routes / sizeof *routes, admit, no_route, bad_method,
};
