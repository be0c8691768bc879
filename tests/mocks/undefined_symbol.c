/* SPDX-License-Identifier: MIT */
/* Calls what nobody defines, but not before a message is sent: only binding at once notices it. */
#include "mock.h"

extern int32_t nuncio_mock_undefined(void);

static int32_t read_undefined(const void *instance, const struct nuncio_call *call,
                              const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    (void)out;
    return nuncio_mock_undefined();
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, read_undefined},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "undefined_symbol",
    .version = "1",
    .summary = "A mock that lacks a function",
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
