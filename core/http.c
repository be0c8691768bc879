/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "clock.h"
#include "http_internal.h"
#include "text.h"

#define EVENTS_PER_STEP 128
#define REDIRECT_LIMIT  3
#define IDLE_HANDLES    256

/* ---- The loop's side -------------------------------------------------------------------------------------
 */

static int timer_callback(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct http *http = context;
    if (timeout_ms < 0)
        http->curl_due = -1;
    else /* rounded up: libcurl does not ask again for a timer that rings too early */
        http->curl_due = clock_monotonic() + timeout_ms + (timeout_ms > 0);
    return 0;
}

/* In the place of the one that is there, of which nothing is left. */
static int make_multi(struct http *http)
{
    CURLM *multi = curl_multi_init();
    if (!multi)
        return -1;
    if (http->multi)
        curl_multi_cleanup(http->multi);
    http->multi = multi;
    http->curl_due = -1;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, http_socket_callback);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_callback);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)http->connections);
    return 0;
}

int http_create(const struct http_settings *settings, struct http **ret_http, struct nuncio_failure *failure)
{
    /* Not thread-safe in old libraries, and harmless to repeat: nuncio_create() says when it may run. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return failure_set(failure, NUNCIO_ERROR_INTERNAL, "libcurl cannot start");
    struct http *http = calloc(1, sizeof(*http));
    if (!http) {
        curl_global_cleanup();
        return failure_memory(failure);
    }
    http->curl_due = -1;
    http->short_start = settings->single_message != 0;
    http->connections = settings->connections;
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    http->sockets = calloc(HTTP_PORTS, sizeof(*http->sockets)); /* hardly any of its pages is ever touched */
    if (http->epoll < 0 || !http->sockets || make_multi(http) < 0) {
        int error = http->epoll < 0 ? errno : ENOMEM;
        http_destroy(http);
        return failure_set(failure, NUNCIO_ERROR_INTERNAL, "cannot make an event loop: %s", strerror(error));
    }
    *ret_http = http;
    return 0;
}

void http_destroy(struct http *http)
{
    if (!http)
        return;
    while (http->transfers)
        http_abort(http, http->transfers);
    for (size_t i = 0; i < http->idle_count; i++)
        curl_easy_cleanup(http->idle[i]);
    free(http->idle);
    free(http->sockets);
    http->sockets = NULL;
    if (http->multi)
        curl_multi_cleanup(http->multi);
    if (http->epoll >= 0) {
        (void)http_socket_apply(http);
        close(http->epoll);
    }
    free(http);
    curl_global_cleanup();
}

int http_fd(const struct http *http)
{
    return http->epoll;
}

int64_t http_timeout(struct http *http, int64_t now)
{
    (void)http_socket_apply(http);
    if (http->curl_due < 0)
        return -1;
    return http->curl_due > now ? http->curl_due - now : 0;
}

/* ---- One transfer ----------------------------------------------------------------------------------------
 */

static CURL *take_easy(struct http *http)
{
    if (http->idle_count > 0)
        return http->idle[--http->idle_count];
    return curl_easy_init();
}

/* Before 8.2 a handle keeps a pointer to the last header of its answer before, so that an answer which begins
   with a folded header reads and writes freed memory (curl/curl#11103). */
static bool is_reusable(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080200;
}

static void give_easy(struct http *http, CURL *easy)
{
    if (!is_reusable()) {
        curl_easy_cleanup(easy);
        return;
    }
    if (http->idle_count == http->idle_capacity && http->idle_capacity < IDLE_HANDLES) {
        size_t capacity = http->idle_capacity ? http->idle_capacity * 2 : 8;
        CURL **idle = reallocarray(http->idle, capacity, sizeof(*idle));
        if (idle) {
            http->idle = idle;
            http->idle_capacity = capacity;
        }
    }
    if (http->idle_count == http->idle_capacity) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    http->idle[http->idle_count++] = easy;
}

static void link_transfer(struct http *http, struct http_transfer *transfer)
{
    transfer->next = http->transfers;
    if (http->transfers)
        http->transfers->previous = transfer;
    http->transfers = transfer;
}

static void destroy_transfer(struct http_transfer *transfer)
{
    struct http *http = transfer->http;
    if (transfer->previous)
        transfer->previous->next = transfer->next;
    else if (http->transfers == transfer)
        http->transfers = transfer->next;
    if (transfer->next)
        transfer->next->previous = transfer->previous;
    if (transfer->easy)
        give_easy(http, transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

int http_start(struct http *http, const struct http_request *request, const struct attachments *attachments,
               const struct http_terms *terms, const struct http_events *events, struct response *response,
               struct http_transfer **ret_transfer, struct nuncio_failure *failure)
{
    struct http_transfer *transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return failure_memory(failure);
    transfer->http = http;
    transfer->request = request;
    transfer->attachments = attachments;
    transfer->terms = *terms;
    int64_t now = clock_monotonic();
    transfer->until = terms->timeout_ms < INT64_MAX - now ? now + terms->timeout_ms : INT64_MAX;
    transfer->events = *events;
    transfer->response = response;
    response_reset(response);
    link_transfer(http, transfer);
    transfer->easy = take_easy(http);
    if (!transfer->easy || http_easy_prepare(transfer) < 0) {
        destroy_transfer(transfer);
        return failure_set(failure, NUNCIO_ERROR_INTERNAL, "libcurl cannot prepare the request");
    }
    if (curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
        destroy_transfer(transfer);
        return failure_memory(failure);
    }
    *ret_transfer = transfer;
    return 0;
}

void http_abort(struct http *http, struct http_transfer *transfer)
{
    curl_multi_remove_handle(http->multi, transfer->easy);
    destroy_transfer(transfer);
}

/* ---- When it is over -------------------------------------------------------------------------------------
 */

static bool is_permanent(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return true;
    default:
        return false;
    }
}

static const char *text_of(const struct http_transfer *transfer, CURLcode code)
{
    if (transfer->not_loopback)
        return "plain http is for this machine alone; use https or set allow_http = yes";
    if (transfer->too_large)
        return "the answer is larger than max_reply; raise that for the provider";
    if (transfer->refused && transfer->left)
        return "the connection was closed before an answer came";
    if (code == CURLE_GOT_NOTHING)
        return "the connection was closed before an answer came";
    return transfer->error[0] ? transfer->error : curl_easy_strerror(code);
}

static void fill_failed(struct http_transfer *transfer, CURLcode code, struct http_result *ret_result)
{
    ret_result->end = transfer->left ? HTTP_BROKEN : HTTP_NOT_SENT;
    ret_result->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    ret_result->too_large = transfer->too_large;
    ret_result->permanent =
        !transfer->left && (is_permanent(code) || transfer->not_loopback || transfer->refused);
    ret_result->text = text_of(transfer, code);
    if (!transfer->left && !transfer->not_loopback && !transfer->refused)
        ret_result->text = http_name_proxy(transfer, ret_result->text);
}

/* The same request to another URL, or on another connection. */
static bool start_again(struct http_transfer *transfer, const char *url, bool fresh)
{
    transfer->connects = 0;
    transfer->stale = false;
    give_easy(transfer->http, transfer->easy);
    transfer->easy = take_easy(transfer->http);
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    return transfer->easy && http_easy_prepare(transfer) == 0 &&
           curl_easy_setopt(transfer->easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L) == CURLE_OK &&
           curl_multi_add_handle(transfer->http->multi, transfer->easy) == CURLM_OK;
}

/* A harmless request follows a redirect within its origin: nothing of the key may arrive elsewhere. The
   location is the handle's, and gone with it. */
static bool follow(struct http_transfer *transfer, const char **location)
{
    if (transfer->terms.effects || !*location || transfer->redirects >= REDIRECT_LIMIT ||
        strcmp(transfer->request->method, "GET") != 0 || !http_same_origin(transfer->request->url, *location))
        return false;
    char *url = strdup(*location);
    if (!url)
        return false;
    transfer->redirects++;
    response_reset(transfer->response);
    *location = NULL;
    bool started = start_again(transfer, url, false);
    free(url);
    return started;
}

/* Nothing has left on a connection that was no longer good. */
static bool connect_anew(struct http_transfer *transfer)
{
    char *url = NULL;
    if (!transfer->stale || transfer->left ||
        curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url)
        return false;
    url = strdup(url);
    bool started = url && start_again(transfer, url, true);
    free(url);
    return started;
}

static void over(struct http_transfer *transfer, CURLcode code)
{
    struct http_result result = {.end = HTTP_ANSWERED, .text = ""};
    long status = 0;
    const char *location = NULL;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(transfer->http->multi, transfer->easy);
    if (code != CURLE_OK && connect_anew(transfer))
        return;
    /* To libcurl an answer that is cut in its headers is a good one without a body. */
    if (code == CURLE_OK && !transfer->headers_over)
        code = CURLE_GOT_NOTHING;
    if (code != CURLE_OK || status < 200 || status > 599) {
        fill_failed(transfer, code != CURLE_OK ? code : CURLE_GOT_NOTHING, &result);
    } else if (status >= 300 && status < 400) {
        curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
        if (follow(transfer, &location))
            return;
        result.end = HTTP_REDIRECT;
        result.location = location;
    }
    result.status = (int32_t)status;
    transfer->events.over(transfer->events.context, &result);
    destroy_transfer(transfer);
}

static void collect(struct http *http)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *transfer = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        over((struct http_transfer *)(void *)transfer, code);
    }
}

static int flags_of(uint32_t events)
{
    return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
           (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

static void act(struct http *http, curl_socket_t fd, int flags)
{
    int running;
    if (curl_multi_socket_action(http->multi, fd, flags, &running) != CURLM_OK)
        http->out_of_memory = true;
}

/*
 * Where memory runs out in the middle of its work, libcurl says so and leaves the transfer as it is, without a
 * timer: it would never end. Whose that was it does not say, and 7.88's multi handle is spoilt: the next socket
 * of that number makes it divide by zero. So all transfers end that are under way, and another handle takes its
 * place. -1 with errno where there is none.
 */
static int start_afresh(struct http *http)
{
    struct http_transfer *transfer;
    if (!http->out_of_memory)
        return 0;
    for (transfer = http->transfers; transfer; transfer = transfer->next) {
        transfer->doomed = true;
        curl_multi_remove_handle(http->multi, transfer->easy);
    }
    if (make_multi(http) < 0) {
        errno = ENOMEM;
        return -1;
    }
    http->out_of_memory = false;
    for (transfer = http->transfers; transfer;) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): over() takes it off the list */
        if (!transfer->doomed) {
            transfer = transfer->next;
            continue;
        }
        over(transfer, CURLE_OUT_OF_MEMORY);
        transfer = http->transfers; /* whoever is told may start or abort others */
    }
    return 0;
}

int http_step(struct http *http, int64_t now)
{
    struct epoll_event events[EVENTS_PER_STEP];

    if (http_socket_apply(http) < 0)
        return -1;
    int count = epoll_wait(http->epoll, events, EVENTS_PER_STEP, 0);
    if (count < 0 && errno != EINTR)
        return -1;
    for (int i = 0; i < count; i++)
        act(http, events[i].data.fd, flags_of(events[i].events));
    if (http->curl_due >= 0 && http->curl_due <= now) {
        http->curl_due = -1;
        act(http, CURL_SOCKET_TIMEOUT, 0);
    }
    collect(http);
    if (start_afresh(http) < 0)
        return -1;
    return http_socket_apply(http);
}

/* ---- URLs ------------------------------------------------------------------------------------------------
 */

static bool same_part(CURLU *left, CURLU *right, CURLUPart part)
{
    char *one = NULL, *other = NULL;
    bool same = curl_url_get(left, part, &one, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(right, part, &other, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                strcasecmp(one, other) == 0;
    curl_free(one);
    curl_free(other);
    return same;
}

bool http_same_origin(const char *url, const char *other)
{
    CURLU *left = curl_url(), *right = curl_url();
    bool same = left && right && curl_url_set(left, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_set(right, CURLUPART_URL, other, 0) == CURLUE_OK &&
                same_part(left, right, CURLUPART_SCHEME) && same_part(left, right, CURLUPART_HOST) &&
                same_part(left, right, CURLUPART_PORT);
    curl_url_cleanup(left);
    curl_url_cleanup(right);
    return same;
}

bool http_is_url(const char *text)
{
    CURLU *parts = curl_url();
    CURLUcode code = parts ? curl_url_set(parts, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;
    curl_url_cleanup(parts);
    /* Without memory nobody can tell, and nobody is to be told of a mistake. */
    return code == CURLUE_OK || code == CURLUE_OUT_OF_MEMORY;
}

bool http_is_loopback(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    bool loopback = false;
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        loopback = strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
                   (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
    curl_free(host);
    curl_url_cleanup(parts);
    return loopback;
}
