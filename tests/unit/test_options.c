/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "options.h"
#include "text.h"
#include "support.h"
#include "fixture.h"

static const struct nuncio_option options[] = {
    {.name = "api_key", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED | NUNCIO_SECRET},
    {.name = "user_id", .type = NUNCIO_STRING, .group = 1, .minimum = 2, .maximum = 8},
    {.name = "project_id", .type = NUNCIO_STRING, .group = 1},
    {.name = "limit", .type = NUNCIO_INTEGER, .default_value = "7", .minimum = -5, .maximum = 100},
    {.name = "count", .type = NUNCIO_INTEGER},
    {.name = "is_test", .type = NUNCIO_BOOLEAN, .default_value = "off"},
    {.name = "data_set_id", .type = NUNCIO_STRING, .flags = NUNCIO_REQUIRED},
    {.name = "token", .type = NUNCIO_STRING, .flags = NUNCIO_SECRET},
};

static const struct nuncio_plugin plugin = {
    .size = sizeof plugin,
    .name = "acme",
    .options = options,
    .option_count = COUNT(options),
    .option_size = sizeof options[0],
};

static struct config config;
static struct option_values provider, agent;
static struct nuncio_failure failure;

static void reset(void)
{
    options_finish(&agent);
    options_finish(&provider);
    config_finish(&config);
    memset(&failure, 'x', sizeof failure);
}

static int finish(void **state)
{
    reset();
    return fixture_leave(state);
}

/* Reads the file and binds its first provider and, where there is one, its first agent. */
static int bind_with(const char *override)
{
    struct config_request request = {
        .file = "a.ini", .overrides = &override, .override_count = override != NULL};
    reset();
    if (config_read(&request, &config, &failure) < 0) {
        print_error("%s\n", failure.text);
        fail();
    }
    if (options_bind(&plugin, &config.providers[0].options, NULL, &provider, &failure) < 0)
        return -1;
    if (config.agent_count == 0)
        return 0;
    return options_bind(&plugin, &config.agents[0].options, &provider, &agent, &failure);
}

static void bind(const char *text)
{
    fixture_write("a.ini", text);
    if (bind_with(NULL) < 0) {
        print_error("%s\n", failure.text);
        fail();
    }
}

static void assert_value(const struct option_values *values, const char *name, const char *text)
{
    struct nuncio_slice value = {0};
    uint32_t type = 99;
    uint32_t flags = 99;
    assert_true(options_lookup(values, name, &value, &type, &flags));
    assert_slice(value, text);
}

static void test_values(void **state)
{
    (void)state;
    bind("[provider sales]\napi_key_env = NUNCIO_TEST_KEY\nuser_id = abc\nproject_id =\nlimit = +8\ncount = "
         "-3\n"
         "is_test = ON\ndata_set_id = {\n \"a\": 1\n }\n");
    assert_value(&provider, "user_id", "abc");
    assert_value(&provider, "project_id", NULL);
    assert_value(&provider, "limit", "8");
    assert_value(&provider, "count", "-3");
    assert_value(&provider, "is_test", "yes");
    assert_value(&provider, "data_set_id", "{\n\"a\": 1\n}");
    assert_value(&provider, "token", NULL);
    /* Set, but not resolved. */
    assert_value(&provider, "api_key", "");
    struct nuncio_slice value;
    uint32_t type;
    uint32_t flags;
    assert_false(options_lookup(&provider, "nothing", &value, &type, &flags));
    assert_true(options_lookup(&provider, "limit", &value, &type, &flags));
    assert_int_equal(type, NUNCIO_INTEGER);
    assert_int_equal(flags, 0);
    assert_true(options_lookup(&provider, "api_key", &value, &type, &flags));
    assert_int_equal(type, NUNCIO_STRING);
    assert_int_equal(flags, NUNCIO_REQUIRED | NUNCIO_SECRET);
    assert_int_equal(provider.items[0].form, SECRET_ENV);
    assert_string_equal(provider.items[0].source, "NUNCIO_TEST_KEY");
}

static void test_defaults(void **state)
{
    (void)state;
    bind("[provider sales]\n[agent x]\nprovider = sales\n");
    assert_value(&provider, "limit", "7");
    assert_value(&provider, "is_test", "no");
    assert_value(&provider, "user_id", NULL);
    assert_value(&agent, "limit", "7");
    assert_null(agent.items[3].text);
    static const struct nuncio_option bad_option = {
        .name = "x", .type = NUNCIO_BOOLEAN, .default_value = "maybe"};
    static const struct nuncio_plugin bad_plugin = {.name = "bad", .options = &bad_option, .option_count = 1};
    struct config_entries none = {0};
    struct option_values values = {0};
    assert_int_equal(options_bind(&bad_plugin, &none, NULL, &values, &failure), -1);
    assert_string_equal(failure.text,
                        "plugin bad has a wrong default: x is neither yes nor no; allowed are yes, no, true, "
                        "false, on, off, 1, 0");
    assert_null(values.items);
}

static void test_agent(void **state)
{
    (void)state;
    bind("[provider sales]\nlimit = 8\nis_test = yes\nuser_id = abc\napi_key_env = NUNCIO_TEST_KEY\n"
         "[agent x]\nprovider = sales\nlimit = 9\nuser_id =\nis_test = no\ndata_set_id = 5\n");
    assert_value(&agent, "limit", "9");
    assert_value(&agent, "is_test", "no");
    assert_value(&agent, "user_id", "abc");
    assert_value(&agent, "data_set_id", "5");
    assert_value(&provider, "limit", "8");
    assert_value(&provider, "data_set_id", NULL);
    setenv("NUNCIO_TEST_KEY", "sk-1", 1);
    assert_value(&agent, "api_key", "");
    assert_int_equal(options_resolve(&agent, &failure), 0);
    assert_value(&agent, "api_key", "");
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_value(&agent, "api_key", "sk-1");
    assert_value(&provider, "api_key", "sk-1");
    unsetenv("NUNCIO_TEST_KEY");
}

/* What configure() sees: everything but secrets. */
static void test_service(void **state)
{
    (void)state;
    bind("[provider sales]\nlimit = 8\napi_key_env = NUNCIO_TEST_KEY\n");
    setenv("NUNCIO_TEST_KEY", "sk-1", 1);
    assert_int_equal(options_resolve(&provider, &failure), 0);
    const struct nuncio_options *abi = &provider.abi;
    assert_int_equal(abi->size, sizeof *abi);
    assert_true(abi->services->size >= sizeof *abi->services);
    assert_slice(nuncio_option_value(abi, "limit"), "8");
    assert_slice(nuncio_option_value(abi, "user_id"), NULL);
    assert_slice(nuncio_option_value(abi, "api_key"), NULL);
    assert_slice(nuncio_option_value(abi, "nothing"), NULL);
    unsetenv("NUNCIO_TEST_KEY");
}

struct mistake {
    const char *text; /* below "[provider sales]\n" */
    const char *message;
};

#define OPEN  "[provider sales]\n"
#define AGENT OPEN "[agent x]\nprovider = sales\n"

static const struct mistake mistakes[] = {
    {OPEN "usr_id = abc\n", "a.ini:2: unknown key usr_id; did you mean user_id?"},
    {OPEN "timeot = 1s\n", "a.ini:2: unknown key timeot; did you mean timeout?"},
    {OPEN "api_key_envv = X\n", "a.ini:2: unknown key api_key_envv; did you mean api_key_env?"},
    {OPEN "colour = red\n",
     "a.ini:2: unknown key colour; plugin acme takes api_key, user_id, project_id, limit, count, "
     "is_test, data_set_id, token"},
    {OPEN "user_id_env = X\n", "a.ini:2: unknown key user_id_env; plugin acme takes api_key, user_id, "
                               "project_id, limit, count, is_test, "
                               "data_set_id, token"},
    {OPEN "user_id = a\n", "a.ini:2: user_id is out of range; allowed are 2 to 8 bytes"},
    {OPEN "user_id = 123456789\n", "a.ini:2: user_id is out of range; allowed are 2 to 8 bytes"},
    {OPEN "limit = many\n", "a.ini:2: limit is no whole number; write digits only"},
    {OPEN "limit = 101\n", "a.ini:2: limit is out of range; allowed are -5 to 100"},
    {OPEN "limit = -6\n", "a.ini:2: limit is out of range; allowed are -5 to 100"},
    {OPEN "count = 9223372036854775808\n", "a.ini:2: count is no whole number; write digits only"},
    {OPEN "is_test = maybe\n",
     "a.ini:2: is_test is neither yes nor no; allowed are yes, no, true, false, on, off, 1, 0"},
    {OPEN "api_key_env = A\n\napi_key_file = B\n",
     "a.ini:4: api_key_file and api_key_env in line 2 are two forms of one secret; keep one of them"},
    {OPEN "api_key = sk\napi_key_command = B\n",
     "a.ini:3: api_key_command and api_key in line 2 are two forms of one secret; keep one of them"},
    {OPEN "api_key_file = ~bob/key\n",
     "a.ini:2: api_key_file = ~bob/key names another user's home; write the whole path"},
    {OPEN "api_key_env = a\n b\n", "a.ini:2: api_key_env takes one line without control characters"},
    {OPEN "token = a\tb\n", "a.ini:2: token takes one line without control characters"},
    {OPEN "limit = x\nis_test = x\nusr_id = 1\n", "a.ini:2: limit is no whole number; write digits only"},
    {AGENT "api_key_env = A\n", "a.ini:4: api_key_env is a secret; move it to the [provider NAME]"},
    {AGENT "token =\n", "a.ini:4: token is a secret; move it to the [provider NAME]"},
    {AGENT "timeout = 1s\n", "a.ini:4: timeout is a provider's key; move it to the [provider NAME]"},
    {AGENT "colour = red\n",
     "a.ini:4: unknown key colour; plugin acme takes user_id, project_id, limit, count, is_test, "
     "data_set_id here"},
    {AGENT "ids = 1\n", "a.ini:4: unknown key ids; did you mean id?"},
    {AGENT "limit = x\n", "a.ini:4: limit is no whole number; write digits only"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        fixture_write("a.ini", mistakes[i].text);
        assert_int_equal(bind_with(NULL), -1);
        assert_string_equal(failure.text, mistakes[i].message);
        assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
        assert_null(agent.items);
    }
}

static void test_complete(void **state)
{
    (void)state;
    static const struct mistake missing[] = {
        {OPEN "user_id = abc\ndata_set_id = 1\n",
         "a.ini:1: [provider sales] has no api_key; set one of api_key_env, api_key_file, api_key_command, "
         "api_key_credential, api_key"},
        {OPEN "api_key_env =\nuser_id = abc\ndata_set_id = 1\n",
         "a.ini:1: [provider sales] has no api_key; set one of api_key_env, api_key_file, api_key_command, "
         "api_key_credential, api_key"},
        {"\n" OPEN "api_key_env = K\ndata_set_id = 1\n",
         "a.ini:2: [provider sales] has none of user_id, project_id; set at least one of them"},
        {OPEN "api_key_env = K\nproject_id = 1\n",
         "a.ini:1: [provider sales] has no data_set_id; set data_set_id there, "
         "or in each of its agents' sections"},
    };
    for (size_t i = 0; i < COUNT(missing); i++) {
        bind(missing[i].text);
        assert_int_equal(options_complete(&provider, &config.providers[0].place, &failure), -1);
        assert_string_equal(failure.text, missing[i].message);
    }
    bind(OPEN "api_key_env = K\nproject_id = 1\ndata_set_id = 1\n");
    assert_int_equal(options_complete(&provider, &config.providers[0].place, &failure), 0);
    bind(OPEN "api_key_env = K\n[agent x]\nprovider = sales\nproject_id = 1\ndata_set_id = 1\n");
    assert_int_equal(options_complete(&provider, &config.providers[0].place, NULL), -1);
    assert_int_equal(options_complete(&agent, &config.agents[0].place, &failure), 0);
    bind(OPEN "api_key_env = K\n[agent x]\nprovider = sales\nproject_id = 1\n");
    assert_int_equal(options_complete(&agent, &config.agents[0].place, &failure), -1);
    assert_string_equal(failure.text,
                        "a.ini:3: [agent x] has no data_set_id; set data_set_id there or in its provider's "
                        "section");
    bind(AGENT "project_id = 1\n");
    assert_int_equal(options_complete(&agent, &config.agents[0].place, &failure), -1);
    assert_string_equal(failure.text,
                        "a.ini:2: [agent x] has no api_key; set one of api_key_env, api_key_file, "
                        "api_key_command, api_key_credential, api_key in its provider's section");
    fixture_write("a.ini", "");
    assert_int_equal(bind_with("provider sales.user_id=abc"), 0);
    assert_int_equal(options_complete(&provider, &config.providers[0].place, &failure), -1);
    assert_string_equal(failure.text,
                        "-o: [provider sales] has no api_key; set one of api_key_env, api_key_file, "
                        "api_key_command, api_key_credential, api_key");
}

/* Across files the later form wins and replaces the others. */
static void test_forms_merge(void **state)
{
    char etc[4 * PATH_MAX];
    (void)state;
    fixture_mkdir("etc");
    fixture_mkdir("etc/nuncio");
    fixture_mkdir("etc/nuncio/conf.d");
    fixture_write("etc/nuncio/nuncio.ini", OPEN "api_key_env = A\ntoken_file = t\n");
    fixture_write("etc/nuncio/conf.d/1.ini", OPEN "api_key_file = keys/b\n");
    fixture_write("etc/nuncio/conf.d/2.ini", OPEN "token = literal\n");
    snprintf(etc, sizeof etc, "%s", fixture_text("$/etc"));
    struct config_request request = {0};
    reset();
    assert_int_equal(config_read_in(etc, &request, &config, &failure), 0);
    assert_int_equal(options_bind(&plugin, &config.providers[0].options, NULL, &provider, &failure), 0);
    assert_int_equal(provider.items[0].form, SECRET_FILE);
    assert_string_equal(provider.items[0].source, fixture_text("$/etc/nuncio/conf.d/keys/b"));
    assert_int_equal(provider.items[7].form, SECRET_LITERAL);
    /* An earlier form set anew by a later file. */
    fixture_write("etc/nuncio/conf.d/3.ini", OPEN "api_key_env = C\n");
    static const char *const override[] = {"provider sales.token_file=x", "provider sales.token_env=D"};
    request = (struct config_request){.overrides = override, .override_count = 2};
    reset();
    assert_int_equal(config_read_in(etc, &request, &config, &failure), 0);
    assert_int_equal(options_bind(&plugin, &config.providers[0].options, NULL, &provider, &failure), 0);
    assert_int_equal(provider.items[0].form, SECRET_ENV);
    assert_string_equal(provider.items[0].source, "C");
    assert_int_equal(provider.items[7].form, SECRET_ENV);
    assert_string_equal(provider.items[7].source, "D");
}

static void test_literal(void **state)
{
    char expected[512];
    (void)state;
    fixture_write("a.ini", OPEN "\napi_key = sk-literal\n");
    assert_int_equal(bind_with(NULL), 0);
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_value(&provider, "api_key", "sk-literal");
    assert_int_equal(chmod("a.ini", 0644), 0);
    assert_int_equal(bind_with(NULL), -1);
    snprintf(expected, sizeof expected,
             "a.ini:3: api_key: a.ini holds a secret and is open to others (owner uid %u, mode 0644); run: "
             "chmod %s "
             "a.ini",
             (unsigned)geteuid(), geteuid() == 0 ? "o=,g-wx" : "go=");
    assert_string_equal(failure.text, expected);
    assert_int_equal(chmod("a.ini", 0640), 0);
    assert_int_equal(bind_with(NULL), geteuid() == 0 ? 0 : -1);
    assert_int_equal(chmod("a.ini", 0620), 0);
    assert_int_equal(bind_with(NULL), -1);
    /* Other forms may stand in a file that everybody reads. */
    fixture_write("a.ini", OPEN "api_key_env = K\n");
    assert_int_equal(chmod("a.ini", 0644), 0);
    assert_int_equal(bind_with(NULL), 0);
    assert_int_equal(bind_with("provider sales.api_key=sk-visible"), -1);
    assert_string_equal(failure.text,
                        "-o: api_key is a secret, and others can see command lines; set it in a file, or "
                        "set api_key_env");
    assert_int_equal(bind_with("provider sales.api_key_command=echo sk-visible"), -1);
    assert_holds(failure.text, "-o: api_key_command is a secret");
    assert_int_equal(bind_with("provider sales.api_key_env=OTHER"), 0);
    assert_string_equal(provider.items[0].source, "OTHER");
}

static void test_resolve(void **state)
{
    char expected[4 * PATH_MAX];
    (void)state;
    bind(OPEN "api_key_env = NUNCIO_TEST_KEY\ntoken_command = cat token\n");
    assert_int_equal(options_resolve(&provider, &failure), -1);
    assert_string_equal(failure.text,
                        "a.ini:2: api_key_env: the environment variable NUNCIO_TEST_KEY is not set; set it "
                        "to the secret");
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    setenv("NUNCIO_TEST_KEY", "sk-1", 1);
    assert_int_equal(options_resolve(&provider, &failure), -1);
    assert_string_equal(failure.text,
                        "a.ini:3: token_command: cat failed with exit status 1; run it to see why");
    fixture_write("token", "t-1\n");
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_value(&provider, "api_key", "sk-1");
    assert_value(&provider, "token", "t-1");
    /* Again is for free, and does not look again. */
    setenv("NUNCIO_TEST_KEY", "sk-2", 1);
    assert_int_equal(unlink("token"), 0);
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_value(&provider, "api_key", "sk-1");
    unsetenv("NUNCIO_TEST_KEY");

    fixture_mkdir("home");
    fixture_write("home/key", "sk-3\n");
    bind(OPEN "api_key_file = ~/key\n");
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_value(&provider, "api_key", "sk-3");
    assert_int_equal(chmod("home/key", 0604), 0);
    bind(OPEN "api_key_file = ~/key\n");
    assert_int_equal(options_resolve(&provider, &failure), -1);
    snprintf(expected, sizeof expected,
             "a.ini:2: api_key_file: %s/home/key holds a secret and is open to others (owner uid %u, mode "
             "0604); run: "
             "chmod %s %s/home/key",
             fixture_directory, (unsigned)geteuid(), geteuid() == 0 ? "o=,g-wx" : "go=", fixture_directory);
    assert_string_equal(failure.text, expected);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
}

static void assert_hidden(const char *text, const char *expected)
{
    char room[100];
    size_t size = strlen(text);
    assert_true(size < sizeof room);
    memcpy(room, text, size + 1);
    options_hide(&agent, room, &size);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(room, expected);
}

/* Wherever it stands and however often; an agent's lie with its provider. */
static void test_hide(void **state)
{
    (void)state;
    bind("[provider sales]\napi_key_env = NUNCIO_TEST_KEY\ntoken_env = NUNCIO_TEST_TOKEN\n"
         "[agent x]\nprovider = sales\n");
    setenv("NUNCIO_TEST_KEY", "sk-12345", 1);
    setenv("NUNCIO_TEST_TOKEN", "shorter", 1);
    assert_hidden("sk-12345", "sk-12345");
    assert_int_equal(options_resolve(&provider, &failure), 0);
    assert_hidden("sk-12345", "***");
    assert_hidden("a sk-12345, sk-12345sk-12345.", "a ***, ******.");
    assert_hidden("sk-1234 sk-123456", "sk-1234 ***6");
    assert_hidden("a shorter one", "a shorter one");
    assert_hidden("", "");
    size_t none = 0;
    options_hide(&agent, NULL, &none);
    unsetenv("NUNCIO_TEST_KEY");
    unsetenv("NUNCIO_TEST_TOKEN");
}

static void assert_text_hidden(const char *text, const char *expected)
{
    char room[100];
    snprintf(room, sizeof room, "%s", text);
    options_hide_text(&agent, room);
    assert_string_equal(room, expected);
}

static void assert_location(const char *location, const char *expected)
{
    char room[60];
    options_show_location(&agent, location, room, sizeof room);
    assert_string_equal(room, expected);
}

/* However a vendor writes it: with JSON's escapes, cut, or in a URL. */
static void test_hide_forms(void **state)
{
    static const char answer[] =
        "{\"sk-\\u0061\\/b+12345\":1,\"a\":[\"is \\u0073k-a\\/b+12345.\",\"other\",\"sk-a/b+1234\",7]}";
    struct json_document *document;
    (void)state;
    bind("[provider sales]\napi_key_env = NUNCIO_TEST_KEY\n[agent x]\nprovider = sales\n");
    setenv("NUNCIO_TEST_KEY", "sk-a/b+12345", 1);
    assert_int_equal(json_parse(answer, strlen(answer), &document), JSON_GOOD);
    assert_location("http://x/sk-a/b+12345", "http://x/sk-a/b+12345");
    assert_int_equal(options_resolve(&provider, &failure), 0);
    options_hide_strings(&agent, document);
    char *printed = json_text(document, json_root(document));
    assert_string_equal(printed, "{\"***\":1,\"a\":[\"is ***.\",\"other\",\"sk-a/b+1234\",7]}");
    free(printed);
    json_destroy(document);
    options_hide_strings(&agent, NULL);

    assert_text_hidden("", "");
    assert_text_hidden("key sk-a/b+12345 is", "key *** is");
    assert_text_hidden("key sk-a/b+1234", "key ***");
    assert_text_hidden("key sk-a/b+1", "key ***");
    assert_text_hidden("sk-a/b+1", "***");
    assert_text_hidden("key sk-a/b+", "key sk-a/b+");
    assert_text_hidden("key sk-a/b+1234.", "key sk-a/b+1234.");

    assert_location(NULL, "another place");
    assert_location("http://x/%2", "http://x/%2");
    assert_location("http://x/%zz\x1b[1m", "http://x/%zz?[1m");
    assert_location("http://x/?k=sk-a/b+12345", "a URL with the key in it");
    assert_location("http://x/sk-a%2Fb%2b12345", "a URL with the key in it");
    assert_location("http://x/%73%6b%2Da/b+12345#", "a URL with the key in it");
    assert_location("http://x/%00sk-a/b%2B12345", "a URL with the key in it");
    /* Where it is cut, too. */
    assert_location("http://x/12345678901234567890123456789012345678901sk-a/b+12345",
                    "a URL with the key in it");
    unsetenv("NUNCIO_TEST_KEY");
}

static void test_no_options(void **state)
{
    static const struct nuncio_plugin bare = {.name = "bare"};
    (void)state;
    fixture_write("a.ini", OPEN "user_id = 1\n");
    struct config_request request = {.file = "a.ini"};
    struct option_values values = {0};
    reset();
    assert_int_equal(config_read(&request, &config, &failure), 0);
    assert_int_equal(options_bind(&bare, &config.providers[0].options, NULL, &values, &failure), -1);
    assert_string_equal(failure.text, "a.ini:2: unknown key user_id; plugin bare takes none of its own");
    struct config_entries none = {0};
    assert_int_equal(options_bind(&bare, &none, NULL, &values, &failure), 0);
    assert_int_equal(options_complete(&values, &config.providers[0].place, &failure), 0);
    assert_int_equal(options_resolve(&values, &failure), 0);
    options_finish(&values);
    options_finish(&values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_agent),       cmocka_unit_test(test_service),
        cmocka_unit_test(test_mistakes),    cmocka_unit_test(test_complete),
        cmocka_unit_test(test_forms_merge), cmocka_unit_test(test_literal),
        cmocka_unit_test(test_resolve),     cmocka_unit_test(test_no_options),
        cmocka_unit_test(test_hide),        cmocka_unit_test(test_hide_forms),
    };
    return cmocka_run_group_tests(tests, fixture_enter, finish);
}
