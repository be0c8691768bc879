/* SPDX-License-Identifier: MIT */
/* configure() gives it a capability whose step it does not have. */
#include "mock.h"

static int32_t configure(void *instance, const struct nuncio_options *options, struct nuncio_traits *traits,
                         struct nuncio_error *err)
{
    (void)instance;
    (void)options;
    (void)err;
    traits->capabilities |= NUNCIO_CANCEL;
    return NUNCIO_OK;
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "wrong_traits",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_SYNC,
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
    .configure = configure,
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
