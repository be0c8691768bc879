/* SPDX-License-Identifier: MIT */
/* Who may write a file or read it: plugins, secrets, configuration. */
#ifndef NUNCIO_CORE_TRUST_H
#define NUNCIO_CORE_TRUST_H

#include <sys/stat.h>
#include <nuncio/nuncio.h>

/* A plugin file or its directory: owned by root or the effective user, not writable by group or others. */
int trust_plugin(const char *path, const struct stat *info, struct nuncio_failure *failure);
/* A file with a literal secret, or a secret file: mode & 0077 is 0, except root-owned root:GROUP 0640. */
int trust_secret(const char *path, const struct stat *info, struct nuncio_failure *failure);

#endif
