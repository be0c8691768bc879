/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "trust.h"

#include <stdbool.h>
#include <unistd.h>
#include "text.h"

static bool is_trusted_owner(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

int trust_plugin(const char *path, const struct stat *info, struct nuncio_failure *failure)
{
    unsigned mode = info->st_mode & 07777;
    if (!is_trusted_owner(info->st_uid))
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "%s is owned by uid %u (mode %04o); plugins and their directory must be owned by root or "
            "by the user who runs them",
            path, (unsigned)info->st_uid, mode);
    if (mode & 0022)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "%s can be written by others (owner uid %u, mode %04o); run: chmod go-w %s", path,
                           (unsigned)info->st_uid, mode, path);
    return 0;
}

int trust_secret(const char *path, const struct stat *info, struct nuncio_failure *failure)
{
    unsigned mode = info->st_mode & 07777;
    /* root:GROUP 0640 is how an administrator hands a key to a service. */
    unsigned refused = info->st_uid == 0 ? 0037 : 0077;
    if (mode & refused)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "%s holds a secret and is open to others (owner uid %u, mode %04o); run: chmod %s %s", path,
            (unsigned)info->st_uid, mode, info->st_uid == 0 ? "o=,g-wx" : "go=", path);
    /* Root reads everybody's files anyway. */
    if (geteuid() != 0 && !is_trusted_owner(info->st_uid))
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "%s holds a secret and is owned by uid %u (mode %04o); it must be owned by root or by the "
            "user who runs nuncio",
            path, (unsigned)info->st_uid, mode);
    return 0;
}
