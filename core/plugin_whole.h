/* SPDX-License-Identifier: MIT */
/* Whether a plugin file has all its bytes. */
#ifndef NUNCIO_CORE_PLUGIN_WHOLE_H
#define NUNCIO_CORE_PLUGIN_WHOLE_H

#include <nuncio/nuncio.h>

/* The dynamic linker maps a file that was cut off (a full disk, an aborted copy), and the process dies of
   SIGBUS when it reads what is not there. Failure INVALID: the bytes that the file has and those it needs.
   What is no shared object of this system is left to dlopen(), which says so itself. */
int plugin_whole_check(const char *path, struct nuncio_failure *failure);

#endif
