/* SPDX-License-Identifier: MIT */
/* Goes from FETCH to FETCH, and never waits. */
#include "mock.h"

static int32_t read_next(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    nuncio_set_ticket(out, nuncio_slice("for-ever"));
    return nuncio_next(out, NUNCIO_STEP_FETCH);
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, read_next},
    {NUNCIO_STEP_FETCH, 0, mock_build, read_next},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "endless_next",
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
