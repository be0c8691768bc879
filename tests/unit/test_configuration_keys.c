/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_keys.h"
#include "configuration_fixture.h"

static void test_keys_table(void **state)
{
    (void)state;
    const char *const *names = config_provider_keys();
    size_t count = 0;
    for (; names[count]; count++)
        assert_true(config_key_find("provider", names[count]) || config_key_find("agent", names[count]));
    size_t expected = 0;
    for (size_t i = 0; i < config_key_count; i++)
        expected += strcmp(config_keys[i].section, "nuncio") != 0;
    assert_int_equal(count, expected);
}

/* Whether a line of the sample sets the key, commented out or not. */
static const struct config_key *sample_key(const char *kind, const char *line, bool *is_option)
{
    char name[64];
    if (*line == ';')
        line++;
    size_t size = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
    *is_option = false;
    if (size == 0 || size >= sizeof name || strncmp(line + size, " =", 2) != 0)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)size, line);
    const struct config_key *key = config_key_find(kind, name);
    *is_option = key == NULL;
    return key;
}

/* Every key stands in etc/nuncio.ini, and every key in it exists; of plugins' options it shows a fixed few.
 */
static void test_sample(void **state)
{
    static const char *const options[] = {"api_key_env",        "api_key_file", "api_key_command",
                                          "api_key_credential", "user_id",      "data_set_id"};
    char path[PATH_MAX];
    char line[512];
    char kind[64] = "";
    bool seen[64] = {false};
    (void)state;
    const char *source = getenv("srcdir");
    snprintf(path, sizeof path, "%s/etc/nuncio.ini", source ? source : "../..");
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_true(config_key_count <= COUNT(seen));
    while (fgets(line, sizeof line, file)) {
        bool is_option;
        const char *text = *line == ';' ? line + 1 : line;
        if (*text == '[')
            snprintf(kind, sizeof kind, "%.*s", (int)strcspn(text + 1, " ]"), text + 1);
        const struct config_key *key = sample_key(kind, line, &is_option);
        if (key)
            seen[key - config_keys] = true;
        bool known = !is_option;
        for (size_t i = 0; i < COUNT(options) && !known; i++)
            known = strncmp(text, options[i], strlen(options[i])) == 0;
        if (!known)
            print_error("no such key in [%s]: %s\n", kind, line);
        assert_true(known);
    }
    fclose(file);
    for (size_t i = 0; i < config_key_count; i++) {
        if (!seen[i])
            print_error("%s of [%s] is not in the sample\n", config_keys[i].name, config_keys[i].section);
        assert_true(seen[i]);
    }
    expect_good(path);
}

/* With everything in the sample that is commented out it is a good configuration too, but for the other forms
   of the key, of which there may be only one. */
static void test_sample_values(void **state)
{
    char path[PATH_MAX];
    char line[512];
    (void)state;
    const char *source = getenv("srcdir");
    snprintf(path, sizeof path, "%s/etc/nuncio.ini", source ? source : "../..");
    FILE *file = fopen(path, "re");
    FILE *copy = fopen("sample.ini", "we");
    assert_non_null(file);
    assert_non_null(copy);
    while (fgets(line, sizeof line, file)) {
        bool is_off =
            line[0] == ';' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z' && strchr(line, '=')));
        fputs(is_off ? line + 1 : line, copy);
    }
    fclose(file);
    fclose(copy);
    expect_good("sample.ini");
    assert_true(config.provider_count > 0);
    assert_true(config.agent_count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_table),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_sample_values),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
