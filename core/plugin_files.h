/* SPDX-License-Identifier: MIT */
/* What lies in a plugin directory. */
#ifndef NUNCIO_CORE_PLUGIN_FILES_H
#define NUNCIO_CORE_PLUGIN_FILES_H

#include <stddef.h>
#include <nuncio/nuncio.h>

struct plugin_files {
    char **names; /* without ".so", sorted by byte */
    size_t count;
    size_t capacity;
};

void plugin_files_init(struct plugin_files *files);
void plugin_files_finish(struct plugin_files *files);
/* Adds each NAME.so of the directory (no hidden files) and sorts all. Failure INVALID: it cannot be read. */
int plugin_files_read(struct plugin_files *files, const char *directory, struct nuncio_failure *failure);

/* "DIRECTORY/NAME.so"; free(). NULL without memory. */
char *plugin_files_path(const char *directory, const char *name);

#endif
