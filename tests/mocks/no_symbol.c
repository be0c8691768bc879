/* SPDX-License-Identifier: MIT */
/* A shared object that is for another ABI, or no plugin at all. */
#include <nuncio/plugin.h>

NUNCIO_EXPORT const void *nuncio_plugin_v2(void);

const void *nuncio_plugin_v2(void)
{
    return NULL;
}
