/* SPDX-License-Identifier: MIT */
/*
 * Gumloop agents: start an interaction, then ask for its status until the agent has finished.
 * https://docs.gumloop.com/api-reference/running-an-agent/start-agent
 * https://docs.gumloop.com/api-reference/running-an-agent/retrieve-agent-status
 *
 * One interaction_id is ticket and conversation: continuing an interaction gives the same id again, so the
 * answer of the turn before may still stand there when the next one is polled. The cursor, the id of the last
 * message before ours, tells them apart. Sessions are the newer API: see gumloop_sessions.
 */
#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key", .help = "API key", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "user_id", .help = "the user that runs the agent", .type = NUNCIO_STRING, .group = 1},
    {.name = "project_id", .help = "the team that the agent belongs to", .type = NUNCIO_STRING, .group = 1},
};

/* "Error Codes" of start-agent. "Unauthorized" is an invalid key, the other 403 are missing rights. */
static const struct nuncio_rule refusals[] = {
    {.status = 403, .code = "Unauthorized", .class_ = NUNCIO_CLASS_AUTH},
    {.status = 409, .code = "interaction_not_in_terminal_state", .class_ = NUNCIO_CLASS_BUSY},
};

/* The user's text is in `content`, the assistant's in `parts` between tool invocations. */
static const struct nuncio_shape messages_shape = {
    .size = sizeof(struct nuncio_shape),
    .id = "id",
    .role = "role",
    .text = "content",
    .parts = "parts",
    .user_words = "user",
    .agent_words = "assistant",
};

static int32_t refuse(struct nuncio_outcome *out, const struct nuncio_response *res)
{
    return nuncio_refuse(out, res, refusals, sizeof(refusals) / sizeof(refusals[0]));
}

/* An answer to somebody else's question is none. */
static int32_t stranger(struct nuncio_outcome *out)
{
    return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer is of another interaction"));
}

/* ---- SEND: POST /start_agent -------------------------------------------------------------------------- */

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    nuncio_target(req, "POST", "/start_agent");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_put_string(req, "/gummie_id", call->agent);
    nuncio_put_string(req, "/message", call->text);
    nuncio_put_option(req, "/user_id", "user_id");
    nuncio_put_option(req, "/project_id", "project_id");
    nuncio_put_string(req, "/interaction_id", call->conversation);
    return nuncio_built(req, err);
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice id = nuncio_string(res, nuncio_at(res, "/interaction_id"));

    (void)instance;
    if (nuncio_status(res) >= 300)
        return refuse(out, res);
    if (!nuncio_given(id))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer has no `interaction_id`"));
    if (nuncio_differs(id, call->conversation))
        return stranger(out);
    nuncio_set_ticket(out, id);
    nuncio_set_conversation(out, id);
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

/* ---- POLL and HISTORY: GET /agent_status/{interaction_id} --------------------------------------------- */

static int32_t status_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                            struct nuncio_error *err)
{
    int history = call->step == NUNCIO_STEP_HISTORY;

    (void)instance;
    if (history && !nuncio_given(call->conversation)) /* the id of a first start is in its answer alone */
        return NUNCIO_CANNOT;
    nuncio_target(req, "GET", history ? "/agent_status/{conversation}" : "/agent_status/{ticket}");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_query(req, "user_id", "{user_id}");
    nuncio_query(req, "project_id", "{project_id}");
    return nuncio_built(req, err);
}

static int32_t agent_failed(const struct nuncio_response *res, struct nuncio_outcome *out)
{
    return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_string(res, nuncio_at(res, "/error_message")));
}

/* `response` is the final text of the last assistant message, which need not be the one after ours. */
static int32_t replied(const struct nuncio_response *res, const struct nuncio_found *found,
                       struct nuncio_outcome *out)
{
    if (nuncio_present(found->reply))
        nuncio_reply_message(out, res, &messages_shape, found->reply);
    else
        nuncio_reply_text(out, nuncio_string(res, nuncio_at(res, "/response")));
    if (found->last.data)
        nuncio_set_cursor(out, found->last);
    return NUNCIO_DONE;
}

static int32_t poll_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_found found = {.size = sizeof(struct nuncio_found)};
    struct nuncio_slice id = nuncio_string(res, nuncio_at(res, "/interaction_id"));
    struct nuncio_slice state = nuncio_string(res, nuncio_at(res, "/state"));
    struct nuncio_node messages = nuncio_at(res, "/messages");
    /* Is what stands there certainly of this turn, whether or not our message is found? */
    int ours = nuncio_present(messages) ? !call->continued : call->cursor_state != NUNCIO_CURSOR_KNOWN;

    (void)instance;
    if (nuncio_status(res) >= 300)
        return refuse(out, res);
    if (!nuncio_given(state))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the interaction has no `state`"));
    if (nuncio_differs(id, call->ticket))
        return stranger(out);
    nuncio_find_reply(res, messages, &messages_shape, call, &found);
    if (nuncio_equal(state, "COMPLETED")) {
        if (nuncio_present(found.reply) || (ours && nuncio_string(res, nuncio_at(res, "/response")).data))
            return replied(res, &found, out);
        if (ours)
            return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("COMPLETED without `response`"));
    }
    /* The first poll of a continuation may still see how the turn before ended. */
    if (nuncio_equal(state, "FAILED") && !(call->continued && call->polls == 0))
        return agent_failed(res, out);
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

/* FAILED comes without messages. Where the cursor is known it was COMPLETED before: ours failed. */
static int ours_failed(const struct nuncio_call *call, const struct nuncio_found *found,
                       struct nuncio_node messages)
{
    return found->seen || (call->cursor_state == NUNCIO_CURSOR_KNOWN && !nuncio_present(messages));
}

static int32_t history_read(const void *instance, const struct nuncio_call *call,
                            const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_found found = {.size = sizeof(struct nuncio_found)};
    struct nuncio_slice id = nuncio_string(res, nuncio_at(res, "/interaction_id"));
    struct nuncio_slice state = nuncio_string(res, nuncio_at(res, "/state"));
    struct nuncio_node messages = nuncio_at(res, "/messages");
    int completed = nuncio_equal(state, "COMPLETED"), failed = nuncio_equal(state, "FAILED");

    (void)instance;
    if (nuncio_status(res) >= 300)
        return refuse(out, res);
    if (!nuncio_given(state))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the interaction has no `state`"));
    if (nuncio_differs(id, call->conversation))
        return stranger(out);
    nuncio_find_reply(res, messages, &messages_shape, call, &found);
    if (!completed && !failed) /* nor do messages tell yet whose run it is */
        return nuncio_fail(out, NUNCIO_CLASS_BUSY, nuncio_slice("the interaction is still processing"));
    if (call->purpose == NUNCIO_LEARN) {
        nuncio_set_conversation(out, call->conversation);
        if (nuncio_present(messages)) /* documented for COMPLETED only; without them nobody knows */
            nuncio_set_cursor(out, found.last);
        return NUNCIO_DONE;
    }
    if (completed && nuncio_present(found.reply))
        return replied(res, &found, out);
    if (failed && ours_failed(call, &found, messages))
        return agent_failed(res, out);
    if (!found.seen)
        return NUNCIO_UNSEEN;
    nuncio_set_ticket(out, call->conversation);
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = send_read},
    {.kind = NUNCIO_STEP_POLL, .build = status_build, .read = poll_read},
    {.kind = NUNCIO_STEP_HISTORY, .build = status_build, .read = history_read},
};

static const struct nuncio_plugin plugin = {
    NUNCIO_ABI(0),
    .name = "gumloop_agents",
    .version = "1.0",
    .summary = "Gumloop agents, by start_agent and agent_status",
    .documentation_url = "https://docs.gumloop.com/api-reference/running-an-agent/start-agent",
    .base_url = "https://api.gumloop.com/api/v1",
    .capabilities = NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_HISTORY,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
