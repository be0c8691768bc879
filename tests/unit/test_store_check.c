/* SPDX-License-Identifier: MIT */
/* Stores as the registry finds, opens and judges them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry.h"
#include "store_check.h"
#include "mocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct fixture {
    char first[PATH_MAX], second[PATH_MAX];
    char stores[PATH_MAX]; /* of the second */
    char *plugin_path[2];
    struct config config;
    struct registry *registry;
    struct nuncio_failure failure;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.registry = NULL};
    mocks_make_directory(fixture.first);
    mocks_make_directory(fixture.second);
    snprintf(fixture.stores, sizeof(fixture.stores), "%.*s/stores", PATH_MAX - 10, fixture.second);
    assert_int_equal(mkdir(fixture.stores, 0755), 0);
    fixture.plugin_path[0] = fixture.first;
    fixture.plugin_path[1] = fixture.second;
    fixture.config.plugin_path = fixture.plugin_path;
    fixture.config.plugin_path_count = 2;
    assert_int_equal(registry_create(&fixture.config, &fixture.registry, &fixture.failure), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    registry_destroy(fixture->registry);
    mocks_remove_directory(fixture->stores);
    mocks_remove_directory(fixture->first);
    mocks_remove_directory(fixture->second);
    return 0;
}

static void install(struct fixture *fixture, const char *mock, const char *name)
{
    char file[NAME_MAX];

    snprintf(file, sizeof(file), "%s.so", name);
    mocks_copy(mock, fixture->stores, file);
}

static const struct nuncio_store *assert_opens(struct fixture *fixture, const char *name)
{
    const struct nuncio_store *store = NULL;

    if (registry_store(fixture->registry, name, &store, &fixture->failure) != 0)
        fail_msg("%s", fixture->failure.text);
    assert_string_equal(store->name, name);
    assert_int_equal(store->size, sizeof(*store));
    return store;
}

static void assert_no_store(struct fixture *fixture, const char *name, const char *word,
                            const char *other_word)
{
    const struct nuncio_store *store = (const void *)fixture;

    assert_true(registry_store(fixture->registry, name, &store, &fixture->failure) < 0);
    assert_ptr_equal(store, fixture);
    assert_int_equal(fixture->failure.error_class, NUNCIO_ERROR_INVALID);
    assert_null(strchr(fixture->failure.text, '\n'));
    if (!strstr(fixture->failure.text, word) || !strstr(fixture->failure.text, other_word))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", fixture->failure.text, word, other_word);
}

/* Installs the mock under its own name, and it is refused. */
static void assert_refused(struct fixture *fixture, const char *name, const char *word,
                           const char *other_word)
{
    install(fixture, name, name);
    assert_no_store(fixture, name, word, other_word);
    assert_no_store(fixture, name, fixture->stores, other_word);
}

static void test_opens(void **state)
{
    struct fixture *fixture = *state;
    const struct nuncio_store *store;

    install(fixture, "store_good", "store_good");
    store = assert_opens(fixture, "store_good");
    assert_ptr_equal(assert_opens(fixture, "store_good"), store);
}

static void test_longer(void **state)
{
    install(*state, "store_longer", "store_longer");
    assert_opens(*state, "store_longer");
}

static void test_refused(void **state)
{
    assert_refused(*state, "store_missing", "no function take", "set it");
    assert_refused(*state, "store_newer_minor", "needs store ABI 1.1, this nuncio has 1.0", "newer nuncio");
    assert_refused(*state, "store_short", "bytes, store ABI 1.0 has", "nuncio/store.h");
    assert_refused(*state, "store_wrong_major", "is for store ABI 2, this nuncio has 1", "ABI 1");
    assert_refused(*state, "store_wrong_name", "name is sqlite, the file's store_wrong_name", "rename");
    assert_refused(*state, "good", "no symbol nuncio_store_v1", "install one for ABI 1");
}

static void test_not_found(void **state)
{
    struct fixture *fixture = *state;
    char place[PATH_MAX + 20];

    install(fixture, "store_good", "store_good");
    assert_no_store(fixture, "store_god", fixture->stores, "did you mean store_good?");
    snprintf(place, sizeof(place), "%s/stores (not there)", fixture->first);
    assert_no_store(fixture, "nothing_like_it", "no store nothing_like_it", place);
    assert_no_store(fixture, "nothing_like_it", "plugin_path", "");
    assert_no_store(fixture, "../x", "\"../x\"", "lower-case");
}

static void test_untrusted(void **state)
{
    struct fixture *fixture = *state;

    install(fixture, "store_good", "store_good");
    assert_int_equal(chmod(mocks_path(fixture->stores, "store_good.so"), 0666), 0);
    assert_no_store(fixture, "store_good", "0666", "chmod");
    assert_int_equal(chmod(mocks_path(fixture->stores, "store_good.so"), 0644), 0);
    assert_int_equal(chmod(fixture->stores, 0777), 0);
    assert_no_store(fixture, "store_good", "0777", "chmod");
}

static void tell(void *context, const struct nuncio_plugin_info *info)
{
    unsigned *count = context;

    (void)info;
    ++*count;
}

/* A store is no provider. */
static void test_not_listed(void **state)
{
    struct fixture *fixture = *state;
    unsigned count = 0;

    install(fixture, "store_good", "store_good");
    assert_int_equal(registry_each(fixture->registry, tell, &count, &fixture->failure), 0);
    assert_int_equal(count, 0);
}

static void test_texts(void **state)
{
    struct nuncio_store store = {.size = sizeof(store), .abi_major = NUNCIO_STORE_ABI_MAJOR};
    struct nuncio_store copy;
    struct nuncio_failure failure;
    (void)state;

    assert_int_equal(store_check_descriptor(&store, "x", &copy, &failure), -1);
    assert_non_null(strstr(failure.text, "no name"));
    store.name = "x";
    assert_int_equal(store_check_descriptor(&store, "x", &copy, &failure), -1);
    assert_non_null(strstr(failure.text, "no version"));
    store.version = "1";
    assert_int_equal(store_check_descriptor(&store, "x", &copy, &failure), -1);
    assert_non_null(strstr(failure.text, "no summary"));
    store.summary = "x";
    assert_int_equal(store_check_descriptor(&store, "x", &copy, &failure), -1);
    assert_non_null(strstr(failure.text, "no function open"));
    store.size = 4;
    assert_int_equal(store_check_descriptor(&store, "x", &copy, &failure), -1);
    assert_non_null(strstr(failure.text, "has 4 bytes"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_opens),     CASE(test_longer),     CASE(test_refused), CASE(test_not_found),
        CASE(test_untrusted), CASE(test_not_listed), CASE(test_texts),
    };

    return cmocka_run_group_tests_name("store_check", tests, NULL, NULL);
}
