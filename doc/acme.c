/* SPDX-License-Identifier: MIT */
/*
 * Acme, whose API takes a message and is asked for the reply:
 *   POST /v1/agents/ID/runs {"input","model"}  answers 201 {"id"}
 *   GET  /v1/runs/ID                           answers {"status","output"}: running, done or failed
 * Errors are {"code","message"}.
 */
#include <nuncio/plugin.h>

static const struct nuncio_option options[] = {
    {.name = "api_key", .help = "API key", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "model", .help = "language model of the run", .type = NUNCIO_STRING, .maximum = 64},
};

/* What the vendor's codes mean, where the HTTP status alone does not tell it. */
static const struct nuncio_rule refusals[] = {
    {.status = 403, .code = "no_credits", .class_ = NUNCIO_CLASS_CREDITS},
    {.status = 409, .code = "agent_busy", .class_ = NUNCIO_CLASS_BUSY},
};

static int32_t refused(const struct nuncio_response *res, struct nuncio_outcome *out)
{
    return nuncio_refuse(out, res, refusals, sizeof(refusals) / sizeof(refusals[0]));
}

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    if (nuncio_characters(call->text) > 10000)
        return nuncio_invalid(err, "Acme takes at most 10,000 characters in a message");
    nuncio_target(req, "POST", "/v1/agents/{agent}/runs");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_put_string(req, "/input", call->text);
    nuncio_put_option(req, "/model", "model");
    return nuncio_built(req, err);
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice id = nuncio_id(res, nuncio_at(res, "/id"));

    (void)instance, (void)call;
    if (nuncio_status(res) >= 300)
        return refused(res, out);
    if (!nuncio_given(id))
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the answer has no `id`"));
    nuncio_set_ticket(out, id); /* from now on the message counts as accepted */
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

static int32_t poll_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance, (void)call;
    nuncio_target(req, "GET", "/v1/runs/{ticket}");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    return nuncio_built(req, err);
}

static int32_t poll_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice status = nuncio_string(res, nuncio_at(res, "/status"));
    struct nuncio_slice output = nuncio_string(res, nuncio_at(res, "/output"));

    (void)instance, (void)call;
    if (nuncio_status(res) >= 300)
        return refused(res, out);
    if (nuncio_equal(status, "running"))
        return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
    if (nuncio_equal(status, "failed"))
        return nuncio_fail(out, NUNCIO_CLASS_AGENT, output);
    if (!nuncio_equal(status, "done") || !output.data)
        return nuncio_fail(out, NUNCIO_CLASS_PROTOCOL, nuncio_slice("the run has no known `status`"));
    nuncio_reply_text(out, output);
    return NUNCIO_DONE;
}

static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_SEND, .build = send_build, .read = send_read},
    {.kind = NUNCIO_STEP_POLL, .build = poll_build, .read = poll_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "acme",
    .version = "1.0",
    .summary = "Acme agents, by runs",
    .documentation_url = "https://acme.example/docs/runs",
    .base_url = "https://api.acme.example",
    .capabilities = NUNCIO_ASYNC_POLL,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
