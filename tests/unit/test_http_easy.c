/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"
#include "fixture.h"
#include "transferring.h"

/* What the server says to each request. */
struct plan {
    const char *head, *block; /* block again and again, where there is one */
    char *own;                /* instead: all of it, freed by the server */
    size_t own_size;
};

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    struct plan *plan = context;
    (void)request;
    (void)number;
    if (plan->own) {
        answer->data = plan->own;
        answer->size = plan->own_size;
        plan->own = NULL;
    } else if (plan->block) {
        server_say(answer, "%s%s", plan->head, plan->block);
        answer->loop = strlen(plan->head);
    } else if (plan->head) {
        server_say(answer, "%s", plan->head);
    } else {
        server_reply(answer, 200, "{}");
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

static struct transferring *prepare(struct fixture *fixture, const char *method, const char *path,
                                    const char *body)
{
    transferring_finish(&fixture->made);
    transferring_init(&fixture->made, method, fixture->server->url, path, body);
    return &fixture->made;
}

/* The last request as it came. */
static const struct server_request *asked(struct fixture *fixture)
{
    unsigned count = server_requests(fixture->server);
    assert_true(count > 0);
    return &fixture->server->requests[count - 1];
}

static const char *run(struct fixture *fixture, const char *method, const char *path, const char *body)
{
    struct transferring *made = prepare(fixture, method, path, body);
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    return asked(fixture)->text;
}

/* ---- What is sent -----------------------------------------------------------------------------------------
 */

static void test_get(void **state)
{
    struct fixture *fixture = *state;
    char wanted[512];
    const char *text = run(fixture, "GET", "/a/../b/./c?x=%20", NULL);
    snprintf(wanted, sizeof(wanted),
             "GET /a/../b/./c?x=%%20 HTTP/1.1\r\nHost: %s\r\nUser-Agent: nuncio/%s\r\n"
             "Accept: application/json\r\n\r\n",
             fixture->server->url + strlen("http://"), PACKAGE_VERSION);
    assert_string_equal(text, wanted); /* the path is not tidied up, and nothing is added */
}

static void test_post(void **state)
{
    struct fixture *fixture = *state;
    char wanted[512];
    struct transferring *made = prepare(fixture, "POST", "/send", "{\"a\":\"\xC3\xA4\"}");
    made->headers[0].line = (char[]){"X-Key: s3cret"};
    made->headers[1].line = (char[]){"X-Other: 1"};
    made->request.header_count = 2;
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    snprintf(wanted, sizeof(wanted),
             "POST /send HTTP/1.1\r\nHost: %s\r\nUser-Agent: nuncio/%s\r\nAccept: application/json\r\n"
             "Content-Type: application/json\r\nX-Key: s3cret\r\nX-Other: 1\r\nContent-Length: 10\r\n\r\n"
             "{\"a\":\"\xC3\xA4\"}",
             fixture->server->url + strlen("http://"), PACKAGE_VERSION);
    assert_string_equal(asked(fixture)->text, wanted);
}

static void test_methods(void **state)
{
    struct fixture *fixture = *state;
    const char *text = run(fixture, "DELETE", "/x", NULL);
    assert_memory_equal(text, "DELETE /x HTTP/1.1\r\n", 20);
    assert_null(strstr(text, "urlencoded")); /* no form */
    assert_string_equal(server_body(asked(fixture)), "");
    text = run(fixture, "PUT", "/x", NULL);
    assert_memory_equal(text, "PUT /x HTTP/1.1\r\n", 17);
    assert_holds(text, "\r\nContent-Length: 0\r\n");
    text = run(fixture, "PATCH", "/x", "{}");
    assert_memory_equal(text, "PATCH /x HTTP/1.1\r\n", 19);
    assert_string_equal(server_body(asked(fixture)), "{}");
    text = run(fixture, "GET", "/x", NULL); /* nothing of the last one stays in the handle */
    assert_memory_equal(text, "GET /x HTTP/1.1\r\n", 17);
    assert_null(strstr(text, "Content"));
}

/* Without an empty Expect: libcurl would wait for a second before so large a body. */
static void test_large_body(void **state)
{
    struct fixture *fixture = *state;
    const size_t size = 2 * 1024 * 1024;
    struct transferring *made = prepare(fixture, "POST", "/send", "x");
    char *body = malloc(size + 1);
    assert_non_null(body);
    for (size_t i = 0; i < size; i++)
        body[i] = (char)('a' + i % 26);
    body[size] = '\0';
    made->request.body_text = body;
    made->request.body_size = made->request.body_text_size = size;
    made->segments[0] = (struct request_segment){.data = body, .size = size};
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    assert_null(strstr(asked(fixture)->text, "Expect"));
    assert_int_equal(asked(fixture)->size - asked(fixture)->head, size);
    assert_memory_equal(server_body(asked(fixture)), body, size);
    free(body);
}

/* ---- Attachments ------------------------------------------------------------------------------------------
 */

/* Base64, one byte at a time. */
static size_t encode(const unsigned char *data, size_t size, char *ret_text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t count = 0;
    uint32_t bits = 0, held = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | data[i];
        for (held += 8; held >= 6; held -= 6)
            ret_text[count++] = digits[(bits >> (held - 6)) & 63];
    }
    if (held > 0)
        ret_text[count++] = digits[(bits << (6 - held)) & 63];
    while (count % 4)
        ret_text[count++] = '=';
    return count;
}

static unsigned char *make_file(const char *name, size_t size)
{
    unsigned char *data = malloc(size);
    uint32_t random = 7;
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)((random = random * 1103515245u + 12345u) >> 16);
    fixture_write_bytes(name, (const char *)data, size);
    return data;
}

static void open_files(struct transferring *made, const char *const *names, uint64_t count)
{
    struct nuncio_failure failure;
    if (attachments_open(names, count, &made->attachments, &failure) < 0)
        fail_msg("%s", failure.text);
}

static void add_segment(struct transferring *made, const char *text, uint32_t attachment)
{
    struct request_segment *segment = &made->segments[made->request.segment_count++];
    *segment = (struct request_segment){.data = text, .attachment = attachment};
    segment->size = text ? strlen(text) : base64_size(made->attachments.items[attachment].bytes);
    made->request.body_size += segment->size;
}

/* Two files and the JSON around them, byte for byte as they must arrive. */
static void test_attachments(void **state)
{
    static const char *const names[] = {"large", "small"};
    static char wanted[400000];
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "POST", "/send", "x");
    unsigned char *large = make_file("large", 200001);
    unsigned char *small = make_file("small", 1);
    open_files(made, names, 2);
    made->request.segment_count = 0;
    made->request.body_size = 0;
    add_segment(made, "{\"a\":\"", 0);
    add_segment(made, NULL, 0);
    add_segment(made, "", 0); /* an empty one ends nothing */
    add_segment(made, "\",\"b\":\"", 0);
    add_segment(made, NULL, 1);
    add_segment(made, "\"}", 0);
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);

    size_t size = 0;
    memcpy(wanted, "{\"a\":\"", 6);
    size += 6;
    size += encode(large, 200001, wanted + size);
    memcpy(wanted + size, "\",\"b\":\"", 7);
    size += 7;
    size += encode(small, 1, wanted + size);
    memcpy(wanted + size, "\"}", 2);
    size += 2;
    assert_int_equal(asked(fixture)->size - asked(fixture)->head, size);
    assert_memory_equal(server_body(asked(fixture)), wanted, size);
    assert_holds(asked(fixture)->text, "Content-Type: application/json\r\n");
    attachments_finish(&made->attachments);
    free(large);
    free(small);
}

/* A file that has become shorter than was announced: the request breaks off, it is not filled up. */
static void test_attachment_shrinks(void **state)
{
    static const char *const names[] = {"shrinks"};
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "POST", "/send", "x");
    free(make_file("shrinks", 300000));
    open_files(made, names, 1);
    made->request.segment_count = 0;
    made->request.body_size = 0;
    add_segment(made, "{", 0);
    add_segment(made, NULL, 0);
    assert_int_equal(truncate("shrinks", 100), 0);
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_BROKEN, 0);
    assert_int_equal(made->left, 1);
    assert_int_equal(server_requests(fixture->server), 0);
    attachments_finish(&made->attachments);
}

/* The connection breaks while the request leaves: it is not sent again. */
static void test_breaks_while_sending(void **state)
{
    struct fixture *fixture = *state;
    static char body[4000];
    memset(body, 'x', sizeof(body) - 1);
    fixture->server->break_after = 1000;
    struct transferring *made = prepare(fixture, "POST", "/send", body);
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_BROKEN, 0);
    assert_int_equal(server_connection_count(fixture->server), 1);
}

/* ---- What comes back --------------------------------------------------------------------------------------
 */

static void check_limit(struct fixture *fixture, const char *head, const char *block, bool good)
{
    struct transferring *made = prepare(fixture, "POST", "/send", "{}");
    response_finish(&made->response);
    response_init(&made->response, 1000);
    fixture->plan = (struct plan){.head = head, .block = block};
    transferring_run(fixture->http, made);
    if (good) {
        assert_end(made, HTTP_ANSWERED, 200);
        return;
    }
    assert_end(made, HTTP_BROKEN, 0);
    assert_holds(made->text, "max_reply");
}

static void test_max_reply(void **state)
{
    struct fixture *fixture = *state;
    char text[1200];
    int head = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    memset(text + head, 'x', 1000);
    text[head + 1000] = '\0';
    check_limit(fixture, text, NULL, true);
    assert_int_equal(fixture->made.response.body.size, 1000);
    head = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    memset(text + head, 'x', 1001);
    text[head + 1001] = '\0';
    check_limit(fixture, text, NULL, false);
    check_limit(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", "xxxxxxxxxxxxxxxx",
                false);
}

/* Without end, in chunks and without framing. */
static void test_endless_body(void **state)
{
    check_limit(*state, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", false);
    check_limit(*state, "HTTP/1.1 200 OK\r\n\r\n", "abcdefgh", false);
}

/* Headers without end: of one answer, of interim ones, and one that is as long. */
static void test_endless_headers(void **state)
{
    struct fixture *fixture = *state;
    static const char *const heads[][2] = {
        {"HTTP/1.1 200 OK\r\n", "X: 0123456789012345678901234567890123456789\r\n"},
        {"", "HTTP/1.1 103 Hints\r\nX: 01234567890123456789012345678901234567890\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nX: ", "0123456789012345678901234567890123456789"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: 01234567890123456789012345\r\n"},
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct transferring *made = prepare(fixture, "POST", "/send", "{}");
        fixture->plan = (struct plan){.head = heads[i][0], .block = heads[i][1]};
        transferring_run(fixture->http, made);
        assert_end(made, HTTP_BROKEN, 0);
        assert_true(made->response.headers.size <= 256 * 1024);
    }
}

static void test_interim(void **state)
{
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "POST", "/send", "{}");
    fixture->plan.head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nEarly: 1\r\n\r\n"
                         "HTTP/1.1 202 Yes\r\nLate: 2\r\nContent-Length: 2\r\n\r\n{}";
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 202);
    assert_string_equal(buffer_text(&made->response.headers), "Late: 2\nContent-Length: 2\n");
}

/* The bytes of the body come as they are; so does what JSON will refuse. */
static void test_bytes(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na\0\xFF\r\nb";
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "GET", "/", NULL);
    fixture->plan.own_size = sizeof(text) - 1;
    fixture->plan.own = malloc(sizeof(text));
    assert_non_null(fixture->plan.own);
    memcpy(fixture->plan.own, text, sizeof(text));
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    assert_int_equal(made->response.body.size, 6);
    assert_memory_equal(buffer_text(&made->response.body), "a\0\xFF\r\nb", 6);
}

/* ---- Where it may go --------------------------------------------------------------------------------------
 */

static void check_refused(struct fixture *fixture, const char *url, const char *proxy)
{
    struct transferring *made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "%s", url);
    made->terms.proxy = proxy;
    made->terms.connect_timeout_ms = 2000;
    int64_t start = clock_monotonic();
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_NOT_SENT, 0);
    if (!strstr(made->text, "plain http is for this machine alone"))
        fail_msg("%s: %s", url, made->text);
    assert_true(made->result.permanent);
    assert_int_equal(made->left, 0);
    assert_true(clock_monotonic() - start < 2000); /* nobody tried to connect */
    assert_int_equal(server_connection_count(fixture->server), 0);
}

/* Before any connection is tried, and not by way of a proxy either. */
static void test_plain_http_elsewhere(void **state)
{
    struct fixture *fixture = *state;
    check_refused(fixture, "http://192.0.2.1/", NULL);
    check_refused(fixture, "http://192.0.2.1:8080/x", NULL);
    check_refused(fixture, "HTTP://192.0.2.1/", NULL);
    check_refused(fixture, "hTTp://192.0.2.1/", NULL);
    check_refused(fixture, "http://0300.0.2.1/", NULL); /* 192.0.2.1 again */
    check_refused(fixture, "http://192.0.2.1/", fixture->server->url);
    check_refused(fixture, "HTTP://192.0.2.1/", fixture->server->url);
    check_refused(fixture, "http://[2001:db8::1]/", NULL);
    check_refused(fixture, "http://[::ffff:192.0.2.1]/", NULL);
}

static void test_this_machine(void **state)
{
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "http://localhost%s/x", strrchr(fixture->server->url, ':'));
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "HTTP://127.0.0.1%s/x", strrchr(fixture->server->url, ':'));
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
}

/* A proxy of the configuration or the environment never takes what stays on this machine. */
static void test_proxy(void **state)
{
    struct fixture *fixture = *state;
    struct server *proxy = server_start(script, &fixture->plan);
    struct transferring *made = prepare(fixture, "POST", "/x", "{}");
    made->terms.proxy = proxy->url;
    made->terms.allow_http = true;
    setenv("http_proxy", proxy->url, 1);
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    assert_int_equal(server_connection_count(proxy), 0);

    made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "http://shop.example/x");
    made->terms.allow_http = true;
    transferring_run(fixture->http, made); /* by the environment's */
    assert_end(made, HTTP_ANSWERED, 200);
    unsetenv("http_proxy");
    made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "http://shop.example/x");
    made->terms.allow_http = true;
    made->terms.proxy = proxy->url;
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_ANSWERED, 200);
    assert_int_equal(server_requests_like(proxy, "POST http://shop.example/x HTTP/1.1"), 2);
    server_stop(proxy);
}

static void test_ca_file(void **state)
{
    struct fixture *fixture = *state;
    struct transferring *made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "https%s/", fixture->server->url + 4);
    made->terms.ca_file = "/nonexistent/ca.pem";
    transferring_run(fixture->http, made);
    assert_end(made, HTTP_NOT_SENT, 0);
    assert_true(made->result.permanent); /* trying again will not help */
    assert_holds(made->text, "/nonexistent/ca.pem");
}

/* For a single message the certificates come from a directory, if it has the form for that. */
static void test_short_start(void **state)
{
    const struct http_settings settings = {.single_message = 1, .connections = 1};
    const char *directory = http_hashed_ca_directory();
    struct fixture *fixture = *state;
    struct http *http;
    if (directory)
        assert_string_equal(directory, curl_version_info(CURLVERSION_NOW)->capath);
    assert_int_equal(http_create(&settings, &http, NULL), 0);
    assert_true(http->short_start);
    struct transferring *made = prepare(fixture, "POST", "", "{}");
    snprintf(made->url, sizeof(made->url), "https%s/", fixture->server->url + 4);
    fixture->server->break_after = 1;
    transferring_run(http, made);
    assert_end(made, HTTP_NOT_SENT, 0);
    assert_false(made->result.permanent);
    http_destroy(http);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_get),
        CASE(test_post),
        CASE(test_methods),
        CASE(test_large_body),
        CASE(test_attachments),
        CASE(test_attachment_shrinks),
        CASE(test_breaks_while_sending),
        CASE(test_max_reply),
        CASE(test_endless_body),
        CASE(test_endless_headers),
        CASE(test_interim),
        CASE(test_bytes),
        CASE(test_plain_http_elsewhere),
        CASE(test_this_machine),
        CASE(test_proxy),
        CASE(test_ca_file),
        CASE(test_short_start),
    };
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
    unsetenv("no_proxy");
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
