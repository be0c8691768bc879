/* SPDX-License-Identifier: MIT */
/* A directory of its own for a test program, which is the current one; files in it; a clean environment. */
#ifndef NUNCIO_TESTS_FIXTURE_H
#define NUNCIO_TESTS_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fixture_directory[PATH_MAX];

static inline void fixture_give_up(const char *what)
{
    fprintf(stderr, "fixture: %s: %s\n", what, strerror(errno));
    abort();
}

/* For cmocka's group: makes the directory and enters it; $HOME is "home" in it. */
static inline int fixture_enter(void **state)
{
    char name[PATH_MAX];
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(name, sizeof name, "%s/nuncio-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(name) || !realpath(name, fixture_directory) || chdir(fixture_directory) < 0)
        fixture_give_up(name);
    umask(022);
    snprintf(name, sizeof name, "%.*s/home", PATH_MAX - 8, fixture_directory);
    setenv("HOME", name, 1);
    unsetenv("NUNCIO_CONFIG");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    unsetenv("STATE_DIRECTORY");
    unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

static inline int fixture_remove(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline int fixture_leave(void **state)
{
    (void)state;
    return chdir("/") < 0 ? -1 : nftw(fixture_directory, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void fixture_write_bytes(const char *path, const char *data, size_t size)
{
    /* A file that a test has made read-only is in the way of all but root. */
    if (unlink(path) < 0 && errno != ENOENT)
        fixture_give_up(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || fchmod(fd, 0600) < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
        fixture_give_up(path);
}

/* Writes a file, mode 0600. */
static inline void fixture_write(const char *path, const char *text)
{
    fixture_write_bytes(path, text, strlen(text));
}

static inline void fixture_mkdir(const char *path)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        fixture_give_up(path);
}

/* The text with the '$' of each "$/" replaced by the directory; static. */
static inline const char *fixture_text(const char *text)
{
    static char expanded[4 * PATH_MAX];
    size_t size = 0;
    for (; *text && size + PATH_MAX < sizeof expanded; text++) {
        if (text[0] == '$' && text[1] == '/')
            size += (size_t)snprintf(expanded + size, PATH_MAX, "%s", fixture_directory);
        else
            expanded[size++] = *text;
    }
    expanded[size] = '\0';
    return expanded;
}

#endif
