/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* Unknown interactions: looked for once more, settled by hand, left alone; and what cannot be taken up at all. */
#include "journaling.h"

#define NOWHERE "01AAAAAAAAAAAAAAAAAAAAAAAA"

static struct journaling world;
static struct nuncio_failure failure;

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

/* In the conversation c1, whose history does not show it: unknown for the first runtime, which goes on. */
static void lose(struct journaling *w, char id[NUNCIO_ID_SIZE])
{
    journaling_submit(&w->a, "first", "brief", id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    journaling_set(w, (struct vendor){.drops = 1});
    journaling_submit(&w->a, "lost", "brief", id);
    const struct nuncio_interaction lost = journaling_wait(w, &w->a, id);
    assert_interaction(lost, "unknown");
    assert_string_equal(journaling_state(&w->b, id), "unknown");
}

/* Asked for once more: now the vendor shows it. */
static void test_found_later(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history\nreconcile = 200ms");
    (void)state;
    lose(w, id);
    journaling_set(w, (struct vendor){.history = "[{\"id\":\"m3\",\"role\":\"user\",\"text\":\"lost\"},"
                                                 "{\"id\":\"m4\",\"role\":\"agent\",\"text\":\"found\"}]"});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
    assert_interaction(found, "completed");
    assert_string_equal(found.reply_text, "found");
    assert_int_equal(found.error_class, NUNCIO_ERROR_NONE);
    assert_null(found.error_text);
    assert_string_equal(journaling_state(&w->a, id), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
}

/* Still nowhere, or the vendor does not answer: unknown as before, with the reason that it had, and never sent again
   though the vendor would recognise a repeat. */
static void test_still_unknown(void **state)
{
    char id[NUNCIO_ID_SIZE], text[1024];
    struct journaling *w = start("can = sync,threads,history\nreconcile = 200ms");
    (void)state;
    lose(w, id);
    snprintf(text, sizeof(text), "%s", running_get(&w->a, id).error_text);
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            journaling_set(w, (struct vendor){.asked = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"});
        unsigned looks = server_requests_like(w->server, "GET /conversations/c1");
        journaling_take_up(&w->b, id, 0);
        const struct nuncio_interaction lost = journaling_wait(w, &w->b, id);
        assert_interaction(lost, "unknown");
        assert_string_equal(lost.error_text, text);
        assert_int_equal(lost.sends, 1);
        assert_true(server_requests_like(w->server, "GET /conversations/c1") > looks);
    }
    journaling_take_up(&w->b, id, 30); /* patience ends first */
    journaling_set(w, (struct vendor){.hold = true});
    const struct nuncio_interaction lost = journaling_wait(w, &w->b, id);
    assert_interaction(lost, "unknown");
    assert_string_equal(lost.error_text, text);
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    journaling_submit(&w->b, "next", "brief", id); /* and it stands in nobody's way */
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
}

/* A vendor that cannot be asked is not asked. */
static void test_hopeless(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    (void)state;
    lose(w, id);
    unsigned requests = server_requests(w->server);
    assert_int_equal(nuncio_take_up(w->b.nuncio, id, 0, NUNCIO_RESUME, &failure), 1);
    assert_null(runtime_job(w->b.nuncio, id));
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction lost = running_get(&w->b, id);
    assert_interaction(lost, "unknown");
    assert_int_equal(lost.ended, 1);
    assert_int_equal(server_requests(w->server), requests);
}

/* With NUNCIO_RESUME what is final is left alone, and what may be found is not. */
static void test_resume(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history\nreconcile = 100ms");
    (void)state;
    lose(w, ids[0]);
    assert_int_equal(nuncio_take_up(w->b.nuncio, ids[0], 0, NUNCIO_RESUME, &failure), 0);
    assert_int_equal(running_get(&w->b, ids[0]).ended, 0);
    assert_interaction(journaling_wait(w, &w->b, ids[0]), "unknown");
    journaling_submit(&w->a, "done", NULL, ids[1]);
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "completed");
    assert_int_equal(nuncio_take_up(w->b.nuncio, ids[1], 0, NUNCIO_RESUME, &failure), 1);
}

/* Two runtimes look for one at once: one does it, and the other tells what it finds. */
static void test_two_look(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads,history\nreconcile = 200ms");
    (void)state;
    lose(w, id);
    journaling_take_up(&w->a, id, 0);
    journaling_take_up(&w->b, id, 0);
    assert_interaction(journaling_wait(w, &w->a, id), "unknown");
    assert_interaction(journaling_wait(w, &w->b, id), "unknown");
    assert_string_equal(journaling_state(&w->a, id), "unknown");
}

static void settle(struct running *running, const char *id, uint32_t ran, const char *reply)
{
    if (nuncio_settle(running->nuncio, id, ran, reply, reply ? strlen(reply) : 0, &failure) < 0)
        fail_msg("%s", failure.text);
}

/* What a person saw decides. */
static void test_ran(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    lose(w, ids[0]);
    settle(&w->b, ids[0], 1, "seen there \xc3\xa9");
    const struct nuncio_interaction with = running_get(&w->b, ids[0]);
    assert_interaction(with, "completed");
    assert_string_equal(with.reply_text, "seen there \xc3\xa9");
    assert_int_equal(with.reply_size, strlen("seen there \xc3\xa9"));
    assert_int_equal(with.error_class, NUNCIO_ERROR_NONE);
    assert_null(with.error_text);
    assert_null(with.error_code);
    assert_int_equal(with.sends, 1);
    assert_true(with.finished_at >= with.created_at);
    assert_int_equal(nuncio_forget(w->a.nuncio, ids[0]), 0);
    assert_int_equal(nuncio_load(w->a.nuncio, ids[0], &failure), 0);
    assert_string_equal(running_get(&w->a, ids[0]).reply_text, "seen there \xc3\xa9");

    lose(w, ids[1]);
    settle(&w->a, ids[1], 1, NULL); /* of the runtime that lost it */
    const struct nuncio_interaction without = running_get(&w->a, ids[1]);
    assert_interaction(without, "completed");
    assert_null(without.reply_text);
}

static void test_not_run(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    lose(w, id);
    settle(&w->b, id, 0, NULL);
    const struct nuncio_interaction settled = running_get(&w->b, id);
    assert_interaction(settled, "failed");
    assert_int_equal(settled.sends, 0);
    assert_int_equal(settled.error_class, NUNCIO_ERROR_CANCELLED);
    assert_string_equal(settled.error_text, "settled by hand: it did not run");
    assert_int_equal(settled.error_status, 0);
    assert_null(settled.error_code);
    assert_string_equal(journaling_state(&w->a, id), "failed");
}

/* What the vendor had said of the run is no longer so. */
static void test_after_status(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    journaling_set(w, (struct vendor){.sent = "HTTP/1.1 500 Oops\r\nContent-Length: 16\r\n\r\n"
                                              "{\"error\":\"crash\"}"});
    for (uint32_t ran = 0; ran < 2; ran++) {
        journaling_submit(&w->a, "x", NULL, id);
        const struct nuncio_interaction lost = journaling_wait(w, &w->a, id);
        assert_interaction(lost, "unknown");
        assert_int_equal(lost.error_status, 500);
        settle(&w->a, id, ran, NULL);
        assert_int_equal(running_get(&w->a, id).error_status, 0);
        assert_null(running_get(&w->a, id).error_code);
    }
}

static void check_refused(struct running *running, const char *id, const char *reply, const char *word)
{
    assert_int_equal(nuncio_settle(running->nuncio, id, 1, reply, reply ? strlen(reply) : 0, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, word);
}

static void test_settle_refused(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    lose(w, ids[0]);
    check_refused(&w->b, ids[0], "\xff", "the reply is not UTF-8 text");
    assert_int_equal(nuncio_settle(w->b.nuncio, ids[0], 1, "a\0b", 3, &failure), -1);
    assert_string_equal(journaling_state(&w->b, ids[0]), "unknown");
    check_refused(&w->b, NOWHERE, NULL, "there is no interaction " NOWHERE " in ");

    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "lives", NULL, ids[1]);
    journaling_until(w, server_waiting(w->server) == 1);
    check_refused(&w->a, ids[1], NULL, "is under way");
    check_refused(&w->b, ids[1], NULL, "is sending, and another process works on it; only an unknown one");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "completed");
    check_refused(&w->b, ids[1], NULL, "is completed; only an unknown one can be settled");
    settle(&w->b, ids[0], 0, NULL); /* all of that has not changed it */
}

/* After `give_up` a run has been unknown for long; taking up asks once before it says so. */
static void test_give_up(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads\ngive_up = 300ms");
    (void)state;
    for (int i = 0; i < 2; i++) {
        journaling_set(w, (struct vendor){.state = "running"});
        journaling_submit(&w->a, "ask", NULL, id);
        journaling_until(w, running_get(&w->a, id).ticket);
        assert_int_equal(nuncio_detach(w->a.nuncio, id), 0);
        int64_t end = clock_monotonic() + 320;
        while (clock_monotonic() < end)
            poll(NULL, 0, 20);
        unsigned polls = server_requests_like(w->server, "GET /runs/");
        if (i == 1)
            journaling_set(w, (struct vendor){0});
        journaling_take_up(&w->b, id, 0);
        const struct nuncio_interaction late = journaling_wait(w, &w->b, id);
        assert_int_equal(server_requests_like(w->server, "GET /runs/"), polls + 1);
        assert_interaction(late, i == 0 ? "unknown" : "completed");
        if (i == 0)
            assert_holds(late.error_text, "the run never became final");
    }
}

static void check_not_taken(struct running *running, const char *id, const char *word)
{
    assert_int_equal(nuncio_take_up(running->nuncio, id, 0, 0, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, word);
    assert_null(runtime_job(running->nuncio, id));
}

/* Whom it was sent to is not configured any more, or is another. Nothing changes; it can be taken up once that is
   mended. */
static void test_provider_gone(void **state)
{
    char id[NUNCIO_ID_SIZE], text[2048];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", NULL, id);
    journaling_until(w, running_get(&w->a, id).ticket);
    (void)nuncio_step(w->a.nuncio);
    journaling_kill(&w->a);
    journaling_kill(&w->b);
    snprintf(text, sizeof(text), "[provider buys]\nplugin = chat\nbase_url = %s\napi_key = s\n",
             w->server->url);
    fixture_write("nuncio.ini", text);
    journaling_again(w, &w->b);
    check_not_taken(&w->b, id, "was sent to research: ");
    journaling_kill(&w->b);
    snprintf(text, sizeof(text), "[provider sales]\nplugin = good\nbase_url = %s\napi_key = s\n",
             w->server->url);
    fixture_write("nuncio.ini", text);
    mocks_copy("good", "plugins", "good.so");
    journaling_again(w, &w->b);
    check_not_taken(&w->b, id, "was sent with plugin chat, and provider sales has good now");
    check_not_taken(&w->b, NOWHERE, "there is no interaction " NOWHERE);
    check_not_taken(&w->b, "x", "there is no interaction x");
    journaling_kill(&w->b);

    /* Its agent is called otherwise by now, or by nothing. */
    snprintf(text, sizeof(text),
             "[provider sales]\nplugin = chat\nbase_url = %s\napi_key = s\ncan = poll,threads\n"
             "[agent research]\nprovider = sales\nid = another\n",
             w->server->url);
    fixture_write("nuncio.ini", text);
    journaling_again(w, &w->b);
    journaling_set(w, (struct vendor){0});
    journaling_take_up(&w->b, id, 0);
    const struct nuncio_interaction found = journaling_wait(w, &w->b, id);
    assert_interaction(found, "completed");
    assert_string_equal(found.agent, "research");
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_found_later), CASE(test_still_unknown), CASE(test_hopeless),
        CASE(test_resume),      CASE(test_two_look),      CASE(test_ran),
        CASE(test_not_run),     CASE(test_after_status),  CASE(test_settle_refused),
        CASE(test_give_up),     CASE(test_provider_gone),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
