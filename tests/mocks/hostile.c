/* SPDX-License-Identifier: MIT */
/* Lies where the environment leads, under the name of an honest plugin: whoever so much as opens it is ended.
 */
#include "mock.h"

#include <unistd.h>

__attribute__((constructor)) static void strike(void)
{
    static const char text[] = "hostile code runs\n";

    _exit(write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 98 : 99);
}

static const struct nuncio_step steps[] = {
    {NUNCIO_STEP_SEND, 0, mock_build, mock_read},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof(struct nuncio_plugin),
    .abi_major = NUNCIO_ABI_MAJOR,
    .abi_minor = 0,
    .name = "good",
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
