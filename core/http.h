/* SPDX-License-Identifier: MIT */
/* The only network: requests in plain data in, responses out, on libcurl's multi interface and one epoll
 * descriptor. */
#ifndef NUNCIO_CORE_HTTP_H
#define NUNCIO_CORE_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include "attachment.h"
#include "request.h"
#include "response.h"

struct http;
struct http_transfer;

struct http_settings {
    uint32_t single_message; /* a short start matters more than many fast handshakes */
    uint32_t connections;    /* kept open at most; at least the number of transfers at a time */
};

int http_create(const struct http_settings *settings, struct http **ret_http, struct nuncio_failure *failure);
/* Aborts what is under way without calling back. NULL is allowed. */
void http_destroy(struct http *http);

int http_fd(const struct http *http);
/* ms until http_step() must be called; -1: no limit. Also hands epoll what changed: call before sleeping on
 * http_fd(). */
int64_t http_timeout(struct http *http, int64_t now);
/* Does what can be done without blocking; calls back. 0, or -1 with errno. */
int http_step(struct http *http, int64_t now);

/* How one transfer is to be made. Strings live until it is over. */
struct http_terms {
    bool effects; /* the request has effects: it leaves at most once, and no redirect is followed */
    bool allow_http;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;  /* for the whole */
    const char *proxy;   /* NULL: libcurl's environment variables */
    const char *ca_file; /* NULL: the system's */
};

enum http_end {
    HTTP_ANSWERED, /* a complete answer is in the response */
    HTTP_NOT_SENT, /* no byte of the request has left */
    HTTP_BROKEN,   /* it may have left, and no complete answer came */
    HTTP_REDIRECT  /* an answer that points elsewhere; not followed */
};

struct http_result {
    enum http_end end;
    int32_t status; /* of ANSWERED and REDIRECT */
    bool timed_out;
    bool too_large;       /* BROKEN: the answer is over the response's limit */
    bool permanent;       /* NOT_SENT: trying again will not help */
    const char *text;     /* what went wrong, in the library's words; lives during the call back */
    const char *location; /* of REDIRECT; NULL: none given */
};

struct http_events {
    /* The request begins to leave, once. False stops it: NOT_SENT then. Called only for requests with
     * effects. */
    bool (*leaves)(void *context);
    /* It is over; the transfer is gone after the call. */
    void (*over)(void *context, const struct http_result *result);
    void *context;
};

/* Request, attachments and response live until it is over. The response is reset, then filled but not parsed.
 */
int http_start(struct http *http, const struct http_request *request, const struct attachments *attachments,
               const struct http_terms *terms, const struct http_events *events, struct response *response,
               struct http_transfer **ret_transfer, struct nuncio_failure *failure);
/* Stops it without calling back. */
void http_abort(struct http *http, struct http_transfer *transfer);

/* libcurl can make sense of it. */
bool http_is_url(const char *text);
/* "http", "host", "80" of both are the same. */
bool http_same_origin(const char *url, const char *other);
/* The URL's host is a loopback address or "localhost". */
bool http_is_loopback(const char *url);

#endif
