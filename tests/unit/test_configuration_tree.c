/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_tree.h"
#include "configuration_fixture.h"

static void test_files_merge(void **state)
{
    (void)state;
    fixture_mkdir("etc");
    fixture_mkdir("etc/nuncio");
    fixture_mkdir("etc/nuncio/conf.d");
    fixture_mkdir("home");
    fixture_mkdir("home/.config");
    fixture_mkdir("home/.config/nuncio");
    fixture_write("etc/nuncio/nuncio.ini", "[provider a]\ntimeout = nonsense\nrate = 1/s\nproxy = http://p\n"
                                           "user_id = 1\nca_file = x.pem\n");
    fixture_write("etc/nuncio/conf.d/20-b.ini", "[provider a]\ntimeout = 2s\n");
    fixture_write("etc/nuncio/conf.d/10-a.ini", "[provider a]\ntimeout = 1s\n[provider b]\nuser_id = 2\n");
    fixture_write("etc/nuncio/conf.d/notes.txt", "not read");
    fixture_write("etc/nuncio/conf.d/.hidden.ini", "not read");
    fixture_write("home/.config/nuncio/nuncio.ini",
                  "[provider a]\nproxy =\nuser_id = 3\n[agent x]\nprovider = b\n");
    static const char *const overrides[] = {"provider b.timeout=7s", "provider b.timeout=8s",
                                            "nuncio.store=memory"};
    assert_int_equal(read_with(NULL, overrides, COUNT(overrides)), 0);
    assert_int_equal(config.source_count, 7);
    assert_string_equal(config.sources[1]->name, fixture_text("$/etc/nuncio/conf.d/10-a.ini"));
    assert_string_equal(config.sources[2]->name, fixture_text("$/etc/nuncio/conf.d/20-b.ini"));
    assert_string_equal(config.sources[3]->name, fixture_text("$/home/.config/nuncio/nuncio.ini"));
    assert_string_equal(config.sources[4]->name, "-o");
    assert_int_equal(config.provider_count, 2);
    assert_int_equal(config.providers[0].timeout_ms, 2000);
    assert_int_equal(config.providers[0].rate_count, 1);
    assert_null(config.providers[0].proxy);
    assert_string_equal(config.providers[0].ca_file, fixture_text("$/etc/nuncio/x.pem"));
    assert_string_equal(config.providers[0].options.items[0].value, "3");
    assert_int_equal(config.providers[0].options.items[0].place.line, 3);
    assert_int_equal(config.providers[1].timeout_ms, 8000);
    assert_string_equal(config.store, "memory");

    /* One file instead of them all. */
    fixture_write("one.ini", "[provider one]\n");
    setenv("NUNCIO_CONFIG", "one.ini", 1);
    expect_good(NULL);
    assert_string_equal(config.providers[0].name, "one");
    fixture_write("two.ini", "[provider two]\n");
    expect_good("two.ini");
    assert_string_equal(config.providers[0].name, "two");
    unsetenv("NUNCIO_CONFIG");

    /* The first mistake in order of the files, not of their kinds. */
    fixture_write("etc/nuncio/conf.d/20-b.ini", "[provider a]\ntimeout = 2s\nbroken\n");
    fixture_write("home/.config/nuncio/nuncio.ini", "[x]\n");
    expect_failure(NULL, NULL, 0,
                   "$/etc/nuncio/conf.d/20-b.ini:3: neither a section nor a key; write [SECTION] or "
                   "KEY = VALUE");
    setenv("XDG_CONFIG_HOME", fixture_text("$/nowhere"), 1);
    fixture_write("etc/nuncio/conf.d/20-b.ini", "[provider a]\ntimeout = 2s\n");
    expect_good(NULL);
    assert_int_equal(config.source_count, 3);
    unsetenv("XDG_CONFIG_HOME");
}

static void test_overrides(void **state)
{
    static const struct {
        const char *override;
        const char *message;
    } bad[] = {
        {"nuncio.store",
         "-o: an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
         "'provider NAME.timeout=5m'"},
        {"store=memory",
         "-o: an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
         "'provider NAME.timeout=5m'"},
        {".store=memory",
         "-o: an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
         "'provider NAME.timeout=5m'"},
        {"nuncio.=memory",
         "-o: an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
         "'provider NAME.timeout=5m'"},
        {"", "-o: an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
             "'provider NAME.timeout=5m'"},
        {"nuncio.store=\xFF", "-o: the override is not UTF-8"},
        {"nuncio.stor=x", "-o: unknown key stor in [nuncio]; did you mean store?"},
        {"providr x.rate=1/m", "-o: unknown section [providr x]; did you mean [provider x]?"},
        {"[provider x].rate=1/m",
         "-o: the section of an override stands without brackets; write 'provider x.rate=...'"},
        {"[nuncio].store=memory",
         "-o: the section of an override stands without brackets; write 'nuncio.store=...'"},
        {"[.store=memory", "-o: the section of an override stands without brackets; write '.store=...'"},
        {"provider x/y.rate=1/m", "-o: [provider x/y]: 'x/y' is no name; " NAME_RULE},
        {"provider x.rate=1", "-o: rate = 1 is no rate; write N/s, N/m or N/h, such as 60/m"},
        {"agent y.id=1", "-o: [agent y] has no provider; set provider to the NAME of a [provider NAME]"},
        {"nuncio.state_dir=a\nb",
         "-o: state_dir takes one line without control characters; the indented line below "
         "continues its value"},
    };
    (void)state;
    fixture_write("a.ini", "[provider sales]\nrate = 2/m\n");
    for (size_t i = 0; i < COUNT(bad); i++)
        expect_failure("a.ini", &bad[i].override, 1, bad[i].message);
    static const char *const good[] = {"provider sales.rate=1/h", "provider a.b.base_url=https://x/?",
                                       "provider a.b.base_url=https://x.example/a.b", "nuncio.plugin_path=p",
                                       "provider sales.user_id=a=b.c"};
    assert_int_equal(read_with("a.ini", good, 2), -1);
    assert_string_equal(failure.text,
                        "-o: base_url has a query or a fragment; give only what stands before '?' or '#'");
    assert_int_equal(read_with("a.ini", good, COUNT(good)), 0);
    assert_int_equal(config.providers[0].rate_count, 1);
    assert_int_equal(config.providers[0].rate_period_ms, 3600000);
    assert_string_equal(config.providers[0].options.items[0].value, "a=b.c");
    assert_string_equal(config.providers[1].name, "a.b");
    assert_string_equal(config.providers[1].base_url, "https://x.example/a.b");
    assert_string_equal(config.plugin_path[0], fixture_text("$/p"));
}

static void test_many(void **state)
{
    enum { AGENTS = 20000 };
    char *text = malloc(AGENTS * 50);
    size_t size = 0;
    (void)state;
    assert_non_null(text);
    size += (size_t)snprintf(text, 50, "[provider x]\n");
    for (int i = 0; i < AGENTS; i++)
        size += (size_t)snprintf(text + size, 50, "[agent a%d]\nprovider=x\nid=%d\n", i * 7919 % AGENTS, i);
    fixture_write_bytes("many.ini", text, size);
    free(text);
    expect_good("many.ini");
    assert_int_equal(config.agent_count, AGENTS);
    assert_string_equal(config.agents[2].name, "a15838");
    assert_string_equal(config.agents[2].id, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_merge),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
