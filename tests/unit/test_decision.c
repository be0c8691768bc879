/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "decision.h"
#include "support.h"

#include <stdbool.h>
#include <nuncio/nuncio.h>

/* "One message, one charge", written down again from the design: what a failure of a class means. */
struct row {
    uint32_t error_class;
    enum decision send, open, learn, reconcile, ask, cancel;
};

/* clang-format off */
static const struct row rows[] = {
    /* Refused: nothing ran. RATE, BUSY and "not sent" wait and go again. */
    {NUNCIO_ERROR_INVALID, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    {NUNCIO_ERROR_AUTH, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_STOP, DECISION_STOP, DECISION_STOP},
    {NUNCIO_ERROR_FORBIDDEN, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_STOP, DECISION_STOP, DECISION_STOP},
    {NUNCIO_ERROR_CREDITS, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    {NUNCIO_ERROR_QUOTA, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    {NUNCIO_ERROR_NOT_FOUND, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_UNSEEN, DECISION_STOP, DECISION_STOP},
    {NUNCIO_ERROR_RATE, DECISION_RETRY, DECISION_RETRY, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    {NUNCIO_ERROR_BUSY, DECISION_RETRY, DECISION_RETRY, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    {NUNCIO_ERROR_UNREACHABLE, DECISION_RETRY, DECISION_RETRY, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    /* Accepted before. */
    {NUNCIO_ERROR_EXISTS, DECISION_ACCEPTED, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    /* The agent failed, or was stopped: these alone end a run that is asked about. */
    {NUNCIO_ERROR_AGENT, DECISION_FAIL, DECISION_FAIL, DECISION_FAIL,
     DECISION_FAIL, DECISION_FAIL, DECISION_STOP},
    {NUNCIO_ERROR_CANCELLED, DECISION_CANCELLED, DECISION_FAIL, DECISION_FAIL,
     DECISION_CANCELLED, DECISION_CANCELLED, DECISION_CANCELLED},
    /* Maybe sent. */
    {NUNCIO_ERROR_TIMEOUT, DECISION_AMBIGUOUS, DECISION_ONCE_MORE, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    {NUNCIO_ERROR_UNAVAILABLE, DECISION_AMBIGUOUS, DECISION_ONCE_MORE, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    {NUNCIO_ERROR_PROTOCOL, DECISION_AMBIGUOUS, DECISION_ONCE_MORE, DECISION_RETRY,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_ASK_AGAIN},
    {NUNCIO_ERROR_INTERNAL, DECISION_AMBIGUOUS, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    {NUNCIO_ERROR_INPUT_REQUIRED, DECISION_AMBIGUOUS, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
    {NUNCIO_ERROR_NONE, DECISION_AMBIGUOUS, DECISION_FAIL, DECISION_FAIL,
     DECISION_ASK_AGAIN, DECISION_ASK_AGAIN, DECISION_STOP},
};
/* clang-format on */

static void check(enum phase phase, const struct row *row, enum decision wanted)
{
    enum decision decision = decision_for(phase, row->error_class);
    if (decision != wanted)
        fail_msg("phase %d, class %s: %d instead of %d", (int)phase,
                 nuncio_error_class_name(row->error_class), (int)decision, (int)wanted);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(PHASE_SEND, &rows[i], rows[i].send);
        check(PHASE_OPEN, &rows[i], rows[i].open);
        check(PHASE_LEARN, &rows[i], rows[i].learn);
        check(PHASE_RECONCILE, &rows[i], rows[i].reconcile);
        check(PHASE_ASK, &rows[i], rows[i].ask);
        check(PHASE_CANCEL, &rows[i], rows[i].cancel);
    }
}

/* A class that is added must be thought about here too. */
static void test_every_class(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (size_t i = 0; i < COUNT(rows); i++)
        seen |= UINT32_C(1) << rows[i].error_class;
    for (uint32_t i = 0; i < 32; i++) {
        bool known = i == 0 || strcmp(nuncio_error_class_name(i), "none") != 0;
        assert_int_equal(known, (seen >> i) & 1);
    }
    assert_int_equal(PHASE_COUNT, 6);
}

/* What the promise hangs on, whatever the table says in detail. */
static void test_promises(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 32; i++) {
        enum decision send = decision_for(PHASE_SEND, i);
        bool refused = i == NUNCIO_ERROR_RATE || i == NUNCIO_ERROR_BUSY || i == NUNCIO_ERROR_UNREACHABLE;
        assert_int_equal(send == DECISION_RETRY, refused);
        assert_int_not_equal(send, DECISION_ONCE_MORE);
        assert_int_not_equal(send, DECISION_ASK_AGAIN);
        /* Once accepted only these two are final. */
        enum decision ask = decision_for(PHASE_ASK, i);
        assert_int_equal(ask == DECISION_FAIL, i == NUNCIO_ERROR_AGENT);
        assert_int_equal(ask == DECISION_CANCELLED, i == NUNCIO_ERROR_CANCELLED);
        assert_int_not_equal(ask, DECISION_AMBIGUOUS);
        assert_int_not_equal(ask, DECISION_RETRY);
    }
}

static void test_no_class(void **state)
{
    static const uint32_t wrong[] = {18, 99, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        for (int phase = 0; phase < PHASE_COUNT; phase++)
            assert_int_equal(decision_for((enum phase)phase, wrong[i]),
                             decision_for((enum phase)phase, NUNCIO_ERROR_INTERNAL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_promises),
        cmocka_unit_test(test_no_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
