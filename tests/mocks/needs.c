/* SPDX-License-Identifier: MIT */
/* Has an option that is required and no secret, so that each agent may set it. */
#include "mock.h"

static const struct nuncio_option options[] = {
    {"room", NULL, "where it is said", NUNCIO_STRING, NUNCIO_REQUIRED, 0, 0, 0, 0},
};

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .flags = NUNCIO_AGENT_OPTIONAL,
    .name = "needs",
    .version = "1",
    .summary = "A mock that needs an option",
    .base_url = "https://needs.example",
    .capabilities = NUNCIO_SYNC,
    NUNCIO_OPTIONS(options),
    NUNCIO_STEPS(steps),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
