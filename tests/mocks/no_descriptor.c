/* SPDX-License-Identifier: MIT */
/* Has nothing to say. */
#include <nuncio/plugin.h>

const struct nuncio_plugin *nuncio_plugin_v1(void)
{
    return NULL;
}
