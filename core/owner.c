/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "text.h"

#define FILE_NAME "owners.lock"
#define TRIES     16 /* for a byte that nobody has; one is nearly always enough */

void owner_init(struct owner *owner)
{
    *owner = (struct owner){.descriptor = -1};
}

/* Locks of the open file, not of the process: two runtimes in one process are two owners, and closing another
   descriptor of the file does not drop them. */
static struct flock lock_of(int64_t byte)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

static int draw(int64_t *ret_byte)
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -1;
    *ret_byte = (int64_t)(random >> 2);
    return 0;
}

static int take_byte(struct owner *owner)
{
    int64_t byte;
    for (int i = 0; i < TRIES; i++) {
        if (draw(&byte) < 0)
            return -1;
        struct flock lock = lock_of(byte);
        if (fcntl(owner->descriptor, F_OFD_SETLK, &lock) == 0) {
            snprintf(owner->id, sizeof(owner->id), "%" PRId64, byte);
            return 0;
        }
        if (errno != EAGAIN && errno != EACCES)
            return -1;
    }
    return -1;
}

int owner_create(const char *directory, struct owner *ret_owner, struct nuncio_failure *failure)
{
    struct owner owner;
    char *path;
    if (asprintf(&path, "%s/" FILE_NAME, directory) < 0)
        return failure_memory(failure);
    owner_init(&owner);
    owner.descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (owner.descriptor < 0 || take_byte(&owner) < 0) {
        failure_set(
            failure, NUNCIO_ERROR_INTERNAL,
            "%s cannot be locked: %s; state_dir must be a directory of a local disk that you may write", path,
            strerror(errno));
        owner_finish(&owner);
        free(path);
        return -1;
    }
    free(path);
    *ret_owner = owner;
    return 0;
}

void owner_finish(struct owner *owner)
{
    if (owner->descriptor >= 0)
        close(owner->descriptor);
    owner_init(owner);
}

bool owner_is(const struct owner *owner, struct nuncio_slice id)
{
    return owner->id[0] != '\0' && nuncio_equal(id, owner->id);
}

bool owner_lives(const struct owner *owner, struct nuncio_slice id)
{
    char digits[OWNER_ID_SIZE];
    int64_t byte;
    if (owner_is(owner, id))
        return true;
    if (id.size >= sizeof(digits))
        return true;
    memcpy(digits, id.data, (size_t)id.size);
    digits[id.size] = '\0';
    if (!text_integer(digits, &byte) || byte < 0)
        return true;
    struct flock lock = lock_of(byte);
    return fcntl(owner->descriptor, F_OFD_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}
