/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "server.h"
#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 60000

struct connection_memory {
    unsigned long requests;
};

static void *begin_request(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct sandbox *box = cls;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct exchange *x = exchange_create(box, connection, uri);
    struct connection_memory *memory = info ? info->socket_context : NULL;
    x->reused_connection = memory && memory->requests++ > 0;
    return x;
}

static void end_request(void *cls, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode why)
{
    struct sandbox *box = cls;
    struct exchange *x = *request;
    (void)connection;
    (void)why;
    if (!x)
        return;
    deadlines_remove(&box->server->deadlines, x);
    exchange_destroy(x);
    *request = NULL;
}

static void note_connection(void *cls, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode code)
{
    struct sandbox *box = cls;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = mem_zero(1, sizeof(struct connection_memory));
        box->stats.connections++;
        box->stats.open_connections++;
    } else {
        free(*context);
        *context = NULL;
        box->stats.open_connections--;
    }
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    struct sandbox *box = cls;
    struct exchange *x = *request;
    (void)connection;
    (void)url;
    (void)version;
    if (!x || (box->server->stopping && x->method))
        return MHD_NO;
    if (!x->method) {
        x->method = text_copy(method);
        return MHD_YES;
    }
    if (*upload_size) {
        exchange_add_body(x, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (exchange_advance(x))
        return deliver(x);
    server_wait(box->server, x);
    return MHD_YES;
}

void server_wait(struct server *server, struct exchange *x)
{
    deadlines_add(&server->deadlines, x);
    MHD_suspend_connection(x->connection);
}

static bool open_listener(struct server *server, long *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t size = sizeof address;
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listen_fd < 0 ||
        setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listen_fd, 4096) != 0 ||
        getsockname(server->listen_fd, (struct sockaddr *)&address, &size) != 0) {
        fprintf(stderr, "nuncio-sandbox: cannot listen on 127.0.0.1:%ld: %s%s\n", *port, strerror(errno),
                errno == EADDRINUSE ? "; choose another with --port N, or any free one with --port 0" : "");
        return false;
    }
    *port = ntohs(address.sin_port);
    return true;
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    return fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_loop(struct server *server)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return server->epoll_fd >= 0 && info && watch(server->epoll_fd, info->epoll_fd) &&
           watch(server->epoll_fd, server->signal_fd);
}

bool server_start(struct server *server, struct sandbox *box, long *port)
{
    *server = (struct server){.box = box, .listen_fd = -1, .epoll_fd = -1, .signal_fd = -1};
    box->server = server;
    if (!open_listener(server, port))
        return false;
    raise_file_limit();
    /* Epoll without libmicrohttpd's own thread, which stalls from 128 to 256 connections on: our loop waits
     * on its epoll descriptor, and so has no limit of FD_SETSIZE either. */
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, box, MHD_OPTION_LISTEN_SOCKET,
        server->listen_fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK,
        begin_request, box, MHD_OPTION_NOTIFY_COMPLETED, end_request, box, MHD_OPTION_NOTIFY_CONNECTION,
        note_connection, box, MHD_OPTION_END);
    if (!server->daemon || !open_loop(server)) {
        fputs("nuncio-sandbox: cannot start the HTTP server\n", stderr);
        return false;
    }
    return true;
}

static void resume_due(struct server *server)
{
    int64_t now = clock_ms();
    struct exchange *x;
    while ((x = deadlines_take(&server->deadlines, now)))
        MHD_resume_connection(x->connection);
}

static int loop_timeout(const struct server *server)
{
    int64_t timeout = deadlines_next(&server->deadlines, clock_ms());
    MHD_UNSIGNED_LONG_LONG wanted;
    if (MHD_get_timeout(server->daemon, &wanted) == MHD_YES && (timeout < 0 || (int64_t)wanted < timeout))
        timeout = (int64_t)wanted;
    return timeout > 60000 ? 60000 : (int)timeout;
}

void server_run(struct server *server)
{
    while (!server->stopping) {
        struct epoll_event events[2];
        int count = epoll_wait(server->epoll_fd, events, 2, loop_timeout(server));
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == server->signal_fd)
                server->stopping = true;
        resume_due(server);
        MHD_run(server->daemon);
    }
}

void server_stop(struct server *server)
{
    server->stopping = true;
    if (server->daemon) {
        /* libmicrohttpd wants no connection suspended when it stops. */
        deadlines_release(&server->deadlines, false);
        resume_due(server);
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    } else if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    if (server->epoll_fd >= 0)
        close(server->epoll_fd);
    if (server->signal_fd >= 0)
        close(server->signal_fd);
    deadlines_free(&server->deadlines);
}
