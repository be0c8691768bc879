/* SPDX-License-Identifier: MIT */
/* The directory of what is durable. */
#ifndef NUNCIO_CORE_STATE_DIR_H
#define NUNCIO_CORE_STATE_DIR_H

#include <nuncio/nuncio.h>

/* Makes the directory and what is missing above it, each 0700, and checks that nobody else could write into it. */
int state_dir_make(const char *path, struct nuncio_failure *failure);

#endif
