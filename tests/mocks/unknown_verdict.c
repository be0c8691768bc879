/* SPDX-License-Identifier: MIT */
/* Answers with a verdict that no ABI defines. */
#include "mock.h"

static int32_t read_send(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    nuncio_reply_text(out, nuncio_slice("nobody may see this"));
    return 77;
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, read_send},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "unknown_verdict",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_SYNC,
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
