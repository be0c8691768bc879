/* SPDX-License-Identifier: MIT */
/* A plugin file with a fault is the trouble of its provider alone; a mistake in the configuration stops all.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "provider.h"
#include "fixture.h"
#include "mocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct world {
    char plugins[PATH_MAX];
    struct config config;
    struct registry *registry;
    struct directory directory;
    struct nuncio_failure failure;
};

static int setup(void **state)
{
    static struct world world;

    world = (struct world){.failure = {.text = ""}};
    fixture_mkdir("plugins");
    if (!realpath("plugins", world.plugins))
        return -1;
    mocks_copy("good", world.plugins, "good.so");
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    directory_finish(&world->directory);
    registry_destroy(world->registry);
    config_finish(&world->config);
    mocks_remove_directory(world->plugins);
    return 0;
}

/* Providers "well" and "odd", whose plugin is named in line 6 (NULL: nowhere), an agent for each. */
static int create(struct world *world, const char *plugin, const char *lines)
{
    const struct config_request request = {.file = "nuncio.ini"};
    char text[2 * PATH_MAX];

    snprintf(text, sizeof(text),
             "[nuncio]\nplugin_path = %s\n[provider well]\nplugin = good\n[provider odd]\n%s%s\n%s\n"
             "[agent fine]\nprovider = well\nid = 1\n[agent lost]\nprovider = odd\nid = 2\n[provider well]\n"
             "api_key = k\n",
             world->plugins, plugin ? "plugin = " : "verbose = yes", plugin ? plugin : "", lines);
    fixture_write("nuncio.ini", text);
    if (chmod("nuncio.ini", 0600) < 0 || config_read(&request, &world->config, &world->failure) < 0 ||
        registry_create(&world->config, &world->registry, &world->failure) < 0)
        fail_msg("%s", world->failure.text);
    return directory_create(&world->config, world->registry, &world->directory, &world->failure);
}

static void assert_refused(struct world *world, const char *name, const char *text)
{
    struct destination destination = {.agent_id = "untouched"};
    struct nuncio_failure failure;

    assert_int_equal(directory_find(&world->directory, name, &destination, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_string_equal(failure.text, text);
    assert_string_equal(destination.agent_id, "untouched");
}

static void test_refused(void **state)
{
    struct world *world = *state;
    struct destination destination;
    const struct provider *odd;
    char text[2 * PATH_MAX];

    mocks_copy("wrong_major", world->plugins, "wrong_major.so");
    assert_int_equal(create(world, "wrong_major", "not_known = 1"), 0);
    assert_int_equal(world->directory.provider_count, 2);
    assert_int_equal(world->directory.agent_count, 2);
    assert_null(world->directory.providers[0].refused);
    odd = &world->directory.providers[1];
    assert_null(odd->plugin);
    snprintf(text, sizeof(text),
             "nuncio.ini:6: plugin %s/wrong_major.so: is for ABI 2, this nuncio has 1; "
             "build or install it for ABI 1",
             world->plugins);
    assert_string_equal(odd->refused, text);
    assert_refused(world, "lost", text);
    assert_refused(world, "odd/7", text);
    assert_refused(world, "odd/", text);
    assert_int_equal(directory_find(&world->directory, "fine", &destination, NULL), 0);
    assert_string_equal(destination.agent_id, "1");
    assert_int_equal(directory_find(&world->directory, "well/3", &destination, NULL), 0);
    assert_ptr_equal(destination.provider, &world->directory.providers[0]);
}

/* Found out when the provider is configured, the plugin being sound by itself. */
static void test_refused_traits(void **state)
{
    struct world *world = *state;
    struct destination destination;

    mocks_copy("wrong_traits", world->plugins, "wrong_traits.so");
    assert_int_equal(create(world, "wrong_traits", ""), 0);
    assert_non_null(strstr(world->directory.providers[1].refused,
                           "wrong_traits.so, after configure() for [provider odd]"));
    assert_non_null(strstr(world->directory.providers[1].refused, "nuncio.ini:6: "));
    assert_refused(world, "lost", world->directory.providers[1].refused);
    assert_int_equal(directory_find(&world->directory, "fine", &destination, NULL), 0);
}

/* The place is the section's header where the plugin is not named. */
static void test_place(void **state)
{
    struct world *world = *state;

    mocks_copy("good", world->plugins, "odd.so");
    assert_int_equal(create(world, NULL, ""), 0);
    assert_non_null(strstr(world->directory.providers[1].refused, "nuncio.ini:5: plugin "));
    assert_non_null(
        strstr(world->directory.providers[1].refused, "the descriptor's name is good, the file's odd"));
}

static void assert_stops(struct world *world, const char *plugin, const char *lines, const char *text)
{
    assert_int_equal(create(world, plugin, lines), -1);
    assert_int_equal(world->failure.error_class, NUNCIO_ERROR_INVALID);
    if (strncmp(world->failure.text, text, strlen(text)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", world->failure.text, text);
    assert_null(world->directory.providers);
}

static void test_no_such_plugin(void **state)
{
    assert_stops(*state, "nothing", "", "nuncio.ini:6: there is no plugin nothing in ");
}

static void test_unknown_key(void **state)
{
    assert_stops(*state, "good", "api_key = k\nnot_known = 1", "nuncio.ini:8: unknown key not_known");
}

static void test_missing_key(void **state)
{
    assert_stops(*state, "good", "", "nuncio.ini:5: [provider odd] has no api_key");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_refused),        CASE(test_refused_traits), CASE(test_place),
        CASE(test_no_such_plugin), CASE(test_unknown_key),    CASE(test_missing_key),
    };

    return cmocka_run_group_tests_name("provider_refused", tests, fixture_enter, fixture_leave);
}
