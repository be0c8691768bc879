/* SPDX-License-Identifier: MIT */
/* Built from tests/abi/1.0, the header as it was first given out: what was compiled then loads and works for
 * ever. */
#include "frozen_steps.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int32_t configure(void *instance, const struct nuncio_options *options, struct nuncio_traits *traits,
                         struct nuncio_error *err)
{
    *(int32_t *)instance = nuncio_equal(nuncio_option_value(options, "level"), "3") ? 7 : 0;
    traits->base_url = "http://127.0.0.1:9";
    return traits->capabilities & NUNCIO_QUEUED ? NUNCIO_OK : nuncio_invalid(err, "it lost a capability");
}

static const struct nuncio_option options[] = {
    {"api_key", NULL, "the key", NUNCIO_STRING, NUNCIO_REQUIRED | NUNCIO_SECRET, 0, 0, 0, 0},
    {"level", "3", "a number", NUNCIO_INTEGER, 0, 0, 0, 1, 9},
};

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_OPEN, NUNCIO_HARMLESS, frozen_build, frozen_read},
    {NUNCIO_STEP_SEND, 0, frozen_build, frozen_read},
    {NUNCIO_STEP_POLL, 0, frozen_build, frozen_read},
    {NUNCIO_STEP_FETCH, 0, frozen_build, frozen_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = NUNCIO_ABI_MINOR,
    .flags = NUNCIO_AGENT_OPTIONAL,
    .name = "frozen",
    .version = "1",
    .summary = "A plugin of the first hour",
    .capabilities = NUNCIO_QUEUED | NUNCIO_THREADS | NUNCIO_THREADS_REQUIRED,
    .options = options,
    .option_count = COUNT(options),
    .option_size = sizeof(options[0]),
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
    .instance_size = sizeof(int32_t),
    .configure = configure,
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
