/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* An answer that is cut after every byte, in three framings, by FIN and by RST: never taken for a whole one,
 * and the request is never sent again. */
#include "json.h"
#include "transferring.h"

#define BODY   "{\"reply\":\"forty-two\",\"n\":1}"
#define HEAD   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define LENGTH HEAD "Content-Length: 27\r\n\r\n" BODY
#define CHUNKS                                                                                               \
    HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n{\"reply\":\"\r\n11\r\nforty-two\",\"n\":1}\r\n0\r\n\r\n"
#define CLOSED HEAD "Connection: close\r\n\r\n" BODY

struct cut {
    const char *answer;
    size_t cut;
    enum server_end end;
    bool reused; /* only the second request is cut */
};

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    const struct cut *cut = context;
    (void)request;
    if (cut->reused && number == 0) {
        server_reply(answer, 200, "{}");
        return;
    }
    server_say(answer, "%s", cut->answer);
    answer->cut = cut->cut;
    answer->end = cut->end;
}

/* One answer that is cut so; what came of it. */
static void run(struct server *server, struct http *http, struct cut *cut, const char *method,
                struct transferring *made)
{
    server_restart(server, script, cut);
    if (cut->reused) {
        struct transferring first;
        transferring_init(&first, "POST", server->url, "/first", "{}");
        transferring_run(http, &first);
        assert_end(&first, HTTP_ANSWERED, 200);
        transferring_finish(&first);
    }
    transferring_init(made, method, server->url, "/send", strcmp(method, "GET") == 0 ? NULL : "{}");
    transferring_run(http, made);
    response_parse(&made->response);
}

/* It is the answer, and nothing else can be taken for it. */
static bool is_whole(const struct transferring *made)
{
    return made->result.end == HTTP_ANSWERED && made->result.status == 200 && made->response.document &&
           made->response.body.size == strlen(BODY) &&
           memcmp(buffer_text(&made->response.body), BODY, strlen(BODY)) == 0;
}

static void check_framing(const char *answer, bool framed)
{
    const size_t size = strlen(answer);
    const size_t head = (size_t)(strstr(answer, "\r\n\r\n") + 4 - answer);
    for (int variant = 0; variant < 4; variant++) {
        struct server *server = server_start(script, NULL);
        for (size_t i = 0; i < size; i++) {
            struct cut cut = {answer, i, variant & 1 ? SERVER_RST : SERVER_FIN, variant & 2};
            struct http *http = transferring_http();
            struct transferring made;
            run(server, http, &cut, "POST", &made);
            /* Before the very last line feed of the chunks libcurl has seen enough, and it is the whole. */
            bool good = made.result.end == HTTP_BROKEN || (i == size - 1 && is_whole(&made));
            /* Without framing the end of a body cannot be told: it must not parse then. */
            if (!framed && i >= head && made.result.end == HTTP_ANSWERED)
                good = !made.response.document;
            if (!good)
                fail_msg("cut after %zu of %zu bytes, variant %d: end %d, \"%s\"", i, size, variant,
                         (int)made.result.end, buffer_text(&made.response.body));
            assert_int_equal(server_requests_like(server, "POST /send"), 1);
            assert_int_equal(made.left, 1);
            transferring_finish(&made);
            http_destroy(http);
        }
        struct cut whole = {answer, size, SERVER_FIN, false};
        struct http *http = transferring_http();
        struct transferring made;
        run(server, http, &whole, "POST", &made);
        assert_true(is_whole(&made)); /* else nothing above is proved */
        transferring_finish(&made);
        http_destroy(http);
        server_stop(server);
    }
}

static void test_content_length(void **state)
{
    (void)state;
    check_framing(LENGTH, true);
}

static void test_chunked(void **state)
{
    (void)state;
    check_framing(CHUNKS, true);
}

static void test_close(void **state)
{
    (void)state;
    check_framing(CLOSED, false);
}

/* A refusal that is cut in its headers is none: "refused" lets the message be sent again. */
static void test_cut_refusal(void **state)
{
    static const char answer[] = "HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    struct server *server = server_start(script, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof(answer) - 1; i++) {
        struct cut cut = {answer, i, SERVER_FIN, false};
        struct http *http = transferring_http();
        struct transferring made;
        run(server, http, &cut, "POST", &made);
        if (made.result.end != HTTP_BROKEN)
            fail_msg("cut after %zu bytes: end %d, status %d", i, (int)made.result.end, made.result.status);
        transferring_finish(&made);
        http_destroy(http);
    }
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_cut_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
