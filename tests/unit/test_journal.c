/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"
#include "support.h"

/* Counts what it is told; the record stays the caller's. */
static void test_commits(void **state)
{
    struct journal journal = {.commits = 77};
    struct record record;
    (void)state;
    assert_int_equal(journal_open(&journal, NULL), 0);
    assert_int_equal(journal.commits, 0);
    record_init(&record);
    record.message = strdup("hello");
    assert_int_equal(journal_commit(&journal, &record, NULL), 0);
    record.state = NUNCIO_INTERACTION_SENDING;
    assert_int_equal(journal_commit(&journal, &record, NULL), 0);
    assert_int_equal(journal.commits, 2);
    assert_string_equal(record.message, "hello");
    assert_int_equal(record.state, NUNCIO_INTERACTION_SENDING);
    record_finish(&record);
    journal_close(&journal);
    assert_int_equal(journal.commits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
