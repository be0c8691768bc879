/* SPDX-License-Identifier: MIT */
/* The only user of libltdl: opens a plugin file and hands out its descriptor. */
#ifndef NUNCIO_CORE_LOADER_H
#define NUNCIO_CORE_LOADER_H

#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

struct loader;
struct loaded; /* an open plugin file */

/* One per runtime; counts references to libltdl. */
int loader_create(struct loader **ret_loader, struct nuncio_failure *failure);
/* Closes libltdl; NULL is allowed. Loaded plugins must be closed before. */
void loader_destroy(struct loader *loader);

/* Opens the file by absolute path (RTLD_NOW | RTLD_LOCAL) after checking file and directory (trust.h), and
   calls nuncio_plugin_v1(). *ret_plugin is the plugin's own descriptor, not yet judged. Failure INVALID or
   INTERNAL, with the file's name and the real reason. */
int loader_open(struct loader *loader, const char *path, struct loaded **ret_loaded,
                const struct nuncio_plugin **ret_plugin, struct nuncio_failure *failure);
void loader_close(struct loader *loader, struct loaded *loaded);

#endif
