/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "provider.h"
#include "running.h"

struct fixture {
    struct config config;
    struct registry *registry;
    struct directory directory;
    struct nuncio_failure failure;
};

static struct fixture fixture;

/* For cmocka's group: two plugins. */
static int enter(void **state)
{
    char directory[PATH_MAX];
    running_enter(state);
    if (!realpath("plugins", directory))
        return -1;
    mocks_copy("good", directory, "good.so");
    mocks_copy("needs", directory, "needs.so");
    mocks_copy("wrong_major", directory, "wrong_major.so");
    return 0;
}

/* Reads a configuration of these lines and makes the directory of it. */
static int make(const char *lines)
{
    char text[8192];
    const struct config_request request = {.file = "nuncio.ini"};
    fixture = (struct fixture){.registry = NULL};
    snprintf(text, sizeof(text), "[nuncio]\nplugin_path = %.4000s/plugins\n%s", fixture_directory, lines);
    fixture_write("nuncio.ini", text);
    if (config_read(&request, &fixture.config, &fixture.failure) < 0 ||
        registry_create(&fixture.config, &fixture.registry, &fixture.failure) < 0)
        fail_msg("%s", fixture.failure.text);
    return directory_create(&fixture.config, fixture.registry, &fixture.directory, &fixture.failure);
}

static void unmake(void)
{
    directory_finish(&fixture.directory);
    registry_destroy(fixture.registry);
    config_finish(&fixture.config);
}

static void check_made(const char *lines)
{
    if (make(lines) < 0)
        fail_msg("%s", fixture.failure.text);
}

static void check_mistake(const char *lines, const char *text)
{
    assert_int_equal(make(lines), -1);
    assert_int_equal(fixture.failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(fixture.failure.text, text);
    assert_null(fixture.directory.providers); /* untouched */
    unmake();
}

#define URL "base_url = https://chat.example\n"

static void test_providers(void **state)
{
    (void)state;
    check_made("[provider one]\nplugin = chat\n" URL "max_in_flight = 3\nrate = 5/m\ncan = sync\n"
               "[provider two]\nplugin = good\napi_key = x\n"
               "[agent first]\nprovider = one\nid = a1\n"
               "[agent second]\nprovider = one\ncan = poll,queue\ngate = g\n"
               "[agent third]\nprovider = two\nid = a3\n");
    const struct provider *one = &fixture.directory.providers[0], *two = &fixture.directory.providers[1];
    assert_int_equal(fixture.directory.provider_count, 2);
    assert_int_equal(fixture.directory.agent_count, 3);
    assert_string_equal(one->base_url, "https://chat.example");
    assert_string_equal(two->base_url, "https://good.example/api"); /* the plugin's */
    assert_string_equal(one->plugin->name, "chat");
    assert_int_equal(one->traits.capabilities, NUNCIO_SYNC); /* narrowed by configure() */
    assert_int_equal(two->traits.capabilities, NUNCIO_SYNC | NUNCIO_ASYNC_POLL | NUNCIO_THREADS);
    assert_null(two->instance);
    assert_null(one->traits.gate);
    assert_int_equal(one->admission.max_in_flight, 3);
    assert_int_equal(one->admission.rate_count, 5);
    assert_int_equal(one->admission.rate_period_ms, 60000);
    assert_int_equal(two->admission.rate_count, 0);
    /* An agent's own options reach the plugin too, in an instance of its own. */
    const struct agent *agents = fixture.directory.agents;
    assert_int_equal(agents[0].traits.capabilities, NUNCIO_SYNC);
    assert_int_equal(agents[1].traits.capabilities, NUNCIO_ASYNC_POLL | NUNCIO_QUEUED);
    assert_string_equal(agents[1].traits.gate, "g");
    assert_ptr_not_equal(agents[0].instance, agents[1].instance);
    assert_ptr_equal(agents[2].provider, two);
    unmake();
}

static void test_mistakes(void **state)
{
    (void)state;
    check_mistake("[provider one]\nplugin = chat\n", "nuncio.ini:3: [provider one] has no base_url");
    check_mistake("[provider one]\nplugin = chat\nbase_url = http://a.b=c\n",
                  "nuncio.ini:5: base_url = http://a.b=c is no URL; write https://HOST/PATH");
    check_mistake("[provider one]\nplugin = chatt\n" URL, "nuncio.ini:4: ");
    check_mistake("[provider one]\nplugin = chatt\n" URL, "chat");
    check_mistake("[provider chatt]\n" URL, "nuncio.ini:3: ");
    check_mistake("[provider one]\nplugin = chat\n" URL "fualt = x\n", "nuncio.ini:6: ");
    check_mistake("[provider one]\nplugin = chat\n" URL "fault = configure\n",
                  "[provider one]: the fault is configured");
    check_mistake("[provider one]\nplugin = chat\n" URL "[agent a]\nprovider = one\nfault = configure\n",
                  "nuncio.ini:6: [agent a]: the fault is configured");
    check_mistake("[provider one]\nplugin = good\n", "api_key"); /* is required */
    check_mistake("[provider one]\nplugin = good\napi_key = x\nretries = 99\n", "nuncio.ini:6: ");
    check_mistake("[provider one]\nplugin = good\napi_key = x\n[agent a]\nprovider = one\n",
                  "nuncio.ini:6: [agent a] has no id");
    check_mistake(
        "[provider one]\nplugin = good\napi_key = x\n[agent a]\nprovider = one\nid = 1\napi_key = y\n",
        "nuncio.ini:9: ");
}

/* A plugin's file that is at fault is the trouble of its providers alone. */
static void test_refused(void **state)
{
    struct destination destination;
    (void)state;
    check_made("[provider old]\nplugin = wrong_major\n" URL "[provider new]\nplugin = chat\n" URL
               "[agent one]\nprovider = old\nid = 1\n[agent two]\nprovider = new\nid = 2\n");
    assert_holds(fixture.directory.providers[0].refused, "nuncio.ini:4: ");
    assert_holds(fixture.directory.providers[0].refused, "wrong_major.so");
    assert_null(fixture.directory.providers[1].refused);
    assert_int_equal(directory_find(&fixture.directory, "two", &destination, NULL), 0);
    assert_int_equal(directory_find(&fixture.directory, "one", &destination, &fixture.failure), -1);
    assert_int_equal(fixture.failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(fixture.failure.text, "wrong_major.so");
    assert_int_equal(directory_find(&fixture.directory, "old/1", &destination, &fixture.failure), -1);
    assert_holds(fixture.failure.text, "wrong_major.so");
    unmake();
    /* So are traits that cannot be. */
    check_made("[provider one]\nplugin = chat\n" URL "can = threads\n");
    assert_holds(fixture.directory.providers[0].refused, "nuncio.ini:4: ");
    unmake();
}

static void test_find(void **state)
{
    struct destination to;
    (void)state;
    check_made("[provider sales]\nplugin = chat\n" URL "[provider strict]\nplugin = good\napi_key = x\n"
               "[agent research]\nprovider = sales\nid = a1\ncan = poll\n");
    const struct directory *all = &fixture.directory;
    assert_int_equal(directory_find(all, "research", &to, NULL), 0);
    assert_ptr_equal(to.provider, &all->providers[0]);
    assert_string_equal(to.agent_id, "a1");
    assert_ptr_equal(to.values, &all->agents[0].values);
    assert_ptr_equal(to.traits, &all->agents[0].traits);
    assert_ptr_equal(to.instance, all->agents[0].instance);
    assert_int_equal(directory_find(all, "sales/x/y", &to, NULL), 0); /* the id may hold a slash */
    assert_string_equal(to.agent_id, "x/y");
    assert_ptr_equal(to.values, &all->providers[0].values);
    assert_ptr_equal(to.traits, &all->providers[0].traits);
    assert_int_equal(directory_find(all, "sales/", &to, NULL), 0); /* this vendor needs none */
    assert_null(to.agent_id);

    static const char *const wrong[][2] = {
        {"strict/", "write strict/AGENT_ID"},
        {"reserch", "did you mean 'research'"},
        {"quite another thing", "'nuncio providers' lists them"},
        {"sale/x", "no agent 'sale/x'"},
        {"/x", "no agent '/x'"},
        {"", "no agent ''"},
        {"sales", "no agent 'sales'"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(directory_find(all, wrong[i][0], &to, &fixture.failure), -1);
        assert_int_equal(fixture.failure.error_class, NUNCIO_ERROR_INVALID);
        assert_holds(fixture.failure.text, wrong[i][1]);
    }
    unmake();
}

/* What a provider lacks may be in each of its agents. */
static void test_complete(void **state)
{
    struct destination to;
    (void)state;
    check_made("[provider sales]\nplugin = needs\n[agent a]\nprovider = sales\nroom = 1\n"
               "[provider other]\nplugin = needs\nroom = 3\n[agent b]\nprovider = sales\nroom = 2\n");
    assert_int_equal(directory_find(&fixture.directory, "b", &to, NULL), 0);
    assert_int_equal(directory_find(&fixture.directory, "other/", &to, NULL), 0);
    assert_int_equal(directory_find(&fixture.directory, "sales/", &to, &fixture.failure), -1);
    assert_holds(fixture.failure.text, "nuncio.ini:3: ");
    assert_holds(fixture.failure.text, "room");
    unmake();
    check_mistake("[provider sales]\nplugin = needs\n", "nuncio.ini:3: ");
    check_mistake("[provider sales]\nplugin = needs\n[agent a]\nprovider = sales\nroom = 1\n"
                  "[agent b]\nprovider = sales\n",
                  "room");
}

static void test_request_values(void **state)
{
    struct nuncio_slice value;
    uint32_t type, flags;
    (void)state;
    check_made("[provider sales]\nplugin = chat\n" URL
               "can = sync\n[agent a]\nprovider = sales\ncan = poll\n");
    struct request_values values = provider_request_values(&fixture.directory.agents[0].values, true);
    assert_true(values.printing);
    assert_true(values.option(values.context, "can", &value, &type, &flags));
    assert_slice(value, "poll");
    assert_false(values.option(values.context, "nothing", &value, &type, &flags));
    values = provider_request_values(&fixture.directory.providers[0].values, false);
    assert_false(values.printing);
    assert_true(values.option(values.context, "can", &value, &type, &flags));
    assert_slice(value, "sync");
    unmake();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_providers), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_find),
        cmocka_unit_test(test_complete),  cmocka_unit_test(test_request_values),
    };
    return cmocka_run_group_tests(tests, enter, fixture_leave);
}
