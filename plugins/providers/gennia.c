/* SPDX-License-Identifier: MIT */
/*
 * Gennia: one request that is answered when the agent has finished, or with 408 after timeoutSeconds.
 * https://docs.gennia.ai/api-reference/messages/send-agent-message-sync
 *
 * Bodies are strict: an unknown field is a 400. Without conversationId Gennia creates a conversation "or
 * reuses one for the externalUserId". So each new conversation gets a user of its own, by which a lost one is
 * found again; and with external_user_id all messages belong to that user's one conversation.
 */
#include <stdio.h>

#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key", .help = "API key", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "external_user_id", .help = "end user of all messages", .type = NUNCIO_STRING, .maximum = 255},
    {.name = "is_test", .help = "keep new conversations out of the Studio inbox", .type = NUNCIO_BOOLEAN},
};

/* Codes stand at the top level, {"code","message"}. 429: the workspace is over its monthly operations. 502:
   the agent failed; without a code it comes from something before Gennia. */
static const struct nuncio_rule refusals[] = {
    {.status = 429, .class_ = NUNCIO_CLASS_QUOTA},
    {.status = 502, .code = "*", .class_ = NUNCIO_CLASS_AGENT},
};

static const struct nuncio_shape messages_shape = {
    .size = sizeof(struct nuncio_shape),
    .id = "publicId",
    .role = "role",
    .text = "content",
    .user_words = "user",
    .agent_words = "agent assistant", /* the second in the quickstart */
    .newest_first = 1,
};

/* The instance is external_user_id, "" where it is not set. */
static int32_t configure(void *instance, const struct nuncio_options *values, struct nuncio_traits *traits,
                         struct nuncio_error *err)
{
    struct nuncio_slice user = nuncio_option_value(values, "external_user_id");

    (void)err;
    if (nuncio_given(user) && user.size <= 255)
        traits->gate = memcpy(instance, user.data, user.size);
    return NUNCIO_OK;
}

static const char *user_of(const void *instance)
{
    return *(const char *)instance ? "{external_user_id}" : "nuncio-{interaction}";
}

/* ---- SEND: POST /agents/{agentPublicId}/messages ------------------------------------------------------ */

static const char *at(char (*pointer)[40], unsigned index, const char *member)
{
    snprintf(*pointer, sizeof(*pointer), "/attachments/%u/%s", index, member);
    return *pointer;
}

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    int64_t seconds = call->left_ms < 1000 ? 1 : call->left_ms > 300000 ? 300 : call->left_ms / 1000;
    char pointer[40];

    if (nuncio_characters(call->text) > 32000 || call->attachment_count > 10)
        return nuncio_invalid(err, "Gennia takes at most 32,000 characters and 10 attachments in a message");
    if (!nuncio_given(call->text) && call->attachment_count == 0)
        return nuncio_invalid(err, "Gennia takes an empty message only with an attachment");
    nuncio_target(req, "POST", "/agents/{agent}/messages");
    nuncio_header(req, "X-Api-Key", "{api_key}", NUNCIO_SECRET);
    nuncio_put_string(req, "/content", call->text);
    nuncio_put_string(req, "/conversationId", call->conversation);
    if (!nuncio_given(call->conversation)) {
        nuncio_put_template(req, "/externalUserId", user_of(instance));
        nuncio_put_option(req, "/isTest", "is_test"); /* "only honored when creating" */
    }
    nuncio_put_integer(req, "/timeoutSeconds", seconds);
    for (uint32_t i = 0; i < call->attachment_count; i++) {
        const struct nuncio_attachment *item = nuncio_attachment_at(call, i);

        if (nuncio_characters(item->url) > 2048 || nuncio_characters(item->file_name) > 512)
            return nuncio_invalid(err, "Gennia takes at most 2,048 characters of a URL, 512 of a file name");
        nuncio_put_string(req, at(&pointer, i, "filename"), item->file_name);
        nuncio_put_string(req, at(&pointer, i, "url"), item->url);
        if (!item->url.data) {
            nuncio_put_string(req, at(&pointer, i, "mediaType"), item->media_type);
            nuncio_put_attachment(req, at(&pointer, i, "base64"), i);
        }
    }
    nuncio_patience(req, (seconds + 15) * 1000); /* so that its 408 reaches us */
    return nuncio_built(req, err);
}

static int32_t replied(const struct nuncio_response *res, struct nuncio_node message,
                       struct nuncio_outcome *out)
{
    nuncio_reply_text(out, nuncio_string(res, nuncio_below(res, message, "/content")));
    nuncio_usage(out, res, NUNCIO_INPUT_TOKENS, nuncio_below(res, message, "/tokenUsage/inputTokens"));
    nuncio_usage(out, res, NUNCIO_OUTPUT_TOKENS, nuncio_below(res, message, "/tokenUsage/outputTokens"));
    nuncio_usage(out, res, NUNCIO_TOTAL_TOKENS, nuncio_below(res, message, "/tokenUsage/totalTokens"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_below(res, message, "/costOps"));
    nuncio_usage(out, res, NUNCIO_COST_USD, nuncio_below(res, message, "/costUsd"));
    return NUNCIO_DONE;
}

/* The reference has {conversation, message}, the quickstart {conversationId, messages[]}. */
static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_node message = nuncio_at(res, "/message");
    struct nuncio_node item = nuncio_first(res, nuncio_at(res, "/messages"));

    (void)instance;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, refusals, sizeof(refusals) / sizeof(refusals[0]));
    if (nuncio_differs(nuncio_string(res, nuncio_at(res, "/conversation/publicId")), call->conversation))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("it is of another conversation"));
    for (; nuncio_present(item); item = nuncio_next_item(res, item))
        if (!nuncio_equal(nuncio_string(res, nuncio_below(res, item, "/role")), "user"))
            message = item;
    if (!nuncio_string(res, nuncio_below(res, message, "/content")).data)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("no `message` with `content`"));
    nuncio_set_conversation(out, nuncio_string(res, nuncio_at(res, "/conversationId")));
    nuncio_set_conversation(out, nuncio_string(res, nuncio_at(res, "/conversation/publicId")));
    item = nuncio_below(res, message, "/publicId");
    if (nuncio_string(res, item).data)
        nuncio_set_cursor(out, nuncio_string(res, item));
    return replied(res, message, out);
}

/* ---- HISTORY: GET /conversations by user, then GET /conversations/{id}/messages ----------------------- */
/* ---- CHECK: GET /health, which names the workspace of the key ----------------------------------------- */

static int32_t get_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                         struct nuncio_error *err)
{
    nuncio_header(req, "X-Api-Key", "{api_key}", NUNCIO_SECRET);
    if (call->step == NUNCIO_STEP_CHECK) {
        nuncio_target(req, "GET", "/health");
    } else if (nuncio_given(call->conversation)) {
        nuncio_target(req, "GET", "/conversations/{conversation}/messages");
        nuncio_query(req, "order", "desc");
        nuncio_query(req, "limit", "200");
    } else {
        nuncio_target(req, "GET", "/conversations");
        nuncio_query(req, "externalUserId", user_of(instance));
        nuncio_query(req, "agentPublicId", "{agent}");
        nuncio_query(req, "limit", "1"); /* no order is documented: we take the newest to come first */
    }
    return nuncio_built(req, err);
}

static int32_t get_read(const void *instance, const struct nuncio_call *call,
                        const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_found found = {.size = sizeof(struct nuncio_found)};
    int check = call->step == NUNCIO_STEP_CHECK;
    struct nuncio_node items = nuncio_at(res, check ? "/status" : "/items");

    (void)instance;
    if (nuncio_status(res) >= 300 ||
        nuncio_type(res, items) != (check ? NUNCIO_TYPE_STRING : NUNCIO_TYPE_ARRAY))
        return nuncio_refuse(out, res, NULL, 0); /* SEND alone has its own meaning of 429 and 502 */
    if (check)
        return NUNCIO_DONE;
    if (nuncio_differs(nuncio_string(res, nuncio_at(res, "/items/0/conversationPublicId")),
                       call->conversation))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("it is of another conversation"));
    if (!nuncio_given(call->conversation) && nuncio_present(nuncio_first(res, items))) {
        nuncio_set_conversation(out, nuncio_string(res, nuncio_at(res, "/items/0/publicId")));
        return nuncio_next(out, NUNCIO_STEP_HISTORY);
    }
    nuncio_find_reply(res, items, &messages_shape, call, &found);
    nuncio_set_cursor(out, found.last); /* kept where the verdict is final */
    if (call->purpose == NUNCIO_LEARN)
        return NUNCIO_DONE;
    if (nuncio_string(res, nuncio_below(res, found.reply, "/content")).data)
        return replied(res, found.reply, out);
    return found.seen ? nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0) : NUNCIO_UNSEEN;
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = send_read},
    {.kind = NUNCIO_STEP_HISTORY, .build = get_build, .read = get_read},
    {.kind = NUNCIO_STEP_CHECK, .build = get_build, .read = get_read},
};

static const struct nuncio_plugin plugin = {
    NUNCIO_ABI(0),
    .name = "gennia",
    .version = "1.0",
    .summary = "Gennia agents, by synchronous messages",
    .documentation_url = "https://docs.gennia.ai/api-reference/messages/send-agent-message-sync",
    .base_url = "https://api.gennia.ai/public/api/v1",
    .capabilities = NUNCIO_SYNC | NUNCIO_THREADS | NUNCIO_ATTACHMENTS | NUNCIO_HISTORY,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
    .instance_size = 256,
    .configure = configure,
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
