/* SPDX-License-Identifier: MIT */
/*
 * Dumpling AI, "Generate agent completion": one request that is answered when the agent has finished.
 * https://docs.dumplingai.com/api-reference/endpoint/generate-agent-completion
 *
 * The vendor keeps the messages of a thread, so that only the new one is sent. It offers no way to read a
 * thread: a reply that was lost on its way stays lost.
 */
#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key",
     .help = "API key of the project that owns the agent",
     .type = NUNCIO_STRING,
     .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
};

/*
 * 401 is a bad key or an agent that the key has no access to. A failed run answers in the vendor's error
 * form, {"error":{"code","message"},"status":"error"} (API introduction) or {"error","code","message"} (as
 * the vendor's command line reads it); a 5xx without a code comes from something before the vendor.
 */
static const struct nuncio_rule refusals[] = {
    {.status = 403, .class_ = NUNCIO_CLASS_CREDITS}, /* not enough credits */
    {.status = 500, .code = "*", .class_ = NUNCIO_CLASS_AGENT},
    {.status = 502, .code = "*", .class_ = NUNCIO_CLASS_AGENT},
    {.status = 503, .code = "*", .class_ = NUNCIO_CLASS_AGENT},
    {.status = 504, .code = "*", .class_ = NUNCIO_CLASS_AGENT},
};

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    nuncio_target(req, "POST", "/agents/generate-completion");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_put_string(req, "/messages/0/role", nuncio_slice("user"));
    nuncio_put_string(req, "/messages/0/content", call->text);
    nuncio_put_string(req, "/agentId", call->agent);
    nuncio_put_boolean(req, "/parseJson", call->want_json != 0);
    nuncio_put_string(req, "/threadId", call->conversation);
    nuncio_patience(req, call->left_ms); /* the vendor names no limit of its own */
    return nuncio_built(req, err);
}

/* The text of the run; where it is empty or missing, that of its last step. */
static struct nuncio_slice reply_of(const struct nuncio_response *res)
{
    struct nuncio_node step = nuncio_at(res, "/text"), last = {NULL};
    struct nuncio_slice text = nuncio_string(res, step);

    if (nuncio_given(text) || (!text.data && nuncio_type(res, step) > NUNCIO_TYPE_NULL))
        return text;
    for (step = nuncio_first(res, nuncio_at(res, "/steps")); nuncio_present(step);
         step = nuncio_next_item(res, step))
        last = step;
    step = nuncio_below(res, last, "/text");
    return nuncio_given(nuncio_string(res, step)) ? nuncio_string(res, step) : text;
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice thread = nuncio_string(res, nuncio_at(res, "/threadId"));
    struct nuncio_slice text = reply_of(res);

    (void)instance;
    if (nuncio_status(res) >= 300)
        return nuncio_refuse(out, res, refusals, sizeof(refusals) / sizeof(refusals[0]));
    if (!text.data)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer has no `text`"));
    /* An answer to somebody else's message is none. */
    if (nuncio_differs(thread, call->conversation))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer is of another thread"));
    nuncio_reply_text(out, text);
    nuncio_reply_json(out, res, nuncio_at(res, "/parsedJson"));
    nuncio_set_conversation(out, thread);
    nuncio_usage(out, res, NUNCIO_INPUT_TOKENS, nuncio_at(res, "/tokenUsage/promptTokens"));
    nuncio_usage(out, res, NUNCIO_OUTPUT_TOKENS, nuncio_at(res, "/tokenUsage/completionTokens"));
    nuncio_usage(out, res, NUNCIO_TOTAL_TOKENS, nuncio_at(res, "/tokenUsage/totalTokens"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/creditUsage"));
    return NUNCIO_DONE;
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = send_read},
};

static const struct nuncio_plugin plugin = {
    NUNCIO_ABI(0),
    .name = "dumpling",
    .version = "1.0",
    .summary = "Dumpling AI agents, by generate-completion",
    .documentation_url = "https://docs.dumplingai.com/api-reference/endpoint/generate-agent-completion",
    .base_url = "https://app.dumplingai.com/api/v1",
    .capabilities = NUNCIO_SYNC | NUNCIO_THREADS | NUNCIO_PARSE_JSON,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
