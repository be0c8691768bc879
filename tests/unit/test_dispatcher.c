/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "dispatcher.h"
#include "support.h"

static const struct choice {
    uint64_t capabilities;
    bool conversation;
    const char *delivery, *wanted;
} choices[] = {
    /* The vendors' */
    {NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_HISTORY, false, NULL, "async-poll"},
    {NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_HISTORY, true, NULL, "thread+async-poll"},
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_CANCEL, false, NULL, "queued"},
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_CANCEL, true, NULL, "thread+queued"},
    {NUNCIO_SYNC | NUNCIO_THREADS, false, NULL, "sync"},
    {NUNCIO_SYNC | NUNCIO_THREADS, true, NULL, "thread+sync"},
    {NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_THREADS_REQUIRED, false, NULL, "thread+async-poll"},
    {NUNCIO_ASYNC_POLL | NUNCIO_THREADS_REQUIRED, true, NULL, "thread+async-poll"},
    /* The order of preference, and the caller's */
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC, false, NULL, "queued"},
    {NUNCIO_ASYNC_POLL | NUNCIO_SYNC, false, NULL, "async-poll"},
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC, false, "sync", "sync"},
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC, false, "async-poll", "async-poll"},
    {NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC, false, "queued", "queued"},
    {NUNCIO_QUEUED | NUNCIO_SYNC | NUNCIO_THREADS, true, "sync", "thread+sync"},
};

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(choices); i++) {
        const struct dispatcher_wish wish = {.capabilities = choices[i].capabilities,
                                             .conversation = choices[i].conversation,
                                             .delivery = choices[i].delivery};
        struct strategy strategy = {0};
        assert_int_equal(dispatcher_choose(&wish, &strategy, NULL), 0);
        assert_string_equal(strategy_name(&strategy), choices[i].wanted);
        assert_int_not_equal(strategy.delivery & wish.capabilities, 0);
    }
}

static void check_refused(uint64_t capabilities, bool conversation, bool attachments, const char *delivery,
                          const char *text)
{
    const struct dispatcher_wish wish = {capabilities, conversation, attachments, delivery};
    struct strategy strategy = {.delivery = 77};
    struct nuncio_failure failure = {.error_class = 99};
    assert_int_equal(dispatcher_choose(&wish, &strategy, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, text);
    assert_int_equal(strategy.delivery, 77);
}

static void test_impossible(void **state)
{
    (void)state;
    check_refused(NUNCIO_QUEUED | NUNCIO_ASYNC_POLL, false, false, "sync",
                  "strategy 'sync' is not possible here; possible: queued, async-poll");
    check_refused(NUNCIO_SYNC, false, false, "queued", "possible: sync");
    check_refused(NUNCIO_SYNC, false, false, "thread+sync", "possible: sync");
    check_refused(NUNCIO_SYNC, false, false, "", "strategy ''");
    check_refused(NUNCIO_SYNC, true, false, NULL, "no conversations");
    check_refused(NUNCIO_SYNC | NUNCIO_THREADS, false, true, NULL, "no attachments");
    check_refused(NUNCIO_THREADS | NUNCIO_HISTORY, false, false, NULL, "no way to deliver");
    check_refused(0, false, false, "sync", "possible: ");
}

static void test_attachments(void **state)
{
    const struct dispatcher_wish wish = {.capabilities = NUNCIO_SYNC | NUNCIO_ATTACHMENTS,
                                         .attachments = true};
    struct strategy strategy;
    (void)state;
    assert_int_equal(dispatcher_choose(&wish, &strategy, NULL), 0);
    assert_string_equal(strategy_name(&strategy), "sync");
}

static void test_reasons(void **state)
{
    struct dispatcher_wish wish = {.capabilities = NUNCIO_QUEUED | NUNCIO_ASYNC_POLL | NUNCIO_SYNC};
    struct strategy strategy = {.delivery = NUNCIO_QUEUED};
    (void)state;
    assert_holds(strategy_delivery_reason(&wish, &strategy), "queue");
    strategy.delivery = NUNCIO_ASYNC_POLL;
    assert_holds(strategy_delivery_reason(&wish, &strategy), "asked for the reply");
    strategy.delivery = NUNCIO_SYNC;
    assert_holds(strategy_delivery_reason(&wish, &strategy), "response holds the reply");
    wish.delivery = "sync";
    assert_holds(strategy_delivery_reason(&wish, &strategy), "--strategy");

    assert_holds(strategy_thread_reason(&wish, &strategy), "of its own");
    strategy.thread = true;
    assert_holds(strategy_thread_reason(&wish, &strategy), "is continued");
    wish.capabilities |= NUNCIO_THREADS_REQUIRED;
    assert_holds(strategy_thread_reason(&wish, &strategy), "requires");
}

/* A strategy that was never chosen still has a name: nothing crashes on it. */
static void test_undefined(void **state)
{
    const struct strategy strategy = {.delivery = NUNCIO_STREAM};
    (void)state;
    assert_string_equal(strategy_name(&strategy), "sync");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices), cmocka_unit_test(test_impossible), cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_reasons), cmocka_unit_test(test_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
