/* SPDX-License-Identifier: MIT */
/* The plugin directories, in the order in which they are searched. */
#ifndef NUNCIO_CORE_PLUGIN_PATH_H
#define NUNCIO_CORE_PLUGIN_PATH_H

#include <stddef.h>
#include <sys/types.h>
#include <nuncio/nuncio.h>
#include "configuration.h"

struct plugin_directory {
    const char *path; /* the configuration's */
    dev_t device;
    ino_t inode;
};

struct plugin_path {
    const struct config *config;
    struct plugin_directory *directories; /* those that exist, each once */
    size_t count;
};

/* Failure INVALID: a configured directory that is not there or is none. The built-in one, the last, may be
 * missing. */
int plugin_path_init(struct plugin_path *path, const struct config *config, struct nuncio_failure *failure);
void plugin_path_finish(struct plugin_path *path);

#define PLUGIN_PATH_PROVIDERS ""
#define PLUGIN_PATH_STORES    "/stores"

/* The file NAME.so in the first directory that has it, in that folder of it; *ret_file: free(). Failure INVALID: there
   is none; names the directories, "did you mean". */
int plugin_path_find(const struct plugin_path *path, const char *folder, const char *name, char **ret_file,
                     struct nuncio_failure *failure);

#endif
