/* SPDX-License-Identifier: MIT */
/* What core does while it starts and asks for secrets, with every allocation failing in turn: a failure that
   says so, and nothing left behind. The plugins' own steps are in test_golden_memory.c. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_fixture.h"
#include "attachment.h"
#include "json.h"
#include "plugin_files.h"
#include "scarce.h"
#include "secret.h"
#include "text.h"

static const char ini[] = "[nuncio]\n"
                          "plugin_path = plugins:/opt/plugins\n"
                          "state_dir = ~/state\n"
                          "store = memory\n"
                          "[provider sales]\n"
                          "plugin = mock\n"
                          "base_url = https://api.example/v1\n"
                          "ca_file = ca.pem\n"
                          "proxy = http://proxy.example\n"
                          "rate = 60/m\n"
                          "timeout = 5m\n"
                          "api_key = first\n"
                          "  second ; of two lines\n"
                          "user_id = u\n"
                          "[agent research]\n"
                          "provider = sales\n"
                          "id = abc\n"
                          "data_set = 7\n";

/* Runs it with the first allocation failing, then the second … until none fails any more. The attempt returns
   0 or what failure_set() returns, and frees what it made. What the C library takes for itself is not counted
   when it is taken, only when it is freed. */
static void each_allocation(int (*attempt)(void))
{
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        unsigned failures = 1;
        for (unsigned nth = 1; failures > 0; nth++) {
            long left = 0;
            memset(&failure, 0, sizeof failure);
            scarce_begin(nth, for_ever);
            int result = attempt();
            failures = scarce_end(&left);
            if (result != (failures > 0 ? -1 : 0))
                print_error("allocation %u: %d, %s\n", nth, result, failure.text);
            assert_int_equal(result, failures > 0 ? -1 : 0);
            if (failures > 0)
                assert_string_equal(failure.text, "out of memory");
            assert_true(left <= 0);
        }
    }
}

static int read_file(void)
{
    static const char *const overrides[] = {"provider sales.timeout=1m", "agent extra.provider=sales"};
    const struct config_request request = {.file = "nuncio.ini", .overrides = overrides, .override_count = 2};
    int result = config_read_in("/nowhere", &request, &config, &failure);
    config_finish(&config);
    return result;
}

static int read_usual_files(void)
{
    const struct config_request request = {.optional = false};
    int result = config_read_in("etc", &request, &config, &failure);
    config_finish(&config);
    return result;
}

static void test_configuration(void **state)
{
    (void)state;
    fixture_write("nuncio.ini", ini);
    each_allocation(read_file);
    fixture_mkdir("etc");
    fixture_mkdir("etc/nuncio");
    fixture_mkdir("etc/nuncio/conf.d");
    fixture_mkdir("home");
    fixture_mkdir("home/.config");
    fixture_mkdir("home/.config/nuncio");
    fixture_write("etc/nuncio/conf.d/one.ini", ini);
    fixture_write("home/.config/nuncio/nuncio.ini", "[provider sales]\nplugin = other\n");
    each_allocation(read_usual_files);
}

static enum secret_form form;
static const char *source;

static int read_secret(void)
{
    char *secret = NULL;
    int result = secret_read(form, source, &secret, &failure);
    text_wipe(secret);
    return result;
}

static void test_secrets(void **state)
{
    static const struct {
        enum secret_form form;
        const char *source;
    } rows[] = {{SECRET_LITERAL, "s3cret"},
                {SECRET_ENV, "NUNCIO_TEST_SECRET"},
                {SECRET_FILE, "secret"},
                {SECRET_COMMAND, "cat 'secret'"},
                {SECRET_CREDENTIAL, "secret"}};
    (void)state;
    fixture_write("secret", "s3cret\n");
    setenv("NUNCIO_TEST_SECRET", "s3cret", 1);
    setenv("CREDENTIALS_DIRECTORY", fixture_directory, 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        form = rows[i].form;
        source = rows[i].source;
        each_allocation(read_secret);
    }
}

static int list_plugins(void)
{
    struct plugin_files files;
    plugin_files_init(&files);
    int result = plugin_files_read(&files, "many", &failure);
    plugin_files_finish(&files);
    return result;
}

static void test_plugin_files(void **state)
{
    (void)state;
    fixture_mkdir("many");
    for (int i = 0; i < 20; i++) {
        char path[32];
        snprintf(path, sizeof path, "many/p%d.so", i);
        fixture_write(path, "");
    }
    each_allocation(list_plugins);
}

static int open_attachments(void)
{
    static const char *const sources[] = {"secret", "https://files.example/a.png"};
    struct attachments attachments = {0};
    int result = attachments_open(sources, COUNT(sources), &attachments, &failure);
    attachments_finish(&attachments);
    return result;
}

static void test_attachments(void **state)
{
    (void)state;
    each_allocation(open_attachments);
}

static int parse_json(void)
{
    static const char text[] = "{\"a\":[1,\"x\",{}]}";
    char place[] = "[true]";
    struct json_document *document = NULL, *other = NULL;
    bool parsed = json_parse(text, strlen(text), &document) == JSON_GOOD &&
                  json_parse_in_place(place, strlen(place), 2, &other) == JSON_GOOD;
    json_destroy(document);
    json_destroy(other);
    return parsed ? 0 : failure_memory(&failure);
}

static void test_json(void **state)
{
    (void)state;
    each_allocation(parse_json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration), cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_plugin_files),  cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
