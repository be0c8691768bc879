/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "configuration_reader.h"
#include "text.h"

char *config_format(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    return size < 0 ? NULL : text;
}

/* The value of an environment variable, NULL where unset or empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The home directory; NULL where there is none, or without memory (failed). */
static char *home_directory(bool *ret_failed)
{
    const char *home = environment("HOME");
    struct passwd entry;
    struct passwd *found = NULL;
    char room[4096];
    if (!home && getpwuid_r(geteuid(), &entry, room, sizeof room, &found) == 0 && found)
        home = found->pw_dir;
    if (!home || home[0] != '/')
        return NULL;
    char *copy = text_copy(nuncio_slice(home));
    *ret_failed = !copy;
    return copy;
}

/* ${VARIABLE:-~/FALLBACK}/nuncio; NULL where there is neither. The XDG specification has relative paths
 * ignored. */
static char *user_directory(const char *variable, const char *fallback, bool *ret_failed)
{
    const char *base = environment(variable);
    char *path;
    if (base && base[0] == '/') {
        path = config_format("%s/nuncio", base);
    } else {
        char *home = home_directory(ret_failed);
        if (!home)
            return NULL;
        path = config_format("%s/%s/nuncio", home, fallback);
        free(home);
    }
    *ret_failed = !path;
    return path;
}

/* Takes over the path. False without memory. */
static bool add_file(struct config_file_list *list, char *path, bool optional)
{
    struct config_file *items = path ? config_grow(list->items, list->count, sizeof *items) : NULL;
    if (!items) {
        free(path);
        return false;
    }
    list->items = items;
    items[list->count++] = (struct config_file){.path = path, .optional = optional};
    return true;
}

static int is_configuration(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 4 && strcmp(entry->d_name + size - 4, ".ini") == 0;
}

/* By bytes: the order must not depend on the locale. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_directory(struct config_file_list *list, const char *path, struct nuncio_failure *failure)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_configuration, by_name);
    if (count < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (count < 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && add_file(list, config_format("%s/%s", path, entries[i]->d_name), false);
        free(entries[i]);
    }
    free(entries);
    return good ? 0 : failure_memory(failure);
}

static int find_usual_files(const char *sysconf_dir, struct config_file_list *list,
                            struct nuncio_failure *failure)
{
    bool failed = false;
    char *user = user_directory("XDG_CONFIG_HOME", ".config", &failed);
    char *directory = config_format("%s/nuncio/conf.d", sysconf_dir);
    int result = -1;
    if (failed || !directory || !add_file(list, config_format("%s/nuncio/nuncio.ini", sysconf_dir), true)) {
        failure_memory(failure);
        goto out;
    }
    if (add_directory(list, directory, failure) < 0)
        goto out;
    list->looked_for =
        user ? config_format("%s, %s/*.ini and %s/nuncio.ini", list->items[0].path, directory, user)
             : config_format("%s and %s/*.ini", list->items[0].path, directory);
    if (!list->looked_for || (user && !add_file(list, config_format("%s/nuncio.ini", user), true)))
        failure_memory(failure);
    else
        result = 0;
out:
    free(user);
    free(directory);
    return result;
}

int config_files_find(const char *sysconf_dir, const char *file, struct config_file_list *ret_list,
                      struct nuncio_failure *failure)
{
    struct config_file_list list = {0};
    int result = 0;
    if (!file)
        file = environment("NUNCIO_CONFIG");
    if (!file)
        result = find_usual_files(sysconf_dir, &list, failure);
    else if (!add_file(&list, text_copy(nuncio_slice(file)), false))
        result = failure_memory(failure);
    if (result < 0)
        config_files_finish(&list);
    else
        *ret_list = list;
    return result;
}

void config_files_finish(struct config_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].path);
    free(list->items);
    free(list->looked_for);
    *list = (struct config_file_list){0};
}

/* Reads what is there, at most `room` bytes. Returns 0, or -1 with errno. */
static int read_all(int fd, char *ret_text, size_t room, size_t *ret_size)
{
    size_t size = 0;
    ssize_t got = 1;
    while (got != 0 && size < room) {
        got = read(fd, ret_text + size, room - size);
        if (got < 0 && errno != EINTR)
            return -1;
        size += got > 0 ? (size_t)got : 0;
    }
    *ret_size = size;
    return 0;
}

int config_file_read(const char *path, char **ret_text, size_t *ret_size, struct stat *ret_info,
                     struct nuncio_failure *failure)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        int error = errno;
        failure_set(failure, NUNCIO_ERROR_INVALID, "%s: cannot be read: %s", path, strerror(error));
        return error == ENOENT || error == ENOTDIR ? 1 : -1;
    }
    /* At once as large as it may get, so that no copy of a secret is left behind by growing. */
    char *text = malloc(CONFIG_FILE_LIMIT + 1);
    size_t size = 0;
    bool failed = text && (fstat(fd, &info) < 0 || read_all(fd, text, CONFIG_FILE_LIMIT + 1, &size) < 0);
    int error = errno;
    (void)close(fd);
    if (!text)
        return failure_memory(failure);
    if (!failed && size <= CONFIG_FILE_LIMIT) {
        *ret_text = text;
        *ret_size = size;
        *ret_info = info;
        return 0;
    }
    if (failed)
        failure_set(failure, NUNCIO_ERROR_INVALID, "%s: cannot be read: %s", path, strerror(error));
    else
        failure_set(failure, NUNCIO_ERROR_INVALID, "%s: the file has more than %d bytes", path,
                    CONFIG_FILE_LIMIT);
    explicit_bzero(text, CONFIG_FILE_LIMIT + 1);
    free(text);
    return -1;
}

char *config_directory(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    struct nuncio_slice part = {path, slash ? (uint64_t)(slash - path) : 0};
    if (slash == path && slash)
        part.size = 1;
    if (slash && path[0] == '/')
        return text_copy(part);
    char *current = getcwd(NULL, 0);
    if (!current || !slash)
        return current;
    char *joined = config_format("%s/%.*s", current, (int)part.size, path);
    free(current);
    return joined;
}

int config_default_state_dir(char **ret_path, struct nuncio_failure *failure)
{
    const char *systemd = environment("STATE_DIRECTORY");
    bool failed = false;
    char *path;
    if (systemd && systemd[0] == '/') {
        path = text_copy((struct nuncio_slice){systemd, strcspn(systemd, ":")});
        failed = !path;
    } else {
        path = user_directory("XDG_STATE_HOME", ".local/state", &failed);
    }
    if (failed)
        return failure_memory(failure);
    if (!path)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "there is no home directory for the state; set state_dir in [nuncio]");
    *ret_path = path;
    return 0;
}

int config_resolve_path(const struct config_place *place, const char *key, const char *value, char **ret_path,
                        struct nuncio_failure *failure)
{
    bool failed = false;
    char *path;
    if (value[0] == '/') {
        path = text_copy(nuncio_slice(value));
    } else if (value[0] == '~') {
        if (value[1] && value[1] != '/')
            return config_error(failure, place, "%s = %.200s names another user's home; write the whole path",
                                key, value);
        char *home = home_directory(&failed);
        if (!home && !failed)
            return config_error(failure, place,
                                "%s = %.200s: there is no home directory; write the whole path", key, value);
        path = home ? config_format("%s%s", home, value + 1) : NULL;
        free(home);
    } else {
        const char *directory = place->source ? place->source->directory : NULL;
        if (!directory)
            return config_error(
                failure, place,
                "%s = %.200s is relative, and there is no current directory; write the whole path", key,
                value);
        path = config_format("%s/%s", directory, value);
    }
    if (!path)
        return failure_memory(failure);
    *ret_path = path;
    return 0;
}
