/* SPDX-License-Identifier: MIT */
/* Nothing is wrong with it. */
#include "mock.h"

static const struct nuncio_option options[] = {
    {"api_key", NULL, "the key", NUNCIO_STRING, NUNCIO_REQUIRED | NUNCIO_SECRET, 0, 0, 0, 0},
    {"retries", "3", "how often", NUNCIO_INTEGER, 0, 0, 0, 1, 9},
    {"verbose", "no", NULL, NUNCIO_BOOLEAN, 0, 0, 0, 0, 0},
};

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
    {NUNCIO_STEP_POLL, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "good",
    .version = "1.2",
    .summary = "A mock without a fault",
    .documentation_url = "https://good.example/docs",
    .base_url = "https://good.example/api",
    .capabilities = NUNCIO_SYNC | NUNCIO_ASYNC_POLL | NUNCIO_THREADS,
    .options = options,
    .option_count = COUNT(options),
    .option_size = sizeof(options[0]),
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
