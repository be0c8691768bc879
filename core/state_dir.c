/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "state_dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "text.h"

static int failed(const char *path, const char *what, struct nuncio_failure *failure)
{
    return failure_set(failure, NUNCIO_ERROR_INTERNAL, "state_dir %s %s: %s; choose another, or mend it",
                       path, what, strerror(errno));
}

/* All that is missing above it; changes the path and puts it back. */
static int make_parents(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        int made = mkdir(path, 0700);
        *slash = '/';
        if (made < 0 && errno != EEXIST && errno != EISDIR)
            return -1;
    }
    return 0;
}

static int make(const char *path, struct nuncio_failure *failure)
{
    char *copy = strdup(path);
    if (!copy)
        return failure_memory(failure);
    /* A parent that is there but may not be written is no trouble as long as the last one can be made. */
    (void)make_parents(copy);
    free(copy);
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return failed(path, "cannot be made", failure);
    return 0;
}

int state_dir_make(const char *path, struct nuncio_failure *failure)
{
    struct stat info;
    if (stat(path, &info) < 0) {
        if (errno != ENOENT)
            return failed(path, "cannot be looked at", failure);
        if (make(path, failure) < 0)
            return -1;
        if (stat(path, &info) < 0)
            return failed(path, "cannot be looked at", failure);
    }
    if (!S_ISDIR(info.st_mode))
        return failure_set(failure, NUNCIO_ERROR_INTERNAL, "state_dir %s is no directory; choose another",
                           path);
    if ((info.st_uid != geteuid() && info.st_uid != 0) || (info.st_mode & 0022))
        return failure_set(failure, NUNCIO_ERROR_INTERNAL,
                           "state_dir %s can be written by others (owner %u, mode %04o): run chown and "
                           "'chmod 700', or choose another",
                           path, (unsigned)info.st_uid, (unsigned)info.st_mode & 07777u);
    return 0;
}
