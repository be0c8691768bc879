/* SPDX-License-Identifier: MIT */
/* Has the symbol of ABI 1, but says that it is for ABI 2. */
#include "mock.h"

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = 2,
    .abi_minor = 0,
    .name = "wrong_major",
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
