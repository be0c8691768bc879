/* SPDX-License-Identifier: MIT */
/* Where a plugin's build() and configure() say why they failed. */
#ifndef NUNCIO_CORE_PLUGIN_ERROR_H
#define NUNCIO_CORE_PLUGIN_ERROR_H

#include <nuncio/plugin.h>

struct plugin_error {
    struct nuncio_error abi; /* first: what the plugin gets a pointer to */
    char text[512];          /* "" where nothing was set */
};

void plugin_error_init(struct plugin_error *error);

#endif
