/* SPDX-License-Identifier: MIT */
/* A scripted HTTP server on 127.0.0.1 in a thread of the test program: what it answers, and how it breaks the
 * connection, is the script's choice; what it was asked is counted and kept. */
#ifndef NUNCIO_TESTS_SERVER_H
#define NUNCIO_TESTS_SERVER_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVER_CONNECTIONS 600
#define SERVER_REQUESTS    4096

enum server_end {
    SERVER_KEEP, /* the connection stays open */
    SERVER_FIN,
    SERVER_RST
};

struct server_request {
    char *text;          /* as it came, terminated */
    size_t size, head;   /* bytes; of the head with its blank line */
    unsigned connection; /* counted from 0 */
};

struct server_answer {
    char *data; /* freed by the server; NULL: nothing is said */
    size_t size;
    size_t cut;  /* only so many bytes of it */
    size_t loop; /* from there on again and again */
    enum server_end end;
    bool held; /* not before server_release() */
    int64_t delay_ms;
};

/* Runs in the server's thread; number counts the requests from 0. */
typedef void server_script(void *context, const struct server_request *request, unsigned number,
                           struct server_answer *answer);

struct server_connection {
    int fd; /* -1: free */
    unsigned number;
    char *in;
    size_t in_size, in_capacity;
    struct server_answer answer;
    bool answering, ended; /* ended: our side is shut, the other's is awaited */
    size_t sent;
    int64_t due;
};

struct server {
    int listener, wake[2];
    char url[64];
    pthread_t thread;
    pthread_mutex_t lock;
    server_script *script;
    void *context;
    size_t break_after; /* 0, or after so many bytes of a request it is cut off by RST */
    bool stopping;
    unsigned connection_count, request_count, waiting, peak; /* peak: most requests at a time */
    struct pollfd entries[SERVER_CONNECTIONS + 2];
    struct server_connection connections[SERVER_CONNECTIONS];
    struct server_request requests[SERVER_REQUESTS];
};

static inline void server_give_up(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    abort();
}

static inline int64_t server_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* ---- For scripts ------------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static inline void server_say(struct server_answer *answer,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&answer->data, format, arguments);
    va_end(arguments);
    if (size < 0)
        server_give_up("vasprintf");
    answer->size = (size_t)size;
}

/* A good answer, after which the connection stays open. */
static inline void server_reply(struct server_answer *answer, int status, const char *body)
{
    server_say(answer, "HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
               status, strlen(body), body);
}

/* start: "POST /send" */
static inline bool server_is(const struct server_request *request, const char *start)
{
    return strncmp(request->text, start, strlen(start)) == 0;
}

static inline const char *server_body(const struct server_request *request)
{
    return request->text + request->head;
}

/* ---- The thread -------------------------------------------------------------------------------------------
 */

static inline void server_close(struct server *server, struct server_connection *connection)
{
    if (connection->answering)
        server->waiting--;
    close(connection->fd);
    free(connection->in);
    free(connection->answer.data);
    *connection = (struct server_connection){.fd = -1};
}

static inline void server_reset_peer(struct server *server, struct server_connection *connection)
{
    const struct linger linger = {.l_onoff = 1};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    server_close(server, connection);
}

static inline void server_accept(struct server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        if (server->connections[i].fd < 0) {
            server->connections[i] =
                (struct server_connection){.fd = fd, .number = server->connection_count++};
            return;
        }
    }
    server_give_up("too many connections");
}

/* Bytes of the request's body, by its Content-Length. */
static inline size_t server_body_size(const char *text, size_t head)
{
    static const char name[] = "\nContent-Length:";
    for (size_t i = 0; i + sizeof(name) < head; i++) {
        if (strncasecmp(text + i, name, sizeof(name) - 1) == 0)
            return (size_t)strtoul(text + i + sizeof(name) - 1, NULL, 10);
    }
    return 0;
}

/* A complete request is taken out of what came in, kept, and answered as the script says. */
static inline void server_take_request(struct server *server, struct server_connection *connection)
{
    if (connection->answering || connection->ended || !connection->in)
        return;
    const char *end = strstr(connection->in, "\r\n\r\n");
    size_t head = end ? (size_t)(end - connection->in) + 4 : 0;
    size_t size = end ? head + server_body_size(connection->in, head) : 0;
    if (!end || connection->in_size < size)
        return;
    if (server->request_count >= SERVER_REQUESTS)
        server_give_up("too many requests");
    struct server_request *request = &server->requests[server->request_count];
    *request = (struct server_request){.size = size, .head = head, .connection = connection->number};
    request->text = malloc(size + 1);
    if (!request->text)
        server_give_up("malloc");
    memcpy(request->text, connection->in, size);
    request->text[size] = '\0';
    memmove(connection->in, connection->in + size, connection->in_size - size + 1);
    connection->in_size -= size;

    connection->answer = (struct server_answer){.cut = SIZE_MAX, .loop = SIZE_MAX};
    server->script(server->context, request, server->request_count++, &connection->answer);
    connection->answering = true;
    connection->sent = 0;
    connection->due = server_now() + connection->answer.delay_ms;
    server->waiting++;
    if (server->waiting > server->peak)
        server->peak = server->waiting;
}

static inline void server_read(struct server *server, struct server_connection *connection)
{
    if (connection->in_capacity - connection->in_size < 65536) {
        connection->in_capacity = connection->in_capacity * 2 + 65536;
        connection->in = realloc(connection->in, connection->in_capacity + 1);
        if (!connection->in)
            server_give_up("realloc");
    }
    ssize_t size = read(connection->fd, connection->in + connection->in_size,
                        connection->in_capacity - connection->in_size);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        server_close(server, connection);
        return;
    }
    connection->in_size += connection->ended ? 0 : (size_t)size;
    connection->in[connection->in_size] = '\0';
    if (server->break_after && connection->in_size >= server->break_after)
        server_reset_peer(server, connection);
    else
        server_take_request(server, connection);
}

static inline void server_end_answer(struct server *server, struct server_connection *connection)
{
    enum server_end end = connection->answer.end;
    free(connection->answer.data);
    connection->answer.data = NULL;
    if (end == SERVER_RST) {
        server_reset_peer(server, connection);
        return;
    }
    connection->answering = false;
    server->waiting--;
    if (end == SERVER_FIN) {
        connection->ended = true;
        shutdown(connection->fd, SHUT_WR);
    } else {
        server_take_request(server, connection);
    }
}

static inline size_t server_limit(const struct server_answer *answer)
{
    size_t size = answer->data ? answer->size : 0;
    return answer->cut < size ? answer->cut : size;
}

static inline void server_write(struct server *server, struct server_connection *connection)
{
    const struct server_answer *answer = &connection->answer;
    size_t limit = server_limit(answer);
    ssize_t size = 0;
    if (connection->sent < limit)
        size = send(connection->fd, answer->data + connection->sent, limit - connection->sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EAGAIN)
        return;
    if (size < 0) {
        server_close(server, connection);
        return;
    }
    connection->sent += (size_t)size;
    if (connection->sent < limit)
        return;
    if (answer->loop < limit)
        connection->sent = answer->loop;
    else
        server_end_answer(server, connection);
}

static inline bool server_ready(const struct server_connection *connection, int64_t now)
{
    return connection->answering && !connection->answer.held && connection->due <= now;
}

/* Fills in what to wait for; returns for how long. */
static inline int server_prepare(const struct server *server, struct pollfd *entries, size_t *ret_count)
{
    int64_t now = server_now();
    int64_t wait = -1;
    *ret_count = 2;
    entries[0] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = server->wake[0], .events = POLLIN};
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        const struct server_connection *connection = &server->connections[i];
        bool ready = server_ready(connection, now);
        entries[i + 2] = (struct pollfd){.fd = connection->fd, .events = POLLIN};
        if (connection->fd < 0)
            continue;
        *ret_count = i + 3;
        if (ready)
            entries[i + 2].events |= POLLOUT;
        if (connection->answering && !connection->answer.held && !ready &&
            (wait < 0 || connection->due - now < wait))
            wait = connection->due - now;
    }
    return (int)wait;
}

static inline void *server_run(void *argument)
{
    struct server *server = argument;
    struct pollfd *entries = server->entries;
    char byte;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        size_t count;
        int wait = server_prepare(server, entries, &count);
        pthread_mutex_unlock(&server->lock);
        (void)poll(entries, count, wait);
        pthread_mutex_lock(&server->lock);
        if (entries[1].revents)
            (void)!read(server->wake[0], &byte, 1);
        for (size_t i = 0; i + 2 < count; i++) {
            struct server_connection *connection = &server->connections[i];
            short events = entries[i + 2].revents;
            if (connection->fd >= 0 && (events & (POLLIN | POLLERR | POLLHUP)))
                server_read(server, connection);
            if (connection->fd >= 0 && (events & POLLOUT) && connection->answering)
                server_write(server, connection);
        }
        if (entries[0].revents)
            server_accept(server);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static inline void server_poke(struct server *server)
{
    (void)!write(server->wake[1], "", 1);
}

/* ---- For tests --------------------------------------------------------------------------------------------
 */

/* A socket that listens on a free port of 127.0.0.1. */
static inline int server_listen(int backlog, char ret_url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, backlog) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        server_give_up("listen");
    snprintf(ret_url, 64, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static inline struct server *server_start(server_script *script, void *context)
{
    struct server *server = calloc(1, sizeof(*server));
    if (!server)
        server_give_up("calloc");
    server->script = script;
    server->context = context;
    server->listener = server_listen(SERVER_CONNECTIONS, server->url);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
        server->connections[i].fd = -1;
    pthread_mutex_init(&server->lock, NULL);
    if (pipe2(server->wake, O_CLOEXEC | O_NONBLOCK) < 0 ||
        pthread_create(&server->thread, NULL, server_run, server) != 0)
        server_give_up("start");
    return server;
}

static inline void server_stop(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_mutex_unlock(&server->lock);
    server_poke(server);
    pthread_join(server->thread, NULL);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        if (server->connections[i].fd >= 0)
            server_close(server, &server->connections[i]);
    }
    for (unsigned i = 0; i < server->request_count; i++)
        free(server->requests[i].text);
    close(server->listener);
    close(server->wake[0]);
    close(server->wake[1]);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

/* Another script from now on, and counts from 0. */
static inline void server_restart(struct server *server, server_script *script, void *context)
{
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->request_count; i++)
        free(server->requests[i].text);
    server->request_count = server->connection_count = server->peak = 0;
    server->script = script;
    server->context = context;
    pthread_mutex_unlock(&server->lock);
}

static inline unsigned server_count(struct server *server, const unsigned *counter)
{
    pthread_mutex_lock(&server->lock);
    unsigned count = *counter;
    pthread_mutex_unlock(&server->lock);
    return count;
}

#define server_requests(server)         server_count(server, &(server)->request_count)
#define server_connection_count(server) server_count(server, &(server)->connection_count)
#define server_waiting(server)          server_count(server, &(server)->waiting)
#define server_peak(server)             server_count(server, &(server)->peak)

/* How many requests start so. */
static inline unsigned server_requests_like(struct server *server, const char *start)
{
    unsigned count = 0;
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->request_count; i++)
        count += server_is(&server->requests[i], start);
    pthread_mutex_unlock(&server->lock);
    return count;
}

/* All answers that are held may go. */
static inline void server_release(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
        server->connections[i].answer.held = false;
    pthread_mutex_unlock(&server->lock);
    server_poke(server);
}

#endif
