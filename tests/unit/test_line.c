/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* One interaction at a time in a conversation, between two runtimes on one journal. */
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

static const char *text_of(unsigned request)
{
    return running_member(&world.server->requests[request], "text");
}

/* The order is that of arrival, whoever sends, and each goes on where the one before it ended. */
static void test_order(void **state)
{
    static const char *const texts[] = {"one", "two", "three", "four"};
    char ids[4][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct running *senders[] = {&w->a, &w->b, &w->a, &w->b};
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    for (size_t i = 0; i < 4; i++) {
        journaling_submit(senders[i], texts[i], "brief", ids[i]);
        journaling_until(w, i > 0 || server_requests(w->server) == 1);
        assert_int_equal(nuncio_step(senders[i]->nuncio), 0); /* it has its place */
    }
    journaling_quiet(w, 50);
    assert_holds(running_get(&w->b, ids[1]).trouble, ids[0]);
    journaling_set(w, (struct vendor){0});
    for (size_t i = 0; i < 4; i++)
        assert_interaction(journaling_wait(w, senders[i], ids[i]), "completed");
    assert_int_equal(server_requests(w->server), 4);
    assert_int_equal(server_peak(w->server), 1);
    for (unsigned i = 0; i < 4; i++) {
        assert_string_equal(text_of(i), texts[i]);
        assert_string_equal(running_member(&w->server->requests[i], "conversation"), i > 0 ? "c1" : "");
    }
}

/* A conversation is one, by its name and by the vendor's id. */
static void test_name_and_remote(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message remote = running_message("remote");
    (void)state;
    remote.remote_id = "c1";
    journaling_submit(&w->a, "first", "brief", ids[0]);
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");

    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "named", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 2);
    running_submit(&w->b, &remote, ids[1]);
    journaling_quiet(w, 50);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_interaction(running_get(&w->a, ids[0]), "completed");

    journaling_set(w, (struct vendor){.hold = true}); /* and the other way round */
    running_submit(&w->b, &remote, ids[1]);
    journaling_until(w, server_requests(w->server) == 4);
    journaling_submit(&w->a, "named", "brief", ids[0]);
    journaling_quiet(w, 50);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    assert_int_equal(server_peak(w->server), 1);
}

/* Another name, or the same name with another agent, is another conversation. */
static void test_others_pass(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct nuncio_message other = running_message("other agent");
    (void)state;
    other.agent = "other";
    other.conversation = "brief";
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    journaling_submit(&w->b, "second", "another", ids[1]);
    running_submit(&w->b, &other, ids[2]);
    journaling_until(w, server_waiting(w->server) == 3);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_interaction(journaling_wait(w, &w->b, ids[2]), "completed");
}

/* A plugin's one conversation is one between processes too, whatever the messages name. */
static void test_common(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("gate = user-7");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", NULL, ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_submit(&w->b, "second", "brief", ids[1]);
    journaling_submit(&w->a, "third", "other", ids[2]);
    journaling_quiet(w, 50);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_interaction(journaling_wait(w, &w->a, ids[2]), "completed");
    assert_int_equal(server_peak(w->server), 1);
    assert_int_equal(server_requests_like(w->server, "POST /send"), 3);
}

/* Whoever waits too long is told so; nothing was sent, and the next one keeps its turn. */
static void test_patience(void **state)
{
    char ids[3][NUNCIO_ID_SIZE], wanted[256];
    struct journaling *w = start("");
    struct nuncio_message message = running_message("impatient");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "first", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    message.conversation = "brief";
    message.timeout_ms = 60;
    running_submit(&w->b, &message, ids[1]);
    (void)nuncio_step(w->b.nuncio);
    journaling_submit(&w->b, "patient", "brief", ids[2]);
    const struct nuncio_interaction busy = journaling_wait(w, &w->b, ids[1]);
    assert_interaction(busy, "failed");
    assert_int_equal(busy.error_class, NUNCIO_ERROR_BUSY);
    assert_int_equal(busy.sends, 0);
    assert_int_equal(nuncio_exit_code(&busy), 1);
    snprintf(wanted, sizeof(wanted),
             "an earlier message of this conversation is under way (%s); nothing was sent", ids[0]);
    assert_holds(busy.error_text, wanted);
    assert_string_equal(journaling_state(&w->a, ids[1]), "failed");
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[2]), "completed");
    assert_int_equal(server_requests(w->server), 2);
}

/* A holder that died with its run accepted: the run is brought to its end first, then the waiter's turn comes. */
static void test_dead_holder(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", "brief", ids[0]);
    journaling_until(w, running_get(&w->a, ids[0]).ticket);
    (void)nuncio_step(w->a.nuncio);
    journaling_submit(&w->b, "next", "brief", ids[1]);
    journaling_turn(w);
    journaling_kill(&w->a);
    journaling_until(w, server_requests_like(w->server, "GET /runs/t1") >= 3); /* the waiter asks */
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_string_equal(journaling_state(&w->b, ids[0]), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    assert_string_equal(text_of(server_requests(w->server) - 1), "next");
    assert_null(runtime_job(w->b.nuncio, ids[0])); /* nobody asked for it here */
}

/* One that had only sent: it is looked for, found nowhere, and unknown; that blocks nobody, and is not sent again. */
static void test_dead_sender(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "lost", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_submit(&w->b, "next", "brief", ids[1]);
    journaling_turn(w);
    assert_string_equal(journaling_state(&w->b, ids[0]), "sending");
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_string_equal(journaling_state(&w->b, ids[0]), "unknown");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
    assert_string_equal(text_of(1), "next");
}

/* One that died before its message left has no claim on the conversation; the message stays to be taken up. */
static void test_dead_waiter(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->b, "first", "brief", ids[0]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_submit(&w->a, "dead", "brief", ids[1]);
    (void)nuncio_step(w->a.nuncio);
    journaling_submit(&w->b, "last", "brief", ids[2]);
    journaling_turn(w);
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[2]), "completed");
    assert_string_equal(journaling_state(&w->b, ids[1]), "new");
    assert_int_equal(server_requests(w->server), 2);

    journaling_take_up(&w->b, ids[1], 0);
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_string_equal(text_of(2), "dead");
    assert_string_equal(running_member(&w->server->requests[2], "conversation"), "c1");
}

/* What was detached is nobody's: the next message brings it to its end first. */
static void test_detached_holder(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", "brief", ids[0]);
    journaling_until(w, running_get(&w->a, ids[0]).ticket);
    assert_int_equal(nuncio_detach(w->a.nuncio, ids[0]), 0);
    journaling_submit(&w->a, "next", "brief", ids[1]); /* of the same runtime */
    journaling_quiet(w, 0);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "completed");
    assert_string_equal(journaling_state(&w->a, ids[0]), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
}

/* A runtime ends while it helps: nothing of that is left behind, and the run is nobody's again. */
static void test_helper_ends(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", "brief", ids[0]);
    journaling_until(w, running_get(&w->a, ids[0]).ticket);
    (void)nuncio_step(w->a.nuncio);
    journaling_kill(&w->a);
    journaling_submit(&w->b, "next", "brief", ids[1]);
    unsigned polls = server_requests_like(w->server, "GET /runs/");
    journaling_until(w, server_requests_like(w->server, "GET /runs/") >= polls + 2);
    journaling_kill(&w->b);
    journaling_again(w, &w->a);
    journaling_set(w, (struct vendor){0});
    journaling_take_up(&w->a, ids[0], 0);
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    journaling_take_up(&w->a, ids[1], 0);
    assert_interaction(journaling_wait(w, &w->a, ids[1]), "completed");
    assert_int_equal(server_requests_like(w->server, "POST /send"), 2);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_order),       CASE(test_name_and_remote), CASE(test_others_pass),
        CASE(test_common),      CASE(test_patience),        CASE(test_dead_holder),
        CASE(test_dead_sender), CASE(test_dead_waiter),     CASE(test_detached_holder),
        CASE(test_helper_ends),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
