/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

struct vendor {
    const char *answer; /* NULL: breaks the connection */
    bool held;
};

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    const struct vendor *vendor = context;
    (void)request, (void)number;
    answer->end = SERVER_FIN;
    if (vendor->answer)
        server_say(answer, "%s", vendor->answer);
}

struct fixture {
    struct vendor vendor;
    struct running running;
    char told[4096];
};

static struct fixture fixture;

static void start(const char *provider, const char *answer)
{
    fixture.vendor = (struct vendor){.answer = answer};
    running_start(&fixture.running, script, &fixture.vendor, provider);
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&fixture.running);
    return 0;
}

static void tell(void *context, const struct nuncio_check_info *info)
{
    char *text = context;
    size_t size = strlen(text);
    snprintf(text + size, sizeof(fixture.told) - size, "%s/%s/%s: %s\n", info->subject, info->what,
             nuncio_error_class_name(info->error_class), info->text);
}

static const char *check(uint32_t online)
{
    fixture.told[0] = '\0';
    assert_int_equal(nuncio_check(fixture.running.nuncio, online, tell, fixture.told, NULL), 0);
    return fixture.told;
}

#define BARE(status) "HTTP/1.1 " status " Said\r\nContent-Length: 2\r\n\r\n{}"
#define KEY_READ     "provider sales/key/none: every key can be read\n"

static void test_offline(void **state)
{
    (void)state;
    start("", BARE("200"));
    assert_string_equal(check(0), KEY_READ);
    assert_int_equal(server_connection_count(fixture.running.server), 0);
}

/* The certificates are not there: no use in asking. */
static void test_ca_file(void **state)
{
    (void)state;
    start("ca_file = /nonexistent/ca.pem\n", BARE("200"));
    assert_holds(check(1), "provider sales/ca_file/invalid: ");
    assert_holds(fixture.told,
                 "ca_file /nonexistent/ca.pem cannot be read: No such file or directory\n" KEY_READ);
    assert_null(strstr(fixture.told, "online"));
    assert_int_equal(server_connection_count(fixture.running.server), 0);
}

static void test_accepted(void **state)
{
    (void)state;
    start("", BARE("200"));
    assert_string_equal(check(1), KEY_READ "provider sales/online/none: the vendor accepts the key\n");
    assert_int_equal(server_requests(fixture.running.server), 1);
    assert_holds(fixture.running.server->requests[0].text, "GET /me HTTP/1.1\r\n");
    assert_holds(fixture.running.server->requests[0].text, "Authorization: Bearer s3cret\r\n");
}

static void test_refused(void **state)
{
    (void)state;
    start("", BARE("401"));
    assert_holds(check(1), "provider sales/online/auth: sales: the key was refused");
    assert_holds(fixture.told, "(HTTP 401)");
    fixture.vendor.answer = BARE("500");
    assert_holds(check(1), "provider sales/online/unavailable: ");
}

static void test_redirect(void **state)
{
    (void)state;
    start("",
          "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\x1b[2J\r\nContent-Length: 0\r\n\r\n");
    assert_holds(check(1), "provider sales/online/invalid: ");
    assert_holds(fixture.told, "the vendor points to https://elsewhere.example/?[2J; is base_url");
    assert_null(strchr(fixture.told, '\x1b'));
}

static void test_broken(void **state)
{
    (void)state;
    start("", NULL);
    assert_holds(check(1),
                 "provider sales/online/unreachable: sales: no connection: the connection was closed");
}

/* A plugin that has nothing to ask with does not prove a key. */
static void test_cannot(void **state)
{
    (void)state;
    start("fault = cannot_check", BARE("200"));
    assert_holds(check(1), "provider sales/online/none: there is no harmless request");
    assert_null(strstr(fixture.told, "accepts"));
    assert_int_equal(server_connection_count(fixture.running.server), 0);
}

/* Nor one that has no such step, or refuses to build it. */
static void test_no_step(void **state)
{
    (void)state;
    start("fault = refuse_check", BARE("200"));
    nuncio_destroy(fixture.running.nuncio);
    fixture.running.nuncio = NULL;
    running_configure(&fixture.running, "fault = refuse_check",
                      "[provider second]\nplugin = good\napi_key = x\nbase_url = https://x.example\n");
    struct nuncio_failure failure;
    assert_int_equal(running_create(&fixture.running, &failure), 0);
    assert_holds(check(1), "provider sales/online/invalid: ");
    assert_holds(fixture.told, "the key has the wrong form");
    assert_holds(fixture.told, "provider second/online/none: this vendor has no harmless request");
    assert_int_equal(server_connection_count(fixture.running.server), 0);
}

/* Nor does one that answers what CHECK cannot end with. */
static void test_odd_verdict(void **state)
{
    (void)state;
    start("fault = wait_check", BARE("200"));
    assert_holds(check(1), "provider sales/online/internal: ");
}

/* A key that cannot be read: nothing is asked of the vendor; the other providers are looked at. */
static void test_no_key(void **state)
{
    (void)state;
    start("", BARE("200"));
    nuncio_destroy(fixture.running.nuncio);
    fixture.running.nuncio = NULL;
    running_configure(&fixture.running, "",
                      "[provider other]\nplugin = chat\nbase_url = https://x.example\n"
                      "api_key_env = NUNCIO_TEST_UNSET\n[provider bad]\nplugin = chat\ncan = threads\n"
                      "base_url = https://x.example");
    unsetenv("NUNCIO_TEST_UNSET");
    struct nuncio_failure failure;
    assert_int_equal(running_create(&fixture.running, &failure), 0);
    assert_holds(check(0), KEY_READ "provider other/key/invalid: ");
    assert_holds(fixture.told, "NUNCIO_TEST_UNSET");
    assert_holds(fixture.told, "provider bad/plugin file/invalid: ");
}

static int enter(void **state)
{
    char directory[PATH_MAX];
    running_enter(state);
    if (!realpath("plugins", directory))
        return -1;
    mocks_copy("good", directory, "good.so");
    return 0;
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_offline),     CASE(test_ca_file), CASE(test_accepted), CASE(test_refused),
        CASE(test_redirect),    CASE(test_broken),  CASE(test_cannot),   CASE(test_no_step),
        CASE(test_odd_verdict), CASE(test_no_key),
    };
    return cmocka_run_group_tests(tests, enter, fixture_leave);
}
