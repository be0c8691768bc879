/* SPDX-License-Identifier: MIT */
/* Its steps and options have members of a later minor version; it needs none of them. Whoever takes them for
   as large as its own reads rubbish from the second on. */
#include "mock.h"

struct later_step {
    struct nuncio_step step;
    uint64_t added;
};

struct later_option {
    struct nuncio_option option;
    uint64_t added[2];
};

static const struct later_step steps[] = {
    {{NUNCIO_STEP_POLL, 0, mock_build, mock_read}, ~UINT64_C(0)},
    {{NUNCIO_STEP_SEND, 0, mock_build, mock_read}, ~UINT64_C(0)},
};

static const struct later_option options[] = {
    {{"first", NULL, "one", NUNCIO_STRING, 0, 0, 0, 0, 0}, {~UINT64_C(0), 1}},
    {{"second", "7", "two", NUNCIO_INTEGER, 0, 0, 0, 1, 9}, {~UINT64_C(0), 2}},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "larger_elements",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_SYNC | NUNCIO_ASYNC_POLL,
    .options = (const struct nuncio_option *)(const void *)options,
    .option_count = COUNT(options),
    .option_size = sizeof(options[0]),
    .steps = (const struct nuncio_step *)(const void *)steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
