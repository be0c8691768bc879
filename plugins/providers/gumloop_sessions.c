/* SPDX-License-Identifier: MIT */
/*
 * Gumloop sessions: create a session with the first message or send it the next one, then retrieve the
 * session until it is done. https://docs.gumloop.com/api-reference (Sessions: create, send message, retrieve,
 * cancel)
 *
 * A session is ticket and conversation. We choose the id of a new one, so that a creation whose answer was
 * lost can be repeated ("409 session_already_exists") or retrieved.
 */
#include <stdio.h>

#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key", .help = "API key", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "user_id", .help = "the user that acts; needless with an OAuth token", .type = NUNCIO_STRING},
    {.name = "team_id", .help = "the team, with a team's API key", .type = NUNCIO_STRING},
};

static const struct nuncio_rule refusals[] = {
    {.status = 409, .code = "interaction_not_in_terminal_state", .class_ = NUNCIO_CLASS_BUSY},
    {.status = 409, .code = "queue_full", .class_ = NUNCIO_CLASS_BUSY},
    {.status = 409, .code = "session_already_exists", .class_ = NUNCIO_CLASS_EXISTS},
};

/* Live replies may have `content` null and the text in `parts`. */
static const struct nuncio_shape messages_shape = {
    .size = sizeof(struct nuncio_shape),
    .id = "id",
    .role = "role",
    .text = "content",
    .parts = "parts",
    .user_words = "user",
    .agent_words = "assistant",
};

static void request(struct nuncio_request *req, const char *method, const char *path)
{
    nuncio_target(req, method, path);
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_header(req, "x-auth-key", "{user_id}", 0);
    nuncio_query(req, "team_id", "{team_id}"); /* of every request, as the vendor's Python SDK has it */
}

/* ---- Requests ----------------------------------------------------------------------------------------- */

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    if (nuncio_given(call->conversation)) {
        request(req, "POST", "/sessions/{conversation}/messages");
    } else {
        request(req, "POST", "/agents/{agent}/sessions");
        nuncio_put_string(req, "/session_id", call->key);
        nuncio_repeatable(req, call->key);
    }
    nuncio_put_string(req, "/input", call->text);
    return nuncio_built(req, err);
}

static int32_t session_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                             struct nuncio_error *err)
{
    (void)instance;
    if (call->step == NUNCIO_STEP_CHECK)
        request(req, "GET", "/agents"); /* all that the key may see */
    else if (nuncio_given(call->conversation))
        request(req, "GET", "/sessions/{conversation}");
    else
        request(req, "GET", "/sessions/{key}"); /* the session that a lost SEND may have created */
    return nuncio_built(req, err);
}

static int32_t cancel_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                            struct nuncio_error *err)
{
    (void)instance, (void)call;
    request(req, "POST", "/sessions/{ticket}/cancel");
    return nuncio_built(req, err);
}

/* ---- The answer, of every request: {"session":{…},"queue_position":…} --------------------------------- */

/* approval_required: somebody has to allow a tool or to answer a question, and the run goes on. */
static void approval_required(const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice title = nuncio_string(res, nuncio_at(res, "/session/pending_approvals/0/title"));
    char text[320];

    snprintf(text, sizeof(text), "approve it in Gumloop%s%.*s", nuncio_given(title) ? ": " : "",
             title.size < 256 ? (int)title.size : 256, title.data ? title.data : "");
    nuncio_input_required(out, nuncio_slice(text));
}

/* Where an accepted message stands. States that are not known yet are waited for. */
static int32_t judge(const struct nuncio_call *call, const struct nuncio_response *res,
                     struct nuncio_slice state, const struct nuncio_found *found, struct nuncio_outcome *out)
{
    int64_t position = -1;

    if (nuncio_equal(state, "cancelled") || (nuncio_equal(state, "failed") && call->cancelling))
        return nuncio_fail(out, NUNCIO_CLASS_CANCELLED, nuncio_slice("the session was cancelled"));
    /* A first look that does not list our message yet may show how the turn before ended. */
    if (nuncio_equal(state, "failed") && (found->seen || !call->continued || call->polls > 0))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice("the session failed"));
    if (nuncio_equal(state, "completed") && nuncio_present(found->reply)) {
        nuncio_reply_message(out, res, &messages_shape, found->reply);
        nuncio_set_cursor(out, found->last);
        nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/session/usage/credit_cost"));
        nuncio_usage(out, res, NUNCIO_INPUT_TOKENS, nuncio_at(res, "/session/usage/input_tokens"));
        nuncio_usage(out, res, NUNCIO_OUTPUT_TOKENS, nuncio_at(res, "/session/usage/output_tokens"));
        return NUNCIO_DONE;
    }
    if (nuncio_equal(state, "approval_required"))
        approval_required(res, out);
    if (!nuncio_equal(state, "queued"))
        return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
    nuncio_integer(res, nuncio_at(res, "/queue_position"), &position);
    return nuncio_ask_again(out, NUNCIO_STATE_QUEUED, position, 0);
}

/* The session that is asked for; a creation may answer with an id that is not ours. */
static struct nuncio_slice session_of(const struct nuncio_call *call)
{
    return call->step == NUNCIO_STEP_SEND || nuncio_given(call->conversation) ? call->conversation
                                                                              : call->key;
}

static int32_t refused(const struct nuncio_call *call, const struct nuncio_response *res,
                       struct nuncio_outcome *out)
{
    if (call->purpose == NUNCIO_RECONCILE && nuncio_status(res) == 404 &&
        nuncio_given(nuncio_vendor_message(res)))
        return NUNCIO_UNSEEN;
    return nuncio_refuse(out, res, refusals, sizeof(refusals) / sizeof(refusals[0]));
}

/* HISTORY before SEND: where the session stands. */
static int32_t learned(struct nuncio_slice id, struct nuncio_slice state, const struct nuncio_found *found,
                       struct nuncio_outcome *out)
{
    if (nuncio_equal(state, "queued") || nuncio_equal(state, "processing"))
        return nuncio_fail(out, NUNCIO_CLASS_BUSY, nuncio_slice("the session still works"));
    nuncio_set_conversation(out, id);
    nuncio_set_cursor(out, found->last);
    return NUNCIO_DONE;
}

static int has_messages(const struct nuncio_call *call)
{
    return call->step == NUNCIO_STEP_POLL || call->step == NUNCIO_STEP_HISTORY;
}

static int32_t session_read(const void *instance, const struct nuncio_call *call,
                            const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice id = nuncio_string(res, nuncio_at(res, "/session/id"));
    struct nuncio_slice state = nuncio_string(res, nuncio_at(res, "/session/state"));
    struct nuncio_node messages = nuncio_at(res, "/session/messages");
    struct nuncio_found found = {.size = sizeof(struct nuncio_found)};

    (void)instance;
    if (nuncio_status(res) >= 300)
        return refused(call, res, out);
    if (call->step == NUNCIO_STEP_CHECK && nuncio_present(nuncio_at(res, "")))
        return NUNCIO_DONE;
    if (!nuncio_given(id) || !nuncio_given(state))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("no `session` with `id` and `state`"));
    if (nuncio_differs(id, session_of(call)))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer is of another session"));
    if (has_messages(call) && nuncio_type(res, messages) != NUNCIO_TYPE_ARRAY)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the session has no `messages`"));
    nuncio_find_reply(res, messages, &messages_shape, call, &found);
    if (call->purpose == NUNCIO_LEARN)
        return learned(id, state, &found, out);
    /* A session that has our key as its id was created with our message, listed already or not. */
    if (call->purpose == NUNCIO_RECONCILE && nuncio_given(call->conversation) && !found.seen)
        return NUNCIO_UNSEEN;
    nuncio_set_ticket(out, id);
    nuncio_set_conversation(out, id);
    if (call->step == NUNCIO_STEP_CANCEL && nuncio_equal(state, "completed"))
        return nuncio_next(out, NUNCIO_STEP_POLL); /* it was over before; that answer has no messages */
    return judge(call, res, state, &found, out);
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = session_read},
    {.kind = NUNCIO_STEP_POLL, .build = session_build, .read = session_read},
    {.kind = NUNCIO_STEP_HISTORY, .build = session_build, .read = session_read},
    {.kind = NUNCIO_STEP_CANCEL, .build = cancel_build, .read = session_read},
    {.kind = NUNCIO_STEP_CHECK, .build = session_build, .read = session_read},
};

static const struct nuncio_plugin plugin = {
    NUNCIO_ABI(0),
    .name = "gumloop_sessions",
    .version = "1.0",
    .summary = "Gumloop agents, by sessions with a queue",
    .documentation_url = "https://docs.gumloop.com/api-reference",
    .base_url = "https://api.gumloop.com/api/v1",
    .capabilities = NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_CANCEL | NUNCIO_HISTORY,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
