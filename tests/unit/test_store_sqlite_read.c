/* SPDX-License-Identifier: MIT */
/* The SQLite store: what it tells, and what it forgets. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_error.h"
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "storing.h"

#define OPEN_STATES                                                                                          \
    (1u << NUNCIO_INTERACTION_NEW | 1u << NUNCIO_INTERACTION_SENDING | 1u << NUNCIO_INTERACTION_QUEUED |     \
     1u << NUNCIO_INTERACTION_PROCESSING | 1u << NUNCIO_INTERACTION_UNKNOWN)

static void put_of_agent(void *handle, unsigned number, int64_t its_state, const char *agent)
{
    struct nuncio_store_interaction row = storing_row(number, its_state);

    row.agent = nuncio_slice(agent);
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    storing_commit(handle);
}

static void test_each(void **state)
{
    void *handle = storing_open(0);
    struct storing_heard heard = {.wanted = 2};
    const struct nuncio_store_filter filter = {.size = sizeof(filter)};
    (void)state;

    assert_string_equal(storing_list(handle, 0, NULL, 0), "");
    for (unsigned i = 16; i >= 1; i--)
        put_of_agent(handle, i, (i - 1) % 8, i % 2 ? "odd" : "even");
    put_of_agent(handle, 17, NUNCIO_INTERACTION_COMPLETED, NULL);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1");
    assert_string_equal(storing_list(handle, 0, NULL, 3), "17 16 15");
    assert_string_equal(storing_list(handle, 0, "odd", 0), "15 13 11 9 7 5 3 1");
    assert_string_equal(storing_list(handle, 0, "even", 2), "16 14");
    assert_string_equal(storing_list(handle, 0, "", 0), "");
    assert_string_equal(storing_list(handle, OPEN_STATES, NULL, 0), "16 12 11 10 9 8 4 3 2 1");
    assert_string_equal(storing_list(handle, OPEN_STATES, "odd", 0), "11 9 3 1");
    assert_string_equal(storing_list(handle, 1u << NUNCIO_INTERACTION_UNKNOWN, NULL, 0), "16 8");
    assert_string_equal(storing_list(handle, 1u << NUNCIO_INTERACTION_COMPLETED, NULL, 2), "17 13");
    assert_string_equal(storing_list(handle, 1u << NUNCIO_INTERACTION_FAILED, "even", 0), "14 6");
    assert_string_equal(storing_list(handle, 1u << NUNCIO_INTERACTION_FAILED, "odd", 0), "");
    assert_string_equal(storing_list(handle,
                                     1u << NUNCIO_INTERACTION_NEW | 1u << NUNCIO_INTERACTION_CANCELLED |
                                         1u << NUNCIO_INTERACTION_COMPLETED,
                                     NULL, 0),
                        "17 15 13 9 7 5 1");
    assert_string_equal(storing_list(handle, UINT64_MAX, "odd", 4), "15 13 11 9");
    assert_string_equal(storing_list(handle, UINT64_C(1) << 63, NULL, 0), "");
    STORING_OK(storing_store->each(handle, &filter, storing_hear, &heard, storing_err()));
    assert_string_equal(heard.text, "17 16");
    storing_store->close(handle);
}

static int32_t hear_event(void *context, const struct nuncio_store_event *row)
{
    char *text = context;
    size_t size = strlen(text);

    snprintf(text + size, 200 - size, "%d:%d:%.*s ", (int)row->at, (int)row->state, STORING_SHOW(row->step));
    return 0;
}

static void test_events(void **state)
{
    void *handle = storing_open(0);
    struct nuncio_store_interaction row = storing_row(1, 0);
    char text[200] = "";
    (void)state;

    storing_put(handle, 2, 1);
    storing_begin(handle);
    for (int i = 0; i < 3; i++) {
        row.state = i;
        row.changed_at = 9 - i;
        row.step = nuncio_slice(i == 2 ? NULL : i == 1 ? "POLL" : "");
        STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_EVENT, storing_err()));
    }
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    storing_commit(handle);
    STORING_OK(storing_store->events(handle, row.id, hear_event, text, storing_err()));
    assert_string_equal(text, "9:0: 8:1:POLL 7:2:- ");
    text[0] = '\0';
    assert_int_equal(storing_store->events(handle, nuncio_slice("nobody"), hear_event, text, storing_err()),
                     NUNCIO_STORE_OK);
    assert_string_equal(text, "");
    storing_store->close(handle);
}

static int32_t hear_conversation(void *context, const struct nuncio_store_conversation *row)
{
    snprintf(context, 200, "%.*s:%d:%.*s:%d", STORING_SHOW(row->cursor), (int)row->cursor_state,
             STORING_SHOW(row->last), (int)row->changed_at);
    return 0;
}

static void test_conversations(void **state)
{
    void *handle = storing_open(0);
    struct nuncio_store_conversation row = {.size = sizeof(row),
                                            .provider = nuncio_slice("p"),
                                            .remote_id = nuncio_slice("r"),
                                            .cursor = nuncio_slice("c"),
                                            .cursor_state = 2,
                                            .changed_at = 5};
    char text[200] = "";
    (void)state;

    storing_begin(handle);
    STORING_OK(storing_store->put_conversation(handle, &row, storing_err()));
    row.cursor = nuncio_slice(NULL);
    row.last = nuncio_slice("me");
    STORING_OK(storing_store->put_conversation(handle, &row, storing_err()));
    row.provider = nuncio_slice("q");
    STORING_OK(storing_store->put_conversation(handle, &row, storing_err()));
    storing_commit(handle);
    assert_int_equal(storing_store->get_conversation(handle, nuncio_slice("p"), nuncio_slice("r"),
                                                     hear_conversation, text, storing_err()),
                     NUNCIO_STORE_FOUND);
    assert_string_equal(text, "-:2:me:5");
    assert_int_equal(storing_store->get_conversation(handle, nuncio_slice("p"), nuncio_slice("x"),
                                                     hear_conversation, text, storing_err()),
                     NUNCIO_STORE_OK);
    storing_store->close(handle);
}

static int32_t hear_name(void *context, const struct nuncio_store_name *row)
{
    char *text = context;
    size_t size = strlen(text);

    snprintf(text + size, 200 - size, "%.*s/%.*s=%.*s ", (int)row->agent.size, row->agent.data,
             (int)row->name.size, row->name.data, STORING_SHOW(row->remote_id));
    return 0;
}

static void put_name(void *handle, const char *agent_id, const char *agent, const char *name,
                     const char *remote_id)
{
    const struct nuncio_store_name row = {.size = sizeof(row),
                                          .provider = nuncio_slice("p"),
                                          .agent_id = nuncio_slice(agent_id),
                                          .name = nuncio_slice(name),
                                          .agent = nuncio_slice(agent),
                                          .remote_id = nuncio_slice(remote_id)};

    storing_begin(handle);
    STORING_OK(storing_store->put_name(handle, &row, storing_err()));
    storing_commit(handle);
}

static void test_names(void **state)
{
    void *handle = storing_open(0);
    char text[200] = "";
    (void)state;

    put_name(handle, "2", "b", "y", "1");
    put_name(handle, "2", "b", "x", "2");
    put_name(handle, NULL, "a", "z", "3");
    put_name(handle, "", "a", "z", NULL);
    STORING_OK(storing_store->names(handle, hear_name, text, storing_err()));
    assert_string_equal(text, "a/z=- b/x=2 b/y=1 ");
    text[0] = '\0';
    assert_int_equal(storing_store->get_name(handle, nuncio_slice("p"), nuncio_slice(NULL), nuncio_slice("z"),
                                             hear_name, text, storing_err()),
                     NUNCIO_STORE_FOUND);
    assert_int_equal(storing_store->get_name(handle, nuncio_slice("p"), nuncio_slice("2"), nuncio_slice("z"),
                                             hear_name, text, storing_err()),
                     NUNCIO_STORE_OK);
    assert_string_equal(text, "a/z=- ");
    storing_store->close(handle);
}

static int32_t hear_text(void *context, const char *text)
{
    fail_msg("%s", text);
    (void)context;
    return 0;
}

static int64_t prune(void *handle, int64_t before, int64_t limit)
{
    int64_t count = -1;

    storing_begin(handle);
    STORING_OK(storing_store->prune(handle, before, limit, &count, storing_err()));
    storing_commit(handle);
    return count;
}

/* Number n finished at 1000 + n. */
static void test_prune(void **state)
{
    void *handle = storing_open(0);
    struct storing_heard heard;
    char text[200] = "";
    (void)state;

    for (unsigned i = 1; i <= 16; i++)
        storing_put(handle, i, (i - 1) % 8);
    storing_begin(handle);
    STORING_OK(storing_store->enter(handle, nuncio_slice("a"), storing_row(6, 0).id, storing_err()));
    storing_commit(handle);
    assert_int_equal(prune(handle, 1005, 0), 0);
    assert_int_equal(prune(handle, 1006, 0), 1);
    assert_int_equal(prune(handle, 1016, 2), 2);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "16 15 14 12 11 10 9 8 6 4 3 2 1");
    assert_int_equal(prune(handle, INT64_MAX, -1), 2);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "16 12 11 10 9 8 6 4 3 2 1");
    assert_int_equal(storing_get(handle, 5, &heard), NUNCIO_STORE_OK);
    assert_int_equal(storing_get(handle, 6, &heard), NUNCIO_STORE_FOUND);
    STORING_OK(storing_store->events(handle, storing_row(5, 0).id, hear_event, text, storing_err()));
    assert_string_equal(text, "");
    /* Nothing of them is left, and nothing is taken for theirs. */
    STORING_OK(storing_store->check(handle, hear_text, NULL, storing_err()));
    storing_put(handle, 17, 0);
    STORING_OK(storing_store->events(handle, storing_row(17, 0).id, hear_event, text, storing_err()));
    assert_string_equal(text, "0:0:SEND ");
    storing_store->close(handle);
}

#define CASE(test) cmocka_unit_test_setup(test, storing_setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each), CASE(test_events), CASE(test_conversations), CASE(test_names), CASE(test_prune),
    };

    return cmocka_run_group_tests_name("store_sqlite_read", tests, storing_enter, storing_leave);
}
