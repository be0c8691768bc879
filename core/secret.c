/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "text.h"
#include "trust.h"

const char *secret_suffix(enum secret_form form)
{
    switch (form) {
    case SECRET_ENV:
        return "_env";
    case SECRET_FILE:
        return "_file";
    case SECRET_COMMAND:
        return "_command";
    case SECRET_CREDENTIAL:
        return "_credential";
    case SECRET_NONE:
    case SECRET_LITERAL:
        break;
    }
    return "";
}

static int read_environment(const char *name, char *ret_text, size_t capacity, struct nuncio_failure *failure)
{
    const char *value = getenv(name);
    if (!value || !*value)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the environment variable %s is %s; set it to the secret", name,
                           value ? "empty" : "not set");
    size_t size = strlen(value);
    if (size >= capacity)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the environment variable %s has more than %d bytes", name, SECRET_SIZE_LIMIT);
    memcpy(ret_text, value, size + 1);
    return 0;
}

/* Reads from an open file, at most capacity - 1 bytes; -1 with errno, EFBIG where there is more. */
static int read_all(int fd, char *ret_text, size_t capacity)
{
    size_t size = 0;
    for (;;) {
        ssize_t got = read(fd, ret_text + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        size += (size_t)got;
        if (got == 0)
            break;
        if (size == capacity) {
            errno = EFBIG;
            return -1;
        }
    }
    if (memchr(ret_text, '\0', size)) {
        /* Control characters are refused later; this one would hide what follows. */
        ret_text[0] = '\x01';
        size = 1;
    }
    ret_text[size] = '\0';
    return 0;
}

/* systemd keeps others from its credentials, and their mode is no sign of it: an ACL shows as the group's
 * bits. */
static int read_file(const char *path, bool is_credential, char *ret_text, size_t capacity,
                     struct nuncio_failure *failure)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) < 0) {
        failure_set(failure, NUNCIO_ERROR_INVALID, "the file %s cannot be read: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    int result = -1;
    if (!S_ISREG(info.st_mode)) {
        failure_set(failure, NUNCIO_ERROR_INVALID, "%s is no regular file; write the secret into a file",
                    path);
    } else if (is_credential || trust_secret(path, &info, failure) == 0) {
        result = read_all(fd, ret_text, capacity);
        if (result < 0)
            failure_set(failure, NUNCIO_ERROR_INVALID, "the file %s cannot be read: %s", path,
                        strerror(errno));
    }
    (void)close(fd);
    return result;
}

static int read_credential(const char *name, char *ret_text, size_t capacity, struct nuncio_failure *failure)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    if (!directory || !*directory)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "there is no systemd credential %s, since $CREDENTIALS_DIRECTORY is not set; run nuncio as "
            "a service with LoadCredential=%s",
            name, name);
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "%s is no credential's name; it may not hold '/'",
                           name);
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "$CREDENTIALS_DIRECTORY is too long");
    return read_file(path, true, ret_text, capacity, failure);
}

static int fetch(enum secret_form form, const char *source, char *ret_text, size_t capacity,
                 struct nuncio_failure *failure)
{
    switch (form) {
    case SECRET_ENV:
        return read_environment(source, ret_text, capacity, failure);
    case SECRET_FILE:
        return read_file(source, false, ret_text, capacity, failure);
    case SECRET_COMMAND:
        return secret_run(source, SECRET_COMMAND_TIMEOUT, ret_text, capacity, failure);
    case SECRET_CREDENTIAL:
        return read_credential(source, ret_text, capacity, failure);
    case SECRET_LITERAL:
        if (strlen(source) >= capacity)
            return failure_set(failure, NUNCIO_ERROR_INVALID, "the value has more than %d bytes",
                               SECRET_SIZE_LIMIT);
        memcpy(ret_text, source, strlen(source) + 1);
        return 0;
    case SECRET_NONE:
        break;
    }
    return failure_set(failure, NUNCIO_ERROR_INTERNAL, "a secret without a source");
}

/* What to call the source; a literal is not to be shown. */
static void source_name(enum secret_form form, const char *source, char *ret_text, size_t capacity)
{
    static const char *const kinds[] = {[SECRET_ENV] = "the environment variable ",
                                        [SECRET_FILE] = "the file ",
                                        [SECRET_COMMAND] = "the output of ",
                                        [SECRET_CREDENTIAL] = "the systemd credential "};
    if (form == SECRET_LITERAL || form == SECRET_NONE)
        (void)snprintf(ret_text, capacity, "the value");
    else
        (void)snprintf(ret_text, capacity, "%s%s", kinds[form], source);
}

int secret_read(enum secret_form form, const char *source, char **ret_secret, struct nuncio_failure *failure)
{
    char text[SECRET_SIZE_LIMIT + sizeof "\r\n"];
    char name[512];
    char *copy = NULL;
    int result = fetch(form, source, text, sizeof text, failure);
    if (result < 0)
        goto out;
    size_t size = strlen(text);
    if (size > 0 && text[size - 1] == '\n')
        text[--size] = '\0';
    if (size > 0 && text[size - 1] == '\r')
        text[--size] = '\0';
    source_name(form, source, name, sizeof name);
    if (size == 0) {
        result = failure_set(failure, NUNCIO_ERROR_INVALID, "%s is empty; put the secret there", name);
    } else if (size > SECRET_SIZE_LIMIT) {
        result =
            failure_set(failure, NUNCIO_ERROR_INVALID, "%s has more than %d bytes", name, SECRET_SIZE_LIMIT);
    } else if (text_has_control(text, size)) {
        result = failure_set(failure, NUNCIO_ERROR_INVALID,
                             "%s has control characters; a secret is one line of text", name);
    } else {
        copy = text_copy(nuncio_slice(text));
        if (!copy)
            result = failure_memory(failure);
        else
            *ret_secret = copy;
    }
out:
    explicit_bzero(text, sizeof text);
    return result;
}
