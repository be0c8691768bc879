/* SPDX-License-Identifier: MIT */
/* Which files a configuration is read from, and what paths in it mean. */
#ifndef NUNCIO_CORE_CONFIGURATION_FILES_H
#define NUNCIO_CORE_CONFIGURATION_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <nuncio/nuncio.h>
#include "configuration.h"

#define CONFIG_FILE_LIMIT (1024 * 1024) /* bytes of a file */

/* A file to read, in order. */
struct config_file {
    char *path;
    bool optional; /* it may be absent: then it is one of those to name where nothing is configured */
};

struct config_file_list {
    struct config_file *items;
    size_t count;
    char *looked_for; /* for the message: "/etc/nuncio/nuncio.ini, /etc/nuncio/conf.d/ and …" */
};

/* `file`, else $NUNCIO_CONFIG, else SYSCONF_DIR/nuncio/nuncio.ini, SYSCONF_DIR/nuncio/conf.d/ *.ini (sorted),
   and the user's own file. */
int config_files_find(const char *sysconf_dir, const char *file, struct config_file_list *ret_list,
                      struct nuncio_failure *failure);
void config_files_finish(struct config_file_list *list);

/* Reads a whole file. Returns 0, 1 where there is no such file (*failure says so), or -1. The text is not
   terminated: explicit_bzero(), free(). */
int config_file_read(const char *path, char **ret_text, size_t *ret_size, struct stat *ret_info,
                     struct nuncio_failure *failure);

/* The absolute directory that relative paths in the file mean; path NULL: the current one. NULL where that is
   gone or without memory. */
char *config_directory(const char *path);

/* $STATE_DIRECTORY (the first one), else ${XDG_STATE_HOME:-~/.local/state}/nuncio. */
int config_default_state_dir(char **ret_path, struct nuncio_failure *failure);

/* printf into new memory, NULL without. */
char *config_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
