/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "loader.h"
#include "mocks.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <nuncio/plugin.h>
#include <cmocka.h>

struct fixture {
    struct loader *loader;
    char directory[PATH_MAX];
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct nuncio_failure failure;

    mocks_make_directory(fixture.directory);
    assert_int_equal(loader_create(&fixture.loader, &failure), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    loader_destroy(fixture->loader);
    mocks_remove_directory(fixture->directory);
    return 0;
}

static int open_provider(struct loader *loader, const char *path, struct loaded **ret_loaded,
                         const struct nuncio_plugin **ret_plugin, struct nuncio_failure *failure)
{
    const void *descriptor;

    if (loader_open(loader, path, LOADER_PROVIDER, ret_loaded, &descriptor, failure) < 0)
        return -1;
    *ret_plugin = descriptor;
    return 0;
}

static void assert_opens(struct fixture *fixture, const char *path, const char *name)
{
    const struct nuncio_plugin *plugin = NULL;
    struct loaded *loaded = NULL;
    struct nuncio_failure failure = {.text = ""};

    if (open_provider(fixture->loader, path, &loaded, &plugin, &failure) != 0)
        print_error("%s\n", failure.text);
    assert_non_null(loaded);
    assert_string_equal(plugin->name, name);
    loader_close(fixture->loader, loaded);
}

/* The failure names the path and holds each of the words; outputs stay as they were. */
static void assert_refused(struct fixture *fixture, const char *path, const char *word,
                           const char *other_word)
{
    const struct nuncio_plugin *const no_plugin = (const void *)fixture;
    const struct nuncio_plugin *plugin = no_plugin;
    struct loaded *loaded = (void *)fixture;
    struct nuncio_failure failure;

    if (open_provider(fixture->loader, path, &loaded, &plugin, &failure) == 0) {
        loader_close(fixture->loader, loaded);
        fail_msg("%s was opened", path);
    }
    assert_ptr_equal(loaded, fixture);
    assert_ptr_equal(plugin, no_plugin);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    if (!strstr(failure.text, path) || !strstr(failure.text, word) || !strstr(failure.text, other_word))
        fail_msg("\"%s\" lacks \"%s\", \"%s\" or \"%s\"", failure.text, path, word, other_word);
    assert_null(strchr(failure.text, '\n'));
}

static void test_opens(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->directory, "good.so");
    assert_opens(fixture, mocks_path(fixture->directory, "good.so"), "good");
    /* And again, after it was closed. */
    assert_opens(fixture, mocks_path(fixture->directory, "good.so"), "good");
}

static void test_two_runtimes(void **state)
{
    struct fixture *fixture = *state;
    struct loader *other;
    struct loaded *first, *second;
    const struct nuncio_plugin *first_plugin, *second_plugin;
    struct nuncio_failure failure;
    const char *path;

    mocks_copy("good", fixture->directory, "good.so");
    path = mocks_path(fixture->directory, "good.so");
    assert_int_equal(loader_create(&other, &failure), 0);
    assert_int_equal(open_provider(fixture->loader, path, &first, &first_plugin, &failure), 0);
    assert_int_equal(open_provider(other, path, &second, &second_plugin, &failure), 0);
    assert_ptr_equal(first_plugin, second_plugin);
    loader_close(fixture->loader, first);
    assert_string_equal(second_plugin->name, "good");
    loader_close(other, second);
    loader_destroy(other);
    assert_opens(fixture, path, "good");
}

static void test_stock_loader_is_away(void **state)
{
    (void)state;
    assert_null(lt_dlloader_find("lt_dlopen"));
    assert_non_null(lt_dlloader_find("nuncio_dlopen"));
}

/* The program that we are linked into uses libltdl too, and longer. */
static void test_stock_loader_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_failure failure;
    lt_dlhandle handle;

    assert_int_equal(lt_dlinit(), 0);
    loader_destroy(fixture->loader);
    assert_non_null(lt_dlloader_find("lt_dlopen"));
    assert_null(lt_dlloader_find("nuncio_dlopen"));
    mocks_copy("good", fixture->directory, "good.so");
    handle = lt_dlopen(mocks_path(fixture->directory, "good.so"));
    assert_non_null(handle);
    /* Its own open module keeps the stock loader in place; a plugin must be bound at once all the same. */
    assert_int_equal(loader_create(&fixture->loader, &failure), 0);
    mocks_copy("undefined_symbol", fixture->directory, "undefined_symbol.so");
    assert_refused(fixture, mocks_path(fixture->directory, "undefined_symbol.so"), "nuncio_mock_undefined",
                   "build it");
    assert_int_equal(lt_dlclose(handle), 0);
    assert_int_equal(lt_dlexit(), 0);
}

/* A module that the program opens with advice is opened as it asks. */
static void test_advice_is_heeded(void **state)
{
    struct fixture *fixture = *state;
    lt_dladvise advice;
    lt_dlhandle handle;

    mocks_copy("undefined_symbol", fixture->directory, "lazy.so");
    assert_int_equal(lt_dladvise_init(&advice), 0);
    assert_int_equal(lt_dladvise_local(&advice), 0);
    handle = lt_dlopenadvise(mocks_path(fixture->directory, "lazy.so"), advice);
    assert_non_null(handle);
    assert_int_equal(lt_dlclose(handle), 0);
    assert_int_equal(lt_dladvise_destroy(&advice), 0);
}

static void test_binds_at_once(void **state)
{
    struct fixture *fixture = *state;
    const char *path;
    void *module;

    mocks_copy("undefined_symbol", fixture->directory, "undefined_symbol.so");
    path = mocks_path(fixture->directory, "undefined_symbol.so");
    assert_refused(fixture, path, "nuncio_mock_undefined", "build it");
    /* The mock is worth something only if a lazy dlopen() takes it. */
    module = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    assert_non_null(module);
    dlclose(module);
}

static void test_names_the_path_once(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_failure failure;
    struct loaded *loaded;
    const struct nuncio_plugin *plugin;
    const char *path;
    const char *at;

    mocks_copy("undefined_symbol", fixture->directory, "undefined_symbol.so");
    path = mocks_path(fixture->directory, "undefined_symbol.so");
    assert_true(open_provider(fixture->loader, path, &loaded, &plugin, &failure) < 0);
    at = strstr(failure.text, path);
    assert_non_null(at);
    assert_null(strstr(at + 1, path));
}

static void test_no_symbol(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("no_symbol", fixture->directory, "no_symbol.so");
    assert_refused(fixture, mocks_path(fixture->directory, "no_symbol.so"), "nuncio_plugin_v1", "ABI 1");
}

static void test_null_descriptor(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("no_descriptor", fixture->directory, "no_descriptor.so");
    assert_refused(fixture, mocks_path(fixture->directory, "no_descriptor.so"), "NULL", "descriptor");
}

/* libltdl itself would say "file not found". */
static void assert_real_reason(struct fixture *fixture, const char *path)
{
    char reason[PATH_MAX + 200];
    const char *text;

    assert_null(dlopen(path, RTLD_NOW | RTLD_LOCAL));
    text = dlerror();
    snprintf(reason, sizeof(reason), "%s",
             strncmp(text, path, strlen(path)) == 0 ? text + strlen(path) : text);
    assert_refused(fixture, path, reason, "build it");
}

static void test_no_elf(void **state)
{
    struct fixture *fixture = *state;
    char text[200];

    memset(text, 'x', sizeof(text));
    mocks_write(mocks_path(fixture->directory, "text.so"), text, sizeof(text));
    mocks_write(mocks_path(fixture->directory, "empty.so"), "", 0);
    assert_real_reason(fixture, mocks_path(fixture->directory, "text.so"));
    assert_real_reason(fixture, mocks_path(fixture->directory, "empty.so"));
}

static void test_paths(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->directory, "good.so");
    mocks_copy("good", fixture->directory, "good.la");
    mocks_copy("good", fixture->directory, "$LIB.so");
    setenv("LTDL_LIBRARY_PATH", fixture->directory, 1);
    setenv("LD_LIBRARY_PATH", fixture->directory, 1);
    assert_refused(fixture, "good.so", "not absolute", "from /");
    assert_refused(fixture, "./good.so", "not absolute", "from /");
    assert_refused(fixture, "", "not absolute", "");
    assert_refused(fixture, mocks_path(fixture->directory, "good"), "does not end in .so", "");
    assert_refused(fixture, mocks_path(fixture->directory, "good.la"), "does not end in .so", "");
    assert_refused(fixture, mocks_path(fixture->directory, "$LIB.so"), "'$'", "rename");
    assert_refused(fixture, "/nowhere/good.so", "No such file", "check");
    unsetenv("LTDL_LIBRARY_PATH");
    unsetenv("LD_LIBRARY_PATH");
}

static void test_no_regular_file(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(mkdir(mocks_path(fixture->directory, "directory.so"), 0700), 0);
    assert_int_equal(mkfifo(mocks_path(fixture->directory, "fifo.so"), 0600), 0);
    assert_int_equal(symlink("nothing", mocks_path(fixture->directory, "dangling.so")), 0);
    assert_int_equal(symlink("loop.so", mocks_path(fixture->directory, "loop.so")), 0);
    assert_refused(fixture, mocks_path(fixture->directory, "directory.so"), "not a regular file", "");
    assert_refused(fixture, mocks_path(fixture->directory, "fifo.so"), "not a regular file", "");
    assert_refused(fixture, mocks_path(fixture->directory, "dangling.so"), "No such file", "check");
    assert_refused(fixture, mocks_path(fixture->directory, "loop.so"), "levels of symbolic links", "");
}

static void test_untrusted_file(void **state)
{
    struct fixture *fixture = *state;
    const char *path;

    mocks_copy("good", fixture->directory, "good.so");
    path = mocks_path(fixture->directory, "good.so");
    assert_int_equal(chmod(path, 0664), 0);
    assert_refused(fixture, path, "0664", "");
    assert_int_equal(chmod(path, 0646), 0);
    assert_refused(fixture, path, "0646", "");
    assert_int_equal(chmod(path, 0644), 0);
    assert_opens(fixture, path, "good");
    /* Only root can give files away. */
    if (chown(path, 12345, (gid_t)-1) == 0)
        assert_refused(fixture, path, "12345", "");
}

static void test_untrusted_directory(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->directory, "good.so");
    assert_int_equal(chmod(fixture->directory, 0777), 0);
    assert_refused(fixture, mocks_path(fixture->directory, "good.so"), "0777", "");
    assert_int_equal(chmod(fixture->directory, 0755), 0);
    assert_opens(fixture, mocks_path(fixture->directory, "good.so"), "good");
}

static void test_symbolic_link(void **state)
{
    struct fixture *fixture = *state;
    char other[PATH_MAX];
    char link[2 * PATH_MAX];

    mocks_make_directory(other);
    mocks_copy("good", other, "good-1.2");
    snprintf(link, sizeof(link), "%s/good.so", fixture->directory);
    assert_int_equal(symlink(mocks_path(other, "good-1.2"), link), 0);
    assert_opens(fixture, link, "good");
    /* Who may write where the link leads to could put another file there. */
    assert_int_equal(chmod(other, 0777), 0);
    assert_refused(fixture, link, "0777", other);
    assert_int_equal(chmod(other, 0700), 0);
    assert_int_equal(chmod(mocks_path(other, "good-1.2"), 0666), 0);
    assert_refused(fixture, link, "0666", "good-1.2");
    mocks_remove_directory(other);
}

static void test_null_is_allowed(void **state)
{
    struct fixture *fixture = *state;

    loader_destroy(NULL);
    loader_close(fixture->loader, NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_opens),
        CASE(test_two_runtimes),
        CASE(test_stock_loader_is_away),
        CASE(test_stock_loader_comes_back),
        CASE(test_advice_is_heeded),
        CASE(test_binds_at_once),
        CASE(test_names_the_path_once),
        CASE(test_no_symbol),
        CASE(test_null_descriptor),
        CASE(test_no_elf),
        CASE(test_paths),
        CASE(test_no_regular_file),
        CASE(test_untrusted_file),
        CASE(test_untrusted_directory),
        CASE(test_symbolic_link),
        CASE(test_null_is_allowed),
    };

    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
