/* SPDX-License-Identifier: MIT */
/* Makes one transfer with the http layer and keeps how it ended. */
#ifndef NUNCIO_TESTS_TRANSFERRING_H
#define NUNCIO_TESTS_TRANSFERRING_H

#include "clock.h"
#include "http.h"
#include "server.h"
#include "support.h"

#define TRANSFER_LIMIT_MS 20000 /* more is a hang */

struct transferring {
    char url[4096];
    char body[4096];
    struct request_header headers[4];
    struct request_segment segments[8];
    struct http_request request;
    struct attachments attachments;
    struct http_terms terms;
    struct response response;
    struct http_transfer *transfer;
    struct http_result result; /* with text and location as copies below */
    char text[512], location[512];
    unsigned left, over; /* how often each was called back */
    bool refuse;         /* what leaves() is to answer */
};

static inline bool transferring_leaves(void *context)
{
    struct transferring *made = context;
    made->left++;
    return !made->refuse;
}

static inline void transferring_over(void *context, const struct http_result *result)
{
    struct transferring *made = context;
    made->over++;
    made->result = *result;
    snprintf(made->text, sizeof(made->text), "%s", result->text);
    snprintf(made->location, sizeof(made->location), "%s", result->location ? result->location : "(none)");
}

/* A request with effects where it is no GET. body NULL: none. */
static inline void transferring_init(struct transferring *made, const char *method, const char *url,
                                     const char *path, const char *body)
{
    *made = (struct transferring){.result.end = (enum http_end)99};
    snprintf(made->url, sizeof(made->url), "%s%s", url, path);
    snprintf(made->request.method, sizeof(made->request.method), "%s", method);
    made->request.url = made->url;
    made->request.headers = made->headers;
    if (body) {
        snprintf(made->body, sizeof(made->body), "%s", body);
        made->segments[0] = (struct request_segment){.data = made->body, .size = strlen(body)};
        made->request.body_text = made->body;
        made->request.body_text_size = made->request.body_size = strlen(body);
        made->request.segments = made->segments;
        made->request.segment_count = 1;
    }
    made->terms = (struct http_terms){
        .effects = strcmp(method, "GET") != 0, .connect_timeout_ms = 10000, .timeout_ms = 15000};
    response_init(&made->response, 1024 * 1024);
}

static inline void transferring_finish(struct transferring *made)
{
    response_finish(&made->response);
}

static inline void transferring_start(struct http *http, struct transferring *made)
{
    const struct http_events events = {transferring_leaves, transferring_over, made};
    struct nuncio_failure failure = {0};
    if (http_start(http, &made->request, &made->attachments, &made->terms, &events, &made->response,
                   &made->transfer, &failure) < 0)
        fail_msg("http_start: %s", failure.text);
}

/* Sleeps until http_step() has work, but not for long. */
static inline void transferring_sleep(struct http *http)
{
    int64_t wait = http_timeout(http, clock_monotonic());
    struct pollfd entry = {.fd = http_fd(http), .events = POLLIN};
    (void)poll(&entry, 1, wait < 0 || wait > 20 ? 20 : (int)wait);
}

static inline void transferring_wait(struct http *http, struct transferring *made)
{
    int64_t end = clock_monotonic() + TRANSFER_LIMIT_MS;
    while (!made->over && clock_monotonic() < end) {
        assert_int_equal(http_step(http, clock_monotonic()), 0);
        if (!made->over)
            transferring_sleep(http);
    }
    assert_int_equal(made->over, 1);
}

/* Goes on until so many requests are with the server. */
static inline void transferring_until(struct http *http, struct server *server, unsigned requests)
{
    int64_t end = clock_monotonic() + TRANSFER_LIMIT_MS;
    while (server_requests(server) < requests && clock_monotonic() < end) {
        assert_int_equal(http_step(http, clock_monotonic()), 0);
        transferring_sleep(http);
    }
    assert_int_equal(server_requests(server), requests);
}

static inline void transferring_run(struct http *http, struct transferring *made)
{
    transferring_start(http, made);
    transferring_wait(http, made);
}

static inline struct http *transferring_http(void)
{
    const struct http_settings settings = {.connections = 64};
    struct nuncio_failure failure = {0};
    struct http *http = NULL;
    if (http_create(&settings, &http, &failure) < 0)
        fail_msg("http_create: %s", failure.text);
    return http;
}

/* Says what is different. */
static inline void check_end(const struct transferring *made, enum http_end end, int32_t status,
                             const char *file, int line)
{
    static const char *const names[] = {"ANSWERED", "NOT_SENT", "BROKEN", "REDIRECT"};
    if (made->result.end == end && (status == 0 || made->result.status == status))
        return;
    print_error("%s %d: \"%s\" instead of %s %d\n", made->result.end < 4 ? names[made->result.end] : "?",
                made->result.status, made->text, names[end], status);
    _fail(file, line);
}

#define assert_end(made, end, status) check_end(made, end, status, __FILE__, __LINE__)

#endif
