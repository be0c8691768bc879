/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry.h"
#include "mocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Two plugin directories as configured, and one as built in. */
struct fixture {
    char first[PATH_MAX], second[PATH_MAX], built_in[PATH_MAX];
    char *plugin_path[3];
    struct config config;
    struct registry *registry;
    struct nuncio_failure failure;
    char told[4096]; /* what tell() heard, a line a plugin */
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.told = ""};
    mocks_make_directory(fixture.first);
    mocks_make_directory(fixture.second);
    mocks_make_directory(fixture.built_in);
    fixture.plugin_path[0] = fixture.first;
    fixture.plugin_path[1] = fixture.second;
    fixture.plugin_path[2] = fixture.built_in;
    fixture.config.plugin_path = fixture.plugin_path;
    fixture.config.plugin_path_count = 3;
    fixture.config.plugin_path_place.file = "nuncio.ini";
    fixture.config.plugin_path_place.line = 7;
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    registry_destroy(fixture->registry);
    mocks_remove_directory(fixture->first);
    mocks_remove_directory(fixture->second);
    mocks_remove_directory(fixture->built_in);
    return 0;
}

static void create(struct fixture *fixture)
{
    if (registry_create(&fixture->config, &fixture->registry, &fixture->failure) != 0)
        fail_msg("%s", fixture->failure.text);
}

static const struct nuncio_plugin *open_plugin(struct fixture *fixture, const char *name,
                                               const char *directory)
{
    const struct registry_plugin *plugin = NULL;
    char file[NAME_MAX];

    if (registry_plugin(fixture->registry, name, &plugin, &fixture->failure) != 0)
        fail_msg("%s", fixture->failure.text);
    snprintf(file, sizeof(file), "%s.so", name);
    assert_string_equal(plugin->path, mocks_path(directory, file));
    assert_string_equal(plugin->plugin.name, name);
    return &plugin->plugin;
}

static void assert_failure(const struct fixture *fixture, const char *word, const char *other_word)
{
    assert_int_equal(fixture->failure.error_class, NUNCIO_ERROR_INVALID);
    assert_null(strchr(fixture->failure.text, '\n'));
    if (!strstr(fixture->failure.text, word) || !strstr(fixture->failure.text, other_word))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", fixture->failure.text, word, other_word);
}

static void assert_no_plugin(struct fixture *fixture, const char *name, const char *word,
                             const char *other_word)
{
    const struct registry_plugin *plugin = (const void *)fixture;

    assert_true(registry_plugin(fixture->registry, name, &plugin, &fixture->failure) < 0);
    assert_ptr_equal(plugin, fixture);
    assert_failure(fixture, word, other_word);
}

static void tell(void *context, const struct nuncio_plugin_info *info)
{
    struct fixture *fixture = context;
    size_t size = strlen(fixture->told);

    if (info->error) {
        assert_null(info->version);
        assert_null(info->capabilities);
        assert_int_equal(info->option_count, 0);
    }
    snprintf(fixture->told + size, sizeof(fixture->told) - size, "%s %s %s\n", info->name,
             strncmp(info->path, fixture->first, strlen(fixture->first)) == 0     ? "first"
             : strncmp(info->path, fixture->second, strlen(fixture->second)) == 0 ? "second"
                                                                                  : "built-in",
             info->error ? "refused" : info->capabilities);
}

static void test_opens(void **state)
{
    struct fixture *fixture = *state;
    const struct nuncio_plugin *plugin;

    mocks_copy("good", fixture->second, "good.so");
    create(fixture);
    plugin = open_plugin(fixture, "good", fixture->second);
    assert_string_equal(plugin->version, "1.2");
    assert_int_equal(plugin->step_count, 2);
    assert_int_equal(plugin->option_count, 3);
    assert_ptr_equal(open_plugin(fixture, "good", fixture->second), plugin);
}

static void test_built_in(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->built_in, "good.so");
    create(fixture);
    open_plugin(fixture, "good", fixture->built_in);
}

static void test_longer(void **state)
{
    struct fixture *fixture = *state;
    const struct nuncio_plugin *plugin;

    mocks_copy("longer", fixture->first, "longer.so");
    create(fixture);
    plugin = open_plugin(fixture, "longer", fixture->first);
    assert_int_equal(plugin->size, sizeof(*plugin));
    assert_int_equal(plugin->step_count, 1);
    assert_int_equal(plugin->steps[0].kind, NUNCIO_STEP_SEND);
    assert_int_equal(plugin->capabilities, NUNCIO_SYNC);
    assert_int_equal(plugin->option_count, 2);
    assert_string_equal(plugin->options[1].name, "second");
    assert_string_equal(plugin->options[1].default_value, "7");
}

static void test_two_runtimes(void **state)
{
    struct fixture *fixture = *state;
    struct registry *other;
    const struct registry_plugin *plugin;

    mocks_copy("good", fixture->first, "good.so");
    create(fixture);
    assert_int_equal(registry_create(&fixture->config, &other, &fixture->failure), 0);
    assert_int_equal(registry_plugin(other, "good", &plugin, &fixture->failure), 0);
    open_plugin(fixture, "good", fixture->first);
    registry_destroy(fixture->registry);
    fixture->registry = NULL;
    assert_string_equal(plugin->plugin.summary, "A mock without a fault");
    registry_destroy(other);
}

static void test_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *mock, *word, *other_word;
    } cases[] = {
        {"wrong_major", "is for ABI 2", "this nuncio has 1"},
        {"newer_minor", "needs ABI 1.1", "this nuncio has 1.0"},
        {"short", "bytes", "ABI 1.0 has"},
        {"missing_step", "async-poll", "POLL"},
        {"wrong_name", "name is other_name", "the file's wrong_name"},
        {"no_symbol", "no symbol", "nuncio_plugin_v1"},
        {"undefined_symbol", "nuncio_mock_undefined", "cannot be loaded"},
        {"no_descriptor", "NULL", "descriptor"},
    };

    create(fixture);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char file[NAME_MAX];
        snprintf(file, sizeof(file), "%s.so", cases[i].mock);
        mocks_copy(cases[i].mock, fixture->first, file);
        assert_no_plugin(fixture, cases[i].mock, cases[i].word, cases[i].other_word);
        assert_failure(fixture, mocks_path(fixture->first, file), "; ");
    }
}

static void test_untrusted(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->first, "good.so");
    mocks_copy("good", fixture->second, "good.so");
    create(fixture);
    assert_int_equal(chmod(mocks_path(fixture->first, "good.so"), 0666), 0);
    /* The second one is fine, and is not taken silently in its place. */
    assert_no_plugin(fixture, "good", mocks_path(fixture->first, "good.so"), "0666");
    assert_int_equal(chmod(mocks_path(fixture->first, "good.so"), 0644), 0);
    open_plugin(fixture, "good", fixture->first);
}

static void test_not_found(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->second, "gumloop_sessions.so");
    create(fixture);
    assert_no_plugin(fixture, "gumloop_session", fixture->first, "did you mean gumloop_sessions?");
    assert_failure(fixture, fixture->second, fixture->built_in);
    assert_no_plugin(fixture, "another", "no plugin another", "nuncio plugins");
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;
    const char *const bad[] = {"", "../good", "/tmp/good", "Good", "good.so", "9good"};

    mocks_copy("good", fixture->first, "good.so");
    create(fixture);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_no_plugin(fixture, bad[i], "is no plugin name", "lower-case");
}

static void assert_not_created(struct fixture *fixture, const char *word, const char *other_word)
{
    assert_true(registry_create(&fixture->config, &fixture->registry, &fixture->failure) < 0);
    assert_null(fixture->registry);
    assert_failure(fixture, word, other_word);
    assert_failure(fixture, "nuncio.ini:7: ", "");
}

static void test_directories(void **state)
{
    struct fixture *fixture = *state;
    char missing[] = "/nowhere/nuncio";
    char relative[] = "plugins";
    char file[] = "/dev/null";

    fixture->plugin_path[1] = relative;
    assert_not_created(fixture, "plugins", "absolute");
    fixture->plugin_path[1] = file;
    assert_not_created(fixture, "/dev/null", "is no directory");
    fixture->plugin_path[1] = fixture->second;
    /* One that is missing is told where a plugin is missed. */
    fixture->plugin_path[1] = missing;
    create(fixture);
    assert_no_plugin(fixture, "good", "/nowhere/nuncio (not there)", fixture->first);
}

static void test_no_directory(void **state)
{
    struct fixture *fixture = *state;
    char missing[] = "/nowhere/nuncio";

    fixture->plugin_path[0] = missing;
    fixture->config.plugin_path_count = 1;
    create(fixture);
    assert_no_plugin(fixture, "good", "/nowhere/nuncio", "good");
    assert_int_equal(registry_each(fixture->registry, tell, fixture, &fixture->failure), 0);
    assert_string_equal(fixture->told, "");
}

static void test_each(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("longer", fixture->first, "longer.so");
    mocks_copy("good", fixture->first, "good.so");
    mocks_copy("wrong_major", fixture->first, "wrong_major.so");
    mocks_copy("good", fixture->second, "good.so");
    mocks_copy("longer", fixture->second, "wrong_major.so");
    mocks_copy("good", fixture->built_in, "No-Name.so");
    mocks_copy("good", fixture->built_in, ".good.so");
    mocks_copy("good", fixture->built_in, "good.so.1");
    mocks_write(mocks_path(fixture->built_in, "README"), "", 0);
    mocks_write(mocks_path(fixture->built_in, ".so"), "", 0);
    create(fixture);
    assert_int_equal(registry_each(fixture->registry, tell, fixture, &fixture->failure), 0);
    assert_string_equal(fixture->told, "good first async-poll,sync,threads\n"
                                       "longer first sync\n"
                                       "wrong_major first refused\n"
                                       "good second refused\n"
                                       "wrong_major second refused\n"
                                       "No-Name built-in refused\n");
}

static void keep_info(void *context, const struct nuncio_plugin_info *info)
{
    struct fixture *fixture = context;

    if (info->error) {
        snprintf(fixture->told, sizeof(fixture->told), "%s", info->error);
        return;
    }
    assert_string_equal(info->name, "good");
    assert_string_equal(info->path, mocks_path(fixture->first, "good.so"));
    assert_string_equal(info->version, "1.2");
    assert_string_equal(info->summary, "A mock without a fault");
    assert_string_equal(info->documentation_url, "https://good.example/docs");
    assert_string_equal(info->base_url, "https://good.example/api");
    assert_int_equal(info->abi_major, 1);
    assert_int_equal(info->abi_minor, 0);
    assert_int_equal(info->option_count, 3);
    assert_string_equal(info->options[0].name, "api_key");
    assert_string_equal(info->options[0].type, "string");
    assert_null(info->options[0].default_value);
    assert_int_equal(info->options[0].required, 1);
    assert_int_equal(info->options[0].secret, 1);
    assert_string_equal(info->options[1].type, "integer");
    assert_string_equal(info->options[1].default_value, "3");
    assert_int_equal(info->options[1].required, 0);
    assert_int_equal(info->options[1].secret, 0);
    assert_string_equal(info->options[2].type, "boolean");
    assert_string_equal(info->options[2].help, "");
}

static void test_each_tells_all(void **state)
{
    struct fixture *fixture = *state;

    mocks_copy("good", fixture->first, "good.so");
    mocks_copy("good", fixture->second, "good.so");
    create(fixture);
    assert_int_equal(registry_each(fixture->registry, keep_info, fixture, &fixture->failure), 0);
    /* What an earlier directory has already, with the file that is used instead. */
    assert_non_null(strstr(fixture->told, mocks_path(fixture->first, "good.so")));
    assert_non_null(strstr(fixture->told, mocks_path(fixture->second, "good.so")));
    assert_non_null(strstr(fixture->told, "comes first"));
}

static void test_directory_twice(void **state)
{
    struct fixture *fixture = *state;

    fixture->plugin_path[1] = fixture->first;
    mocks_copy("good", fixture->first, "good.so");
    create(fixture);
    assert_int_equal(registry_each(fixture->registry, tell, fixture, &fixture->failure), 0);
    assert_string_equal(fixture->told, "good first async-poll,sync,threads\n");
}

static void test_directory_goes_away(void **state)
{
    struct fixture *fixture = *state;

    create(fixture);
    mocks_remove_directory(fixture->second);
    assert_true(registry_each(fixture->registry, tell, fixture, &fixture->failure) < 0);
    assert_failure(fixture, fixture->second, "cannot be read");
}

static void test_null_is_allowed(void **state)
{
    (void)state;
    registry_destroy(NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_opens),
        CASE(test_built_in),
        CASE(test_longer),
        CASE(test_two_runtimes),
        CASE(test_refused),
        CASE(test_untrusted),
        CASE(test_not_found),
        CASE(test_names),
        CASE(test_directories),
        CASE(test_no_directory),
        CASE(test_each),
        CASE(test_each_tells_all),
        CASE(test_directory_twice),
        CASE(test_directory_goes_away),
        CASE(test_null_is_allowed),
    };

    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
