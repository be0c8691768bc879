/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "commands.h"

/* timeout(1) signals both its child and its process group, so one wish may come twice within this time. */
enum { SAME_WISH_MS = 100 };

static const int numbers[] = {SIGINT, SIGTERM};

static volatile sig_atomic_t caught;
static struct timespec caught_at; /* used by the handler alone, which does not interrupt itself */
static int ends[2] = {-1, -1};

static int64_t milliseconds_since(const struct timespec *past, const struct timespec *now)
{
    return (int64_t)(now->tv_sec - past->tv_sec) * 1000 + (now->tv_nsec - past->tv_nsec) / 1000000;
}

/* Calls only what is safe in a signal handler. */
static void on_signal(int number)
{
    int saved_errno = errno;
    struct timespec now = {0};
    ssize_t written;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!caught) {
        caught = number;
        caught_at = now;
        /* Where the pipe is full it is readable, which is all that is wanted. */
        written = write(ends[1], "", 1);
        (void)written;
    } else if (caught != number || milliseconds_since(&caught_at, &now) > SAME_WISH_MS) {
        _exit(EXIT_SIGNAL + number);
    }
    errno = saved_errno;
}

/* The action of both signals; neither handler interrupts the other. */
static bool set_action(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (sigaction(numbers[i], &action, NULL) < 0)
            return false;
    return true;
}

bool signals_catch(void)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    /* Also where a shell started us in the background and ignores SIGINT: whoever sends it to us means it. */
    return set_action(on_signal);
}

int signals_fd(void)
{
    return ends[0];
}

int signals_caught(void)
{
    return caught;
}

void signals_release(void)
{
    set_action(SIG_DFL);
}
