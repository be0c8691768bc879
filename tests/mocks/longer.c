/* SPDX-License-Identifier: MIT */
/* From a later minor version, whose structs have grown and which has another step and capability; it needs
 * none of it. */
#include "mock.h"

struct later_step {
    struct nuncio_step step;
    uint64_t added;
};

struct later_option {
    struct nuncio_option option;
    uint64_t added[3];
};

struct later_plugin {
    struct nuncio_plugin plugin;
    uint64_t added;
};

static const struct later_step steps[] = {
    {{99, 0, NULL, NULL}, 1},
    {{NUNCIO_STEP_SEND, 0, mock_build, mock_read}, 2},
};

static const struct later_option options[] = {
    {{"first", NULL, "one", NUNCIO_STRING, 0, 0, 0, 0, 0}, {1, 1, 1}},
    {{"second", "7", "two", NUNCIO_INTEGER, 0, 0, 0, 0, 0}, {2, 2, 2}},
};

static const struct later_plugin plugin = {
    {
        .size = sizeof(struct later_plugin),
        .abi_major = NUNCIO_ABI_MAJOR,
        .abi_minor = NUNCIO_ABI_MINOR,
        .name = "longer",
        .version = "2",
        .summary = "A mock from the future",
        .base_url = "http://127.0.0.1",
        .capabilities = NUNCIO_SYNC | UINT64_C(1) << 63,
        .options = (const struct nuncio_option *)(const void *)options,
        .option_count = COUNT(options),
        .option_size = sizeof(options[0]),
        .steps = (const struct nuncio_step *)(const void *)steps,
        .step_count = COUNT(steps),
        .step_size = sizeof(steps[0]),
    },
    3,
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin.plugin;
}
