/* SPDX-License-Identifier: MIT */
/* A vendor that can everything, of which `can` leaves what a test wants; `fault` makes the plugin misbehave.
 */
#include "mock.h"

struct chat {
    char gate[256], fault[64];
};

static const struct {
    const char *word;
    uint64_t capability;
} words[] = {
    {"sync", NUNCIO_SYNC},       {"poll", NUNCIO_ASYNC_POLL},         {"queue", NUNCIO_QUEUED},
    {"threads", NUNCIO_THREADS}, {"open", NUNCIO_THREADS_REQUIRED},   {"cancel", NUNCIO_CANCEL},
    {"history", NUNCIO_HISTORY}, {"attachments", NUNCIO_ATTACHMENTS},
};

static const struct nuncio_shape shape = {
    .size = sizeof(struct nuncio_shape),
    .id = "id",
    .role = "role",
    .text = "text",
    .user_words = "user",
    .agent_words = "agent",
};

static int has_word(struct nuncio_slice list, const char *word)
{
    uint64_t size = strlen(word);
    for (uint64_t i = 0; i + size <= list.size; i++) {
        if (memcmp(list.data + i, word, size) == 0)
            return 1;
    }
    return 0;
}

static void keep(char *target, struct nuncio_slice value, size_t capacity)
{
    if (value.data && value.size < capacity)
        memcpy(target, value.data, value.size);
}

static int32_t configure(void *instance, const struct nuncio_options *values, struct nuncio_traits *traits,
                         struct nuncio_error *err)
{
    struct chat *chat = instance;
    struct nuncio_slice can = nuncio_option_value(values, "can");

    keep(chat->gate, nuncio_option_value(values, "gate"), sizeof(chat->gate));
    keep(chat->fault, nuncio_option_value(values, "fault"), sizeof(chat->fault));
    traits->capabilities = 0;
    for (size_t i = 0; i < COUNT(words); i++)
        traits->capabilities |= has_word(can, words[i].word) ? words[i].capability : 0;
    if (chat->gate[0])
        traits->gate = chat->gate;
    if (strcmp(chat->fault, "configure") == 0)
        return nuncio_invalid(err, "the fault is configured");
    if (strcmp(chat->fault, "upload") == 0)
        traits->capabilities |= UINT64_C(1) << 40;
    return NUNCIO_OK;
}

static int is_faulty(const void *instance, const char *fault)
{
    return strcmp(((const struct chat *)instance)->fault, fault) == 0;
}

static int32_t finish(struct nuncio_request *req, struct nuncio_error *err)
{
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    return nuncio_built(req, err);
}

/* ---- OPEN ---- */

static int32_t open_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance, (void)call;
    nuncio_target(req, "POST", "/open");
    return finish(req, err);
}

static int32_t open_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance, (void)call;
    if (nuncio_status(res) != 200)
        return nuncio_refuse(out, res, NULL, 0);
    nuncio_set_conversation(out, nuncio_id(res, nuncio_at(res, "/id")));
    return NUNCIO_DONE;
}

/* ---- SEND ---- */

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    if (is_faulty(instance, "cannot_send"))
        return NUNCIO_CANNOT;
    if (is_faulty(instance, "refuse_text") && nuncio_characters(call->text) > 10)
        return nuncio_invalid(err, "the text is longer than 10 characters");
    nuncio_target(req, "POST", "/send");
    if (is_faulty(instance, "late") && call->left_ms < INT64_C(1) << 50)
        nuncio_target(req, "POST", "/again"); /* only where it is meant */
    nuncio_put_string(req, "/text", call->text);
    nuncio_put_string(req, "/agent", call->agent);
    nuncio_put_string(req, "/conversation", call->conversation);
    nuncio_put_string(req, "/key", call->key);
    for (uint32_t i = 0; i < call->attachment_count; i++) {
        nuncio_put_string(req, "/files/-", nuncio_attachment_at(call, i)->file_name);
        nuncio_put_attachment(req, "/files/-", i);
    }
    if (is_faulty(instance, "repeatable"))
        nuncio_repeatable(req, call->key);
    if (is_faulty(instance, "held"))
        nuncio_patience(req, 600000);
    return finish(req, err);
}

static const struct nuncio_rule rules[] = {
    {502, NUNCIO_CLASS_AGENT, "agent_failed"},
    {409, NUNCIO_CLASS_BUSY, "busy"},
    {409, NUNCIO_CLASS_EXISTS, "exists"},
};

static int32_t read_reply(const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice reply = nuncio_string(res, nuncio_at(res, "/reply"));

    if (nuncio_status(res) != 200 || !reply.data)
        return nuncio_refuse(out, res, rules, COUNT(rules));
    nuncio_set_conversation(out, nuncio_id(res, nuncio_at(res, "/conversation")));
    if (nuncio_present(nuncio_at(res, "/cursor")))
        nuncio_set_cursor(out, nuncio_id(res, nuncio_at(res, "/cursor")));
    nuncio_usage(out, res, NUNCIO_INPUT_TOKENS, nuncio_at(res, "/tokens"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/credits"));
    nuncio_reply_text(out, reply);
    return NUNCIO_DONE;
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice ticket = nuncio_id(res, nuncio_at(res, "/ticket"));

    (void)instance, (void)call;
    if (nuncio_status(res) != 200 || !ticket.data)
        return read_reply(res, out);
    nuncio_set_ticket(out, ticket);
    nuncio_set_conversation(out, nuncio_id(res, nuncio_at(res, "/conversation")));
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

/* ---- POLL, FETCH, CANCEL ---- */

static int32_t poll_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    if (!nuncio_given(call->ticket))
        return NUNCIO_CANNOT;
    nuncio_target(req, "GET", "/runs/{ticket}");
    return finish(req, err);
}

static int32_t poll_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice state = nuncio_string(res, nuncio_at(res, "/state"));
    int64_t position = -1;

    (void)instance, (void)call;
    nuncio_integer(res, nuncio_at(res, "/position"), &position);
    if (nuncio_equal(state, "fetch"))
        return nuncio_next(out, NUNCIO_STEP_FETCH);
    if (nuncio_equal(state, "queued"))
        return nuncio_ask_again(out, NUNCIO_STATE_QUEUED, position, 0);
    if (nuncio_equal(state, "input"))
        nuncio_input_required(out, nuncio_slice("approve it"));
    if (nuncio_equal(state, "running") || nuncio_equal(state, "input"))
        return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
    if (nuncio_equal(state, "failed"))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice("it broke"));
    return read_reply(res, out);
}

static int32_t fetch_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                           struct nuncio_error *err)
{
    (void)instance, (void)call;
    nuncio_target(req, "GET", "/replies/{conversation}");
    return finish(req, err);
}

static int32_t fetch_read(const void *instance, const struct nuncio_call *call,
                          const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance, (void)call;
    return read_reply(res, out);
}

static int32_t cancel_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                            struct nuncio_error *err)
{
    (void)instance, (void)call;
    nuncio_target(req, "POST", "/runs/{ticket}/cancel");
    return finish(req, err);
}

static int32_t cancel_read(const void *instance, const struct nuncio_call *call,
                           const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance, (void)call;
    return nuncio_status(res) == 200 ? NUNCIO_DONE : nuncio_refuse(out, res, rules, COUNT(rules));
}

/* ---- HISTORY ---- */

static int32_t history_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                             struct nuncio_error *err)
{
    (void)instance;
    if (!nuncio_given(call->conversation))
        return NUNCIO_CANNOT;
    nuncio_target(req, "GET", "/conversations/{conversation}");
    return finish(req, err);
}

static int32_t history_read(const void *instance, const struct nuncio_call *call,
                            const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_found found = {.size = sizeof(found)};
    struct nuncio_node list = nuncio_at(res, "/messages");

    (void)instance;
    if (nuncio_status(res) != 200 || !nuncio_present(list))
        return nuncio_refuse(out, res, rules, COUNT(rules));
    nuncio_find_reply(res, list, &shape, call, &found);
    nuncio_set_cursor(out, found.last);
    if (call->purpose == NUNCIO_LEARN)
        return NUNCIO_DONE;
    if (!found.seen)
        return NUNCIO_UNSEEN;
    if (!nuncio_present(found.reply))
        return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
    nuncio_reply_message(out, res, &shape, found.reply);
    return NUNCIO_DONE;
}

/* ---- CHECK ---- */

static int32_t check_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                           struct nuncio_error *err)
{
    (void)call;
    if (is_faulty(instance, "cannot_check"))
        return NUNCIO_CANNOT;
    if (is_faulty(instance, "refuse_check"))
        return nuncio_invalid(err, "the key has the wrong form");
    nuncio_target(req, "GET", "/me");
    return finish(req, err);
}

static int32_t check_read(const void *instance, const struct nuncio_call *call,
                          const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)call;
    if (is_faulty(instance, "wait_check"))
        return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
    return nuncio_status(res) == 200 ? NUNCIO_DONE : nuncio_refuse(out, res, NULL, 0);
}

static const struct nuncio_option options[] = {
    {"api_key", NULL, "the key", NUNCIO_STRING, NUNCIO_SECRET, 0, 0, 0, 0},
    {"can", "sync,threads", "what is left of the capabilities", NUNCIO_STRING, 0, 0, 0, 0, 0},
    {"gate", NULL, "the one conversation", NUNCIO_STRING, 0, 0, 0, 0, 255},
    {"fault", NULL, "what goes wrong", NUNCIO_STRING, 0, 0, 0, 0, 0},
};

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_OPEN, NUNCIO_HARMLESS, open_build, open_read},
    {NUNCIO_STEP_SEND, 0, send_build, send_read},
    {NUNCIO_STEP_POLL, 0, poll_build, poll_read},
    {NUNCIO_STEP_FETCH, 0, fetch_build, fetch_read},
    {NUNCIO_STEP_HISTORY, 0, history_build, history_read},
    {NUNCIO_STEP_CANCEL, 0, cancel_build, cancel_read},
    {NUNCIO_STEP_CHECK, 0, check_build, check_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .flags = NUNCIO_AGENT_OPTIONAL,
    .name = "chat",
    .version = "1",
    .summary = "A mock that can everything",
    .capabilities = NUNCIO_SYNC | NUNCIO_ASYNC_POLL | NUNCIO_QUEUED | NUNCIO_THREADS |
                    NUNCIO_THREADS_REQUIRED | NUNCIO_CANCEL | NUNCIO_HISTORY | NUNCIO_ATTACHMENTS,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
    .instance_size = sizeof(struct chat),
    .configure = configure,
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
