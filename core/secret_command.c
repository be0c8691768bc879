/* SPDX-License-Identifier: MIT */
/* A program that prints a secret. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "text.h"

#define WORD_LIMIT   64
#define OUTPUT_LIMIT (64 * 1024) /* bytes that a program may print in all */
#define NAP          10          /* ms between two looks at a program that prints nothing */

struct run {
    const char *program;
    pid_t pid;
    int fd; /* its standard output; -1 after its end */
    bool exited;
    int status;
    char *text; /* of `capacity` bytes: the first line */
    size_t capacity, size;
    bool line_over;
    size_t total;
};

static int64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Copies one word to *target without its quotes. False where a quote is not closed. */
static bool copy_word(const char **at, char **target)
{
    char quote = '\0';
    for (; **at && (quote || !strchr(" \t\n", **at)); (*at)++) {
        char character = **at;
        if (quote && character == quote) {
            quote = '\0';
        } else if (!quote && (character == '\'' || character == '"')) {
            quote = character;
        } else {
            /* As in a shell: in double quotes a backslash stays before what needs none. */
            bool escapes = quote == '"' ? strchr("\"\\", (*at)[1]) != NULL : quote == '\0';
            if (character == '\\' && (*at)[1] && escapes)
                character = *++*at;
            *(*target)++ = character;
        }
    }
    *(*target)++ = '\0';
    return quote == '\0';
}

/* The words lie in `room`, which has twice the command's size. */
static int split(const char *command, char *room, char *words[WORD_LIMIT + 1], struct nuncio_failure *failure)
{
    size_t count = 0;
    for (const char *at = command + strspn(command, " \t\n"); *at; at += strspn(at, " \t\n")) {
        if (count == WORD_LIMIT)
            return failure_set(failure, NUNCIO_ERROR_INVALID,
                               "the command has more than %d words; write a script", WORD_LIMIT);
        words[count++] = room;
        if (!copy_word(&at, &room))
            return failure_set(failure, NUNCIO_ERROR_INVALID, "the command has a quote that is not closed");
    }
    words[count] = NULL;
    if (count == 0 || !*words[0])
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the command is empty; write a program and its arguments");
    return 0;
}

/* The program's descriptors: our pipe to write to, nothing else. */
static bool redirect(int output)
{
    /* Standard output first: the pipe itself may be descriptor 0 or 2. */
    if (output == STDOUT_FILENO ? fcntl(output, F_SETFD, 0) < 0 : dup2(output, STDOUT_FILENO) < 0)
        return false;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (in < 0 || out < 0)
        return false;
    bool in_placed = in == STDIN_FILENO ? fcntl(in, F_SETFD, 0) == 0 : dup2(in, STDIN_FILENO) >= 0;
    bool out_placed = out == STDERR_FILENO ? fcntl(out, F_SETFD, 0) == 0 : dup2(out, STDERR_FILENO) >= 0;
    return in_placed && out_placed;
}

/* Signals as a program expects them. Whoever ends us ends it too: nobody waits for its secret any more. */
static bool set_signals(pid_t parent)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    (void)sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &action, NULL); /* not all can be set */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
        return false;
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* Between fork() and exec: nothing that takes memory or a lock. */
static void become(char *const words[], int output, int report, pid_t parent) __attribute__((noreturn));

static void become(char *const words[], int output, int report, pid_t parent)
{
    /* Not execvp(): gcov has one of its own, which takes memory. */
    if (set_signals(parent) && redirect(output))
        (void)execvpe(words[0], words, environ);
    int error = errno;
    ssize_t written = write(report, &error, sizeof error);
    (void)written;
    _exit(127);
}

/* Starts the program. Returns 0 or an errno. It stays in our process group, so that it may ask at the terminal and is
   interrupted with us. posix_spawn() could not tell it to end with us. */
static int start(char *const words[], int output, pid_t *ret_pid)
{
    int ends[2];
    int error = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    /* Out of the way of the three that the program gets. */
    int report = fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    pid_t parent = getpid();
    pid_t pid = report < 0 ? -1 : fork();
    if (pid == 0)
        become(words, output, report, parent);
    if (pid < 0)
        error = errno;
    (void)close(ends[1]);
    if (report >= 0)
        (void)close(report);
    if (pid > 0) {
        /* Closed without a word where the program runs. */
        while (read(ends[0], &error, sizeof error) < 0 && errno == EINTR)
            continue;
        *ret_pid = pid;
        if (error)
            (void)waitpid(pid, NULL, 0);
    }
    (void)close(ends[0]);
    return error;
}

/* Keeps the first line and counts the rest. False where it is too much. */
static bool keep(struct run *run, const char *chunk, size_t size)
{
    run->total += size;
    if (run->total > OUTPUT_LIMIT)
        return false;
    for (size_t i = 0; i < size && !run->line_over; i++) {
        run->line_over = chunk[i] == '\n';
        if (run->size + 1 == run->capacity)
            return false;
        /* A NUL would hide what follows it; as another control character it is refused later. */
        if (!run->line_over)
            run->text[run->size++] = chunk[i] ? chunk[i] : '\x01';
    }
    return true;
}

/* Reads what is there; waits for it up to `wait` ms. False where it is too much. */
static bool drain(struct run *run, int wait)
{
    char chunk[4096];
    bool good = true;
    struct pollfd poll_fd = {.fd = run->fd, .events = POLLIN};
    while (good && run->fd >= 0 && poll(&poll_fd, 1, wait) > 0) {
        ssize_t got = read(run->fd, chunk, sizeof chunk);
        if (got > 0) {
            good = keep(run, chunk, (size_t)got);
        } else if (got == 0 || errno != EINTR) {
            (void)close(run->fd);
            run->fd = -1;
        }
        wait = 0;
    }
    explicit_bzero(chunk, sizeof chunk);
    return good;
}

/* A host that ignores SIGCHLD, or reaps for itself, leaves no status to read: the output must do then. */
static void look(struct run *run, int flags)
{
    pid_t pid;
    do
        pid = waitpid(run->pid, &run->status, flags);
    while (pid < 0 && errno == EINTR);
    if (pid < 0)
        run->status = 0;
    run->exited = pid != 0;
}

/* Until the program ends; what it left running in the background may hold the pipe open for ever. */
static int follow(struct run *run, int64_t timeout_ms, struct nuncio_failure *failure)
{
    int64_t end = now() + timeout_ms;
    bool good = true;
    while (good && !run->exited && now() < end) {
        if (run->fd >= 0)
            good = drain(run, NAP);
        else
            (void)poll(NULL, 0, 1);
        look(run, WNOHANG);
    }
    if (good && run->exited)
        good = drain(run, 0);
    if (!run->exited) {
        (void)kill(run->pid, SIGKILL);
        look(run, 0);
        if (good)
            return failure_set(failure, NUNCIO_ERROR_INVALID, "%s did not end within %lld s and was stopped",
                               run->program, (long long)(timeout_ms / 1000));
    }
    if (!good)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "%s prints too much; it must print the secret alone", run->program);
    if (WIFSIGNALED(run->status))
        return failure_set(failure, NUNCIO_ERROR_INVALID, "%s was ended by signal %d", run->program,
                           WTERMSIG(run->status));
    if (WEXITSTATUS(run->status) != 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "%s failed with exit status %d; run it to see why",
                           run->program, WEXITSTATUS(run->status));
    return 0;
}

int secret_run(const char *command, int64_t timeout_ms, char *ret_text, size_t capacity,
               struct nuncio_failure *failure)
{
    char *words[WORD_LIMIT + 1];
    int ends[2];
    size_t size = 2 * strlen(command) + 2;
    char *room = malloc(size);
    if (!room)
        return failure_memory(failure);
    struct run run = {.text = ret_text, .capacity = capacity};
    int result = split(command, room, words, failure);
    if (result == 0 && pipe2(ends, O_CLOEXEC) < 0)
        result = failure_set(failure, NUNCIO_ERROR_INTERNAL, "no pipe for %s: %s", words[0], strerror(errno));
    if (result == 0) {
        run.program = words[0];
        run.fd = ends[0];
        int error = start(words, ends[1], &run.pid);
        (void)close(ends[1]);
        if (error)
            result =
                failure_set(failure, NUNCIO_ERROR_INVALID, "%s cannot be run: %s", words[0], strerror(error));
        else
            result = follow(&run, timeout_ms, failure);
        if (run.fd >= 0)
            (void)close(run.fd);
        ret_text[run.size] = '\0';
    }
    /* Its arguments may be secrets too. */
    explicit_bzero(room, size);
    free(room);
    return result;
}
