/* SPDX-License-Identifier: MIT */
/* What stands between us and the vendor: proxies that do not answer, and redirects that take their time. Which requests
   go by way of a proxy is in test_http_easy.c. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"
#include "transferring.h"

/* Leads on and on, each time after a while. */
static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context;
    (void)request;
    server_say(answer, "HTTP/1.1 302 Elsewhere\r\nLocation: /%u\r\nContent-Length: 0\r\n\r\n", number);
    answer->delay_ms = 300;
}

static struct transferring made;

static void run(const char *url, const char *proxy)
{
    struct http *http = transferring_http();
    transferring_init(&made, "POST", url, "", "{}");
    made.terms.proxy = proxy;
    made.terms.allow_http = true;
    transferring_run(http, &made);
    transferring_finish(&made);
    http_destroy(http);
    assert_int_equal(made.result.end, HTTP_NOT_SENT);
}

static void check(const char *url, const char *proxy, const char *named)
{
    run(url, proxy);
    if (strncmp(made.text, named, strlen(named)) != 0 || strlen(made.text) <= strlen(named))
        fail_msg("%s by %s: %s", url, proxy, made.text);
    if (strstr(made.text, "s3cret"))
        fail_msg("%s by %s: %s", url, proxy, made.text);
}

/* Port 1 of this machine refuses. */
static void test_configured(void **state)
{
    static const char named[] = "by way of the proxy 127.0.0.1:1: ";
    (void)state;
    check("http://shop.example/x", "http://127.0.0.1:1", named);
    check("http://shop.example/x", "127.0.0.1:1", named);
    check("http://shop.example/x", "http://127.0.0.1:1/", named);
    check("https://shop.example/x", "http://user:s3cret@127.0.0.1:1/@x", named);
    check("https://shop.example/x", "http://us@er:s3cret@127.0.0.1:1", named);
    check("https://shop.example/x", "http://nowhere.invalid:3128",
          "by way of the proxy nowhere.invalid:3128: ");
}

static void check_environment(const char *name, const char *url, bool named)
{
    setenv(name, "http://127.0.0.1:1", 1);
    if (named) {
        check(url, NULL, "by way of the proxy 127.0.0.1:1: ");
    } else {
        run(url, NULL);
        assert_null(strstr(made.text, "proxy"));
    }
    unsetenv(name);
}

static void test_environment(void **state)
{
    (void)state;
    check_environment("http_proxy", "http://shop.invalid/x", true);
    check_environment("https_proxy", "https://shop.invalid/x", true);
    check_environment("HTTPS_PROXY", "https://shop.invalid/x", true);
    check_environment("all_proxy", "http://shop.invalid/x", true);
    check_environment("ALL_PROXY", "https://shop.invalid/x", true);
    check_environment("http_proxy", "https://shop.invalid/x", false);
    check_environment("http_proxy", "http://127.0.0.1:1/x", false);
    setenv("no_proxy", "shop.invalid", 1);
    check_environment("http_proxy", "http://shop.invalid/x", false);
    unsetenv("no_proxy");
    /* "" in the configuration: none. */
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    run("https://127.0.0.2:1/x", "");
    assert_null(strstr(made.text, "proxy"));
}

static void test_redirects_share_the_time(void **state)
{
    struct server *server = server_start(script, NULL);
    struct http *http = transferring_http();
    (void)state;
    transferring_init(&made, "GET", server->url, "/", NULL);
    made.terms.timeout_ms = 700;
    transferring_run(http, &made);
    assert_int_equal(made.result.end, HTTP_BROKEN);
    assert_true(made.result.timed_out);
    transferring_finish(&made);
    http_destroy(http);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configured),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_redirects_share_the_time),
    };
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
