/* SPDX-License-Identifier: MIT */
/* The HTTP server: one thread, own loop, libmicrohttpd below. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "deadlines.h"
#include "exchange.h"

struct server {
    struct sandbox *box;
    struct MHD_Daemon *daemon;
    struct deadlines deadlines;
    int listen_fd, epoll_fd, signal_fd;
    bool stopping;
};

/* Listens on 127.0.0.1; port 0 becomes the one that was given. False: it has said why on stderr. */
bool server_start(struct server *server, struct sandbox *box, long *port);
/* Serves until SIGTERM or SIGINT. */
void server_run(struct server *server);
void server_stop(struct server *server);

/* Parks an exchange until x->deadline. */
void server_wait(struct server *server, struct exchange *x);

/* Queues the answer, as it is or spoiled; MHD_NO closes the connection without one. */
enum MHD_Result deliver(struct exchange *x);

#endif
