/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* What another runtime works on: watched as long as that one lives, then taken over. */
#include "journaling.h"

static struct journaling world;

static struct journaling *start(const char *provider)
{
    journaling_start(&world, provider);
    return &world;
}

static int teardown(void **state)
{
    (void)state;
    journaling_stop(&world);
    return 0;
}

/* A run that the first runtime has under way, accepted by the vendor, and the second watches. */
static void begin(struct journaling *w, int64_t timeout_ms, char id[NUNCIO_ID_SIZE])
{
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", "brief", id);
    journaling_until(w, running_get(&w->a, id).ticket);
    (void)nuncio_step(w->a.nuncio);
    journaling_take_up(&w->b, id, timeout_ms);
    assert_int_equal(running_get(&w->b, id).held, 1);
}

/* Its end is seen in the journal; the vendor is asked by one alone. */
static void test_completes(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    begin(w, 0, id);
    int64_t polls = running_get(&w->a, id).polls;
    journaling_until(w, running_get(&w->a, id).polls >= polls + 2);
    assert_int_equal(running_get(&w->b, id).ended, 0);
    journaling_set(w, (struct vendor){0});
    const struct nuncio_interaction there = journaling_wait(w, &w->b, id);
    assert_interaction(there, "completed");
    assert_string_equal(there.reply_text, "done");
    assert_int_equal(there.held, 0);
    const struct nuncio_interaction here = running_get(&w->a, id);
    assert_int_equal(there.polls, here.polls);
    assert_int_equal(server_requests(w->server), 1 + here.polls);
    assert_int_equal(w->b.nuncio->engine.live, 0);
}

/* With NUNCIO_RESUME what lives elsewhere is left alone. */
static void test_resume(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    struct nuncio_failure failure;
    (void)state;
    begin(w, 0, id);
    assert_int_equal(nuncio_take_up(w->b.nuncio, id, 0, NUNCIO_RESUME, &failure), 0); /* it watches already */
    assert_int_equal(nuncio_detach(w->b.nuncio, id), 0);
    assert_int_equal(nuncio_take_up(w->b.nuncio, id, 0, NUNCIO_RESUME, &failure), 1);
}

/* The one that works on it is killed: the watcher goes on, at once, from where it stood. */
static void test_takes_over(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    begin(w, 0, id);
    journaling_kill(&w->a);
    unsigned requests = server_requests(w->server);
    journaling_until(w, server_requests(w->server) > requests);
    assert_int_equal(running_get(&w->b, id).held, 0);
    assert_string_equal(running_get(&w->b, id).ticket, "t1");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
    assert_string_equal(journaling_state(&w->b, id), "completed");
}

/* Detached by the one that works on it: nobody does then, so the watcher goes on. */
static void test_detached(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    begin(w, 0, id);
    assert_int_equal(nuncio_detach(w->a.nuncio, id), 0);
    journaling_until(w, !running_get(&w->b, id).held);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
    assert_interaction(running_get(&w->a, id), "processing"); /* as it was left there */
}

/* Patience of who watches ends nothing but the watching. */
static void test_patience(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    begin(w, 60, id);
    const struct nuncio_interaction there = journaling_wait(w, &w->b, id);
    assert_interaction(there, "processing");
    assert_int_equal(there.error_class, NUNCIO_ERROR_TIMEOUT);
    assert_int_equal(nuncio_exit_code(&there), 5);
    assert_holds(there.error_text, "another process works on it");
    assert_int_equal(running_get(&w->a, id).ended, 0);
    assert_string_equal(journaling_state(&w->b, id), "processing");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
}

/* The same of one that is detached by its watcher, and of one that had not left. */
static void test_detach_watcher(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    journaling_submit(&w->a, "second", "brief", ids[1]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_take_up(&w->b, ids[0], 0);
    journaling_take_up(&w->b, ids[1], 0);
    assert_int_equal(nuncio_detach(w->b.nuncio, ids[0]), 0);
    assert_int_equal(nuncio_detach(w->b.nuncio, ids[1]), 0);
    assert_interaction(running_get(&w->b, ids[0]), "sending");
    assert_interaction(running_get(&w->b, ids[1]), "new");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "completed");
    assert_int_equal(server_requests(w->server), 2);
}

/* Whoever watches can have the run stopped, where the vendor can; the other one sees it. */
static void test_cancel(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads,cancel");
    struct nuncio_failure failure;
    (void)state;
    begin(w, 0, id);
    assert_int_equal(nuncio_cancel(w->b.nuncio, id, &failure), 0);
    journaling_until(w, server_requests_like(w->server, "POST /runs/t1/cancel") == 1);
    assert_int_equal(running_get(&w->b, id).ended, 0);
    journaling_set(w, (struct vendor){.state = "failed"});
    /* It is known that it was stopped. */
    assert_interaction(journaling_wait(w, &w->a, id), "cancelled");
    assert_interaction(journaling_wait(w, &w->b, id), "cancelled");
    assert_int_equal(server_requests_like(w->server, "POST /runs/"), 1);
}

/* A CANCEL that the vendor refuses or that gets lost changes nothing. */
static void test_cancel_refused(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads,cancel");
    struct nuncio_failure failure;
    (void)state;
    begin(w, 0, id);
    journaling_set(w, (struct vendor){.state = "running", .hold = true});
    assert_int_equal(nuncio_cancel(w->b.nuncio, id, &failure), 0);
    journaling_until(w, server_requests_like(w->server, "POST /runs/t1/cancel") == 1);
    journaling_kill(&w->a); /* and the one that works on it ends meanwhile */
    journaling_set(w, (struct vendor){0});
    const struct nuncio_interaction there = journaling_wait(w, &w->b, id);
    assert_interaction(there, "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
}

static void test_cannot_cancel(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    struct nuncio_failure failure;
    (void)state;
    begin(w, 0, ids[0]);
    assert_int_equal(nuncio_cancel(w->b.nuncio, ids[0], &failure), -1);
    assert_holds(failure.text, "cannot be cancelled at this vendor; the run goes on");
    journaling_submit(&w->a, "waits", "brief", ids[1]);
    journaling_turn(w);
    journaling_take_up(&w->b, ids[1], 0);
    /* What has not left is stopped whoever holds it, and whatever the vendor can. */
    assert_int_equal(nuncio_cancel(w->b.nuncio, ids[1], &failure), 0);
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "cancelled");
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "cancelled");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
}

/* It had not left when its runtime was killed: it goes out now, once, and with all that belongs to it. */
static void test_takes_over_new(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,attachments");
    static const char *const files[] = {"note.txt"};
    struct nuncio_message message = running_message("with a file");
    (void)state;
    fixture_write("note.txt", "hello");
    message.conversation = "brief";
    message.attachments = files;
    message.attachment_count = 1;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->b, "first", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    running_submit(&w->a, &message, ids[1]);
    (void)nuncio_step(w->a.nuncio);
    journaling_take_up(&w->b, ids[1], 0);
    assert_int_equal(running_get(&w->b, ids[1]).held, 1);
    journaling_kill(&w->a);
    journaling_until(w, !running_get(&w->b, ids[1]).held);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_int_equal(server_requests(w->server), 2);
    assert_string_equal(running_member(&w->server->requests[1], "text"), "with a file");
    assert_holds(server_body(&w->server->requests[1]), "note.txt");
    assert_holds(server_body(&w->server->requests[1]), "aGVsbG8="); /* base64 of "hello" */
}

/* The same where its file is gone, or its text was not kept: it is not sent without these. */
static void test_takes_over_less(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,attachments");
    static const char *const files[] = {"gone.txt"};
    struct nuncio_message message = running_message("with a file");
    (void)state;
    fixture_write("gone.txt", "hello");
    message.conversation = "brief";
    message.attachments = files;
    message.attachment_count = 1;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->b, "first", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    running_submit(&w->a, &message, ids[1]);
    (void)nuncio_step(w->a.nuncio);
    journaling_take_up(&w->b, ids[1], 0);
    assert_int_equal(unlink("gone.txt"), 0);
    journaling_kill(&w->a);
    const struct nuncio_interaction gone = journaling_wait(w, &w->b, ids[1]);
    assert_interaction(gone, "failed");
    assert_int_equal(gone.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(gone.error_text, "nothing was sent");
    assert_holds(gone.error_text, "gone.txt");
    assert_string_equal(journaling_state(&w->b, ids[1]), "failed");
    assert_int_equal(server_requests(w->server), 1);
}

static void test_takes_over_without_text(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    w->overrides = "nuncio.keep_content=no";
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->b, "first", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_submit(&w->a, "not kept", "brief", ids[1]);
    (void)nuncio_step(w->a.nuncio);
    journaling_take_up(&w->b, ids[1], 0);
    journaling_kill(&w->a);
    const struct nuncio_interaction lost = journaling_wait(w, &w->b, ids[1]);
    assert_interaction(lost, "failed");
    assert_holds(lost.error_text, "nothing was sent, and the text was not kept");
    assert_int_equal(server_requests(w->server), 1);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_completes),      CASE(test_resume),          CASE(test_takes_over),
        CASE(test_detached),       CASE(test_patience),        CASE(test_detach_watcher),
        CASE(test_cancel),         CASE(test_cancel_refused),  CASE(test_cannot_cancel),
        CASE(test_takes_over_new), CASE(test_takes_over_less), CASE(test_takes_over_without_text),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
