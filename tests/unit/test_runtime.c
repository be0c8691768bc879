/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

#include <signal.h>
#include <sys/time.h>

/* The vendor: what it does is chosen by the message's text, of a run by `state`. */
struct vendor {
    const char *state; /* of a run; NULL: done */
    bool hold;
};

static void vendor(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    const struct vendor *vendor = context;
    const char *text = running_member(request, "text");
    char body[4500];
    (void)number;
    answer->held = vendor->hold;
    if (strcmp(text, "ask") == 0) {
        server_reply(answer, 200, "{\"ticket\":\"t1\",\"conversation\":\"c1\"}");
    } else if (server_is(request, "GET /runs/") && vendor->state) {
        snprintf(body, sizeof(body), "{\"state\":\"%s\",\"position\":4}", vendor->state);
        server_reply(answer, 200, body);
    } else if (server_is(request, "POST /runs/t1/cancel")) {
        server_reply(answer, 200, "{}");
    } else if (server_is(request, "POST /send")) {
        snprintf(body, sizeof(body),
                 "{\"reply\":\"re: %s\",\"conversation\":\"c1\",\"tokens\":7,\"credits\":0.5}", text);
        server_reply(answer, 200, body);
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

static void test_send(void **state)
{
    struct running *running = start("");
    (void)state;
    const struct nuncio_interaction interaction = running_send(running, "hello");
    assert_interaction(interaction, "completed");
    assert_string_equal(interaction.reply_text, "re: hello");
    assert_int_equal(interaction.reply_size, 9);
    assert_string_equal(interaction.agent, "research");
    assert_string_equal(interaction.provider, "sales");
    assert_string_equal(interaction.plugin, "chat");
    assert_string_equal(interaction.strategy, "sync");
    assert_string_equal(interaction.message, "hello");
    assert_string_equal(interaction.remote_id, "c1");
    assert_int_equal(interaction.sends, 1);
    assert_int_equal(interaction.input_tokens, 7);
    assert_true(interaction.credits > 0.4 && interaction.credits < 0.6);
    assert_int_equal(interaction.ended, 1);
    assert_int_equal(interaction.error_class, 0);
    assert_null(interaction.trouble);
    assert_int_equal(nuncio_exit_code(&interaction), 0);
    assert_holds(running->server->requests[0].text, "Authorization: Bearer s3cret\r\n");
    assert_string_equal(running_member(&running->server->requests[0], "agent"), "a1");
    assert_null(strstr(running->log, "s3cret"));
    assert_holds(running->log, "completed");
}

/* Ids go up, and an id that was forgotten is gone. */
static void test_forget(void **state)
{
    struct running *running = start("");
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char ids[2][NUNCIO_ID_SIZE];
    const struct nuncio_message message = running_message("x");
    (void)state;
    running_submit(running, &message, ids[0]);
    running_submit(running, &message, ids[1]);
    assert_true(strcmp(ids[0], ids[1]) < 0);
    assert_int_equal(nuncio_forget(running->nuncio, ids[0]), -1); /* lives */
    running_wait(running, ids[0]);
    assert_int_equal(nuncio_forget(running->nuncio, ids[0]), 0);
    assert_int_equal(nuncio_get(running->nuncio, ids[0], &interaction), -1);
    assert_int_equal(nuncio_forget(running->nuncio, ids[0]), -1);
    assert_int_equal(nuncio_forget(running->nuncio, "short"), -1);
    assert_int_equal(nuncio_forget(running->nuncio, NULL), -1);
    running_wait(running, ids[1]);
    /* One whose end nobody has been told of yet. */
    running_submit(running, &message, ids[0]);
    assert_int_equal(nuncio_detach(running->nuncio, ids[0]), 0);
    assert_int_equal(nuncio_forget(running->nuncio, ids[0]), 0);
    assert_int_equal(nuncio_step(running->nuncio), 0);
}

/* What is refused before there is an interaction; the failure holds no garbage before or after. */
static void check_refused(struct running *running, const struct nuncio_message *message, uint32_t error_class,
                          const char *text)
{
    struct nuncio_failure failure;
    char id[NUNCIO_ID_SIZE] = "untouched";
    memset(&failure, 'G', sizeof(failure));
    failure.text[sizeof(failure.text) - 1] = '\0';
    assert_int_equal(nuncio_submit(running->nuncio, message, id, &failure), -1);
    assert_int_equal(failure.error_class, error_class);
    assert_holds(failure.text, text);
    assert_null(strstr(failure.text, "GGG"));
    assert_string_equal(id, "untouched");
    assert_int_equal(running->nuncio->engine.live, 0);
    assert_null(running->nuncio->jobs);
}

static void test_refused(void **state)
{
    struct running *running = start("fault = refuse_text");
    struct nuncio_message message = running_message("short");
    static const char *const files[] = {"nowhere.txt"};
    (void)state;
    message.agent = "reserch";
    check_refused(running, &message, NUNCIO_ERROR_INVALID, "did you mean 'research'");
    message = running_message("longer than ten");
    check_refused(running, &message, NUNCIO_ERROR_INVALID, "research: ");
    check_refused(running, &message, NUNCIO_ERROR_INVALID, "longer than 10 characters");
    message = running_message("short");
    message.attachments = files;
    message.attachment_count = 1;
    check_refused(running, &message, NUNCIO_ERROR_INVALID, "takes no attachments");
}

static void test_refused_by_faults(void **state)
{
    struct running *running = start("fault = cannot_send");
    const struct nuncio_message message = running_message("short");
    (void)state;
    check_refused(running, &message, NUNCIO_ERROR_INTERNAL, "research: plugin chat cannot build SEND");
}

static void test_no_key(void **state)
{
    struct running *running = start("");
    const struct nuncio_message message = running_message("short");
    static const char *const files[] = {"nowhere.txt"};
    struct nuncio_message with = message;
    struct nuncio_failure failure;
    (void)state;
    nuncio_destroy(running->nuncio);
    running_configure(running, "can = sync,attachments", "");
    fixture_write("key.ini", "");
    char text[4000];
    snprintf(text, sizeof(text),
             "[nuncio]\nplugin_path = %.2000s/plugins\n[provider sales]\nplugin = chat\nbase_url = %s\n"
             "can = sync,attachments\napi_key_env = NUNCIO_TEST_UNSET\n[agent research]\nprovider = sales\n",
             fixture_directory, running->server->url);
    fixture_write("nuncio.ini", text);
    unsetenv("NUNCIO_TEST_UNSET");
    assert_int_equal(running_create(running, &failure), 0);
    check_refused(running, &message, NUNCIO_ERROR_INVALID, "NUNCIO_TEST_UNSET");
    with.attachments = files;
    with.attachment_count = 1;
    check_refused(running, &with, NUNCIO_ERROR_INVALID, "nowhere.txt");
}

/* ---- Creation ---------------------------------------------------------------------------------------------
 */

static void check_not_created(const struct nuncio_settings *settings, const char *text)
{
    struct nuncio *nuncio = NULL;
    struct nuncio_failure failure;
    assert_int_equal(nuncio_create(settings, &nuncio, &failure), -1);
    assert_null(nuncio);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, text);
}

static void test_create(void **state)
{
    struct running *running = start("");
    struct nuncio_settings settings = {.size = sizeof(settings), .config_file = "nowhere.ini"};
    (void)state;
    check_not_created(&settings, "nowhere.ini");
    settings.config_file = "nuncio.ini";
    settings.log_level = "loud";
    check_not_created(&settings, "log level 'loud'");
    settings.log_level = NULL;
    static const char *const overrides[] = {"provider sales.plugin=chatt"};
    settings.overrides = overrides;
    settings.override_count = 1;
    check_not_created(&settings, "chatt");
    /* A caller that was built when the struct was shorter: what it does not know of is not read. */
    settings.size = offsetof(struct nuncio_settings, overrides);
    struct nuncio *nuncio = NULL;
    assert_int_equal(nuncio_create(&settings, &nuncio, NULL), 0);
    nuncio_destroy(nuncio);
    settings.size = sizeof(settings) + 100; /* and a longer one */
    settings.override_count = 0;
    settings.without_plugins = 1;
    assert_int_equal(nuncio_create(&settings, &nuncio, NULL), 0);
    assert_int_equal(nuncio->directory.provider_count, 0);
    nuncio_destroy(nuncio);
    assert_string_equal(nuncio_version(), PACKAGE_VERSION);
    assert_int_equal(server_connection_count(running->server), 0);
}

/* Only what is asked for is logged. */
static void test_log_levels(void **state)
{
    struct running *running = start("");
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    size_t sizes[4];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct nuncio_settings settings = {.size = sizeof(settings),
                                                 .config_file = "nuncio.ini",
                                                 .log_level = levels[i],
                                                 .log = running_log,
                                                 .log_context = running};
        nuncio_destroy(running->nuncio);
        assert_int_equal(nuncio_create(&settings, &running->nuncio, NULL), 0);
        running->log_size = 0;
        assert_interaction(running_send(running, "x"), "completed");
        sizes[i] = running->log_size;
    }
    assert_int_equal(sizes[0], 0);
    assert_int_equal(sizes[1], 0);
    assert_true(sizes[2] > 0);
    assert_true(sizes[3] > sizes[2]);
}

/* ---- Waiting ----------------------------------------------------------------------------------------------
 */

static void ring(int signal)
{
    (void)signal;
}

static void test_wait(void **state)
{
    struct running *running = start("");
    char ids[2][NUNCIO_ID_SIZE];
    const struct nuncio_message message = running_message("x");
    (void)state;
    errno = 0;
    assert_int_equal(nuncio_wait(running->nuncio, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(nuncio_wait(running->nuncio, NULL, -1), 0); /* nothing lives */
    fixture.vendor.hold = true;
    running_submit(running, &message, ids[0]);
    running_submit(running, &message, ids[1]);
    int64_t start_ms = clock_monotonic();
    assert_int_equal(nuncio_wait(running->nuncio, ids[0], 20), 0);
    assert_true(clock_monotonic() - start_ms >= 20);
    assert_int_equal(nuncio_wait(running->nuncio, ids[0], 0), 0);

    const struct sigaction action = {.sa_handler = ring};
    const struct itimerval timer = {.it_value.tv_usec = 20000};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    assert_int_equal(nuncio_wait(running->nuncio, ids[0], RUNNING_LIMIT_MS), 0); /* a signal came in */
    running_until(running, 2);
    server_release(running->server);
    assert_int_equal(nuncio_wait(running->nuncio, NULL, RUNNING_LIMIT_MS), 1);
    assert_true(running_get(running, ids[0]).ended || running_get(running, ids[1]).ended);
    assert_int_equal(nuncio_wait(running->nuncio, ids[0], -1), 1);
    assert_int_equal(nuncio_wait(running->nuncio, ids[1], -1), 1);
    assert_int_equal(nuncio_wait(running->nuncio, ids[1], 0), 1); /* has ended long since */
}

/* Any event loop: a descriptor, a timeout, a step. */
static void test_foreign_loop(void **state)
{
    struct running *running = start("can = poll,threads\npoll_min = 10ms\npoll_max = 10ms");
    char ids[20][NUNCIO_ID_SIZE];
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        const struct nuncio_message message = running_message(i % 2 ? "ask" : "x");
        running_submit(running, &message, ids[i]);
    }
    const int fd = nuncio_fd(running->nuncio);
    int ended = 0;
    for (int turn = 0; turn < 10000 && ended < (int)COUNT(ids); turn++) {
        int64_t wait = nuncio_timeout(running->nuncio);
        assert_true(wait >= 0); /* something lives */
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        assert_true(poll(&entry, 1, (int)wait) >= 0);
        int count = nuncio_step(running->nuncio);
        assert_true(count >= 0);
        ended += count;
        assert_int_equal(nuncio_fd(running->nuncio), fd);
    }
    assert_int_equal(ended, COUNT(ids));
    for (size_t i = 0; i < COUNT(ids); i++) {
        const struct nuncio_interaction interaction = running_get(running, ids[i]);
        assert_interaction(interaction, "completed");
        assert_string_equal(interaction.reply_text, i % 2 ? "done" : "re: x");
    }
}

/* ---- Detach, cancel, destroy ------------------------------------------------------------------------------
 */

static void test_detach(void **state)
{
    struct running *running = start("can = poll,sync,threads\npoll_min = 1h\npoll_max = 1h");
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message("ask");
    (void)state;
    assert_int_equal(nuncio_detach(running->nuncio, "nobody"), -1);
    running_submit(running, &message, id);
    int64_t end = clock_monotonic() + RUNNING_LIMIT_MS;
    while (!running_get(running, id).ticket && clock_monotonic() < end)
        running_turn(running, 5);
    assert_int_equal(nuncio_detach(running->nuncio, id), 0);
    struct nuncio_interaction interaction = running_wait(running, id);
    assert_interaction(interaction, "processing"); /* the run goes on */
    assert_int_equal(interaction.ended, 1);
    assert_int_equal(nuncio_exit_code(&interaction), 5);
    assert_int_equal(nuncio_detach(running->nuncio, id), 0); /* again */

    message = running_message("x");
    message.strategy = "sync";
    running_submit(running, &message, id);
    assert_int_equal(nuncio_detach(running->nuncio, id), 0); /* nothing has left */
    interaction = running_wait(running, id);
    assert_interaction(interaction, "failed");
    assert_int_equal(interaction.sends, 0);

    fixture.vendor.hold = true;
    unsigned before = server_requests(running->server);
    running_submit(running, &message, id);
    running_until(running, before + 1);
    assert_int_equal(nuncio_detach(running->nuncio, id), 0); /* it may have been sent */
    interaction = running_wait(running, id);
    assert_interaction(interaction, "unknown");
    assert_int_equal(nuncio_exit_code(&interaction), 7);
    assert_int_equal(running->nuncio->directory.providers[0].admission.in_flight, 0);
}

static void test_cancel(void **state)
{
    struct running *running = start("can = poll,threads,cancel\npoll_min = 5ms\npoll_max = 5ms");
    char id[NUNCIO_ID_SIZE];
    struct nuncio_failure failure;
    const struct nuncio_message message = running_message("ask");
    (void)state;
    fixture.vendor.state = "running";
    running_submit(running, &message, id);
    int64_t end = clock_monotonic() + RUNNING_LIMIT_MS;
    while (running_get(running, id).polls == 0 && clock_monotonic() < end)
        running_turn(running, 5);
    assert_int_equal(nuncio_cancel(running->nuncio, id, &failure), 0);
    struct nuncio_interaction interaction = running_wait(running, id);
    assert_interaction(interaction, "cancelled");
    assert_int_equal(server_requests_like(running->server, "POST /runs/t1/cancel"), 1);
    assert_int_equal(nuncio_cancel(running->nuncio, id, &failure), -1);
    assert_holds(failure.text, "has ended");
    assert_int_equal(nuncio_cancel(running->nuncio, "nobody", &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, "no interaction nobody");

    unsigned before = server_requests(running->server);
    running_submit(running, &message, id); /* nothing has left: at once */
    assert_int_equal(nuncio_cancel(running->nuncio, id, &failure), 0);
    interaction = running_wait(running, id);
    assert_interaction(interaction, "cancelled");
    assert_int_equal(server_requests(running->server), before);
    assert_int_equal(running->nuncio->directory.providers[0].admission.in_flight, 0);
}

static void test_cannot_cancel(void **state)
{
    struct running *running = start("");
    char id[NUNCIO_ID_SIZE];
    struct nuncio_failure failure;
    const struct nuncio_message message = running_message("x");
    (void)state;
    fixture.vendor.hold = true;
    running_submit(running, &message, id);
    running_until(running, 1);
    assert_int_equal(nuncio_cancel(running->nuncio, id, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, "the run goes on");
    server_release(running->server);
    assert_interaction(running_wait(running, id), "completed");
}

/* In every state, with a line before a conversation; the leak check is the judge. */
static void test_destroy(void **state)
{
    struct running *running = start("max_in_flight = 2");
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message("x");
    (void)state;
    nuncio_destroy(NULL);
    fixture.vendor.hold = true;
    for (int i = 0; i < 4; i++)
        running_submit(running, &message, id);
    message.conversation = "brief";
    for (int i = 0; i < 4; i++)
        running_submit(running, &message, id);
    running_until(running, 2);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_send),         CASE(test_forget), CASE(test_refused),    CASE(test_refused_by_faults),
        CASE(test_no_key),       CASE(test_create), CASE(test_log_levels), CASE(test_wait),
        CASE(test_foreign_loop), CASE(test_detach), CASE(test_cancel),     CASE(test_cannot_cancel),
        CASE(test_destroy),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
