/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_files.h"
#include "configuration_fixture.h"

static void test_no_files(void **state)
{
    (void)state;
    config_finish(&config);
    setenv("HOME", fixture_text("$/nobody"), 1);
    struct config_request request = {0};
    char none[4 * PATH_MAX];
    snprintf(none, sizeof none, "%s", fixture_text("$/none"));
    assert_int_equal(config_read_in(none, &request, &config, &failure), -1);
    assert_string_equal(
        failure.text,
        fixture_text("there is no configuration; looked for $/none/nuncio/nuncio.ini, "
                     "$/none/nuncio/conf.d/*.ini and $/nobody/.config/nuncio/nuncio.ini; write one of "
                     "them, or name a file with --config"));
    /* An override is a configuration where it makes a provider. */
    static const char *const override[] = {"provider x.timeout=1s"};
    request = (struct config_request){.overrides = override, .override_count = 1};
    assert_int_equal(config_read_in(none, &request, &config, &failure), 0);
    assert_string_equal(config.providers[0].place.file, "-o");
    config_finish(&config);
    static const char *const other[] = {"nuncio.store=memory"};
    request.overrides = other;
    assert_int_equal(config_read_in(none, &request, &config, &failure), -1);
    assert_holds(failure.text, "there is no configuration; looked for ");
    setenv("HOME", fixture_text("$/home"), 1);

    expect_failure("absent.ini", NULL, 0, "absent.ini: cannot be read: No such file or directory");
    expect_failure("/", NULL, 0, "/: cannot be read: Is a directory");
    if (geteuid() != 0) {
        fixture_write("a.ini", "");
        assert_int_equal(chmod("a.ini", 0), 0);
        expect_failure("a.ini", NULL, 0, "a.ini: cannot be read: Permission denied");
        assert_int_equal(unlink("a.ini"), 0);
    }
}

static void test_size(void **state)
{
    size_t size = CONFIG_FILE_LIMIT + 1;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    memset(text, '\n', size);
    fixture_write_bytes("big.ini", text, size - 1);
    expect_good("big.ini");
    fixture_write_bytes("big.ini", text, size);
    expect_failure("big.ini", NULL, 0, "big.ini: the file has more than 1048576 bytes");
    free(text);
}

static void test_relative_paths(void **state)
{
    (void)state;
    fixture_mkdir("sub");
    fixture_write("sub/a.ini",
                  "[nuncio]\nstate_dir = state\nplugin_path = ../p:~\n[provider x]\nca_file = c.pem\n");
    static const char *const override[] = {"provider x.ca_file=d.pem"};
    expect_good("sub/a.ini");
    assert_string_equal(config.state_dir, fixture_text("$/sub/state"));
    assert_string_equal(config.plugin_path[0], fixture_text("$/sub/../p"));
    assert_string_equal(config.plugin_path[1], fixture_text("$/home"));
    assert_string_equal(config.providers[0].ca_file, fixture_text("$/sub/c.pem"));
    char path[4 * PATH_MAX];
    snprintf(path, sizeof path, "%s", fixture_text("$/sub/a.ini"));
    assert_int_equal(read_with(path, override, 1), 0);
    assert_string_equal(config.state_dir, fixture_text("$/sub/state"));
    assert_string_equal(config.providers[0].ca_file, fixture_text("$/d.pem"));
}

static void test_state_dir(void **state)
{
    (void)state;
    fixture_write("a.ini", "[provider x]\n");
    setenv("XDG_STATE_HOME", "/xdg", 1);
    expect_good("a.ini");
    assert_string_equal(config.state_dir, "/xdg/nuncio");
    setenv("XDG_STATE_HOME", "relative", 1);
    expect_good("a.ini");
    assert_string_equal(config.state_dir, fixture_text("$/home/.local/state/nuncio"));
    setenv("STATE_DIRECTORY", "/var/lib/nuncio:/var/lib/other", 1);
    expect_good("a.ini");
    assert_string_equal(config.state_dir, "/var/lib/nuncio");
    fixture_write("a.ini", "[nuncio]\nstate_dir = /s\n[provider x]\n");
    expect_good("a.ini");
    assert_string_equal(config.state_dir, "/s");
    unsetenv("STATE_DIRECTORY");
    unsetenv("XDG_STATE_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_files),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_state_dir),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
