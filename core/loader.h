/* SPDX-License-Identifier: MIT */
/* The only user of libltdl: opens a plugin file and hands out its descriptor. */
#ifndef NUNCIO_CORE_LOADER_H
#define NUNCIO_CORE_LOADER_H

#include <nuncio/nuncio.h>

struct loader;
struct loaded; /* an open plugin file */

/* One per runtime; counts references to libltdl. */
int loader_create(struct loader **ret_loader, struct nuncio_failure *failure);
/* Closes libltdl; NULL is allowed. Loaded plugins must be closed before. */
void loader_destroy(struct loader *loader);

#define LOADER_PROVIDER "nuncio_plugin_v1"
#define LOADER_STORE    "nuncio_store_v1"

/* Opens the file by absolute path (RTLD_NOW | RTLD_LOCAL) after checking file and directory (trust.h), and calls the
   function of that name. *ret_descriptor is what it returned, the plugin's own and not yet judged. Failure INVALID or
   INTERNAL, with the file's name and the real reason. */
int loader_open(struct loader *loader, const char *path, const char *symbol, struct loaded **ret_loaded,
                const void **ret_descriptor, struct nuncio_failure *failure);
void loader_close(struct loader *loader, struct loaded *loaded);

#endif
