/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

static uint32_t events_of(int what)
{
    switch (what) {
    case CURL_POLL_IN:
        return EPOLLIN;
    case CURL_POLL_OUT:
        return EPOLLOUT;
    case CURL_POLL_INOUT:
        return EPOLLIN | EPOLLOUT;
    default:
        return 0;
    }
}

static void note_change(struct http *http, struct http_socket *socket)
{
    if (socket->changed)
        return;
    socket->changed = true;
    socket->next_changed = http->changed;
    http->changed = socket;
}

/* Most wishes are taken back before the loop sleeps; so they are noted here and told to epoll once. A removed
   socket is an exception: its descriptor is closed right after, and the number may come again. */
int http_socket_callback(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    (void)easy;
    struct http *http = context;
    struct http_socket *socket = socket_context;

    if (what == CURL_POLL_REMOVE) {
        if (!socket)
            return 0;
        if (socket->known)
            (void)epoll_ctl(http->epoll, EPOLL_CTL_DEL, fd, NULL);
        socket->known = 0;
        socket->wished = 0;
        socket->removed = true;
        curl_multi_assign(http->multi, fd, NULL);
        note_change(http, socket); /* freed when the changes are applied */
        return 0;
    }
    if (!socket) {
        socket = calloc(1, sizeof(*socket));
        if (!socket)
            return -1;
        socket->fd = fd;
        curl_multi_assign(http->multi, fd, socket);
    }
    socket->wished = events_of(what);
    note_change(http, socket);
    return 0;
}

static int apply(struct http *http, struct http_socket *socket)
{
    if (socket->wished == socket->known)
        return 0;
    struct epoll_event event = {.events = socket->wished, .data.fd = socket->fd};
    int operation = socket->known == 0 ? EPOLL_CTL_ADD : socket->wished == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(http->epoll, operation, socket->fd, &event) < 0)
        return -1;
    socket->known = socket->wished;
    return 0;
}

int http_socket_apply(struct http *http)
{
    int result = 0;
    int error = 0;
    while (http->changed) {
        struct http_socket *socket = http->changed;
        http->changed = socket->next_changed;
        socket->changed = false;
        if (socket->removed) {
            free(socket);
        } else if (apply(http, socket) < 0) {
            error = errno;
            result = -1;
        }
    }
    if (result < 0)
        errno = error;
    return result;
}
