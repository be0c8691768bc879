/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buffer.h"
#include "plugin_files.h"
#include "text.h"

static int add(struct plugin_path *path, size_t index, struct nuncio_failure *failure)
{
    const struct config *config = path->config;
    const char *directory = config->plugin_path[index];
    struct stat info;

    if (directory[0] != '/')
        return config_error(failure, &config->plugin_path_place,
                            "plugin directory %s is not an absolute path; write it from / on", directory);
    if (stat(directory, &info) < 0) {
        /* One configuration may serve many machines; a plugin that is missed for that says where it was sought. */
        if (errno == ENOENT)
            return 0;
        return config_error(failure, &config->plugin_path_place, "plugin directory %s: %s; check its mode",
                            directory, strerror(errno));
    }
    if (!S_ISDIR(info.st_mode))
        return config_error(failure, &config->plugin_path_place,
                            "plugin directory %s is no directory; name the directory that holds the plugins",
                            directory);
    for (size_t i = 0; i < path->count; i++)
        if (path->directories[i].device == info.st_dev && path->directories[i].inode == info.st_ino)
            return 0;
    path->directories[path->count++] = (struct plugin_directory){directory, info.st_dev, info.st_ino};
    return 0;
}

int plugin_path_init(struct plugin_path *path, const struct config *config, struct nuncio_failure *failure)
{
    int result = 0;

    *path = (struct plugin_path){.config = config};
    path->directories = calloc(config->plugin_path_count + 1, sizeof(*path->directories));
    if (!path->directories)
        return failure_memory(failure);
    for (size_t i = 0; result == 0 && i < config->plugin_path_count; i++)
        result = add(path, i, failure);
    if (result < 0)
        plugin_path_finish(path);
    return result;
}

void plugin_path_finish(struct plugin_path *path)
{
    free(path->directories);
    *path = (struct plugin_path){NULL, NULL, 0};
}

/* "DIRECTORY/stores"; free(). NULL without memory. */
static char *add_folder(const char *directory, const char *folder)
{
    struct buffer buffer;
    char *path;

    buffer_init(&buffer, SIZE_MAX / 2);
    buffer_append_text(&buffer, directory);
    buffer_append_text(&buffer, folder);
    path = buffer_take(&buffer);
    buffer_finish(&buffer);
    return path;
}

static int fail_not_found(const struct plugin_path *path, const char *folder, const char *name,
                          struct nuncio_failure *failure)
{
    const struct config *config = path->config;
    const bool providers = *folder == '\0';
    struct plugin_files files;
    struct buffer places;
    const char *nearest;

    plugin_files_init(&files);
    buffer_init(&places, 600);
    for (size_t i = 0; i < config->plugin_path_count; i++) {
        char *place = add_folder(config->plugin_path[i], folder);
        /* A directory that cannot be read has no suggestion to make. */
        if (place)
            plugin_files_read(&files, place, NULL);
        buffer_append_format(&places, "%s%s%s", i > 0 ? ", " : "", place ? place : "?",
                             place && access(place, F_OK) < 0 ? " (not there)" : "");
        free(place);
    }
    nearest = text_nearest(name, (const char *const *)files.names, files.count);
    failure_set(failure, NUNCIO_ERROR_INVALID, "there is no %s %s in %s; %s%s%s",
                providers ? "plugin" : "store", name,
                buffer_failed(&places) ? "the plugin directories" : buffer_text(&places),
                nearest     ? "did you mean "
                : providers ? "'nuncio plugins' lists what is installed"
                            : "install it there, or set plugin_path",
                nearest ? nearest : "", nearest ? "?" : "");
    buffer_finish(&places);
    plugin_files_finish(&files);
    return -1;
}

/* 1: it is there, 0: not, -1. */
static int look(const char *directory, const char *name, char **ret_file, struct nuncio_failure *failure)
{
    char *file = plugin_files_path(directory, name);
    struct stat info;
    int result = 0;

    if (!file)
        return failure_memory(failure);
    /* The first one decides also where it turns out to be refused: another taken silently would surprise. */
    if (lstat(file, &info) == 0) {
        *ret_file = file;
        return 1;
    }
    if (errno != ENOENT)
        result = failure_set(failure, NUNCIO_ERROR_INVALID,
                             "plugin %s cannot be looked at: %s; check its mode", file, strerror(errno));
    free(file);
    return result;
}

int plugin_path_find(const struct plugin_path *path, const char *folder, const char *name, char **ret_file,
                     struct nuncio_failure *failure)
{
    for (size_t i = 0; i < path->count; i++) {
        char *directory = add_folder(path->directories[i].path, folder);
        int result = directory ? look(directory, name, ret_file, failure) : failure_memory(failure);

        free(directory);
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    return fail_not_found(path, folder, name, failure);
}
