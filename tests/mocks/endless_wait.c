/* SPDX-License-Identifier: MIT */
/* Its run never ends: every POLL says that it goes on. */
#include "mock.h"

static int32_t read_wait(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    nuncio_set_ticket(out, nuncio_slice("for-ever"));
    return nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -1, 0);
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, read_wait},
    {NUNCIO_STEP_POLL, 0, mock_build, read_wait},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "endless_wait",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_ASYNC_POLL,
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
