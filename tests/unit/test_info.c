/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

static struct running running;

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context, (void)request, (void)number;
    server_reply(answer, 200, "{}");
}

static const char *shown(const char *text)
{
    return text ? text : "-";
}

static void tell_agent(void *context, const struct nuncio_agent_info *info)
{
    char *text = context;
    size_t size = strlen(text);
    snprintf(text + size, 4096 - size, "%s %s %s %s %s %s|%s\n", shown(info->provider), shown(info->plugin),
             shown(info->agent), shown(info->agent_id), shown(info->capabilities), shown(info->strategy),
             shown(info->error));
}

static void tell_plugin(void *context, const struct nuncio_plugin_info *info)
{
    char *text = context;
    size_t size = strlen(text);
    snprintf(text + size, 4096 - size, "%s %s %s\n", info->name, shown(info->version),
             shown(info->capabilities));
}

/* Starts with the rest of the configuration after the agent "research". */
static void start(const char *provider, const char *rest)
{
    running_start(&running, script, NULL, "");
    nuncio_destroy(running.nuncio);
    running.nuncio = NULL;
    running_configure(&running, provider, rest);
    struct nuncio_failure failure;
    if (running_create(&running, &failure) < 0)
        fail_msg("%s", failure.text);
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&running);
    return 0;
}

static void test_agents(void **state)
{
    char told[4096] = "";
    (void)state;
    start("can = queue,poll,threads,cancel",
          "[agent second]\nprovider = sales\ncan = poll,open\n[provider alone]\nplugin = chat\n"
          "base_url = https://x.example\n");
    assert_int_equal(nuncio_each_agent(running.nuncio, tell_agent, told, NULL), 0);
    assert_string_equal(told, "sales chat research a1 queued,async-poll,threads,cancel queued|-\n"
                              "sales chat second - async-poll,threads-required thread+async-poll|-\n"
                              "alone chat - - sync,threads sync|-\n");
    assert_int_equal(server_connection_count(running.server), 0);
}

static void test_refused(void **state)
{
    char told[4096] = "";
    (void)state;
    start("", "[provider bad]\nplugin = chat\nbase_url = https://x.example\ncan = threads\n[agent lost]\n"
              "provider = bad\nid = 7\n");
    assert_holds(running.log, "provider bad cannot be used: ");
    assert_int_equal(nuncio_each_agent(running.nuncio, tell_agent, told, NULL), 0);
    assert_holds(told, "sales chat research a1 sync,threads sync|-\n");
    assert_holds(told, "bad chat lost 7 - -|nuncio.ini:");
    assert_null(strstr(strstr(told, "lost 7") + 1, "\nbad")); /* told once */
}

static void test_plugins(void **state)
{
    char told[4096] = "";
    (void)state;
    start("", "");
    assert_int_equal(nuncio_each_plugin(running.nuncio, tell_plugin, told, NULL), 0);
    assert_holds(told, "chat 1 queued,async-poll,sync,threads,threads-required,cancel,attachments,history\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_agents, teardown),
        cmocka_unit_test_teardown(test_refused, teardown),
        cmocka_unit_test_teardown(test_plugins, teardown),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
