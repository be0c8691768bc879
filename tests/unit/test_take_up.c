/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* Each state of an interaction, taken up by another runtime after the first was killed. */
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

static const char history[] = "[{\"id\":\"m1\",\"role\":\"user\",\"text\":\"first\"},"
                              "{\"id\":\"m2\",\"role\":\"agent\",\"text\":\"re: first\"},"
                              "{\"id\":\"m3\",\"role\":\"user\",\"text\":\"lost\"},"
                              "{\"id\":\"m4\",\"role\":\"agent\",\"text\":\"found\"}]";

/* A message in the conversation c1 that is sending when its runtime is killed. */
static void lose(struct journaling *w, char id[NUNCIO_ID_SIZE])
{
    journaling_submit(&w->a, "first", "brief", id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "lost", "brief", id);
    journaling_until(w, server_requests_like(w->server, "POST /send") == 2);
    assert_string_equal(journaling_state(&w->b, id), "sending");
    journaling_kill(&w->a);
}

/* It had not left: it goes out, once. */
static void test_new(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    journaling_submit(&w->a, "second", "brief", ids[1]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    journaling_take_up(&w->b, ids[1], 0); /* it first ends the one before it */
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_string_equal(journaling_state(&w->b, ids[0]), "unknown");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    assert_int_equal(running_get(&w->b, ids[1]).sends, 1);
}

/* What it needs is gone: it has failed, and says why. */
static void test_new_without_file(void **state)
{
    static const char *const files[] = {"lost.txt"};
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,attachments");
    struct nuncio_message message = running_message("second");
    (void)state;
    fixture_write("lost.txt", "x");
    message.conversation = "brief";
    message.attachments = files;
    message.attachment_count = 1;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    running_submit(&w->a, &message, ids[1]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_kill(&w->a);
    assert_int_equal(unlink("lost.txt"), 0);
    journaling_take_up(&w->b, ids[1], 0);
    const struct nuncio_interaction failed = running_get(&w->b, ids[1]); /* at once */
    assert_interaction(failed, "failed");
    assert_int_equal(failed.ended, 1);
    assert_int_equal(failed.sends, 0);
    assert_int_equal(failed.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failed.error_text, "nothing was sent: ");
    assert_holds(failed.error_text, fixture_text("$/lost.txt"));
    assert_string_equal(journaling_state(&w->b, ids[1]), "failed");
    assert_int_equal(server_requests(w->server), 1);
}

static void test_new_without_text(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    w->overrides = "nuncio.keep_content=no";
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    journaling_submit(&w->a, "second", "brief", ids[1]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_kill(&w->a);
    journaling_take_up(&w->b, ids[1], 0);
    const struct nuncio_interaction failed = running_get(&w->b, ids[1]);
    assert_interaction(failed, "failed");
    assert_string_equal(failed.error_text,
                        "nothing was sent, and the text was not kept (keep_content = no); send it by hand");
    assert_int_equal(server_requests(w->server), 1);
}

/* Its answer was lost: where the vendor shows it, its reply is told, and it is not sent again. */
static void test_sending_found(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history");
    (void)state;
    lose(w, id);
    journaling_set(w, (struct vendor){.history = history});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
    assert_interaction(found, "completed");
    assert_string_equal(found.reply_text, "found");
    assert_string_equal(found.message, "lost");
    assert_int_equal(found.sends, 1);
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    assert_string_equal(journaling_state(&w->b, id), "completed");
}

/* Without its text it is found by where the conversation stood. */
static void test_sending_found_by_cursor(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history");
    (void)state;
    w->overrides = "nuncio.keep_content=no";
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    lose(w, id);
    journaling_kill(&w->b);
    journaling_again(w, &w->b);
    static const char after[] = "[{\"id\":\"m1\",\"role\":\"agent\",\"text\":\"re: first\"},"
                                "{\"id\":\"m3\",\"role\":\"user\",\"text\":\"lost\"},"
                                "{\"id\":\"m4\",\"role\":\"agent\",\"text\":\"found\"}]";
    journaling_set(w, (struct vendor){.history = after});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
    assert_interaction(found, "completed");
    assert_string_equal(found.reply_text, "found"); /* told to who waits, though not kept */
    assert_null(found.message);
}

/* Where the vendor does not show it nobody can say. */
static void test_sending_unseen(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history\nreconcile = 200ms");
    (void)state;
    lose(w, id);
    journaling_set(w, (struct vendor){0});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction lost = journaling_wait(w, &w->b, id);
    assert_interaction(lost, "unknown");
    assert_int_equal(lost.sends, 1);
    assert_int_equal(nuncio_exit_code(&lost), 7);
    assert_holds(lost.error_text, "the process that sent it ended before it was answered");
    assert_holds(lost.error_text, "nuncio settle");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    assert_in_range(server_requests_like(w->server, "GET /conversations/c1"), 1, 8);
}

/* A vendor that recognises a repeat by its key is asked again with the same key. */
static void test_sending_repeatable(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history\nfault = repeatable");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "lost", NULL, id);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
    assert_interaction(found, "completed");
    assert_int_equal(found.sends, 2);
    assert_int_equal(server_requests(w->server), 2);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(running_member(&w->server->requests[i], "key"), id);
}

/* It had been accepted: its run is asked for. */
static void test_accepted(void **state)
{
    static const char *const states[] = {"running", "queued"};
    struct journaling *w = start("can = poll,queue,threads");
    (void)state;
    for (size_t i = 0; i < COUNT(states); i++) {
        char id[NUNCIO_ID_SIZE];
        unsigned sends = server_requests_like(w->server, "POST /send");
        journaling_set(w, (struct vendor){.state = states[i]});
        journaling_submit(&w->a, "ask", NULL, id);
        journaling_until(w, running_get(&w->a, id).polls > 0);
        assert_int_equal(nuncio_step(w->a.nuncio), 0);
        assert_string_equal(journaling_state(&w->b, id), i == 0 ? "processing" : "queued");
        journaling_kill(&w->a);
        journaling_set(w, (struct vendor){0});
        journaling_take_up(&w->b, id, 0);
        const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
        assert_interaction(found, "completed");
        assert_string_equal(found.reply_text, "done");
        assert_string_equal(found.ticket, "t1");
        assert_int_equal(server_requests_like(w->server, "POST /send"), sends + 1);
        journaling_again(w, &w->a);
    }
}

/* It is final: that is told without a request, whoever may be killed. */
static void test_completed(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    journaling_submit(&w->a, "first", "brief", id);
    const struct nuncio_interaction here = journaling_wait(w, &w->a, id);
    int64_t finished_at = here.finished_at;
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction there = running_get(&w->b, id);
    assert_interaction(there, "completed");
    assert_int_equal(there.ended, 1);
    assert_string_equal(there.reply_text, "re: first");
    assert_string_equal(there.conversation_name, "brief");
    assert_string_equal(there.remote_id, "c1");
    assert_string_equal(there.strategy, "thread+sync");
    assert_int_equal(there.finished_at, finished_at);
    assert_int_equal(nuncio_wait(w->b.nuncio, id, 0), 1);
    assert_int_equal(server_requests(w->server), 1);
}

/* A runtime that ends with work under way leaves all of it to be taken up at once. */
static void test_many(void **state)
{
    char ids[20][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    for (size_t i = 0; i < COUNT(ids); i++)
        journaling_submit(&w->a, "ask", NULL, ids[i]);
    for (size_t i = 0; i < COUNT(ids); i++)
        journaling_until(w, running_get(&w->a, ids[i]).ticket);
    (void)nuncio_step(w->a.nuncio);
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct nuncio_failure failure;
        assert_int_equal(nuncio_take_up(w->b.nuncio, ids[i], 0, NUNCIO_RESUME, &failure), 0);
        assert_int_equal(running_get(&w->b, ids[i]).held, 0);
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_interaction(journaling_wait(w, &w->b, ids[i]), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), COUNT(ids));
}

/* Detached, and waited for again by the same runtime. */
static void test_detached(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", NULL, id);
    journaling_until(w, running_get(&w->a, id).ticket);
    assert_int_equal(nuncio_detach(w->a.nuncio, id), 0);
    assert_interaction(running_get(&w->a, id), "processing");
    journaling_take_up(&w->a, id, 0);
    assert_int_equal(running_get(&w->a, id).ended, 0);
    assert_null(running_get(&w->a, id).error_text);
    journaling_take_up(&w->a, id, 0); /* it lives: nothing more */
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
}

/* no_wait: it ends as soon as it is accepted, without an error, and is nobody's. */
static void test_no_wait(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    struct nuncio_message message = running_message("ask");
    struct journal_view view;
    struct record record;
    (void)state;
    message.no_wait = 1;
    running_submit(&w->a, &message, id);
    const struct nuncio_interaction accepted = journaling_wait(w, &w->a, id);
    assert_interaction(accepted, "processing");
    assert_int_equal(accepted.error_class, NUNCIO_ERROR_NONE);
    assert_null(accepted.error_text);
    assert_string_equal(accepted.ticket, "t1");
    assert_int_equal(nuncio_exit_code(&accepted), 5);
    assert_int_equal(server_requests(w->server), 1);
    record_init(&record);
    assert_int_equal(journal_get(&w->a.nuncio->journal, id, &record, &view, NULL), 1);
    assert_int_equal(view.holder, JOURNAL_NOBODY);
    assert_string_equal(view.owner, "");
    record_finish(&record);
    journaling_take_up(&w->b, id, 0);
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_new),
        CASE(test_new_without_file),
        CASE(test_new_without_text),
        CASE(test_sending_found),
        CASE(test_sending_found_by_cursor),
        CASE(test_sending_unseen),
        CASE(test_sending_repeatable),
        CASE(test_accepted),
        CASE(test_completed),
        CASE(test_many),
        CASE(test_detached),
        CASE(test_no_wait),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
