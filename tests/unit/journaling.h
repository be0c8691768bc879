/* SPDX-License-Identifier: MIT */
/* Two runtimes in one process that share a vendor, a configuration and a journal, as two processes would: each is an
 * owner of its own, and to destroy one with its work under way is what a crash leaves behind. */
#ifndef NUNCIO_TESTS_JOURNALING_H
#define NUNCIO_TESTS_JOURNALING_H

#include "running.h"

/* What the vendor does, from now on; guarded by the server's lock. */
struct vendor {
    bool hold;           /* answers wait for server_release() */
    unsigned drops;      /* so many SENDs run, and their answers are lost */
    const char *state;   /* what a POLL says; NULL: the reply */
    const char *history; /* what a conversation holds: an array; NULL: [] */
    const char *sent;    /* instead of SEND's answer: the whole of it */
    const char *asked;   /* instead of all answers but SEND's: the whole of it */
};

/* Zeroed and made by journaling_start(). */
struct journaling {
    struct vendor vendor;
    struct server *server;
    struct running a, b;
    bool single;           /* runtimes are made for a single message */
    const char *overrides; /* more of them, separated by '\n' */
};

static inline void journaling_vendor(void *context, const struct server_request *request, unsigned number,
                                     struct server_answer *answer)
{
    struct vendor *vendor = context;
    char body[8192];
    (void)number;
    answer->held = vendor->hold;
    if (server_is(request, "POST /send") && vendor->drops > 0) {
        vendor->drops--;
        answer->end = SERVER_FIN;
    } else if (server_is(request, "POST /send") && vendor->sent) {
        server_say(answer, "%s", vendor->sent);
    } else if (server_is(request, "POST /send") && strcmp(running_member(request, "text"), "ask") == 0) {
        const char *given = running_member(request, "conversation");
        snprintf(body, sizeof(body), "{\"ticket\":\"t1\",\"conversation\":\"%s\"}", *given ? given : "c1");
        server_reply(answer, 200, body);
    } else if (server_is(request, "POST /send")) {
        char conversation[128];
        snprintf(conversation, sizeof(conversation), "%.100s", running_member(request, "conversation"));
        snprintf(body, sizeof(body), "{\"reply\":\"re: %s\",\"conversation\":\"%s\",\"cursor\":\"m1\"}",
                 running_member(request, "text"), *conversation ? conversation : "c1");
        server_reply(answer, 200, body);
    } else if (vendor->asked) {
        server_say(answer, "%s", vendor->asked);
    } else if (server_is(request, "GET /runs/") && vendor->state) {
        snprintf(body, sizeof(body), "{\"state\":\"%s\"}", vendor->state);
        server_reply(answer, 200, body);
    } else if (server_is(request, "GET /conversations")) {
        snprintf(body, sizeof(body), "{\"messages\":%s}", vendor->history ? vendor->history : "[]");
        server_reply(answer, 200, body);
    } else {
        server_reply(answer, 200, "{\"reply\":\"done\"}");
    }
}

/* For cmocka's group: SQLite lies beneath the providers' directory in the build. */
static inline int journaling_enter(void **state)
{
    char directory[PATH_MAX];
    const char *plugins = getenv("PLUGIN_DIR");
    if (running_enter(state) < 0 || !realpath("plugins", directory))
        return -1;
    char override[2 * PATH_MAX + 64];
    snprintf(override, sizeof(override), "nuncio.plugin_path=%s:%s", directory, plugins ? plugins : "");
    setenv("JOURNALING_PLUGIN_PATH", override, 1);
    return 0;
}

static inline int journaling_create(struct journaling *world, struct running *running,
                                    struct nuncio_failure *failure)
{
    const char *overrides[16] = {getenv("JOURNALING_PLUGIN_PATH"), "nuncio.store=sqlite", NULL};
    char directory[PATH_MAX + 32], more[1024];
    size_t count = 2;
    snprintf(directory, sizeof(directory), "nuncio.state_dir=%s/state", fixture_directory);
    overrides[count++] = directory;
    snprintf(more, sizeof(more), "%s", world->overrides ? world->overrides : "");
    for (char *at = strtok(more, "\n"); at; at = strtok(NULL, "\n"))
        overrides[count++] = at;
    running->server = world->server;
    const struct nuncio_settings settings = {.size = sizeof(settings),
                                             .config_file = "nuncio.ini",
                                             .overrides = overrides,
                                             .override_count = count,
                                             .log_level = "debug",
                                             .log = running_log,
                                             .log_context = running,
                                             .single_message = world->single};
    return nuncio_create(&settings, &running->nuncio, failure);
}

static inline void journaling_again(struct journaling *world, struct running *running)
{
    struct nuncio_failure failure = {0};
    if (journaling_create(world, running, &failure) < 0)
        fail_msg("nuncio_create: %s", failure.text);
}

/* Both runtimes, with these lines for provider "sales" and an empty journal. */
static inline void journaling_start(struct journaling *world, const char *provider)
{
    *world = (struct journaling){.single = false};
    (void)nftw("state", fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
    world->server = server_start(journaling_vendor, &world->vendor);
    world->a.server = world->server;
    char lines[1024];
    snprintf(lines, sizeof(lines), "poll_min = 10ms\npoll_max = 40ms\n%s", provider);
    running_configure(&world->a, lines, "[agent other]\nprovider = sales\nid = a2\n");
    journaling_again(world, &world->a);
    journaling_again(world, &world->b);
}

/* As a process that is killed. */
static inline void journaling_kill(struct running *running)
{
    nuncio_destroy(running->nuncio);
    running->nuncio = NULL;
}

static inline void journaling_stop(struct journaling *world)
{
    journaling_kill(&world->a);
    journaling_kill(&world->b);
    server_stop(world->server);
}

/* What the vendor does from now on. */
static inline void journaling_set(struct journaling *world, struct vendor vendor)
{
    pthread_mutex_lock(&world->server->lock);
    world->vendor = vendor;
    pthread_mutex_unlock(&world->server->lock);
    if (!vendor.hold)
        server_release(world->server);
}

/* One turn of each that lives. */
static inline void journaling_turn(struct journaling *world)
{
    if (world->a.nuncio)
        running_turn(&world->a, 2);
    if (world->b.nuncio)
        running_turn(&world->b, 2);
}

static inline void journaling_quiet(struct journaling *world, int64_t milliseconds)
{
    unsigned requests = server_requests(world->server);
    int64_t end = clock_monotonic() + milliseconds;
    while (clock_monotonic() < end)
        journaling_turn(world);
    assert_int_equal(server_requests(world->server), requests);
}

/* Until this holds. */
#define journaling_until(world, condition)                                                                   \
    do {                                                                                                     \
        int64_t limit_ = clock_monotonic() + RUNNING_LIMIT_MS;                                               \
        while (!(condition) && clock_monotonic() < limit_)                                                   \
            journaling_turn(world);                                                                          \
        assert_true(condition);                                                                              \
    } while (0)

/* Until it has ended for that runtime; both go on. */
static inline struct nuncio_interaction journaling_wait(struct journaling *world, struct running *running,
                                                        const char *id)
{
    journaling_until(world, running_get(running, id).ended);
    return running_get(running, id);
}

static inline void journaling_take_up(struct running *running, const char *id, int64_t timeout_ms)
{
    struct nuncio_failure failure = {0};
    if (nuncio_take_up(running->nuncio, id, timeout_ms, 0, &failure) != 0)
        fail_msg("nuncio_take_up: %s", failure.text);
}

static inline void journaling_submit(struct running *running, const char *text, const char *conversation,
                                     char ret_id[NUNCIO_ID_SIZE])
{
    struct nuncio_message message = running_message(text);
    message.conversation = conversation;
    running_submit(running, &message, ret_id);
}

/* The state in the journal, as that runtime finds it. */
static inline const char *journaling_state(struct running *running, const char *id)
{
    struct journal_view view;
    struct nuncio_failure failure = {0};
    struct record record;
    record_init(&record);
    int found = journal_open(&running->nuncio->journal, JOURNAL_WRITE, &failure) < 0
                    ? -1
                    : journal_get(&running->nuncio->journal, id, &record, &view, &failure);
    record_finish(&record);
    if (found < 0)
        fail_msg("%s", failure.text);
    return found == 1 ? nuncio_state_name(view.state) : "not there";
}

#endif
