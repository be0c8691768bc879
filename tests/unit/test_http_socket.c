/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The epoll side alone, with pipes in place of connections. */
struct fixture {
    struct http http;
    int pipe[2];
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.http.curl_due = -1};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    fixture.http.multi = curl_multi_init();
    fixture.http.epoll = epoll_create1(EPOLL_CLOEXEC);
    *state = &fixture;
    return fixture.http.multi && fixture.http.epoll >= 0 ? pipe(fixture.pipe) : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close(fixture->pipe[0]);
    close(fixture->pipe[1]);
    close(fixture->http.epoll);
    curl_multi_cleanup(fixture->http.multi);
    curl_global_cleanup();
    return 0;
}

static void wish(struct fixture *fixture, int end, int what, struct http_socket *socket)
{
    assert_int_equal(http_socket_callback(NULL, fixture->pipe[end], what, &fixture->http, socket), 0);
}

/* What epoll reports now: the events of the one descriptor, 0 for none. */
static uint32_t reported(struct fixture *fixture, int end)
{
    struct epoll_event events[2];
    assert_int_equal(http_socket_apply(&fixture->http), 0);
    assert_null(fixture->http.changed);
    int count = epoll_wait(fixture->http.epoll, events, 2, 0);
    assert_in_range(count, 0, 1);
    if (count == 1)
        assert_int_equal(events[0].data.fd, fixture->pipe[end]);
    return count ? events[0].events : 0;
}

/* The change list holds what the callback made: libcurl would hand it back as socket context. */
static struct http_socket *made(struct fixture *fixture)
{
    assert_non_null(fixture->http.changed);
    return fixture->http.changed;
}

static void test_wishes(void **state)
{
    struct fixture *fixture = *state;
    wish(fixture, 1, CURL_POLL_OUT, NULL);
    struct http_socket *socket = made(fixture);
    assert_int_equal(socket->known, 0); /* lazy */
    assert_int_equal(reported(fixture, 1), EPOLLOUT);
    wish(fixture, 1, CURL_POLL_IN, socket);
    assert_int_equal(reported(fixture, 1), 0);
    wish(fixture, 1, CURL_POLL_INOUT, socket);
    assert_int_equal(reported(fixture, 1), EPOLLOUT);
    assert_int_equal(socket->known, EPOLLIN | EPOLLOUT);
    wish(fixture, 1, CURL_POLL_NONE, socket);
    assert_int_equal(reported(fixture, 1), 0);
    assert_int_equal(socket->known, 0);
    wish(fixture, 1, CURL_POLL_OUT, socket); /* and again */
    assert_int_equal(reported(fixture, 1), EPOLLOUT);
    wish(fixture, 1, CURL_POLL_REMOVE, socket);
    assert_int_equal(reported(fixture, 1), 0);
}

/* A wish that is taken back before the loop sleeps costs no call. */
static void test_taken_back(void **state)
{
    struct fixture *fixture = *state;
    wish(fixture, 1, CURL_POLL_IN, NULL);
    struct http_socket *socket = made(fixture);
    assert_int_equal(reported(fixture, 1), 0);
    wish(fixture, 1, CURL_POLL_OUT, socket);
    wish(fixture, 1, CURL_POLL_IN, socket);
    assert_ptr_equal(socket->next_changed, NULL); /* noted once */
    close(fixture->http.epoll);                   /* would fail were it asked */
    int epoll = fixture->http.epoll;
    fixture->http.epoll = -1;
    assert_int_equal(http_socket_apply(&fixture->http), 0);
    fixture->http.epoll = epoll_create1(EPOLL_CLOEXEC);
    assert_true(epoll >= 0);
    socket->known = 0; /* the new epoll knows nothing */
    wish(fixture, 1, CURL_POLL_REMOVE, socket);
    assert_int_equal(reported(fixture, 1), 0);
}

/* Its descriptor is closed right after, so epoll must forget it at once; and the number may come again. */
static void test_removed(void **state)
{
    struct fixture *fixture = *state;
    wish(fixture, 1, CURL_POLL_OUT, NULL);
    struct http_socket *socket = made(fixture);
    assert_int_equal(reported(fixture, 1), EPOLLOUT);
    wish(fixture, 1, CURL_POLL_REMOVE, socket);
    struct epoll_event event;
    assert_int_equal(epoll_wait(fixture->http.epoll, &event, 1, 0), 0); /* before apply() */

    wish(fixture, 1, CURL_POLL_OUT, NULL); /* another socket of the same number, in the same turn */
    struct http_socket *second = made(fixture);
    assert_ptr_not_equal(second, socket);
    assert_int_equal(reported(fixture, 1), EPOLLOUT);
    wish(fixture, 1, CURL_POLL_REMOVE, second);
    assert_int_equal(reported(fixture, 1), 0);
    wish(fixture, 1, CURL_POLL_REMOVE, NULL); /* one that nobody knows */
    assert_null(fixture->http.changed);
}

static void test_removed_unseen(void **state)
{
    struct fixture *fixture = *state;
    wish(fixture, 1, CURL_POLL_OUT, NULL);
    wish(fixture, 1, CURL_POLL_REMOVE, made(fixture));
    assert_int_equal(reported(fixture, 1), 0);
}

/* The error is told, and the others are served all the same. */
static void test_error(void **state)
{
    struct fixture *fixture = *state;
    wish(fixture, 1, CURL_POLL_OUT, NULL);
    struct http_socket *good = made(fixture);
    assert_int_equal(http_socket_callback(NULL, 100000, CURL_POLL_IN, &fixture->http, NULL), 0);
    struct http_socket *bad = made(fixture);
    errno = 0;
    assert_int_equal(http_socket_apply(&fixture->http), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(good->known, EPOLLOUT);
    assert_int_equal(bad->known, 0);
    wish(fixture, 1, CURL_POLL_REMOVE, good);
    assert_int_equal(http_socket_callback(NULL, 100000, CURL_POLL_REMOVE, &fixture->http, bad), 0);
    assert_int_equal(http_socket_apply(&fixture->http), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wishes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed_unseen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
