/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"
#include "transferring.h"

struct plan {
    const char *elsewhere; /* another server's URL */
    bool reset;            /* break by RST, not FIN */
};

static void redirect(struct server_answer *answer, int status, const char *location)
{
    server_say(answer, "HTTP/1.1 %d Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status,
               location);
}

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    const struct plan *plan = context;
    char location[256];
    (void)number;
    if (strstr(request->text, " /hold"))
        answer->held = true;
    if (strstr(request->text, " /drop")) {
        answer->end = plan->reset ? SERVER_RST : SERVER_FIN;
    } else if (strstr(request->text, " /loop")) {
        redirect(answer, 302, "/loop");
    } else if (strstr(request->text, " /here")) {
        redirect(answer, 307, "/there?x=1");
    } else if (strstr(request->text, " /away")) {
        snprintf(location, sizeof(location), "%s/there", plan->elsewhere);
        redirect(answer, 308, location);
    } else if (strstr(request->text, " /nowhere")) {
        server_say(answer, "HTTP/1.1 304 Nothing\r\nContent-Length: 0\r\n\r\n");
    } else if (strstr(request->text, " /status/")) {
        server_say(answer, "HTTP/1.1 %.3s Odd\r\nContent-Length: 0\r\n\r\n",
                   strstr(request->text, " /status/") + 9);
        answer->end = SERVER_FIN;
    } else if (strstr(request->text, " /garbage")) {
        server_say(answer, "hello\r\n\r\n");
        answer->end = SERVER_FIN;
    } else {
        server_reply(answer, 200, "{\"ok\":1}");
    }
}

struct fixture {
    struct plan plan;
    struct server *server;
    struct http *http;
    struct transferring made;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.server = server_start(script, &fixture.plan), .http = transferring_http()};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    transferring_finish(&fixture->made);
    http_destroy(fixture->http);
    server_stop(fixture->server);
    return 0;
}

static void run(struct fixture *fixture, const char *method, const char *path)
{
    transferring_finish(&fixture->made);
    transferring_init(&fixture->made, method, fixture->server->url, path,
                      strcmp(method, "GET") == 0 ? NULL : "{\"a\":1}");
    transferring_run(fixture->http, &fixture->made);
}

static void run_url(struct fixture *fixture, const char *url)
{
    transferring_finish(&fixture->made);
    transferring_init(&fixture->made, "POST", url, "", "{}");
    transferring_run(fixture->http, &fixture->made);
}

static void test_answer(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "POST", "/send");
    assert_end(&fixture->made, HTTP_ANSWERED, 200);
    assert_int_equal(fixture->made.left, 1);
    assert_string_equal(buffer_text(&fixture->made.response.body), "{\"ok\":1}");
    assert_string_equal(buffer_text(&fixture->made.response.headers),
                        "Content-Type: application/json\nContent-Length: 8\n");
    run(fixture, "GET", "/poll");
    assert_end(&fixture->made, HTTP_ANSWERED, 200);
    assert_int_equal(fixture->made.left, 0);                       /* no effects: nobody asks */
    assert_int_equal(server_connection_count(fixture->server), 1); /* kept alive */
    run(fixture, "GET", "/status/404");
    assert_end(&fixture->made, HTTP_ANSWERED, 404);
    run(fixture, "GET", "/status/599");
    assert_end(&fixture->made, HTTP_ANSWERED, 599);
}

static void test_no_answer(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "POST", "/garbage");
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    run(fixture, "POST", "/status/600");
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    run(fixture, "POST", "/status/100");
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    run(fixture, "POST", "/drop");
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    assert_false(fixture->made.result.timed_out);
    assert_false(fixture->made.result.permanent);
    assert_holds(fixture->made.text, "closed before an answer");
}

/* The guard: libcurl would send a request again by itself when a reused connection dies. */
static void check_guard(struct fixture *fixture, bool reset)
{
    server_restart(fixture->server, script, &fixture->plan);
    fixture->plan.reset = reset;
    run(fixture, "POST", "/first");
    assert_end(&fixture->made, HTTP_ANSWERED, 200);
    run(fixture, "POST", "/drop");
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    assert_int_equal(fixture->made.left, 1);
    assert_false(fixture->made.result.permanent);
    assert_holds(fixture->made.text, "closed before an answer");
    assert_int_equal(server_requests_like(fixture->server, "POST /drop"), 1);
}

static void test_guard(void **state)
{
    check_guard(*state, false);
    check_guard(*state, true);
}

/* Without effects libcurl may do so, which shows that the guard is what holds it back. */
static void test_without_guard(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "POST", "/first");
    transferring_finish(&fixture->made);
    transferring_init(&fixture->made, "POST", fixture->server->url, "/drop", "{}");
    fixture->made.terms.effects = false;
    transferring_run(fixture->http, &fixture->made);
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    assert_true(server_requests_like(fixture->server, "POST /drop") > 1);
}

static void test_may_not_leave(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 2; i++) { /* on a new and on a kept connection */
        transferring_finish(&fixture->made);
        transferring_init(&fixture->made, "POST", fixture->server->url, "/send", "{}");
        fixture->made.refuse = true;
        transferring_run(fixture->http, &fixture->made);
        assert_end(&fixture->made, HTTP_NOT_SENT, 0);
        assert_true(fixture->made.result.permanent);
        assert_int_equal(server_requests(fixture->server), (unsigned)i);
        run(fixture, "POST", "/first");
    }
}

static void test_not_sent(void **state)
{
    struct fixture *fixture = *state;
    char url[300];
    int closed = server_listen(1, url);
    close(closed);
    run_url(fixture, url);
    assert_end(&fixture->made, HTTP_NOT_SENT, 0);
    assert_int_equal(fixture->made.left, 0);
    assert_false(fixture->made.result.permanent);
    assert_false(fixture->made.result.timed_out);

    /* A label of 64 bytes is no name: nothing is asked of a name server. */
    snprintf(url, sizeof(url), "https://%064d.example/", 7);
    run_url(fixture, url);
    assert_end(&fixture->made, HTTP_NOT_SENT, 0);
    assert_int_equal(fixture->made.left, 0);
    assert_false(fixture->made.result.permanent);
}

static void test_tls_fails(void **state)
{
    struct fixture *fixture = *state;
    char url[80];
    snprintf(url, sizeof(url), "https%s", fixture->server->url + 4);
    fixture->server->break_after = 1;
    run_url(fixture, url);
    assert_end(&fixture->made, HTTP_NOT_SENT, 0);
    assert_int_equal(fixture->made.left, 0);
    assert_false(fixture->made.result.permanent);
    assert_int_equal(server_connection_count(fixture->server), 1); /* there was a handshake */
}

static void test_wrong_urls(void **state)
{
    static const char *const urls[] = {"http://[/", "ftp://127.0.0.1/", "file:///etc/passwd",
                                       "gopher://127.0.0.1/"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        run_url(*state, urls[i]);
        assert_end(&((struct fixture *)*state)->made, HTTP_NOT_SENT, 0);
        assert_true(((struct fixture *)*state)->made.result.permanent);
    }
}

/* ---- Time -------------------------------------------------------------------------------------------------
 */

static void test_timeout(void **state)
{
    struct fixture *fixture = *state;
    transferring_init(&fixture->made, "POST", fixture->server->url, "/hold", "{}");
    fixture->made.terms.timeout_ms = 50;
    int64_t start = clock_monotonic();
    transferring_run(fixture->http, &fixture->made);
    assert_end(&fixture->made, HTTP_BROKEN, 0);
    assert_true(fixture->made.result.timed_out);
    assert_true(clock_monotonic() - start >= 50);
    assert_int_equal(server_requests(fixture->server), 1);
}

/* A listener that never accepts, its queue full: the connection is never made. */
static void test_connect_timeout(void **state)
{
    struct fixture *fixture = *state;
    struct transferring first[4];
    char url[64];
    int listener = server_listen(0, url);
    for (size_t i = 0; i < COUNT(first); i++) {
        transferring_init(&first[i], "POST", url, "/", "{}");
        first[i].terms.connect_timeout_ms = 200;
        first[i].terms.timeout_ms = 400;
        transferring_start(fixture->http, &first[i]);
    }
    unsigned not_sent = 0;
    for (size_t i = 0; i < COUNT(first); i++) {
        transferring_wait(fixture->http, &first[i]);
        assert_true(first[i].result.timed_out);
        assert_int_equal(first[i].result.end, first[i].left ? HTTP_BROKEN : HTTP_NOT_SENT);
        assert_false(first[i].result.permanent);
        not_sent += !first[i].left;
        transferring_finish(&first[i]);
    }
    assert_in_range(not_sent, 1, COUNT(first) - 1);
    close(listener);
}

static void test_long_timeouts(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t times[] = {INT32_MAX, INT64_C(366) * 86400000, INT64_MAX};
    for (size_t i = 0; i < COUNT(times); i++) {
        transferring_finish(&fixture->made);
        transferring_init(&fixture->made, "POST", fixture->server->url, "/send", "{}");
        fixture->made.terms.timeout_ms = times[i];
        fixture->made.terms.connect_timeout_ms = times[i];
        transferring_run(fixture->http, &fixture->made);
        assert_end(&fixture->made, HTTP_ANSWERED, 200);
    }
}

static void test_idle(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(http_timeout(fixture->http, clock_monotonic()), -1);
    assert_int_equal(http_step(fixture->http, clock_monotonic()), 0);
    transferring_init(&fixture->made, "POST", fixture->server->url, "/send", "{}");
    transferring_start(fixture->http, &fixture->made);
    assert_int_equal(http_timeout(fixture->http, clock_monotonic()), 0); /* at once */
    transferring_wait(fixture->http, &fixture->made);
    http_step(fixture->http, clock_monotonic() + 1);
    struct pollfd entry = {.fd = http_fd(fixture->http), .events = POLLIN};
    assert_int_equal(poll(&entry, 1, 0), 0);
}

/* ---- Redirects --------------------------------------------------------------------------------------------
 */

static void test_no_redirect_with_effects(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "POST", "/here");
    assert_end(&fixture->made, HTTP_REDIRECT, 307);
    assert_holds(fixture->made.location, "/there?x=1");
    assert_int_equal(server_requests(fixture->server), 1);

    transferring_finish(&fixture->made); /* not by what is asked with POST either */
    transferring_init(&fixture->made, "POST", fixture->server->url, "/here", "{}");
    fixture->made.terms.effects = false;
    transferring_run(fixture->http, &fixture->made);
    assert_end(&fixture->made, HTTP_REDIRECT, 307);

    transferring_finish(&fixture->made);
    transferring_init(&fixture->made, "GET", fixture->server->url, "/here", NULL);
    fixture->made.terms.effects = true;
    transferring_run(fixture->http, &fixture->made);
    assert_end(&fixture->made, HTTP_REDIRECT, 307);
    assert_int_equal(server_requests(fixture->server), 3);
    assert_int_equal(server_requests_like(fixture->server, "GET /there"), 0);
}

static void test_same_origin(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "GET", "/here");
    assert_end(&fixture->made, HTTP_ANSWERED, 200);
    assert_int_equal(server_requests_like(fixture->server, "GET /there?x=1 "), 1);
    assert_string_equal(buffer_text(&fixture->made.response.body), "{\"ok\":1}");
    assert_null(strstr(buffer_text(&fixture->made.response.headers), "Location"));

    server_restart(fixture->server, script, &fixture->plan);
    run(fixture, "GET", "/loop");
    assert_end(&fixture->made, HTTP_REDIRECT, 302);
    assert_int_equal(server_requests(fixture->server), 4); /* three were followed */
}

static void test_other_origin(void **state)
{
    struct fixture *fixture = *state;
    struct server *other = server_start(script, &fixture->plan);
    fixture->plan.elsewhere = other->url;
    run(fixture, "GET", "/away");
    assert_end(&fixture->made, HTTP_REDIRECT, 308);
    assert_holds(fixture->made.location, other->url);
    run(fixture, "POST", "/away");
    assert_end(&fixture->made, HTTP_REDIRECT, 308);
    assert_int_equal(server_connection_count(other), 0);
    server_stop(other);
}

static void test_no_location(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "GET", "/nowhere");
    assert_end(&fixture->made, HTTP_REDIRECT, 304);
    assert_string_equal(fixture->made.location, "(none)");
}

/* ---- Many, and none ---------------------------------------------------------------------------------------
 */

static void test_abort(void **state)
{
    struct fixture *fixture = *state;
    struct transferring others[3];
    for (size_t i = 0; i < COUNT(others); i++) {
        transferring_init(&others[i], "POST", fixture->server->url, "/hold", "{}");
        transferring_start(fixture->http, &others[i]);
    }
    transferring_until(fixture->http, fixture->server, COUNT(others));
    run(fixture, "POST", "/send");
    http_abort(fixture->http, others[1].transfer);
    server_release(fixture->server);
    transferring_wait(fixture->http, &others[0]);
    transferring_wait(fixture->http, &others[2]);
    assert_int_equal(others[1].over, 0);
    assert_end(&others[0], HTTP_ANSWERED, 200);
    for (size_t i = 0; i < COUNT(others); i++)
        transferring_finish(&others[i]);
}

/* The leak check is the judge; nobody is called back. */
static void test_destroy_under_way(void **state)
{
    struct fixture *fixture = *state;
    struct transferring started[3];
    http_destroy(NULL);
    for (size_t i = 0; i < COUNT(started); i++) {
        transferring_init(&started[i], "POST", fixture->server->url, "/hold", "{}");
        transferring_start(fixture->http, &started[i]);
    }
    transferring_until(fixture->http, fixture->server, COUNT(started));
    http_destroy(fixture->http);
    fixture->http = NULL;
    for (size_t i = 0; i < COUNT(started); i++) {
        assert_int_equal(started[i].over, 0);
        transferring_finish(&started[i]);
    }
}

static void test_many(void **state)
{
    static struct transferring many[300];
    struct fixture *fixture = *state;
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < COUNT(many); i++) {
            transferring_init(&many[i], i % 2 ? "POST" : "GET", fixture->server->url, "/x",
                              i % 2 ? "{}" : NULL);
            transferring_start(fixture->http, &many[i]);
        }
        for (size_t i = 0; i < COUNT(many); i++)
            transferring_wait(fixture->http, &many[i]);
        for (size_t i = 0; i < COUNT(many); i++) {
            assert_end(&many[i], HTTP_ANSWERED, 200);
            assert_string_equal(buffer_text(&many[i].response.body), "{\"ok\":1}");
            transferring_finish(&many[i]);
        }
        assert_true(fixture->http->idle_count <= 256); /* handles are kept, but not all */
    }
    assert_int_equal(server_requests(fixture->server), 2 * COUNT(many));
}

/* ---- URLs -------------------------------------------------------------------------------------------------
 */

static void test_origins(void **state)
{
    static const struct {
        const char *url, *other;
        bool same;
    } pairs[] = {
        {"https://a.example/x", "https://a.example/y?z", true},
        {"https://a.example/", "https://A.EXAMPLE:443/", true},
        {"http://a.example/", "http://a.example:80", true},
        {"HTTP://a.example/", "http://a.example/", true},
        {"https://a.example/", "http://a.example/", false},
        {"https://a.example/", "https://a.example:444/", false},
        {"https://a.example/", "https://b.example/", false},
        {"https://a.example/", "https://a.example.b.example/", false},
        {"https://a.example/", "https://a.example@b.example/", false},
        {"https://[::1]/", "https://[::1]:443/", true},
        {"https://a.example/", "/relative", false},
        {"https://a.example/", "", false},
        {"", "", false},
        {"https://a.example/", "https://a.example/\x1b[2J", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (http_same_origin(pairs[i].url, pairs[i].other) != pairs[i].same ||
            http_same_origin(pairs[i].other, pairs[i].url) != pairs[i].same)
            fail_msg("%s and %s", pairs[i].url, pairs[i].other);
    }
}

static void test_loopback(void **state)
{
    static const char *const local[] = {"http://127.0.0.1/",  "http://127.1.2.3:80/x",
                                        "https://localhost/", "http://LocalHost:8080",
                                        "http://[::1]/",      "HTTP://127.0.0.1"};
    static const char *const other[] = {"http://128.0.0.1/",
                                        "http://127.example/",
                                        "http://127.0.0.1.example/",
                                        "http://localhost.example/",
                                        "http://example/?127.0.0.1",
                                        "http://[::2]/",
                                        "http://127.0.0.1@example/",
                                        "http://10.0.0.127/",
                                        "nonsense://",
                                        ""};
    (void)state;
    for (size_t i = 0; i < COUNT(local); i++) {
        if (!http_is_loopback(local[i]))
            fail_msg("%s is local", local[i]);
    }
    for (size_t i = 0; i < COUNT(other); i++) {
        if (http_is_loopback(other[i]))
            fail_msg("%s is not local", other[i]);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_answer),
        CASE(test_no_answer),
        CASE(test_guard),
        CASE(test_without_guard),
        CASE(test_may_not_leave),
        CASE(test_not_sent),
        CASE(test_tls_fails),
        CASE(test_wrong_urls),
        CASE(test_timeout),
        CASE(test_connect_timeout),
        CASE(test_long_timeouts),
        CASE(test_idle),
        CASE(test_no_redirect_with_effects),
        CASE(test_same_origin),
        CASE(test_other_origin),
        CASE(test_no_location),
        CASE(test_abort),
        CASE(test_destroy_under_way),
        CASE(test_many),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
