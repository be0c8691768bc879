/* SPDX-License-Identifier: MIT */
/* Can be polled, it says, but has no POLL. */
#include "mock.h"

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "missing_step",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_SYNC | NUNCIO_ASYNC_POLL,
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
