/* SPDX-License-Identifier: MIT */
/*
 * A third party's plugin, built by installcheck.sh from the installed headers and nuncio-plugin.pc alone. The
 * vendor it speaks to does not exist: POST /v1/echo {"agent","text"} answers {"text"}.
 */
#include <nuncio/plugin.h>

static int32_t send_build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                          struct nuncio_error *err)
{
    (void)instance;
    nuncio_target(req, "POST", "/v1/echo");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_put_string(req, "/agent", call->agent);
    nuncio_put_string(req, "/text", call->text);
    return nuncio_built(req, err);
}

static int32_t send_read(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    struct nuncio_slice text = nuncio_string(res, nuncio_at(res, "/text"));
    (void)instance;
    (void)call;
    if (nuncio_status(res) != 200 || !text.data)
        return nuncio_refuse(out, res, NULL, 0);
    nuncio_reply_text(out, text);
    return NUNCIO_DONE;
}

static const struct nuncio_option options[] = {
    {"api_key", NULL, "the vendor's key", NUNCIO_STRING, NUNCIO_REQUIRED | NUNCIO_SECRET, 0, 0, 0, 0},
};

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, send_build, send_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "acme",
    .version = "1",
    .summary = "An echo that does not exist",
    .documentation_url = "https://acme.example/docs",
    .base_url = "https://api.acme.example",
    .capabilities = NUNCIO_SYNC,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(options[0]),
    .steps = steps,
    .step_count = sizeof(steps) / sizeof(steps[0]),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
