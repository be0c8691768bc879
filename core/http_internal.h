/* SPDX-License-Identifier: MIT */
/* Shared by http.c, http_easy.c and http_socket.c. */
#ifndef NUNCIO_CORE_HTTP_INTERNAL_H
#define NUNCIO_CORE_HTTP_INTERNAL_H

#include <curl/curl.h>
#include "http.h"

/* A socket of libcurl's, with what epoll knows of it and what libcurl wishes. */
struct http_socket {
    curl_socket_t fd;
    uint32_t known;  /* epoll events that are registered; 0: none */
    uint32_t wished; /* epoll events that libcurl wants */
    bool changed;    /* is in the list of changes */
    bool removed;    /* libcurl has let go of it */
    struct http_socket *next_changed;
};

#define HTTP_PORTS 65536

struct http {
    CURLM *multi;
    int epoll;
    int *sockets;       /* by local port, HTTP_PORTS of them; 0: unknown */
    int64_t curl_due;   /* -1: no timer wanted */
    bool out_of_memory; /* libcurl could not finish what it was told to do */
    uint32_t connections;
    bool short_start; /* see http_settings.single_message */
    struct http_socket *changed;
    CURL **idle; /* easy handles for reuse */
    size_t idle_count, idle_capacity;
    struct http_transfer *transfers; /* all that are under way */
};

#define HTTP_SOCKETS 4 /* that may be tried for one connection, one address after the other */

struct http_transfer {
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    const struct http_request *request;
    const struct attachments *attachments;
    struct http_terms terms;
    struct http_events events;
    struct response *response;
    struct http_transfer *previous, *next;
    uint64_t header_bytes;
    uint32_t segment; /* of the body, being sent */
    uint64_t segment_offset;
    uint32_t redirects;
    uint32_t connects; /* sockets that were opened for this request; 0: the connection is a reused one */
    int sockets[HTTP_SOCKETS];
    bool left;         /* the request has begun to leave */
    bool refused;      /* the leaves call back, or a second send, was stopped by us */
    bool stale;        /* it was stopped, because something unread was on the reused connection */
    bool headers_over; /* the blank line after the final headers has come */
    bool too_large;
    bool doomed;       /* libcurl ran out of memory while it was under way */
    bool not_loopback; /* plain http to somewhere else was stopped */
    char error[CURL_ERROR_SIZE];
    char told[CURL_ERROR_SIZE + 192]; /* the same, with the proxy's name */
    int64_t until;                    /* by the monotonic clock: all that follows one another ends */
};

/* http_easy.c: sets all of an easy handle's options. 0, or -1 (out of memory, or the libcurl lacks something). */
int http_easy_prepare(struct http_transfer *transfer);
/* A one-shot process saves the loading of the whole CA bundle where a directory of hashed certificates is there. */
const char *http_hashed_ca_directory(void);

/* http_proxy.c: what goes to this machine never goes by way of a proxy. */
bool http_avoids_proxy(const struct http_transfer *transfer);
/* The text, for a request that has not left, with the name of the proxy where there is one. */
const char *http_name_proxy(struct http_transfer *transfer, const char *text);

/* http_socket.c */
int http_socket_callback(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context);
/* Tells epoll of all changes. 0, or -1 with errno. */
int http_socket_apply(struct http *http);

#endif
