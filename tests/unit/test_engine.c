/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

#include <sys/resource.h>

#define MANY 300

/* The vendor: what it does at SEND is chosen by the message's text. */
struct vendor {
    unsigned drops;   /* so many SENDs get no answer */
    unsigned refuses; /* so many SENDs get 429 */
    unsigned polls;   /* so many POLLs say "running" */
    const char *then; /* the state after these; NULL: the reply */
    bool hold;
};

static void vendor(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    struct vendor *vendor = context;
    char body[4500];
    (void)number;
    answer->held = vendor->hold;
    if (server_is(request, "POST /send") && vendor->drops > 0) {
        vendor->drops--;
        answer->end = SERVER_FIN;
    } else if (server_is(request, "POST /send") && vendor->refuses > 0) {
        vendor->refuses--;
        server_say(answer, "HTTP/1.1 429 Later\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}");
    } else if (server_is(request, "POST /send") && strcmp(running_member(request, "text"), "ask") == 0) {
        server_reply(answer, 200, "{\"ticket\":\"t1\",\"conversation\":\"c1\"}");
    } else if (server_is(request, "POST /send")) {
        snprintf(body, sizeof(body), "{\"reply\":\"re: %s\",\"conversation\":\"c1\",\"cursor\":\"m1\"}",
                 running_member(request, "text"));
        server_reply(answer, 200, body);
    } else if (server_is(request, "GET /runs/") && vendor->polls > 0) {
        vendor->polls--;
        server_reply(answer, 200, "{\"state\":\"running\"}");
    } else if (server_is(request, "GET /runs/") && vendor->then) {
        snprintf(body, sizeof(body), "{\"state\":\"%s\",\"position\":4}", vendor->then);
        server_reply(answer, 200, body);
    } else if (server_is(request, "GET /conversations")) {
        server_reply(answer, 200, "{\"messages\":[{\"id\":\"m7\",\"role\":\"agent\",\"text\":\"old\"}]}");
    } else if (server_is(request, "POST /open")) {
        server_reply(answer, 200, "{\"id\":41}");
    } else {
        server_reply(answer, 200, "{\"reply\":\"done\"}");
    }
}

struct fixture {
    struct vendor vendor;
    struct running running;
};

static struct fixture fixture;

static struct running *start(const char *provider)
{
    fixture.vendor = (struct vendor){0};
    running_start(&fixture.running, vendor, &fixture.vendor, provider);
    return &fixture.running;
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&fixture.running);
    return 0;
}

static void submit_many(struct running *running, char (*ids)[NUNCIO_ID_SIZE], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[32];
        snprintf(text, sizeof(text), "n%zu", i);
        const struct nuncio_message message = running_message(text);
        running_submit(running, &message, ids[i]);
    }
}

/* 300 at once, of which never more than 64 are with the vendor, and as many as that. */
static void test_many(void **state)
{
    static char ids[MANY][NUNCIO_ID_SIZE];
    struct running *running = start("max_in_flight = 64\ntimeout = 15s");
    (void)state;
    fixture.vendor.hold = true;
    submit_many(running, ids, MANY);
    unsigned released = 0;
    while (released < MANY) {
        unsigned next = released + 64 < MANY ? released + 64 : MANY;
        running_until(running, next);
        if (next < MANY && released == 0)
            running_quiet(running, 30); /* the 65th waits */
        released = next;
        server_release(running->server);
    }
    for (size_t i = 0; i < MANY; i++) {
        char reply[32];
        const struct nuncio_interaction interaction = running_wait(running, ids[i]);
        snprintf(reply, sizeof(reply), "re: n%zu", i);
        assert_interaction(interaction, "completed");
        assert_string_equal(interaction.reply_text, reply); /* each its own */
        assert_int_equal(interaction.sends, 1);
    }
    assert_int_equal(server_peak(running->server), 64);
    assert_int_equal(server_requests(running->server), MANY);
    assert_true(server_connection_count(running->server) <= 2 * 64);
    assert_int_equal(running->nuncio->engine.live, 0);
}

/* "3/h": the fourth waits, and says so when patience ends. */
static void test_rate(void **state)
{
    char ids[5][NUNCIO_ID_SIZE];
    struct running *running = start("rate = 3/h\ntimeout = 300ms");
    (void)state;
    submit_many(running, ids, 5);
    for (size_t i = 0; i < 3; i++)
        assert_interaction(running_wait(running, ids[i]), "completed");
    for (size_t i = 3; i < 5; i++) {
        const struct nuncio_interaction interaction = running_wait(running, ids[i]);
        assert_interaction(interaction, "failed");
        assert_int_equal(interaction.sends, 0);
        assert_int_equal(interaction.error_class, NUNCIO_ERROR_RATE);
        assert_int_equal(nuncio_exit_code(&interaction), 6);
        assert_holds(interaction.error_text, "nothing was sent");
    }
    assert_int_equal(server_requests(running->server), 3);
}

static struct nuncio_message in_conversation(const char *text)
{
    struct nuncio_message message = running_message(text);
    message.conversation = "brief";
    return message;
}

/* Two messages of one conversation go one after the other, and the second continues what the first began. */
static void test_gate(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct running *running = start("");
    const struct nuncio_message first = in_conversation("first"), second = in_conversation("second");
    const struct nuncio_message other = running_message("other");
    (void)state;
    fixture.vendor.hold = true;
    running_submit(running, &first, ids[0]);
    running_submit(running, &second, ids[1]);
    running_submit(running, &other, ids[2]);
    running_until(running, 2);
    running_quiet(running, 30);
    for (int i = 0; i < 2; i++) /* "other" does not wait */
        assert_string_not_equal(running_member(&running->server->requests[i], "text"), "second");
    assert_holds(running_get(running, ids[1]).trouble, "under way");
    fixture.vendor.hold = false;
    server_release(running->server);
    assert_interaction(running_wait(running, ids[0]), "completed");
    assert_interaction(running_wait(running, ids[2]), "completed");
    const struct nuncio_interaction last = running_wait(running, ids[1]);
    assert_interaction(last, "completed");
    assert_string_equal(last.remote_id, "c1");
    assert_string_equal(running_member(&running->server->requests[2], "text"), "second");
    assert_string_equal(running_member(&running->server->requests[2], "conversation"), "c1");
}

/* A gate of the plugin's holds for every message, whatever conversation it names. */
static void test_gate_of_plugin(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct running *running = start("gate = user-7\ncan = sync,threads,history");
    const struct nuncio_message first = running_message("first"), second = in_conversation("second");
    struct nuncio_message third = running_message("third");
    (void)state;
    third.conversation = "another";
    fixture.vendor.hold = true;
    running_submit(running, &first, ids[0]);
    running_submit(running, &second, ids[1]);
    running_submit(running, &third, ids[2]);
    running_until(running, 1);
    running_quiet(running, 30);
    fixture.vendor.hold = false;
    server_release(running->server);
    for (size_t i = 0; i < 3; i++)
        assert_interaction(running_wait(running, ids[i]), "completed");
    assert_int_equal(server_peak(running->server), 1);
    /* HISTORY runs before every SEND that has a conversation to ask for. */
    assert_int_equal(server_requests_like(running->server, "GET /conversations/c1"), 0);
    running_submit(running, &second, ids[1]);
    assert_interaction(running_wait(running, ids[1]), "completed");
    assert_int_equal(server_requests_like(running->server, "GET /conversations/c1"), 1);
}

/* Waiters whose time is over leave the line; the others keep their turn. */
static void test_gate_and_patience(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct running *running = start("");
    struct nuncio_message message = in_conversation("x");
    (void)state;
    fixture.vendor.hold = true;
    running_submit(running, &message, ids[0]);
    message.timeout_ms = 30;
    running_submit(running, &message, ids[1]);
    message.timeout_ms = 0;
    running_submit(running, &message, ids[2]);
    const struct nuncio_interaction impatient = running_wait(running, ids[1]);
    assert_interaction(impatient, "failed");
    assert_int_equal(impatient.error_class, NUNCIO_ERROR_BUSY);
    assert_int_equal(nuncio_exit_code(&impatient), 1);
    assert_holds(impatient.error_text, "nothing was sent");
    fixture.vendor.hold = false;
    server_release(running->server);
    assert_interaction(running_wait(running, ids[2]), "completed");
    assert_interaction(running_get(running, ids[0]), "completed");
    assert_int_equal(server_requests(running->server), 2);
}

/* The holder ends without a reply: the next one still gets its turn. */
static void test_gate_after_trouble(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct running *running = start("");
    const struct nuncio_message first = in_conversation("first"), second = in_conversation("second");
    (void)state;
    fixture.vendor.drops = 1;
    running_submit(running, &first, ids[0]);
    running_submit(running, &second, ids[1]);
    assert_interaction(running_wait(running, ids[0]), "unknown");
    assert_interaction(running_wait(running, ids[1]), "completed");
    assert_int_equal(server_requests(running->server), 2);
}

/* A long line of waiters whose time is over at once: each is told, and the stack is not what counts them. */
static void test_long_line(void **state)
{
    static char ids[5000][NUNCIO_ID_SIZE];
    struct rlimit limit;
    struct running *running = start("timeout = 1ms");
    const struct nuncio_message message = in_conversation("x");
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++)
        running_submit(running, &message, ids[i]);
    assert_int_equal(getrlimit(RLIMIT_STACK, &limit), 0);
    const struct rlimit little = {512 * 1024, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_STACK, &little), 0);
    int ended = 0;
    for (int i = 0; i < 1000 && running->nuncio->engine.live > 0; i++) {
        ended += nuncio_step(running->nuncio);
        (void)poll(NULL, 0, 1);
    }
    setrlimit(RLIMIT_STACK, &limit);
    assert_int_equal(ended, COUNT(ids));
    assert_interaction(running_get(running, ids[COUNT(ids) - 1]), "failed");
}

/* ---- Strategies -------------------------------------------------------------------------------------------
 */

static void check_asked(struct running *running, unsigned number, const char *start)
{
    assert_true(number < server_requests(running->server));
    if (!server_is(&running->server->requests[number], start))
        fail_msg("request %u is not %s but %.40s", number, start, running->server->requests[number].text);
}

/* OPEN, SEND, POLL until it is there, FETCH. */
static void test_open_to_fetch(void **state)
{
    struct running *running = start("can = poll,open,threads\npoll_min = 1ms\npoll_max = 1ms");
    (void)state;
    fixture.vendor.polls = 2;
    fixture.vendor.then = "fetch";
    const struct nuncio_interaction interaction = running_send(running, "ask");
    assert_interaction(interaction, "completed");
    assert_string_equal(interaction.strategy, "thread+async-poll");
    assert_string_equal(interaction.reply_text, "done");
    assert_int_equal(interaction.polls, 3);
    assert_int_equal(server_requests(running->server), 6);
    check_asked(running, 0, "POST /open ");
    check_asked(running, 1, "POST /send ");
    assert_string_equal(running_member(&running->server->requests[1], "conversation"), "41");
    for (unsigned i = 2; i < 5; i++)
        check_asked(running, i, "GET /runs/t1 ");
    check_asked(running, 5, "GET /replies/c1 ");
}

static void test_queued(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct running *running = start("can = queue,threads\npoll_min = 1ms\npoll_max = 1ms");
    const struct nuncio_message message = running_message("ask");
    (void)state;
    fixture.vendor.then = "queued";
    running_submit(running, &message, id);
    int64_t end = clock_monotonic() + RUNNING_LIMIT_MS;
    while (running_get(running, id).queue_position != 4 && clock_monotonic() < end)
        running_turn(running, 5);
    assert_interaction(running_get(running, id), "queued");
    fixture.vendor.then = "failed";
    const struct nuncio_interaction interaction = running_wait(running, id);
    assert_interaction(interaction, "failed");
    assert_int_equal(interaction.error_class, NUNCIO_ERROR_AGENT);
    assert_int_equal(interaction.queue_position, -1);
}

/* A run that waits for a person: the caller gets its turn, the run goes on. */
static void test_input_required(void **state)
{
    struct running *running = start("can = poll,threads\npoll_min = 1ms\npoll_max = 1ms");
    (void)state;
    fixture.vendor.then = "input";
    const struct nuncio_interaction interaction = running_send(running, "ask");
    assert_interaction(interaction, "processing");
    assert_int_equal(nuncio_exit_code(&interaction), 5);
    assert_holds(interaction.error_text, "approve it");
}

/* Where a conversation of the vendor's stands is learned before every SEND. */
static void test_learn(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct running *running = start("can = sync,threads,history");
    struct nuncio_message message = running_message("x");
    (void)state;
    message.remote_id = "c1";
    for (int i = 0; i < 2; i++) {
        running_submit(running, &message, id);
        assert_interaction(running_wait(running, id), "completed");
    }
    /* Somebody may have written there, in the vendor's web page say. */
    assert_int_equal(server_requests(running->server), 4);
    check_asked(running, 0, "GET /conversations/c1 ");
    check_asked(running, 1, "POST /send ");
    check_asked(running, 2, "GET /conversations/c1 ");
    check_asked(running, 3, "POST /send ");
    assert_string_equal(running_member(&running->server->requests[1], "conversation"), "c1");
    /* After anything but a reply nobody knows where it stands. */
    fixture.vendor.drops = 1;
    running_submit(running, &message, id);
    assert_int_equal(nuncio_detach(running->nuncio, id), 0);
    running_wait(running, id);
    unsigned before = server_requests(running->server);
    running_submit(running, &message, id);
    running_until(running, before + 1);
    check_asked(running, before, "GET /conversations/c1 ");
}

/* ---- Trouble ----------------------------------------------------------------------------------------------
 */

/* 429 means that nothing ran: it goes again, and is counted once. */
static void test_refused_then_sent(void **state)
{
    struct running *running = start("");
    (void)state;
    fixture.vendor.refuses = 1;
    const struct nuncio_interaction interaction = running_send(running, "x");
    assert_interaction(interaction, "completed");
    assert_int_equal(interaction.sends, 1);
    assert_int_equal(server_requests(running->server), 2);
    char first[64];
    snprintf(first, sizeof(first), "%.60s", running_member(&running->server->requests[0], "key"));
    assert_string_equal(first, interaction.id);
    assert_string_not_equal(running_member(&running->server->requests[1], "key"), first); /* used up */
}

/* Nobody listens: tried again until patience ends, and nothing was sent. */
static void test_unreachable(void **state)
{
    char url[64], line[128];
    int closed = server_listen(1, url);
    (void)state;
    close(closed);
    start("");
    nuncio_destroy(fixture.running.nuncio);
    snprintf(line, sizeof(line), "timeout = 600ms\nbase_url = %s", url);
    running_configure(&fixture.running, "", "");
    struct nuncio_failure failure;
    char override[128];
    snprintf(override, sizeof(override), "provider sales.base_url=%s", url);
    const char *const overrides[] = {override, "provider sales.timeout=600ms"};
    const struct nuncio_settings settings = {.size = sizeof(settings),
                                             .config_file = "nuncio.ini",
                                             .overrides = overrides,
                                             .override_count = 2,
                                             .log_level = "info",
                                             .log = running_log,
                                             .log_context = &fixture.running};
    assert_int_equal(nuncio_create(&settings, &fixture.running.nuncio, &failure), 0);
    const struct nuncio_interaction interaction = running_send(&fixture.running, "x");
    assert_interaction(interaction, "failed");
    assert_int_equal(interaction.sends, 0);
    assert_int_equal(nuncio_exit_code(&interaction), 3);
    assert_holds(interaction.error_text, "nothing was sent");
    assert_holds(fixture.running.log, "trying again");
    assert_true(interaction.duration_ms >= 250); /* it did try again */
}

/* A wait shows in nuncio_timeout(), so that a foreign loop sleeps neither too long nor not at all. */
static void test_timeouts(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct running *running = start("can = poll,threads\npoll_min = 2s\npoll_max = 2s");
    const struct nuncio_message message = running_message("ask");
    (void)state;
    assert_int_equal(nuncio_timeout(running->nuncio), -1);
    fixture.vendor.polls = 9;
    running_submit(running, &message, id);
    assert_int_equal(nuncio_timeout(running->nuncio), 0);
    int64_t end = clock_monotonic() + RUNNING_LIMIT_MS;
    while (!running_get(running, id).ticket && clock_monotonic() < end)
        running_turn(running, 5);
    assert_int_equal(nuncio_step(running->nuncio), 0);
    assert_in_range(nuncio_timeout(running->nuncio), 1, 2300);
    nuncio_detach(running->nuncio, id);
    assert_int_equal(nuncio_timeout(running->nuncio), 0); /* its end is to be told */
    assert_int_equal(nuncio_step(running->nuncio), 1);
    assert_int_equal(nuncio_step(running->nuncio), 0);
}

/* A step that cannot be built when its time comes has sent nothing, and says whose fault it is. */
static void test_nothing_left(void **state)
{
    struct running *running = start("fault = late");
    (void)state;
    const struct nuncio_interaction interaction = running_send(running, "x");
    assert_interaction(interaction, "failed");
    assert_int_equal(interaction.error_class, NUNCIO_ERROR_INTERNAL);
    assert_int_equal(interaction.sends, 0);
    assert_int_equal(server_requests(running->server), 0);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_many),
        CASE(test_rate),
        CASE(test_gate),
        CASE(test_gate_of_plugin),
        CASE(test_gate_and_patience),
        CASE(test_gate_after_trouble),
        CASE(test_long_line),
        CASE(test_open_to_fetch),
        CASE(test_queued),
        CASE(test_input_required),
        CASE(test_learn),
        CASE(test_refused_then_sent),
        CASE(test_unreachable),
        CASE(test_timeouts),
        CASE(test_nothing_left),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
