/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "loader.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "plugin_whole.h"
#include "text.h"
#include "trust.h"

#define STOCK  "lt_dlopen" /* libltdl's own loader: lazy, and it drops dlerror()'s text */
#define OURS   "nuncio_dlopen"
#define SUFFIX ".so"

struct loader {
    size_t open; /* plugins that loader_close() was not called for */
};

struct loaded {
    lt_dlhandle handle;
};

/* libltdl's list of loaders belongs to the process, and so does what takes the stock loader's place. */
static size_t loader_count;
static lt_module_open *stock_open;
static char open_problem[600];  /* why our last dlopen() failed; "" where it did not */
static bool open_lacked_memory; /* that is why, whatever the text says */

static lt_module open_now(lt_user_data data, const char *path, lt_dladvise advise)
{
    void *module;
    const char *problem;

    /* We give no advice: this is a module of the program that we are linked into. */
    if (advise)
        return stock_open(data, path, advise);
    errno = 0;
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!module) {
        int error = errno;
        problem = dlerror();
        /* Cleaning up may set another errno, and the text may itself have found no memory. */
        open_lacked_memory = error == ENOMEM || !problem || strstr(problem, "out of memory") ||
                             strstr(problem, strerror(ENOMEM));
        snprintf(open_problem, sizeof(open_problem), "%s", problem ? problem : "no reason given");
    }
    return module;
}

static int replace_stock(struct nuncio_failure *failure)
{
    const lt_dlvtable *stock = lt_dlloader_find(STOCK);
    lt_dlvtable *ours;

    if (!stock)
        return failure_set(failure, NUNCIO_ERROR_INTERNAL,
                           "libltdl has no loader " STOCK "; install a libltdl that was built with dlopen");
    ours = malloc(sizeof(*ours)); /* lt_dlexit() frees it */
    if (!ours)
        return failure_memory(failure);
    *ours = *stock;
    ours->name = OURS;
    ours->module_open = open_now;
    ours->priority = LT_DLLOADER_PREPEND;
    if (lt_dlloader_add(ours) != 0) {
        free(ours);
        return failure_memory(failure);
    }
    stock_open = stock->module_open;
    /* libltdl tries every loader in turn, so the stock one would open lazily what ours refused. It stays
       where the program has modules of its own open with it; loader_open() notices what comes from there. */
    free(lt_dlloader_remove(STOCK));
    return 0;
}

/* The program may use libltdl longer than us, and we may be unloaded: leave it no pointer to our code. */
static void restore_stock(void)
{
    lt_dlvtable *ours = lt_dlloader_remove(OURS);

    if (!ours)
        return;
    ours->name = STOCK;
    ours->module_open = stock_open;
    if (lt_dlloader_find(STOCK) || lt_dlloader_add(ours) != 0)
        free(ours);
}

int loader_create(struct loader **ret_loader, struct nuncio_failure *failure)
{
    struct loader *loader = calloc(1, sizeof(*loader));
    int result = 0;

    if (!loader)
        return failure_memory(failure);
    if (lt_dlinit() != 0)
        result = failure_set(failure, NUNCIO_ERROR_INTERNAL,
                             "libltdl does not start; is there memory left, and is libltdl complete?");
    else if (!lt_dlloader_find(OURS))
        result = replace_stock(failure);
    if (result < 0) {
        lt_dlexit();
        free(loader);
        return result;
    }
    loader_count++;
    *ret_loader = loader;
    return 0;
}

void loader_destroy(struct loader *loader)
{
    if (!loader)
        return;
    assert(loader->open == 0);
    if (--loader_count == 0)
        restore_stock();
    lt_dlexit();
    free(loader);
}

/* libltdl searches the environment's directories for a path without '/' and takes a ".la" for a libtool
   archive that names yet another file; dlopen() replaces "$ORIGIN" and the like, so that the file opened is
   not the one judged. */
static int check_path(const char *path, struct nuncio_failure *failure)
{
    size_t size = strlen(path);
    size_t suffix = strlen(SUFFIX);

    if (path[0] != '/')
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s: the path is not absolute; name the file from / on", path);
    if (size <= suffix || strcmp(path + size - suffix, SUFFIX) != 0)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "plugin %s: the file's name does not end in " SUFFIX "; name the shared object itself", path);
    if (strchr(path, '$'))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s: the path has a '$', which the dynamic linker would replace; rename it",
                           path);
    return 0;
}

static int check_directory(const char *path, const char *file, struct nuncio_failure *failure)
{
    const char *slash = strrchr(file, '/');
    char *directory = strndup(file, slash == file ? 1 : (size_t)(slash - file));
    struct stat info;
    int result;

    if (!directory)
        return failure_memory(failure);
    if (stat(directory, &info) < 0)
        result =
            failure_set(failure, NUNCIO_ERROR_INVALID, "%s cannot be looked at: %s; check its path and mode",
                        directory, strerror(errno));
    else
        result = trust_plugin(directory, &info, failure);
    free(directory);
    return result < 0 ? failure_prefix(failure, "plugin %s", path) : 0;
}

static int check_target(const char *path, const char *target, struct nuncio_failure *failure)
{
    struct stat info;

    if (stat(target, &info) < 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s cannot be looked at: %s; check that the file is there", path,
                           strerror(errno));
    if (!S_ISREG(info.st_mode))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s is not a regular file; put the shared object there", path);
    if (trust_plugin(target, &info, failure) < 0)
        return strcmp(target, path) != 0 ? failure_prefix(failure, "plugin %s", path) : -1;
    return 0;
}

/* A symbolic link is as good as the file that it leads to, as long as nobody else can turn either. */
static int check_file(const char *path, struct nuncio_failure *failure)
{
    char *target = realpath(path, NULL);
    int result;

    if (!target && errno == ENOMEM)
        return failure_memory(failure);
    if (!target)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s cannot be looked at: %s; check that the file is there", path,
                           strerror(errno));
    result = check_target(path, target, failure);
    if (result == 0)
        result = check_directory(path, path, failure);
    if (result == 0 && strcmp(target, path) != 0)
        result = check_directory(path, target, failure);
    free(target);
    return result;
}

/* dlerror()'s text mostly begins with the path, which our message names already. */
static const char *without_path(const char *text, const char *path)
{
    size_t size = strlen(path);

    if (strncmp(text, path, size) == 0 && strncmp(text + size, ": ", 2) == 0)
        return text + size + 2;
    return text;
}

static int open_handle(const char *path, lt_dlhandle *ret_handle, struct nuncio_failure *failure)
{
    lt_dlhandle handle;
    const char *problem;

    open_problem[0] = '\0';
    open_lacked_memory = false;
    errno = 0;
    handle = lt_dlopen(path);
    if (handle && open_problem[0] == '\0') {
        *ret_handle = handle;
        return 0;
    }
    /* The file may well be good. */
    if (!handle && (open_lacked_memory || errno == ENOMEM))
        return failure_memory(failure);
    problem = open_problem[0] != '\0' ? open_problem : lt_dlerror();
    failure_set(failure, NUNCIO_ERROR_INVALID,
                "plugin %s cannot be loaded: %s; build it for this system, or install what it needs", path,
                problem ? without_path(problem, path) : "no reason given");
    if (handle)
        lt_dlclose(handle);
    return -1;
}

/* "1" of "nuncio_plugin_v1". */
static const char *symbol_version(const char *symbol)
{
    return symbol + strcspn(symbol, "0123456789");
}

static int call_symbol(const char *path, lt_dlhandle handle, const char *symbol, const void **ret_descriptor,
                       struct nuncio_failure *failure)
{
    void *address = lt_dlsym(handle, symbol);
    const void *(*function)(void);
    const void *descriptor;

    if (!address)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s has no symbol %s: it is no nuncio plugin, or for another ABI than %s; "
                           "install one for ABI %s",
                           path, symbol, symbol_version(symbol), symbol_version(symbol));
    /* ISO C has no conversion from an object pointer to a function pointer. All the functions have one shape: they
       return a pointer to a constant struct. */
    memcpy(&function, &address, sizeof(function));
    descriptor = function();
    if (!descriptor)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "plugin %s: %s() returned NULL; tell its author, it must return the descriptor",
                           path, symbol);
    *ret_descriptor = descriptor;
    return 0;
}

int loader_open(struct loader *loader, const char *path, const char *symbol, struct loaded **ret_loaded,
                const void **ret_descriptor, struct nuncio_failure *failure)
{
    struct loaded *loaded;

    if (check_path(path, failure) < 0 || check_file(path, failure) < 0 ||
        plugin_whole_check(path, failure) < 0)
        return -1;
    loaded = malloc(sizeof(*loaded));
    if (!loaded)
        return failure_memory(failure);
    if (open_handle(path, &loaded->handle, failure) < 0) {
        free(loaded);
        return -1;
    }
    if (call_symbol(path, loaded->handle, symbol, ret_descriptor, failure) < 0) {
        lt_dlclose(loaded->handle);
        free(loaded);
        return -1;
    }
    loader->open++;
    *ret_loaded = loaded;
    return 0;
}

void loader_close(struct loader *loader, struct loaded *loaded)
{
    if (!loaded)
        return;
    lt_dlclose(loaded->handle);
    loader->open--;
    free(loaded);
}
