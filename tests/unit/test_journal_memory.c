/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* The journal with every allocation failing in turn: it says so, nothing is told that is not so, and nothing is left
   behind. */
#include "fixture.h"
#include "journal.h"
#include "scarce.h"
#include "state_dir.h"
#include "support.h"
#include "text.h"

static char memory[] = "memory";
static struct config config = {.store = memory};
static struct journal journal;
static struct nuncio_failure failure;
static struct record record;

static int setup(void **state)
{
    (void)state;
    config.keep_content = true;
    journal_init(&journal, &config, NULL);
    record_init(&record);
    memcpy(record.id, "01AAAAAAAAAAAAAAAAAAAAAAAA", NUNCIO_ID_SIZE);
    record.provider = strdup("sales");
    record.agent = strdup("research");
    record.plugin = strdup("chat");
    record.message = strdup("hello");
    record.message_size = 5;
    record.reply = strdup("hi");
    record.reply_size = 2;
    record.conversation_name = strdup("brief");
    record.conversation = strdup("c1");
    record.last_cursor = strdup("m1");
    record.last_cursor_set = true;
    record.state = NUNCIO_INTERACTION_PROCESSING;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    journal_close(&journal);
    record_finish(&record);
    return 0;
}

/* As in test_memory.c; what a store says of it is another wording. */
static void each_allocation(int (*attempt)(void))
{
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        unsigned failures = 1;
        for (unsigned nth = 1; failures > 0; nth++) {
            long left = 0;
            memset(&failure, 0, sizeof failure);
            scarce_begin(nth, for_ever);
            int result = attempt();
            failures = scarce_end(&left);
            if (result != (failures > 0 ? -1 : 0))
                print_error("allocation %u: %d, %s\n", nth, result, failure.text);
            assert_int_equal(result, failures > 0 ? -1 : 0);
            if (failures > 0)
                assert_holds(failure.text, "out of memory");
            assert_true(left <= 0);
        }
    }
}

static int open_it(void)
{
    int result = journal_open(&journal, JOURNAL_WRITE, &failure);
    journal_close(&journal);
    return result;
}

static void test_open(void **state)
{
    (void)state;
    each_allocation(open_it);
}

/* An interaction whose conversation has become known, to its end. */
static int put(void)
{
    struct journal_entry entry = {0};
    int result = journal_open(&journal, JOURNAL_WRITE, &failure);
    record.state = NUNCIO_INTERACTION_PROCESSING;
    for (int i = 0; i < 2 && result == 0; i++) {
        result = journal_put(&journal, &record, &entry, true, &failure);
        journal_settled(&entry, result == 0);
        record.state = NUNCIO_INTERACTION_COMPLETED;
    }
    journal_entry_finish(&entry);
    journal_close(&journal);
    return result;
}

static void test_put(void **state)
{
    (void)state;
    each_allocation(put);
}

static int put_hashed(void)
{
    free(record.message_hash);
    free(record.reply_hash);
    record.message_hash = record.reply_hash = NULL;
    return put();
}

static int hash(void)
{
    int result = record_hash_content(&record) ? 0 : failure_memory(&failure);
    free(record.message_hash);
    free(record.reply_hash);
    record.message_hash = record.reply_hash = NULL;
    return result;
}

static void test_not_kept(void **state)
{
    (void)state;
    each_allocation(hash);
    config.keep_content = false;
    assert_int_equal(put_hashed(), 0);
}

static int read_row(void)
{
    const struct journal_entry none = {0};
    struct nuncio_store_interaction row;
    struct record copy;
    journal_row(&record, &none, NULL, &row);
    if (!journal_row_read(&row, &copy))
        return failure_memory(&failure);
    record_finish(&copy);
    return 0;
}

static void test_row(void **state)
{
    (void)state;
    each_allocation(read_row);
}

static int ask_place(void)
{
    struct conversation_place place;
    int result = journal_conversation(&journal, &record, NULL, &place, &failure);
    if (result == 0)
        conversation_place_finish(&place);
    return result;
}

static void test_place(void **state)
{
    struct journal_entry entry = {0};
    (void)state;
    assert_int_equal(journal_open(&journal, JOURNAL_WRITE, &failure), 0);
    record.state = NUNCIO_INTERACTION_COMPLETED;
    assert_int_equal(journal_put(&journal, &record, &entry, true, &failure), 0);
    journal_settled(&entry, true);
    journal_entry_finish(&entry);
    /* The store's own keys come from the C library, whose allocations do not fail here. */
    each_allocation(ask_place);
}

static int make_directory(void)
{
    int result = state_dir_make(fixture_text("$/one/two"), &failure);
    (void)rmdir("one/two");
    (void)rmdir("one");
    return result;
}

static void test_directory(void **state)
{
    (void)state;
    each_allocation(make_directory);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_open), CASE(test_put),   CASE(test_not_kept),
        CASE(test_row),  CASE(test_place), CASE(test_directory),
    };
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
