/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"
#include "support.h"
#include "text.h"

/* The journal with `store = memory`; tests/unit/test_store.c runs the same on a real one. */
struct fixture {
    struct config config;
    struct journal journal;
    struct record record;
    struct journal_entry entry;
};

static int setup(void **state)
{
    static struct fixture fixture;
    static char memory[] = "memory";
    fixture = (struct fixture){.config = {.store = memory, .keep_content = true}};
    journal_init(&fixture.journal, &fixture.config, NULL);
    assert_int_equal(journal_open(&fixture.journal, JOURNAL_WRITE, NULL), 0);
    record_init(&fixture.record);
    memcpy(fixture.record.id, "01AAAAAAAAAAAAAAAAAAAAAAAA", NUNCIO_ID_SIZE);
    fixture.record.provider = strdup("sales");
    fixture.record.agent = strdup("research");
    fixture.record.plugin = strdup("chat");
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    record_finish(&fixture->record);
    journal_entry_finish(&fixture->entry);
    journal_close(&fixture->journal);
    return 0;
}

static void put(struct fixture *fixture)
{
    assert_int_equal(journal_begin(&fixture->journal, false, NULL), 0);
    assert_int_equal(journal_put(&fixture->journal, &fixture->record, &fixture->entry, true, NULL), 0);
    assert_int_equal(journal_commit(&fixture->journal, NULL), 0);
    journal_settled(&fixture->entry, true);
}

static void test_lines(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;
    struct journal_view view;
    char *gate = journal_gate_named(&fixture->record, "brief");
    assert_int_equal(journal_first(journal, gate, &view, NULL), 0);
    assert_int_equal(journal_enter(journal, gate, "01B", NULL), 0);
    assert_int_equal(journal_enter(journal, gate, "01A", NULL), 0);
    assert_int_equal(journal_enter(journal, gate, "01B", NULL), 0); /* keeps its place */
    assert_int_equal(journal_enter(journal, "another", "01B", NULL), 0);
    assert_int_equal(journal_first(journal, gate, &view, NULL), 1);
    assert_string_equal(view.id, "01B");
    assert_int_equal(journal_leave(journal, "01B", NULL), 0); /* every line */
    assert_int_equal(journal_first(journal, gate, &view, NULL), 1);
    assert_string_equal(view.id, "01A");
    assert_int_equal(journal_first(journal, "another", &view, NULL), 0);
    assert_int_equal(journal_leave(journal, "01A", NULL), 0);
    assert_int_equal(journal_leave(journal, "01A", NULL), 0);
    assert_int_equal(journal_first(journal, gate, &view, NULL), 0);
    free(gate);
}

/* Each way to name a conversation is a line of its own, and none can be taken for another. */
static void test_gates(void **state)
{
    struct fixture *fixture = *state;
    char *gates[] = {
        journal_gate_named(&fixture->record, "x"),
        journal_gate_remote(&fixture->record, "x"),
        journal_gate_common(&fixture->record, "x"),
        journal_gate_named(&fixture->record, "y"),
        NULL,
    };
    fixture->record.agent_id = strdup("x");
    gates[4] = journal_gate_named(&fixture->record, "x");
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(gates[i], gates[j]);
    for (size_t i = 0; i < 5; i++)
        free(gates[i]);
}

/* A conversation that has become known is locked for others and named; its cursor is known once the run has
   completed. */
static void test_conversation(void **state)
{
    struct fixture *fixture = *state;
    struct record *record = &fixture->record;
    struct conversation_place place;
    struct journal_view view;
    record->conversation_name = strdup("brief");
    put(fixture);
    assert_int_equal(journal_conversation(&fixture->journal, record, NULL, &place, NULL), 0);
    assert_null(place.remote_id);
    assert_int_equal(place.cursor_state, NUNCIO_CURSOR_UNKNOWN);

    record->state = NUNCIO_INTERACTION_PROCESSING;
    record->conversation = strdup("c1");
    char *gate = journal_gate_remote(record, "c1");
    put(fixture);
    assert_int_equal(journal_first(&fixture->journal, gate, &view, NULL), 1);
    assert_string_equal(view.id, record->id);
    assert_int_equal(journal_conversation(&fixture->journal, record, NULL, &place, NULL), 0);
    assert_string_equal(place.remote_id, "c1");
    assert_int_equal(place.cursor_state, NUNCIO_CURSOR_UNKNOWN);
    conversation_place_finish(&place);

    record->state = NUNCIO_INTERACTION_COMPLETED;
    record->last_cursor = strdup("m2");
    record->last_cursor_set = true;
    put(fixture);
    assert_int_equal(journal_first(&fixture->journal, gate, &view, NULL), 0);
    assert_int_equal(journal_conversation(&fixture->journal, record, "c1", &place, NULL), 0);
    assert_int_equal(place.cursor_state, NUNCIO_CURSOR_KNOWN);
    assert_string_equal(place.cursor, "m2");
    conversation_place_finish(&place);
    free(gate);
}

/* What the rows of a store say is what was put in. */
static void test_row(void **state)
{
    struct fixture *fixture = *state;
    struct record *record = &fixture->record;
    struct nuncio_store_interaction row;
    struct record again;
    record->strategy = (struct strategy){.delivery = NUNCIO_QUEUED, .thread = true};
    record->message = strdup("hello");
    record->message_size = 5;
    record->reply = strdup("");
    record->continued = record->repeatable = true;
    record->last_cursor_set = true;
    record->usage.cost_usd = 0.25;
    journal_row(record, &fixture->entry, "77", &row);
    assert_true(nuncio_equal(row.owner, "77"));
    assert_true(nuncio_equal(row.strategy, "thread+queued"));
    assert_int_equal(row.flags, 1 | 4);
    assert_int_equal(row.last_cursor_state, NUNCIO_CURSOR_EMPTY);
    assert_true(journal_row_read(&row, &again));
    assert_string_equal(again.id, record->id);
    assert_string_equal(again.message, "hello");
    assert_string_equal(again.reply, "");
    assert_null(again.ticket);
    assert_true(again.strategy.thread && again.continued && again.repeatable && again.last_cursor_set);
    assert_false(again.want_json || again.remote || again.fresh || again.opening);
    assert_true(again.usage.cost_usd == 0.25);
    record_finish(&again);

    /* Its SEND may leave at any time: that is what the journal must say. */
    fixture->entry.intended = true;
    journal_row(record, &fixture->entry, NULL, &row);
    assert_int_equal(row.state, NUNCIO_INTERACTION_SENDING);
    assert_int_equal(row.sends, 1);
    assert_null(row.owner.data);

    row.strategy = nuncio_slice("by-pigeon");
    assert_false(journal_row_read(&row, &again));
    row.strategy = nuncio_slice("sync");
    row.state = 99;
    assert_false(journal_row_read(&row, &again));
}

/* keep_content = no: sizes and hashes. */
static void test_hash(void **state)
{
    struct fixture *fixture = *state;
    fixture->config.keep_content = false;
    fixture->record.message = strdup("abc");
    fixture->record.message_size = 3;
    put(fixture);
    assert_string_equal(fixture->record.message_hash,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(fixture->entry.parts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_conversation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hash, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
