/* SPDX-License-Identifier: MIT */
/*
 * Enthusiast by Upside Lab (self-hosted): make a conversation, ask a question in it, poll the task, read the
 * conversation. https://upsidelab.io/tools/enthusiast/docs/integrate/conversation-via-api
 *
 * The documentation describes v1.0; what newer versions changed was read in their source,
 * https://github.com/upsidelab/enthusiast (server/agent).
 */
#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key", .help = "API token", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "data_set_id",
     .help = "the data set that the agent answers from",
     .type = NUNCIO_INTEGER,
     .flags = NUNCIO_REQUIRED,
     .minimum = 1,
     .maximum = INT64_MAX},
};

/* v1.0 has `role` with user, agent, agent_error; v1.1 renamed the words; v1.4 has `type` instead. Files and
   tool calls may stand between (models/message.py of each version). */
static const struct nuncio_shape history = {
    .size = sizeof(struct nuncio_shape),
    .id = "id",
    .role = "role",
    .other_role = "type",
    .text = "text",
    .user_words = "user human",
    .agent_words = "agent ai",
    .error_words = "agent_error system",
};

static void request(struct nuncio_request *req, const char *method, const char *path)
{
    nuncio_target(req, method, path);
    nuncio_header(req, "Authorization", "Token {api_key}", NUNCIO_SECRET);
}

/* ---- OPEN: POST /api/conversations; a conversation without a question runs nothing -------------------- */

static int32_t open_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    request(req, "POST", "/api/conversations");
    nuncio_put_option(req, "/data_set_id", "data_set_id");
    nuncio_put_id(req, "/agent_id", call->agent); /* required since v1.3, unknown before */
    return nuncio_built(req, err);
}

static int32_t open_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice id = nuncio_id(res, nuncio_at(res, "/id"));

    (void)instance, (void)call;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, NULL, 0);
    if (!id.data)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the new conversation has no `id`"));
    nuncio_set_conversation(out, id);
    nuncio_set_cursor(out, nuncio_slice(NULL));
    return NUNCIO_DONE;
}

/* ---- SEND: POST /api/conversations/{id} --------------------------------------------------------------- */

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    request(req, "POST", "/api/conversations/{conversation}"); /* a slash at the end would be a 404 */
    nuncio_put_string(req, "/question_message", call->text);
    /* Optional for the server, but its worker finds neither data set nor conversation without (tasks.py). */
    nuncio_put_option(req, "/data_set_id", "data_set_id");
    return nuncio_built(req, err);
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice task = nuncio_string(res, nuncio_at(res, "/task_id"));

    (void)instance, (void)call;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, NULL, 0);
    if (!nuncio_given(task))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer has no `task_id`"));
    nuncio_set_ticket(out, task);
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

/* ---- POLL: GET /api/task_status/{task_id}/ ------------------------------------------------------------ */

static int32_t poll_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance, (void)call;
    request(req, "GET", "/api/task_status/{ticket}/"); /* without the last slash it is a redirect */
    return nuncio_built(req, err);
}

/* The states are Celery's. Besides the documented PENDING, SUCCESS and FAILURE there are RETRY, STARTED and
   others, all of which go on. A task that the server has lost is PENDING for ever. */
static int32_t poll_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice state = nuncio_string(res, nuncio_at(res, "/state"));

    (void)instance;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, NULL, 0);
    if (!nuncio_given(state))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the task has no `state`"));
    if (nuncio_equal(state, "SUCCESS"))
        return nuncio_next(out, NUNCIO_STEP_FETCH);
    if (nuncio_equal(state, "FAILURE"))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT,
                           nuncio_slice("the agent failed; is data_set_id that of the conversation? "
                                        "The server's worker logs the reason"));
    if (nuncio_equal(state, "REVOKED"))
        return nuncio_fail(out, NUNCIO_CLASS_CANCELLED, nuncio_slice("the task was revoked at the server"));
    if (call->polls % 10 == 9) /* is the reply there although the task was lost? */
        return nuncio_next(out, NUNCIO_STEP_HISTORY);
    /* "Poll this endpoint periodically (e.g., every 2 seconds)": a short run is seen sooner. */
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, call->polls < 5 ? 0 : 2000);
}

/* ---- FETCH and HISTORY: GET /api/conversations/{id}; CHECK: all of the data set ----------------------- */

static int32_t conversation_build(const void *instance, const struct nuncio_call *call,
                                  struct nuncio_request *req, struct nuncio_error *err)
{
    (void)instance;
    if (call->step == NUNCIO_STEP_HISTORY && !nuncio_given(call->conversation))
        return NUNCIO_CANNOT;
    if (call->step == NUNCIO_STEP_CHECK) {
        request(req, "GET", "/api/conversations");
        nuncio_query(req, "data_set_id", "{data_set_id}");
    } else {
        request(req, "GET", "/api/conversations/{conversation}");
    }
    return nuncio_built(req, err);
}

static int32_t conversation_read(const void *instance, const struct nuncio_call *call,
                                 const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_found found = {.size = sizeof(struct nuncio_found)};
    int check = call->step == NUNCIO_STEP_CHECK;
    struct nuncio_node messages = nuncio_at(res, check ? "/results" : "/history");
    struct nuncio_slice id = nuncio_id(res, nuncio_at(res, "/id"));

    (void)instance;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, NULL, 0);
    if (nuncio_type(res, messages) != NUNCIO_TYPE_ARRAY)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL,
                           nuncio_slice(check ? "no `results`" : "the conversation has no `history`"));
    if (check)
        return NUNCIO_DONE;
    if (nuncio_differs(id, call->conversation)) /* an answer to somebody else's question is none */
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer is of another conversation"));
    nuncio_find_reply(res, messages, &history, call, &found);
    if (call->purpose == NUNCIO_LEARN) {
        nuncio_set_cursor(out, found.last);
        return NUNCIO_DONE;
    }
    if (nuncio_string(res, nuncio_below(res, found.reply, "/text")).data) {
        nuncio_set_cursor(out, found.last);
        nuncio_reply_message(out, res, &history, found.reply);
        return NUNCIO_DONE;
    }
    if (nuncio_present(found.failure))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT,
                           nuncio_string(res, nuncio_below(res, found.failure, "/text")));
    /* The server's worker writes our message down when it begins with it. */
    if (!found.seen && call->step == NUNCIO_STEP_HISTORY)
        return NUNCIO_UNSEEN;
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_OPEN, .flags = NUNCIO_HARMLESS, .build = open_build, .read = open_read},
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = send_read},
    {.kind = NUNCIO_STEP_POLL, .build = poll_build, .read = poll_read},
    {.kind = NUNCIO_STEP_FETCH, .build = conversation_build, .read = conversation_read},
    {.kind = NUNCIO_STEP_HISTORY, .build = conversation_build, .read = conversation_read},
    {.kind = NUNCIO_STEP_CHECK, .build = conversation_build, .read = conversation_read},
};

static const struct nuncio_plugin plugin = {
    NUNCIO_ABI(0),
    .flags = NUNCIO_AGENT_OPTIONAL,
    .name = "enthusiast",
    .version = "1.0",
    .summary = "Enthusiast by Upside Lab, self-hosted, by conversations and tasks",
    .documentation_url = "https://upsidelab.io/tools/enthusiast/docs/integrate/conversation-via-api",
    .base_url = NULL, /* the root of the server */
    .capabilities = NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_THREADS_REQUIRED | NUNCIO_HISTORY,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
