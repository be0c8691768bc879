/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* A record by way of a real store, and rows that no nuncio has written. */
#include "journaling.h"

#include <float.h>

#define ID "01AAAAAAAAAAAAAAAAAAAAAAAA"

static struct journaling world;
static struct journal *journal;
static struct nuncio_failure failure;

static int setup(void **state)
{
    (void)state;
    journaling_start(&world, "");
    journal = &world.a.nuncio->journal;
    return journal_open(journal, JOURNAL_WRITE, &failure);
}

static int teardown(void **state)
{
    (void)state;
    journaling_stop(&world);
    return 0;
}

static void fill(struct record *record)
{
    record_init(record);
    memcpy(record->id, ID, NUNCIO_ID_SIZE);
    record->agent = strdup("research");
    record->provider = strdup("sales");
    record->plugin = strdup("chat");
}

static void put(struct record *record, bool owned)
{
    struct journal_entry entry = {0};
    assert_int_equal(journal_begin(journal, false, &failure), 0);
    if (journal_put(journal, record, &entry, owned, &failure) < 0)
        fail_msg("%s", failure.text);
    assert_int_equal(journal_commit(journal, &failure), 0);
    journal_settled(&entry, true);
    journal_entry_finish(&entry);
}

static void get(struct record *ret_record, struct journal_view *ret_view)
{
    record_init(ret_record);
    if (journal_get(journal, ID, ret_record, ret_view, &failure) != 1)
        fail_msg("%s", failure.text);
}

/* All texts of a record. */
static void texts_of(struct record *record, char **ret_texts[19])
{
    char **texts[] = {
        &record->agent,        &record->agent_id,   &record->provider,     &record->plugin,
        &record->message,      &record->reply,      &record->reply_json,   &record->conversation_name,
        &record->conversation, &record->ticket,     &record->cursor,       &record->last_cursor,
        &record->again_of,     &record->error_code, &record->error_text,   &record->warning,
        &record->attachments,  &record->reply_hash, &record->message_hash,
    };
    memcpy(ret_texts, texts, sizeof(texts));
}

static void check_texts(struct record *kept, struct record *wanted)
{
    char **left[19], **right[19];
    texts_of(kept, left);
    texts_of(wanted, right);
    for (size_t i = 0; i < 19; i++) {
        if (*right[i])
            assert_string_equal(*left[i], *right[i]);
        else
            assert_null(*left[i]);
    }
}

static void check_value(const char *value)
{
    struct record record, kept;
    struct journal_view view;
    char **texts[19];
    fill(&record);
    texts_of(&record, texts);
    for (size_t i = 0; i < 19; i++) {
        if (!*texts[i] || value)
            assert_true(text_assign(texts[i], nuncio_slice(value)));
    }
    record.message_size = value ? (int64_t)strlen(value) : 0;
    record.reply_size = value ? strlen(value) : 0;
    put(&record, false);
    get(&kept, &view);
    check_texts(&kept, &record);
    assert_int_equal(kept.message_size, record.message_size);
    assert_int_equal(kept.reply_size, record.reply_size);
    record_finish(&kept);
    record_finish(&record);
}

/* Each text is kept as it is, and absent differs from empty. */
static void test_no_texts(void **state)
{
    (void)state;
    check_value(NULL);
}

static void test_empty_texts(void **state)
{
    (void)state;
    check_value("");
}

static void test_texts(void **state)
{
    (void)state;
    check_value("caf\xc3\xa9 \xf0\x9f\x98\x80 'quoted' \"so\" \n\t\x01");
}

/* Numbers at their limits. */
static void test_numbers(void **state)
{
    struct record record, kept;
    struct journal_view view;
    (void)state;
    fill(&record);
    record.strategy = (struct strategy){.delivery = NUNCIO_ASYNC_POLL, .thread = true};
    record.state = NUNCIO_INTERACTION_UNKNOWN;
    record.key_number = UINT32_MAX;
    record.cursor_state = NUNCIO_CURSOR_KNOWN;
    record.queue_position = INT64_MAX;
    record.usage = (struct usage){INT64_MAX, 0, -1, DBL_MAX, 0.1};
    record.sends = record.polls = record.steps = INT64_MAX - 1;
    record.created_at = 1;
    record.finished_at = INT64_MAX;
    record.error_class = NUNCIO_ERROR_UNREACHABLE;
    record.error_status = 599;
    record.continued = record.want_json = record.fresh = record.remote = record.opening = true;
    put(&record, false);
    get(&kept, &view);
    assert_int_equal(view.state, NUNCIO_INTERACTION_UNKNOWN);
    assert_string_equal(view.id, ID);
    assert_string_equal(strategy_name(&kept.strategy), "thread+async-poll");
    assert_int_equal(kept.state, record.state);
    assert_int_equal(kept.key_number, UINT32_MAX);
    assert_int_equal(kept.cursor_state, NUNCIO_CURSOR_KNOWN);
    assert_int_equal(kept.queue_position, INT64_MAX);
    assert_int_equal(kept.usage.input_tokens, INT64_MAX);
    assert_int_equal(kept.usage.output_tokens, 0);
    assert_int_equal(kept.usage.total_tokens, -1);
    assert_true(kept.usage.cost_usd == DBL_MAX && kept.usage.credits == 0.1);
    assert_int_equal(kept.sends, record.sends);
    assert_int_equal(kept.polls, record.polls);
    assert_int_equal(kept.steps, record.steps);
    assert_int_equal(kept.created_at, 1);
    assert_int_equal(kept.finished_at, INT64_MAX);
    assert_int_equal(kept.error_class, NUNCIO_ERROR_UNREACHABLE);
    assert_int_equal(kept.error_status, 599);
    assert_true(kept.continued && kept.want_json && kept.fresh && kept.remote && kept.opening);
    assert_false(kept.repeatable || kept.last_cursor_set);
    record_finish(&kept);
    record_finish(&record);
}

/* A reply may hold what is no text. */
static void test_bytes(void **state)
{
    struct record record, kept;
    struct journal_view view;
    (void)state;
    fill(&record);
    record.reply = malloc(5);
    assert_non_null(record.reply);
    memcpy(record.reply, "a\0b\0", 5);
    record.reply_size = 4;
    put(&record, false);
    get(&kept, &view);
    assert_int_equal(kept.reply_size, 4);
    assert_memory_equal(kept.reply, "a\0b\0", 5);
    record_finish(&kept);
    record_finish(&record);
}

/* Who works on it. */
static void test_owner(void **state)
{
    struct record record, kept;
    struct journal_view view;
    (void)state;
    fill(&record);
    record.state = NUNCIO_INTERACTION_SENDING;
    put(&record, true);
    get(&kept, &view);
    assert_int_equal(view.holder, JOURNAL_US);
    assert_string_equal(view.owner, journal->owner.id);
    record_finish(&kept);
    struct nuncio_slice us = nuncio_slice(journal->owner.id), nobody = {NULL, 0};
    assert_int_equal(journal_take(journal, ID, nobody, &failure), 0);
    assert_int_equal(journal_take(journal, ID, nuncio_slice("77"), &failure), 0);
    assert_int_equal(journal_take(journal, "01B", us, &failure), 0);
    assert_int_equal(journal_take(journal, ID, us, &failure), 1);

    struct journal *other = &world.b.nuncio->journal;
    assert_int_equal(journal_open(other, JOURNAL_WRITE, &failure), 0);
    record_init(&kept);
    assert_int_equal(journal_get(other, ID, &kept, &view, &failure), 1);
    assert_int_equal(view.holder, JOURNAL_OTHER);
    record_finish(&kept);
    put(&record, false);
    assert_int_equal(journal_take(other, ID, nobody, &failure), 1);
    assert_int_equal(journal_take(journal, ID, nobody, &failure), 0); /* one alone gets it */
    get(&kept, &view);
    assert_int_equal(view.holder, JOURNAL_OTHER);
    record_finish(&kept);
    journaling_kill(&world.b);
    get(&kept, &view);
    assert_int_equal(view.holder, JOURNAL_NOBODY);
    assert_int_equal(journal_take(journal, ID, nuncio_slice(view.owner), &failure), 1);
    record_finish(&kept);
    record_finish(&record);
}

/* What no nuncio has written is refused, and says so. */
static void test_damaged(void **state)
{
    static const struct {
        const char *id, *strategy, *provider;
        int64_t state;
    } rows[] = {
        {ID, "by-pigeon", "sales", 0}, {ID, "sync", "sales", 8},
        {ID, "sync", "sales", -1},     {ID, NULL, "sales", 0},
        {ID, "sync", NULL, 0},         {"short", "sync", "sales", 0},
        {ID "A", "sync", "sales", 0},  {ID, "sync", "sales", INT64_MAX},
    };
    const struct nuncio_filter all = {.size = sizeof(all)};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct nuncio_store_interaction row = {
            .size = sizeof(row),
            .id = nuncio_slice(rows[i].id),
            .agent = nuncio_slice("research"),
            .plugin = nuncio_slice("chat"),
            .provider = nuncio_slice(rows[i].provider),
            .strategy = nuncio_slice(rows[i].strategy),
            .state = rows[i].state,
        };
        struct journal_view view;
        struct record record;
        char wanted[256];
        record_init(&record);
        assert_false(journal_row_read(&row, &record));
        assert_int_equal(journal_begin(journal, false, &failure), 0);
        assert_int_equal(journal->store->put(journal->handle, &row, 0, NULL), NUNCIO_STORE_OK);
        assert_int_equal(journal_commit(journal, &failure), 0);
        assert_int_equal(journal_get(journal, rows[i].id, &record, &view, &failure), -1);
        snprintf(wanted, sizeof(wanted),
                 "the journal's row of interaction %s is damaged; see 'nuncio journal check'", rows[i].id);
        assert_string_equal(failure.text, wanted);
        assert_int_equal(nuncio_take_up(world.a.nuncio, rows[i].id, 0, 0, &failure), -1);
        record_finish(&record);
    }
    assert_int_equal(nuncio_each_interaction(world.a.nuncio, &all, NULL, NULL, &failure), -1);
    assert_string_equal(failure.text, "the journal has rows that cannot be read; see 'nuncio journal check'");
}

/* A row of an older store ends before what is new, one of a newer store has more. */
static void test_sizes(void **state)
{
    struct {
        struct nuncio_store_interaction row;
        char more[64];
    } newer = {.row = {.size = sizeof(newer)}};
    struct nuncio_store_interaction older;
    struct record record, kept;
    (void)state;
    fill(&record);
    const struct journal_entry none = {0};
    journal_row(&record, &none, "7", &older);
    newer.row = older;
    newer.row.size = sizeof(newer);
    assert_true(journal_row_read(&newer.row, &kept));
    assert_string_equal(kept.agent, "research");
    record_finish(&kept);
    older.message = older.reply = nuncio_slice("not there");
    older.size = offsetof(struct nuncio_store_interaction, message);
    assert_true(journal_row_read(&older, &kept));
    assert_null(kept.message);
    assert_null(kept.reply);
    record_finish(&kept);
    record_finish(&record);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_no_texts), CASE(test_empty_texts), CASE(test_texts),   CASE(test_numbers),
        CASE(test_bytes),    CASE(test_owner),       CASE(test_damaged), CASE(test_sizes),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
