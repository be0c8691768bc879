/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "buffer.h"
#include "text.h"

#define SUFFIX ".so"

void plugin_files_init(struct plugin_files *files)
{
    *files = (struct plugin_files){NULL, 0, 0};
}

void plugin_files_finish(struct plugin_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->names[i]);
    free(files->names);
    plugin_files_init(files);
}

static int add(struct plugin_files *files, const char *name, size_t size)
{
    char *copy;

    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? 2 * files->capacity : 16;
        char **names = reallocarray(files->names, capacity, sizeof(*names));
        if (!names)
            return -1;
        files->names = names;
        files->capacity = capacity;
    }
    copy = strndup(name, size);
    if (!copy)
        return -1;
    files->names[files->count++] = copy;
    return 0;
}

/* By byte, so that the order does not depend on the locale. */
static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static int add_entries(struct plugin_files *files, DIR *stream, const char *directory,
                       struct nuncio_failure *failure)
{
    const size_t suffix = strlen(SUFFIX);
    struct dirent *entry;

    while (errno = 0, (entry = readdir(stream)) != NULL) {
        size_t size = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || size <= suffix || strcmp(entry->d_name + size - suffix, SUFFIX) != 0)
            continue;
        if (add(files, entry->d_name, size - suffix) < 0)
            return failure_memory(failure);
    }
    if (errno != 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin directory %s cannot be read: %s; check the disk", directory,
                           strerror(errno));
    if (files->count > 0)
        qsort(files->names, files->count, sizeof(*files->names), compare);
    return 0;
}

int plugin_files_read(struct plugin_files *files, const char *directory, struct nuncio_failure *failure)
{
    DIR *stream = opendir(directory);
    int result;

    if (!stream)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin directory %s cannot be read: %s; check its path and mode", directory,
                           strerror(errno));
    result = add_entries(files, stream, directory, failure);
    closedir(stream);
    return result;
}

char *plugin_files_path(const char *directory, const char *name)
{
    size_t size = strlen(directory);
    struct buffer buffer;
    char *path;

    buffer_init(&buffer, SIZE_MAX / 2);
    buffer_append_text(&buffer, directory);
    if (size == 0 || directory[size - 1] != '/')
        buffer_append_char(&buffer, '/');
    buffer_append_text(&buffer, name);
    buffer_append_text(&buffer, SUFFIX);
    path = buffer_take(&buffer);
    buffer_finish(&buffer);
    return path;
}
