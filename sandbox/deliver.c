/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "api.h"
#include "server.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A body that is sent in pieces: cut short, or slowly. */
struct stream {
    struct exchange *x;
    char *body;
    size_t length, limit;
    long bytes_per_second;
    int64_t started_at;
    int reset_fd; /* -1, or the socket to reset at the limit */
    int drain_tries;
};

/* How often, a millisecond apart, a reset waits for the peer to take what was sent. */
#define DRAIN_TRIES 2000

/* Dissolving the association makes the kernel send RST at once. SO_LINGER with 0 would come too late:
 * libmicrohttpd shuts its side down first, and the client sees an orderly end. */
static void reset_socket(int fd)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (connect(fd, &nowhere, sizeof nowhere) != 0)
        shutdown(fd, SHUT_RDWR);
}

static int socket_of(const struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* Reset would throw away what the peer has not yet received. */
static bool is_drained(struct stream *stream)
{
    int unsent = 0;
    return stream->drain_tries++ >= DRAIN_TRIES || ioctl(stream->reset_fd, SIOCOUTQ, &unsent) != 0 ||
           unsent == 0;
}

/* Suspends the connection; libmicrohttpd asks for more when it goes on. */
static ssize_t pause_stream(struct stream *stream, int64_t milliseconds)
{
    struct server *server = stream->x->box->server;
    if (server->stopping)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    stream->x->deadline = clock_ms() + milliseconds;
    server_wait(server, stream->x);
    return 0;
}

static ssize_t read_stream(void *cls, uint64_t position, char *buffer, size_t size)
{
    struct stream *stream = cls;
    size_t allowed = stream->limit;
    if (stream->bytes_per_second) {
        int64_t due = 1 + (clock_ms() - stream->started_at) * stream->bytes_per_second / 1000;
        if ((uint64_t)due < allowed)
            allowed = (size_t)due;
    }
    if (position >= stream->limit) {
        if (stream->reset_fd >= 0 && !is_drained(stream))
            return pause_stream(stream, 1);
        if (stream->reset_fd >= 0)
            reset_socket(stream->reset_fd);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (position >= allowed)
        return pause_stream(stream, 1 + 1000 / stream->bytes_per_second);
    size_t count = allowed - (size_t)position < size ? allowed - (size_t)position : size;
    memcpy(buffer, stream->body + position, count);
    return (ssize_t)count;
}

static void free_stream(void *cls)
{
    struct stream *stream = cls;
    free(stream->body);
    free(stream);
}

static struct MHD_Response *stream_response(struct exchange *x)
{
    const struct fault *fault = &x->spoiler;
    struct stream *stream = mem_alloc(sizeof *stream);
    bool slow = fault->kind == FAULT_SLOW;
    *stream = (struct stream){x,
                              x->answer.body,
                              x->answer.length,
                              x->answer.length,
                              slow ? fault->number : 0,
                              x->now,
                              fault->kind == FAULT_CUT_RESET ? socket_of(x) : -1,
                              0};
    if (!slow && (size_t)fault->number < stream->limit)
        stream->limit = (size_t)fault->number;
    x->answer.body = NULL;
    return MHD_create_response_from_callback(stream->length, 4096, read_stream, stream, free_stream);
}

static const char garbage[] = "<<this is no JSON>> {\"state\": \xff\xfe";
static const char proxy_page[] = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
                                 "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

static void put_retry_after(struct exchange *x)
{
    if (x->spoiler.retry_after < 0)
        return;
    char *seconds = text_format("%ld", x->spoiler.retry_after);
    answer_header(x, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    free(seconds);
}

/* Puts another answer in the place of the vendor's. */
static void spoil_answer(struct exchange *x)
{
    switch (x->spoiler.kind) {
    case FAULT_STATUS:
        answer_text(x, (unsigned)x->spoiler.number, NULL, "");
        put_retry_after(x);
        break;
    case FAULT_ERROR:
        answer_error(x, x->spoiler.error->name);
        put_retry_after(x);
        break;
    case FAULT_GARBAGE:
        answer_text(x, MHD_HTTP_OK, "application/json", garbage);
        break;
    case FAULT_HTML:
        answer_text(x, MHD_HTTP_BAD_GATEWAY, "text/html", proxy_page);
        break;
    case FAULT_REDIRECT:
        answer_text(x, MHD_HTTP_TEMPORARY_REDIRECT, NULL, "");
        answer_header(x, MHD_HTTP_HEADER_LOCATION, x->spoiler.url);
        break;
    default:
        /* Cut or slow without the request having been accepted: there is no answer, so here is a filler. */
        if (!x->answer.status)
            answer_text(x, MHD_HTTP_OK, "application/json", "{\"sandbox\":\"the request was not accepted\"}");
    }
}

static void log_line(const struct exchange *x, const char *end)
{
    if (!x->box->settings.log)
        return;
    char *target = text_format("%s%s%s", x->path, *x->query ? "?" : "", x->query);
    char *path = text_printable(target, strlen(target));
    free(target);
    for (char *c = path; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "%s.%s %s %s -> %u%s%s%s\n", x->api ? vendor_name(x->api->vendor) : "sandbox",
            x->route ? step_name(x->route->step) : "-", x->method, path, x->answer.status, end,
            x->spoiler.spec ? " fault " : "", x->spoiler.spec ? x->spoiler.spec : "");
    free(path);
}

static bool closes_without_answer(struct exchange *x)
{
    if (!x->spoiled)
        return false;
    if (x->spoiler.kind == FAULT_RESET) {
        int fd = socket_of(x);
        if (fd >= 0)
            reset_socket(fd);
        return true;
    }
    return x->spoiler.kind == FAULT_DROP || x->spoiler.kind == FAULT_REUSED_CLOSE;
}

enum MHD_Result deliver(struct exchange *x)
{
    if (closes_without_answer(x)) {
        log_line(x, ", closed");
        return MHD_NO;
    }
    if (x->spoiled)
        spoil_answer(x);
    log_line(x, "");
    bool streamed = x->spoiled && (x->spoiler.kind == FAULT_CUT || x->spoiler.kind == FAULT_CUT_RESET ||
                                   x->spoiler.kind == FAULT_SLOW);
    /* A cut behind the last byte is no cut, but the connection closes all the same. */
    bool ends_whole =
        streamed && x->spoiler.kind != FAULT_SLOW && (size_t)x->spoiler.number >= x->answer.length;
    struct MHD_Response *response;
    if (streamed) {
        response = stream_response(x);
    } else {
        response = MHD_create_response_from_buffer(x->answer.length, x->answer.body, MHD_RESPMEM_MUST_FREE);
        if (response)
            x->answer.body = NULL;
    }
    if (!response)
        return MHD_NO;
    if (x->answer.type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, x->answer.type);
    for (size_t i = 0; i < x->answer.header_count; i++)
        MHD_add_response_header(response, x->answer.headers[i].name, x->answer.headers[i].value);
    if (ends_whole)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(x->connection, x->answer.status, response);
    MHD_destroy_response(response);
    return result;
}
