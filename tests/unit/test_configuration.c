/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration.h"
#include "configuration_fixture.h"

static void test_defaults(void **state)
{
    (void)state;
    fixture_write("a.ini", "[provider sales]\n[agent research]\nprovider = sales\n");
    expect_good("a.ini");
    assert_int_equal(config.plugin_path_count, 1);
    assert_int_equal(config.plugin_path[0][0], '/');
    assert_string_equal(config.state_dir, fixture_text("$/home/.local/state/nuncio"));
    assert_string_equal(config.store, "sqlite");
    assert_true(config.keep_content);
    assert_int_equal(config.log_level, NUNCIO_LOG_WARNING);
    assert_int_equal(config.provider_count, 1);
    const struct provider_config *provider = config.providers;
    assert_string_equal(provider->name, "sales");
    assert_string_equal(provider->plugin, "sales");
    assert_null(provider->base_url);
    assert_int_equal(provider->timeout_ms, 600000);
    assert_int_equal(provider->connect_timeout_ms, 10000);
    assert_int_equal(provider->poll_min_ms, 250);
    assert_int_equal(provider->poll_max_ms, 30000);
    assert_int_equal(provider->give_up_ms, 86400000);
    assert_int_equal(provider->reconcile_ms, 10000);
    assert_int_equal(provider->max_in_flight, 64);
    assert_int_equal(provider->rate_count, 0);
    assert_int_equal(provider->max_reply, 16 * 1024 * 1024);
    assert_null(provider->proxy);
    assert_null(provider->ca_file);
    assert_false(provider->allow_http);
    assert_int_equal(provider->options.count, 0);
    assert_string_equal(provider->place.file, "a.ini");
    assert_int_equal(provider->place.line, 1);
    assert_string_equal(provider->place.section, "provider sales");
    assert_int_equal(config.agent_count, 1);
    assert_string_equal(config.agents[0].name, "research");
    assert_string_equal(config.agents[0].provider, "sales");
    assert_int_equal(config.agents[0].provider_index, 0);
    assert_null(config.agents[0].id);
    assert_string_equal(config.agents[0].place.section, "agent research");
    assert_int_equal(config.source_count, 1);
    assert_int_equal(config.sources[0]->info.st_mode & 0777, 0600);
}

static void test_all_keys(void **state)
{
    (void)state;
    fixture_write("a.ini", "[agent research]\n"
                           "id = abc 123\n"
                           "provider = sales\n"
                           "data_set_id = 7\n"
                           "[nuncio]\n"
                           "plugin_path = /opt/acme : plugins::~/mine\n"
                           "state_dir = ~/state\n"
                           "store = memory\n"
                           "log_level = debug\n"
                           "keep_content = no\n"
                           "[provider other]\n"
                           "[provider sales]\n"
                           "plugin = acme_agents\n"
                           "base_url = HTTPS://[::1]:8443/api/v1/\n"
                           "timeout = 1m\n"
                           "connect_timeout = 2s\n"
                           "poll_min = 1ms\n"
                           "poll_max = 3s\n"
                           "give_up = 2d\n"
                           "reconcile = 0s\n"
                           "max_in_flight = 5\n"
                           "rate = 60/m\n"
                           "max_reply = 64K\n"
                           "proxy = http://proxy.example:3128\n"
                           "ca_file = certs/acme.pem\n"
                           "allow_http = YES\n"
                           "api_key_env = KEY\n"
                           "user_id = u\n");
    expect_good("a.ini");
    assert_int_equal(config.plugin_path_count, 4);
    assert_string_equal(config.plugin_path[0], "/opt/acme");
    assert_string_equal(config.plugin_path[1], fixture_text("$/plugins"));
    assert_string_equal(config.plugin_path[2], fixture_text("$/home/mine"));
    assert_int_equal(config.plugin_path_place.line, 6);
    assert_string_equal(config.state_dir, fixture_text("$/home/state"));
    assert_string_equal(config.store, "memory");
    assert_int_equal(config.log_level, NUNCIO_LOG_DEBUG);
    assert_false(config.keep_content);
    assert_int_equal(config.provider_count, 2);
    const struct provider_config *provider = &config.providers[1];
    assert_string_equal(provider->plugin, "acme_agents");
    assert_int_equal(provider->plugin_place.line, 13);
    assert_string_equal(provider->base_url, "HTTPS://[::1]:8443/api/v1/");
    assert_int_equal(provider->base_url_place.line, 14);
    assert_int_equal(provider->timeout_ms, 60000);
    assert_int_equal(provider->connect_timeout_ms, 2000);
    assert_int_equal(provider->poll_min_ms, 1);
    assert_int_equal(provider->poll_max_ms, 3000);
    assert_int_equal(provider->give_up_ms, 2 * 86400000);
    assert_int_equal(provider->reconcile_ms, 0);
    assert_int_equal(provider->max_in_flight, 5);
    assert_int_equal(provider->rate_count, 60);
    assert_int_equal(provider->rate_period_ms, 60000);
    assert_int_equal(provider->max_reply, 65536);
    assert_string_equal(provider->proxy, "http://proxy.example:3128");
    assert_string_equal(provider->ca_file, fixture_text("$/certs/acme.pem"));
    assert_true(provider->allow_http);
    assert_int_equal(provider->options.count, 2);
    assert_string_equal(provider->options.items[0].key, "api_key_env");
    assert_string_equal(provider->options.items[0].value, "KEY");
    assert_int_equal(provider->options.items[0].place.line, 27);
    assert_string_equal(provider->options.items[1].key, "user_id");
    assert_string_equal(config.agents[0].id, "abc 123");
    assert_int_equal(config.agents[0].id_place.line, 2);
    assert_int_equal(config.agents[0].provider_index, 1);
    assert_int_equal(config.agents[0].options.count, 1);
}

struct mistake {
    const char *text;
    const char *message;
};

#define KINDS    "[nuncio], [provider NAME], [agent NAME]"
#define DURATION "write a number with ms, s, m, h or d, such as 10s"

static const struct mistake mistakes[] = {
    {"[provider x]\nplugin\n", "a.ini:2: neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"[providr x]\n", "a.ini:1: unknown section [providr x]; did you mean [provider x]?"},
    {"[nuncio]\n\n[Provider x]\n", "a.ini:3: unknown section [Provider x]; did you mean [provider x]?"},
    {"[nuncioo]\n", "a.ini:1: unknown section [nuncioo]; did you mean [nuncio]?"},
    {"[nuncio main]\n", "a.ini:1: unknown section [nuncio main]; did you mean [nuncio]?"},
    {"[agents]\n", "a.ini:1: unknown section [agents]; allowed are " KINDS},
    {"[sales]\n", "a.ini:1: unknown section [sales]; allowed are " KINDS},
    {"[]\n", "a.ini:1: unknown section []; allowed are " KINDS},
    {"[provider]\n", "a.ini:1: section [provider] has no name; write [provider NAME]"},
    {"[agent ]\n", "a.ini:1: section [agent] has no name; write [agent NAME]"},
    {"[provider a/b]\n", "a.ini:1: [provider a/b]: 'a/b' is no name; " NAME_RULE},
    {"[agent a b]\n", "a.ini:1: [agent a b]: 'a b' is no name; " NAME_RULE},
    {"[provider .x]\n", "a.ini:1: [provider .x]: '.x' is no name; " NAME_RULE},
    {"[provider x\xC3\xA9]\n", "a.ini:1: [provider x\xC3\xA9]: 'x\xC3\xA9' is no name; " NAME_RULE},
    {"[nuncio]\nstat_dir = /x\n", "a.ini:2: unknown key stat_dir in [nuncio]; did you mean state_dir?"},
    {"[nuncio]\ncolour = red\n",
     "a.ini:2: unknown key colour in [nuncio]; allowed are plugin_path, state_dir, "
     "store, log_level, keep, keep_content"},
    {"[nuncio]\nstore = a/b\n", "a.ini:2: store = a/b is no name; a name has letters, digits, '.', '_' and "
                                "'-', and begins with a letter or a digit"},
    {"[nuncio]\nlog_level = warnin\n", "a.ini:2: log_level = warnin is unknown; did you mean warning?"},
    {"[nuncio]\nkeep = 1m\n", "a.ini:2: keep = 1m is out of range; allowed are 1h to 36500d"},
    {"[nuncio]\nlog_level = 3\n",
     "a.ini:2: log_level = 3 is unknown; allowed are error, warning, info, debug"},
    {"[nuncio]\nkeep_content = maybe\n",
     "a.ini:2: keep_content = maybe is neither yes nor no; allowed are yes, "
     "no, true, false, on, off, 1, 0"},
    {"[nuncio]\nstate_dir = ~bob/x\n",
     "a.ini:2: state_dir = ~bob/x names another user's home; write the whole path"},
    {"[nuncio]\nplugin_path = /a:~bob\n",
     "a.ini:2: plugin_path = ~bob names another user's home; write the whole path"},
    {"[nuncio]\nstore = a\n more\n",
     "a.ini:2: store takes one line without control characters; the indented line below continues its value"},
    {"[nuncio]\nstate_dir = a\tb\n", "a.ini:2: state_dir takes one line without control characters"},
    {"[provider x]\nplugin = ../x\n", "a.ini:2: plugin = ../x is no name; " NAME_RULE},
    {"[provider x]\ntimeout = 5\n", "a.ini:2: timeout = 5 is no duration; " DURATION},
    {"[provider x]\ntimeout = soon\n", "a.ini:2: timeout = soon is no duration; " DURATION},
    {"[provider x]\ntimeout = 0s\n", "a.ini:2: timeout = 0s is out of range; allowed are 1ms to 365d"},
    {"[provider x]\ntimeout = 366d\n", "a.ini:2: timeout = 366d is out of range; allowed are 1ms to 365d"},
    {"[provider x]\ntimeout = 99999999999999999999d\n",
     "a.ini:2: timeout = 99999999999999999999d is out of range; allowed are 1ms to 365d"},
    {"[provider x]\nconnect_timeout = 2h\n",
     "a.ini:2: connect_timeout = 2h is out of range; allowed are 1ms to 1h"},
    {"[provider x]\npoll_min = -1s\n", "a.ini:2: poll_min = -1s is out of range; allowed are 1ms to 1d"},
    {"[provider x]\npoll_min = -1\n", "a.ini:2: poll_min = -1 is no duration; " DURATION},
    {"[provider x]\nmax_in_flight = 99999999999999999999\n",
     "a.ini:2: max_in_flight = 99999999999999999999 is out of range; allowed are 1 to 100000"},
    {"[provider x]\nmax_in_flight = -99999999999999999999\n",
     "a.ini:2: max_in_flight = -99999999999999999999 is out of range; allowed are 1 to 100000"},
    {"[provider x]\nmax_in_flight = +\n",
     "a.ini:2: max_in_flight = + is no whole number; write one such as 64"},
    {"[provider x]\nmax_reply = -1\n", "a.ini:2: max_reply = -1 is out of range; allowed are 1 to 1G"},
    {"[provider x]\nmax_reply = 99999999999999999999G\n",
     "a.ini:2: max_reply = 99999999999999999999G is out of range; allowed are 1 to 1G"},
    {"[provider x]\nrate = 99999999999999999999999999/s\n",
     "a.ini:2: rate = 99999999999999999999999999/s is out of range; allowed are 1 to 1000000 in a second, "
     "minute or hour"},
    {"[provider x]\nrate = -1/s\n",
     "a.ini:2: rate = -1/s is out of range; allowed are 1 to 1000000 in a second, minute or hour"},
    {"[provider x]\npoll_max = 2d\n", "a.ini:2: poll_max = 2d is out of range; allowed are 1ms to 1d"},
    {"[provider x]\ngive_up = 0ms\n", "a.ini:2: give_up = 0ms is out of range; allowed are 1ms to 365d"},
    {"[provider x]\nreconcile = 25h\n", "a.ini:2: reconcile = 25h is out of range; allowed are 0ms to 1d"},
    {"[provider x]\nmax_in_flight = many\n",
     "a.ini:2: max_in_flight = many is no whole number; write one such as 64"},
    {"[provider x]\nmax_in_flight = 0\n",
     "a.ini:2: max_in_flight = 0 is out of range; allowed are 1 to 100000"},
    {"[provider x]\nrate = 60\n", "a.ini:2: rate = 60 is no rate; write N/s, N/m or N/h, such as 60/m"},
    {"[provider x]\nrate = 60/d\n", "a.ini:2: rate = 60/d is no rate; write N/s, N/m or N/h, such as 60/m"},
    {"[provider x]\nrate = /m\n", "a.ini:2: rate = /m is no rate; write N/s, N/m or N/h, such as 60/m"},
    {"[provider x]\nrate = 0/m\n",
     "a.ini:2: rate = 0/m is out of range; allowed are 1 to 1000000 in a second, minute or hour"},
    {"[provider x]\nmax_reply = 16MB\n",
     "a.ini:2: max_reply = 16MB is no size; write a number of bytes, or with "
     "K, M or G, such as 16M"},
    {"[provider x]\nmax_reply = 2G\n", "a.ini:2: max_reply = 2G is out of range; allowed are 1 to 1G"},
    {"[provider x]\nallow_http = si\n",
     "a.ini:2: allow_http = si is neither yes nor no; allowed are yes, no, "
     "true, false, on, off, 1, 0"},
    {"[provider x]\npoll_min = 1m\n",
     "a.ini:2: poll_min = 1m is greater than poll_max = 30s; it must be less or equal"},
    {"[provider x]\npoll_max = 1ms\n",
     "a.ini:2: poll_min = 250ms is greater than poll_max = 1ms; it must be less or equal"},
    {"[provider x]\npoll_max = 1500ms\npoll_min = 2s\n",
     "a.ini:3: poll_min = 2s is greater than poll_max = 1500ms; it must be less or equal"},
    {"[provider x]\nbase_url = ftp://x\n",
     "a.ini:2: base_url is no http(s) URL; it must start with https:// or http://"},
    {"[provider x]\nbase_url = api.example.com\n",
     "a.ini:2: base_url is no http(s) URL; it must start with https:// or http://"},
    {"[provider x]\nbase_url = https://user:secret@x.example/\n",
     "a.ini:2: base_url holds a user name or password; remove what stands before '@', keys have options of "
     "their "
     "own"},
    {"[provider x]\nbase_url = https://x.example/?key=1\n",
     "a.ini:2: base_url has a query or a fragment; give only what stands before '?' or '#'"},
    {"[provider x]\nbase_url = https://x.example/#top\n",
     "a.ini:2: base_url has a query or a fragment; give only what stands before '?' or '#'"},
    {"[provider x]\nbase_url = https://\n", "a.ini:2: base_url has no host; write https://HOST/PATH"},
    {"[provider x]\nbase_url = https://:80/\n", "a.ini:2: base_url has no host; write https://HOST/PATH"},
    {"[provider x]\nbase_url = https://x.example:0/\n",
     "a.ini:2: base_url has no valid port; allowed are 1 to 65535"},
    {"[provider x]\nbase_url = https://x.example:65536\n",
     "a.ini:2: base_url has no valid port; allowed are 1 to 65535"},
    {"[provider x]\nbase_url = https://x.example:/\n",
     "a.ini:2: base_url has no valid port; allowed are 1 to 65535"},
    {"[provider x]\nbase_url = https://[::1]x/\n",
     "a.ini:2: base_url has no valid port; allowed are 1 to 65535"},
    {"[provider x]\nbase_url = https://[::1/\n",
     "a.ini:2: base_url has no ']' after the address; write https://[ADDRESS]/PATH"},
    {"[provider x]\nbase_url = https://x y/\n",
     "a.ini:2: base_url has a character that URLs do not have; percent-encode it"},
    {"[provider x]\nproxy = a\tb\n", "a.ini:2: proxy takes one line without control characters"},
    {"[provider x]\nplugin = a\n[agent y]\nid = 1\nplugin = b\n",
     "a.ini:3: [agent y] has no provider; set provider to the NAME of a [provider NAME]"},
    {"[agent y]\nprovider =\n",
     "a.ini:1: [agent y] has no provider; set provider to the NAME of a [provider NAME]"},
    {"[agent y]\nid = 1\nprovidr = x\n", "a.ini:3: unknown key providr in [agent y]; did you mean provider?"},
    {"[provider sales]\n[agent y]\nprovider = sale\n",
     "a.ini:3: provider sale is not configured; did you mean sales?"},
    {"[provider sales]\n[provider x]\n[agent y]\nprovider = marketing\n",
     "a.ini:4: provider marketing is not configured; allowed are sales, x"},
    {"[agent y]\nprovider = sales\n",
     "a.ini:2: provider sales is not configured; add a [provider NAME] section"},
    {"[agent y]\nprovider = a/b\n", "a.ini:2: provider = a/b is no name; " NAME_RULE},
    {"[provider x]\ntimeout = 1s\ntimeout = 1s\n",
     "a.ini:3: timeout is set twice in [provider x]; the first is in line 2"},
    {"[provider x]\nuser_id = 1\n[nuncio]\n[provider  x]\nuser_id = 2\n",
     "a.ini:5: user_id is set twice in [provider x]; the first is in line 2"},
    /* Several mistakes: the first one is told, and none that only follows from another. */
    {"[provider x]\ntimeout = 1\nrate = 1\n[providr y]\n", "a.ini:2: timeout = 1 is no duration; " DURATION},
    {"[providr y]\n[provider x]\ntimeout = 1\n",
     "a.ini:1: unknown section [providr y]; did you mean [provider y]?"},
    {"[agent y]\nprovider = x\n[providr x]\n",
     "a.ini:3: unknown section [providr x]; did you mean [provider x]?"},
    {"[agent y]\nid = 1\nprovider x\n",
     "a.ini:3: neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"[agent y]\nprovider = x\n[provider x\n",
     "a.ini:3: the section header has no ']'; write [nuncio], [provider NAME] or [agent NAME]"},
    {"[nuncio]\nkeep_content = x\nbroken\n",
     "a.ini:2: keep_content = x is neither yes nor no; allowed are yes, no, true, false, on, off, 1, 0"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        fixture_write("a.ini", mistakes[i].text);
        expect_failure("a.ini", NULL, 0, mistakes[i].message);
    }
}

/* A long value is cut in the message, between characters; what is allowed still follows. */
static void test_long_value_in_message(void **state)
{
    char text[300] = "[provider x]\ntimeout = ";
    size_t size = strlen(text);
    (void)state;
    while (size < 200) {
        memcpy(text + size, "\xC3\xA9", 2);
        size += 2;
    }
    text[size] = '\0';
    fixture_write("a.ini", text);
    assert_int_equal(read_with("a.ini", NULL, 0), -1);
    assert_holds(failure.text, "\xC3\xA9... is no duration; " DURATION);
    assert_null(strchr(failure.text, '?'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_long_value_in_message),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
