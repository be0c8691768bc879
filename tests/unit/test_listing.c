/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* What the journal tells whoever looks, here and from another runtime. */
#include "journaling.h"

static struct journaling world;
static struct nuncio_failure failure;

/* What callbacks were told, a line each. */
static struct {
    char text[4096];
    int32_t stop_after; /* 0: never */
    int32_t count;
} told;

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

__attribute__((format(printf, 1, 2))) static int32_t tell(const char *format, ...)
{
    size_t size = strlen(told.text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(told.text + size, sizeof(told.text) - size, format, arguments);
    va_end(arguments);
    return ++told.count == told.stop_after;
}

static int32_t on_interaction(void *context, const struct nuncio_interaction *interaction)
{
    (void)context;
    return tell("%s %s %s %s\n", interaction->agent, nuncio_state_name(interaction->state),
                interaction->message ? interaction->message : "-",
                interaction->reply_text ? interaction->reply_text : "-");
}

static const char *list(struct running *running, struct nuncio_filter filter)
{
    filter.size = sizeof(filter);
    told.text[0] = '\0';
    told.count = 0;
    if (nuncio_each_interaction(running->nuncio, &filter, on_interaction, NULL, &failure) < 0)
        fail_msg("%s", failure.text);
    return told.text;
}

static int32_t on_event(void *context, const struct nuncio_event *event)
{
    int64_t *last = context;
    assert_true(event->at >= *last);
    *last = event->at;
    return tell("%s %s\n", nuncio_state_name(event->state), event->step ? event->step : "-");
}

static const char *history(struct running *running, const char *id)
{
    int64_t last = 0;
    told.text[0] = '\0';
    told.count = 0;
    if (nuncio_each_event(running->nuncio, id, on_event, &last, &failure) < 0)
        fail_msg("%s", failure.text);
    return told.text;
}

static int32_t on_conversation(void *context, const struct nuncio_conversation *conversation)
{
    (void)context;
    assert_true(conversation->changed_at > 0);
    return tell("%s %s %s %s %s\n", conversation->agent, conversation->provider, conversation->name,
                conversation->remote_id ? conversation->remote_id : "-",
                conversation->interaction ? conversation->interaction : "-");
}

static const char *conversations(struct running *running)
{
    told.text[0] = '\0';
    told.count = 0;
    if (nuncio_each_conversation(running->nuncio, on_conversation, NULL, &failure) < 0)
        fail_msg("%s", failure.text);
    return told.text;
}

static int32_t on_problem(void *context, const char *problem)
{
    (void)context;
    return tell("%s\n", problem);
}

/* Nothing is there, and to look makes nothing. */
static void test_nothing(void **state)
{
    struct journaling *w = start("");
    (void)state;
    assert_string_equal(list(&w->a, (struct nuncio_filter){0}), "");
    assert_string_equal(history(&w->a, "01AAAAAAAAAAAAAAAAAAAAAAAA"), "");
    assert_string_equal(conversations(&w->a), "");
    assert_int_equal(nuncio_journal_check(w->a.nuncio, on_problem, NULL, &failure), 0);
    assert_int_equal(nuncio_load(w->a.nuncio, "01AAAAAAAAAAAAAAAAAAAAAAAA", &failure), -1);
    assert_holds(failure.text, "there is no interaction 01AAAAAAAAAAAAAAAAAAAAAAAA in ");
    assert_int_equal(access("state", F_OK), -1);
}

static void fill(struct journaling *w)
{
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message("two");
    journaling_submit(&w->a, "one", "brief", id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    message.agent = "other";
    running_submit(&w->a, &message, id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    journaling_set(w, (struct vendor){.drops = 1});
    journaling_submit(&w->a, "three", NULL, id);
    assert_interaction(journaling_wait(w, &w->a, id), "unknown");
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "four", NULL, id);
    journaling_until(w, server_requests(w->server) == 4);
}

static void test_filters(void **state)
{
    struct journaling *w = start("");
    (void)state;
    fill(w);
    struct running *runtimes[] = {&w->b, &w->a}; /* one that only reads, and one that works */
    for (size_t i = 0; i < 2; i++) {
        struct running *r = runtimes[i];
        assert_string_equal(list(r, (struct nuncio_filter){0}),
                            "research sending - -\nresearch unknown - -\n"
                            "other completed - -\nresearch completed - -\n");
        assert_string_equal(list(r, (struct nuncio_filter){.content = 1}),
                            "research sending four -\nresearch unknown three -\n"
                            "other completed two re: two\nresearch completed one re: one\n");
        assert_string_equal(list(r, (struct nuncio_filter){.limit = 2}),
                            "research sending - -\nresearch unknown - -\n");
        assert_string_equal(list(r, (struct nuncio_filter){.states = 1 << NUNCIO_INTERACTION_COMPLETED}),
                            "other completed - -\nresearch completed - -\n");
        assert_string_equal(
            list(r, (struct nuncio_filter){.states = 1 << NUNCIO_INTERACTION_COMPLETED, .agent = "research"}),
            "research completed - -\n");
        assert_string_equal(list(r, (struct nuncio_filter){.states = 1 << NUNCIO_INTERACTION_SENDING |
                                                                     1 << NUNCIO_INTERACTION_UNKNOWN}),
                            "research sending - -\nresearch unknown - -\n");
        assert_string_equal(list(r, (struct nuncio_filter){.agent = "nobody"}), "");
        assert_string_equal(list(r, (struct nuncio_filter){.states = 1 << NUNCIO_INTERACTION_QUEUED}), "");
        told.stop_after = 3;
        assert_string_equal(list(r, (struct nuncio_filter){0}),
                            "research sending - -\nresearch unknown - -\nother completed - -\n");
        told.stop_after = 0;
    }
    assert_int_equal(nuncio_journal_check(w->b.nuncio, on_problem, NULL, &failure), 0);
}

/* An older program's filter ends before what is new. */
static void test_short_filter(void **state)
{
    struct journaling *w = start("");
    struct nuncio_filter filter;
    (void)state;
    fill(w);
    memset(&filter, 0xAA, sizeof(filter));
    filter.size = offsetof(struct nuncio_filter, limit);
    filter.states = 1 << NUNCIO_INTERACTION_SENDING;
    filter.agent = NULL;
    told.text[0] = '\0';
    assert_int_equal(nuncio_each_interaction(w->b.nuncio, &filter, on_interaction, NULL, &failure), 0);
    assert_string_equal(told.text, "research sending - -\n");
}

/* The history is in order, and each change of state is there once, whoever wrote it. */
static void test_events(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.state = "queued"});
    journaling_submit(&w->a, "ask", "brief", id);
    journaling_until(w, running_get(&w->a, id).state == NUNCIO_INTERACTION_QUEUED);
    (void)nuncio_step(w->a.nuncio);
    assert_string_equal(history(&w->b, id), "new -\nsending SEND\nprocessing SEND\nqueued POLL\n");
    journaling_take_up(&w->b, id, 0);
    journaling_kill(&w->a);
    journaling_until(w, !running_get(&w->b, id).held);
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_until(w, running_get(&w->b, id).state == NUNCIO_INTERACTION_PROCESSING);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
    assert_string_equal(
        history(&w->b, id),
        "new -\nsending SEND\nprocessing SEND\nqueued POLL\nprocessing POLL\ncompleted POLL\n");
    told.stop_after = 2;
    assert_string_equal(history(&w->b, id), "new -\nsending SEND\n");
    told.stop_after = 0;
}

/* One that is watched from the beginning and taken over in the middle has no state twice. */
static void test_events_taken_over(void **state)
{
    char ids[2][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    journaling_set(w, (struct vendor){.hold = true, .state = "running"});
    journaling_submit(&w->a, "ask", "brief", ids[0]);
    journaling_submit(&w->a, "ask", "brief", ids[1]);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_take_up(&w->b, ids[1], 0);
    assert_interaction(running_get(&w->b, ids[1]), "new");
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    assert_string_equal(history(&w->b, ids[1]), "new -\nsending SEND\nprocessing SEND\ncompleted POLL\n");
}

static void test_conversations(void **state)
{
    char ids[3][NUNCIO_ID_SIZE], wanted[512];
    struct journaling *w = start("");
    struct nuncio_message message = running_message("x");
    (void)state;
    journaling_submit(&w->a, "x", "zeta", ids[0]);
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    journaling_submit(&w->b, "x", "alpha", ids[1]);
    assert_interaction(journaling_wait(w, &w->b, ids[1]), "completed");
    message.agent = "other";
    message.conversation = "alpha";
    running_submit(&w->a, &message, ids[2]);
    assert_interaction(journaling_wait(w, &w->a, ids[2]), "completed");
    snprintf(wanted, sizeof(wanted),
             "other sales alpha c1 %s\nresearch sales alpha c1 %s\nresearch sales zeta c1 %s\n", ids[2],
             ids[1], ids[0]);
    assert_string_equal(conversations(&w->b), wanted);
    told.stop_after = 1;
    (void)conversations(&w->b);
    assert_int_equal(told.count, 1);
    told.stop_after = 0;
    journaling_submit(&w->a, "x", "zeta", ids[0]); /* the last that was there */
    assert_interaction(journaling_wait(w, &w->a, ids[0]), "completed");
    assert_holds(conversations(&w->b), ids[0]);
}

/* nuncio_load() shows an interaction as it stands, without doing anything about it. */
static void test_load(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    char *json;
    (void)state;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", "brief", id);
    journaling_until(w, running_get(&w->a, id).ticket);
    (void)nuncio_step(w->a.nuncio);
    assert_int_equal(nuncio_load(w->b.nuncio, id, &failure), 0);
    const struct nuncio_interaction loaded = running_get(&w->b, id);
    assert_interaction(loaded, "processing");
    assert_int_equal(loaded.ended, 1);
    assert_string_equal(loaded.message, "ask");
    assert_string_equal(loaded.ticket, "t1");
    assert_int_equal(w->b.nuncio->journal.access, JOURNAL_READ);
    assert_int_equal(nuncio_get_json(w->b.nuncio, id, &json), 0);
    assert_holds(json, "\"state\":\"processing\"");
    free(json);
    assert_int_equal(nuncio_cancel(w->b.nuncio, id, &failure), -1);
    assert_int_equal(nuncio_wait(w->b.nuncio, id, 0), 1);
    assert_int_equal(nuncio_load(w->b.nuncio, id, &failure), 0); /* again: it is here */
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    assert_interaction(running_get(&w->b, id), "processing");
    assert_int_equal(nuncio_forget(w->b.nuncio, id), 0);
    assert_int_equal(nuncio_load(w->b.nuncio, id, &failure), 0);
    assert_interaction(running_get(&w->b, id), "completed");
    journaling_take_up(&w->b, id, 0); /* gives way to what the journal says */
    assert_interaction(running_get(&w->b, id), "completed");
}

/* Old ones go, and what may still be asked for stays. */
static void test_prune(void **state)
{
    struct journaling *w = start("");
    int64_t count = -1;
    (void)state;
    fill(w);
    assert_int_equal(nuncio_journal_prune(w->b.nuncio, 3600000, &count, &failure), 0);
    assert_int_equal(count, 0);
    poll(NULL, 0, 5);
    assert_int_equal(nuncio_journal_prune(w->b.nuncio, 0, &count, &failure), 0);
    assert_int_equal(count, 2);
    assert_string_equal(list(&w->b, (struct nuncio_filter){0}),
                        "research sending - -\nresearch unknown - -\n");
    assert_holds(conversations(&w->b), "research sales brief c1 ");
    journaling_kill(&w->b); /* `keep` does so by itself when the journal is opened */
    journaling_set(w, (struct vendor){0});
    char id[NUNCIO_ID_SIZE];
    journaling_submit(&w->a, "five", NULL, id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
    journaling_again(w, &w->b);
    w->b.nuncio->config.keep_ms = 1;
    poll(NULL, 0, 5);
    assert_int_equal(journal_open(&w->b.nuncio->journal, JOURNAL_WRITE, &failure), 0);
    assert_string_equal(journaling_state(&w->b, id), "not there");
}

/* A journal that is no journal: said, not read as empty. */
static void test_damaged(void **state)
{
    struct journaling *w = start("");
    struct nuncio_filter filter = {.size = sizeof(filter)};
    (void)state;
    fixture_mkdir("state");
    fixture_write("state/journal.db",
                  "this is no journal, and long enough to be looked at as a whole ......");
    assert_int_equal(nuncio_each_interaction(w->a.nuncio, &filter, on_interaction, NULL, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INTERNAL);
    assert_holds(failure.text, "the journal ");
    assert_holds(failure.text, "journal.db");
    assert_int_equal(nuncio_each_conversation(w->a.nuncio, on_conversation, NULL, &failure), -1);
    assert_int_equal(nuncio_each_event(w->a.nuncio, "x", on_event, NULL, &failure), -1);
    const struct nuncio_message message = running_message("x");
    char id[NUNCIO_ID_SIZE];
    assert_int_equal(nuncio_submit(w->a.nuncio, &message, id, &failure), -1);
    assert_int_equal(server_requests(w->server), 0);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing),           CASE(test_filters),       CASE(test_short_filter), CASE(test_events),
        CASE(test_events_taken_over), CASE(test_conversations), CASE(test_load),         CASE(test_prune),
        CASE(test_damaged),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
