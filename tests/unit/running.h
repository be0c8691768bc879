/* SPDX-License-Identifier: MIT */
/* A runtime with the mock plugin "chat", configured by a file in the test's directory, and the vendor: a
 * scripted server. */
#ifndef NUNCIO_TESTS_RUNNING_H
#define NUNCIO_TESTS_RUNNING_H

#include "clock.h"
#include "fixture.h"
#include "mocks.h"
#include "runtime.h"
#include "server.h"
#include "support.h"
#include "text.h"

#define RUNNING_LIMIT_MS 20000 /* more is a hang */

struct running {
    struct server *server;
    struct nuncio *nuncio;
    char log[65536]; /* all lines */
    size_t log_size;
};

static inline void running_log(void *context, int32_t level, const char *line)
{
    struct running *running = context;
    int size = snprintf(running->log + running->log_size, sizeof(running->log) - running->log_size, "%d %s\n",
                        level, line);
    if (size > 0 && running->log_size + (size_t)size < sizeof(running->log))
        running->log_size += (size_t)size;
}

/* For cmocka's group. */
static inline int running_enter(void **state)
{
    char directory[PATH_MAX];
    fixture_enter(state);
    fixture_mkdir("plugins");
    if (!realpath("plugins", directory))
        return -1;
    mocks_copy("chat", directory, "chat.so");
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    return 0;
}

/* Writes nuncio.ini: provider "sales" at the server with these lines, agent "research", then the rest. */
static inline void running_configure(const struct running *running, const char *provider, const char *rest)
{
    char text[8192];
    snprintf(text, sizeof(text),
             "[nuncio]\nplugin_path = %.*s/plugins\nstore = memory\n"
             "[provider sales]\nplugin = chat\nbase_url = %s\napi_key = s3cret\n%s\n"
             "[agent research]\nprovider = sales\nid = a1\n%s\n",
             4000, fixture_directory, running->server->url, provider, rest);
    fixture_write("nuncio.ini", text);
}

static inline int running_create(struct running *running, struct nuncio_failure *failure)
{
    const struct nuncio_settings settings = {.size = sizeof(settings),
                                             .config_file = "nuncio.ini",
                                             .log_level = "debug",
                                             .log = running_log,
                                             .log_context = running};
    return nuncio_create(&settings, &running->nuncio, failure);
}

static inline void running_start(struct running *running, server_script *script, void *context,
                                 const char *provider)
{
    struct nuncio_failure failure = {0};
    *running = (struct running){.server = server_start(script, context)};
    running_configure(running, provider, "");
    if (running_create(running, &failure) < 0)
        fail_msg("nuncio_create: %s", failure.text);
}

static inline void running_stop(struct running *running)
{
    nuncio_destroy(running->nuncio);
    server_stop(running->server);
}

static inline struct nuncio_message running_message(const char *text)
{
    return (struct nuncio_message){
        .size = sizeof(struct nuncio_message), .agent = "research", .text = text, .text_size = strlen(text)};
}

static inline void running_submit(struct running *running, const struct nuncio_message *message,
                                  char ret_id[NUNCIO_ID_SIZE])
{
    struct nuncio_failure failure = {0};
    if (nuncio_submit(running->nuncio, message, ret_id, &failure) < 0)
        fail_msg("nuncio_submit: %s", failure.text);
}

static inline struct nuncio_interaction running_get(struct running *running, const char *id)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    assert_int_equal(nuncio_get(running->nuncio, id, &interaction), 0);
    return interaction;
}

/* Waits until it ended. */
static inline struct nuncio_interaction running_wait(struct running *running, const char *id)
{
    assert_int_equal(nuncio_wait(running->nuncio, id, RUNNING_LIMIT_MS), 1);
    return running_get(running, id);
}

static inline struct nuncio_interaction running_send(struct running *running, const char *text)
{
    char id[NUNCIO_ID_SIZE];
    const struct nuncio_message message = running_message(text);
    running_submit(running, &message, id);
    return running_wait(running, id);
}

/* One turn of a program's own loop, at most so long. */
static inline void running_turn(struct running *running, int limit_ms)
{
    assert_true(nuncio_step(running->nuncio) >= 0);
    int64_t wait = nuncio_timeout(running->nuncio);
    struct pollfd entry = {.fd = nuncio_fd(running->nuncio), .events = POLLIN};
    (void)poll(&entry, 1, wait < 0 || wait > limit_ms ? limit_ms : (int)wait);
}

/* Goes on until the server was asked so often. */
static inline void running_until(struct running *running, unsigned requests)
{
    int64_t end = clock_monotonic() + RUNNING_LIMIT_MS;
    while (server_requests(running->server) < requests && clock_monotonic() < end)
        running_turn(running, 5);
    assert_int_equal(server_requests(running->server), requests);
}

/* Goes on for a while in which nothing new may be asked. */
static inline void running_quiet(struct running *running, int64_t milliseconds)
{
    unsigned requests = server_requests(running->server);
    int64_t end = clock_monotonic() + milliseconds;
    while (clock_monotonic() < end)
        running_turn(running, 5);
    assert_int_equal(server_requests(running->server), requests);
}

/* The JSON string of that name in a request's body, in static memory. */
static inline const char *running_member(const struct server_request *request, const char *name)
{
    static _Thread_local char value[4096];
    char key[64];
    snprintf(key, sizeof(key), "\"%s\":\"", name);
    const char *found = strstr(server_body(request), key);
    if (!found)
        return "";
    found += strlen(key);
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\""), found);
    return value;
}

/* Says why not. */
static inline void check_interaction(struct nuncio_interaction interaction, const char *wanted,
                                     const char *file, int line)
{
    if (strcmp(nuncio_state_name(interaction.state), wanted) == 0)
        return;
    print_error("%s instead of %s: %s\n", nuncio_state_name(interaction.state), wanted,
                interaction.error_text ? interaction.error_text : "no error");
    _fail(file, line);
}

#define assert_interaction(interaction, wanted) check_interaction(interaction, wanted, __FILE__, __LINE__)

#endif
