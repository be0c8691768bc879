/* SPDX-License-Identifier: MIT */
/* Plugin directories for tests: copies of the mock plugins of tests/mocks in a directory that a test may
 * spoil. */
#ifndef NUNCIO_TESTS_MOCKS_H
#define NUNCIO_TESTS_MOCKS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void mocks_give_up(const char *what)
{
    fprintf(stderr, "mocks: %s: %s\n", what, strerror(errno));
    abort();
}

/* A new directory, mode 0700, where files can be executed: below the current one. */
static inline void mocks_make_directory(char ret_path[PATH_MAX])
{
    char name[] = "mocks-XXXXXX";

    if (!mkdtemp(name) || !realpath(name, ret_path))
        mocks_give_up(name);
}

/* "DIRECTORY/NAME" in static memory, good until the next call but one. */
static inline const char *mocks_path(const char *directory, const char *name)
{
    static char paths[2][2 * PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

static inline void mocks_write(const char *path, const void *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

    if (file < 0 || fchmod(file, 0644) < 0 || write(file, data, size) != (ssize_t)size)
        mocks_give_up(path);
    close(file);
}

/* Copies the mock MOCK.so to DIRECTORY/NAME. */
static inline void mocks_copy(const char *mock, const char *directory, const char *name)
{
    static char data[1024 * 1024];
    const char *mock_directory = getenv("MOCK_DIR");
    char source[PATH_MAX];
    int file;
    ssize_t size;

    snprintf(source, sizeof(source), "%s/%s.so", mock_directory ? mock_directory : "tests/mocks/.libs", mock);
    file = open(source, O_RDONLY);
    size = file < 0 ? -1 : read(file, data, sizeof(data));
    if (size < 0)
        mocks_give_up(source);
    close(file);
    mocks_write(mocks_path(directory, name), data, (size_t)size);
}

static inline void mocks_remove_directory(const char *directory)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;

    while (stream && (entry = readdir(stream)) != NULL) {
        const char *path = mocks_path(directory, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(path) < 0)
            rmdir(path);
    }
    if (stream)
        closedir(stream);
    rmdir(directory);
}

#endif
