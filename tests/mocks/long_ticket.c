/* SPDX-License-Identifier: MIT */
/* Gives a ticket that no journal would hold. */
#include "mock.h"

static int32_t read_send(const void *instance, const struct nuncio_call *call,
                         const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    (void)res;
    char ticket[5001];
    memset(ticket, 'x', sizeof(ticket) - 1);
    ticket[sizeof(ticket) - 1] = '\0';
    nuncio_set_ticket(out, nuncio_slice(ticket));
    return nuncio_ask_again(out, NUNCIO_STATE_QUEUED, 1, 0);
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, read_send},
    {NUNCIO_STEP_POLL, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "long_ticket",
    .version = "1",
    .summary = "A mock",
    .base_url = "http://127.0.0.1",
    .capabilities = NUNCIO_QUEUED,
    .steps = steps,
    .step_count = COUNT(steps),
    .step_size = sizeof(steps[0]),
};

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return &plugin;
}
