/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "machine.h"

static void finish(struct machine *machine)
{
    interaction_finish(&machine->interaction);
}

/* ---- What may have been sent is looked for, and never sent again ------------------------------------------- */

static void check_found(enum transport transport, uint32_t class_)
{
    struct machine machine;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    if (transport == TRANSPORT_ANSWERED)
        machine_fail(&machine, class_, 500, -1);
    else
        machine_transport(&machine, transport, class_);
    assert_state(&machine, "sending");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    assert_int_equal(machine.purpose, NUNCIO_RECONCILE);
    machine_verdict(&machine, NUNCIO_UNSEEN);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_done(&machine, "found");
    assert_state(&machine, "completed");
    assert_string_equal(machine.interaction.record.reply, "found");
    assert_int_equal(machine.interaction.record.sends, 1);
    finish(&machine);
}

static void test_ambiguous_is_found(void **state)
{
    (void)state;
    check_found(TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    check_found(TRANSPORT_BROKEN, NUNCIO_ERROR_TIMEOUT);
    check_found(TRANSPORT_ANSWERED, NUNCIO_CLASS_UNAVAILABLE);
    check_found(TRANSPORT_ANSWERED, NUNCIO_CLASS_TIMEOUT);
    check_found(TRANSPORT_ANSWERED, NUNCIO_CLASS_PROTOCOL);
    check_found(TRANSPORT_ANSWERED, NUNCIO_CLASS_INTERNAL);
    check_found(TRANSPORT_ANSWERED, NUNCIO_CLASS_EXISTS);
}

static void test_found_without_reply(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_fail(&machine, NUNCIO_CLASS_TIMEOUT, 408, -1);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_wait(&machine, NULL);
    assert_state(&machine, "processing");
    machine.now += 20000; /* the time for looking is over, but it is found */
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    assert_int_equal(machine.purpose, NUNCIO_RECONCILE);
    machine_verdict(&machine, NUNCIO_UNSEEN); /* seen once is seen */
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_done(&machine, "late");
    assert_state(&machine, "completed");
    finish(&machine);
}

static void test_not_found_is_unknown(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    int64_t broke = machine.now;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    int asked = 0;
    while (machine_run(&machine) == NUNCIO_STEP_HISTORY) {
        asked++;
        if (asked % 2)
            machine_fail(&machine, NUNCIO_CLASS_NOT_FOUND, 404, -1);
        else
            machine_verdict(&machine, NUNCIO_UNSEEN);
    }
    assert_state(&machine, "unknown");
    assert_in_range(machine.now - broke, 10000, 10001);
    assert_in_range(asked, 3, 10);
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_UNAVAILABLE);
    assert_holds(machine.interaction.record.error_text, "never sent again");
    finish(&machine);
}

/* A conversation that is busy may be busy with our message. */
static void test_busy_while_looking(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    for (int64_t broke = machine.now; machine.now - broke < 25000;) {
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
        machine_fail(&machine, NUNCIO_CLASS_BUSY, 200, -1);
    }
    assert_state(&machine, "sending");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_done(&machine, "late");
    assert_state(&machine, "completed");
    finish(&machine);
}

static void test_nothing_to_look_with(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    machine_send(&machine);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "unknown");
    finish(&machine);

    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_state(&machine, "unknown");
    finish(&machine);

    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_fail(&machine, NUNCIO_CLASS_AUTH, 401, -1);
    assert_state(&machine, "unknown");
    finish(&machine);
}

/* ---- When patience ends ------------------------------------------------------------------------------------ */

static void test_patience_nothing_left(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    while (machine_run(&machine))
        machine_transport(&machine, TRANSPORT_NOT_SENT, NUNCIO_ERROR_UNREACHABLE);
    assert_state(&machine, "failed");
    assert_int_equal(machine.now, 1000 + PATIENCE_MS);
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_UNREACHABLE);
    assert_holds(machine.interaction.record.error_text, "the line broke");
    assert_holds(machine.interaction.record.error_text, "nothing was sent");
    finish(&machine);

    machine_start(&machine, NUNCIO_SYNC);
    while (machine_run(&machine)) {
        interaction_leaves(&machine.interaction);
        machine_fail(&machine, NUNCIO_CLASS_BUSY, 409, -1);
    }
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_BUSY);
    assert_int_equal(machine.interaction.record.sends, 0);
    finish(&machine);

    machine_start(&machine, NUNCIO_SYNC);
    machine.now += PATIENCE_MS; /* nothing was tried at all */
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_UNREACHABLE);
    finish(&machine);
}

static void test_patience_accepted(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    while (machine_run(&machine))
        machine_wait(&machine, NULL);
    assert_state(&machine, "processing");
    assert_true(machine.interaction.ended);
    assert_int_equal(machine.interaction.record.finished_at, -1);
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_TIMEOUT);
    assert_holds(machine.interaction.record.error_text, "t1");
    finish(&machine);
}

/* The run goes on, but looking at it fails: that is what must be mended. */
static void test_patience_names_the_trouble(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    while (machine_run(&machine))
        machine_fail(&machine, NUNCIO_CLASS_UNAVAILABLE, 503, -1);
    assert_state(&machine, "processing");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_TIMEOUT);
    assert_int_equal(machine.interaction.record.error_status, 503);
    assert_holds(machine.interaction.record.error_text, "the vendor's words");
    assert_holds(machine.interaction.record.error_text, "t1");
    finish(&machine);
}

/* A poll that patience itself cuts off is no trouble to tell of. */
static void test_patience_cuts_poll(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine.now = 1000 + PATIENCE_MS;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_TIMEOUT);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "processing");
    assert_null(strstr(machine.interaction.record.error_text, "the line broke"));
    finish(&machine);
}

/* A held request that patience cuts off may have been sent; there is no time left to look for it. */
static void test_patience_cuts_sync(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.now += PATIENCE_MS;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_TIMEOUT);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "unknown");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_TIMEOUT);
    finish(&machine);
}

static void test_patience_cuts_looking(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.now += PATIENCE_MS - 2000;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    while (machine_run(&machine))
        machine_verdict(&machine, NUNCIO_UNSEEN);
    assert_state(&machine, "unknown");
    assert_int_equal(machine.now, 1000 + PATIENCE_MS);
    finish(&machine);
}

static void test_give_up(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine.interaction.patience_end = INT64_MAX;
    machine_send(&machine);
    machine_wait(&machine, "t1");
    while (machine_run(&machine))
        machine_wait(&machine, NULL);
    assert_state(&machine, "unknown");
    assert_true(machine.now >= 1000 + 86400000);
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_TIMEOUT);
    finish(&machine);
}

static void test_endless_patience(void **state)
{
    struct machine machine;
    (void)state;
    machine_init(&machine, NUNCIO_SYNC);
    machine.interaction.policy.give_up_ms = INT64_MAX;
    interaction_start(&machine.interaction, machine.now, INT64_MAX, 42);
    interaction_prepare(&machine.interaction, machine.now);
    assert_true(machine.interaction.patience_end == INT64_MAX);
    machine_send(&machine);
    finish(&machine);
}

static void test_detach(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    interaction_detach(&machine.interaction, machine.now);
    assert_state(&machine, "failed");
    interaction_detach(&machine.interaction, machine.now + 5); /* twice is once */
    assert_int_equal(machine.interaction.record.finished_at, 5000000);
    finish(&machine);

    machine_start(&machine, ASKS);
    machine_send(&machine);
    interaction_detach(&machine.interaction, machine.now);
    assert_state(&machine, "unknown");
    finish(&machine);

    /* While it is looked for, the trouble that made that needful is what is told. */
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    interaction_detach(&machine.interaction, machine.now);
    assert_state(&machine, "unknown");
    assert_holds(machine.interaction.record.error_text, "the line broke");
    finish(&machine);

    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    interaction_detach(&machine.interaction, machine.now);
    assert_state(&machine, "processing");
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    finish(&machine);
}

/* ---- Replies ------------------------------------------------------------------------------------------------ */

static void test_parses_the_reply(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    machine.interaction.record.want_json = true;
    machine_send(&machine);
    machine_done(&machine, "{ \"a\": 12345678901234567890 }");
    assert_string_equal(machine.interaction.record.reply_json, "{\"a\":12345678901234567890}");
    assert_null(machine.interaction.record.warning);
    finish(&machine);

    machine_start(&machine, NUNCIO_SYNC);
    machine.interaction.record.want_json = true;
    machine_send(&machine);
    machine_done(&machine, "no JSON");
    assert_state(&machine, "completed");
    assert_null(machine.interaction.record.reply_json);
    assert_holds(machine.interaction.record.warning, "not JSON");
    finish(&machine);
}

static void test_out_of_memory(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    interaction_out_of_memory(&machine.interaction, machine.now);
    assert_state(&machine, "failed");
    finish(&machine);

    machine_start(&machine, ASKS);
    machine_send(&machine);
    interaction_out_of_memory(&machine.interaction, machine.now);
    assert_state(&machine, "unknown");
    finish(&machine);

    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    interaction_out_of_memory(&machine.interaction, machine.now);
    assert_state(&machine, "processing");
    assert_true(machine.interaction.ended);
    finish(&machine);

    machine_start(&machine, NUNCIO_SYNC);
    machine_send(&machine);
    struct outcome outcome = machine_outcome(NUNCIO_DONE);
    outcome.reply.failed = 1;
    outcome.reply_set = true;
    machine_give(&machine, &outcome, 200, -1);
    assert_state(&machine, "unknown"); /* it ran, and what it said is lost */
    finish(&machine);
}

/* The sum is made where the vendor does not tell it, and where it is a number. */
static void test_total_tokens(void **state)
{
    static const struct {
        int64_t input, output, total, wanted;
    } rows[] = {
        {3, 4, -1, 7}, {3, 4, 9, 9}, {-1, 4, -1, -1}, {3, -1, -1, -1}, {INT64_MAX, 1, -1, -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct machine machine;
        machine_start(&machine, NUNCIO_SYNC);
        machine_send(&machine);
        struct outcome outcome = machine_outcome(NUNCIO_DONE);
        buffer_append_text(&outcome.reply, "hi");
        outcome.usage.input_tokens = rows[i].input;
        outcome.usage.output_tokens = rows[i].output;
        outcome.usage.total_tokens = rows[i].total;
        machine_give(&machine, &outcome, 200, -1);
        assert_true(machine.interaction.record.usage.total_tokens == rows[i].wanted);
        finish(&machine);
    }
}

/* ---- The promise, against arbitrary vendors, plugins and networks ------------------------------------------ */

static uint64_t randomness = 88172645463325252u;

static uint32_t choose(uint32_t count)
{
    randomness ^= randomness << 13;
    randomness ^= randomness >> 7;
    randomness ^= randomness << 17;
    return (uint32_t)(randomness % count);
}

/* Anything may come back: any verdict, any class, any break of the line. */
static void give_anything(struct machine *machine)
{
    static const int32_t verdicts[] = {NUNCIO_DONE, NUNCIO_NEXT, NUNCIO_WAIT, NUNCIO_UNSEEN, NUNCIO_WAIT};
    switch (choose(4)) {
    case 0:
        machine_transport(machine,
                          machine->interaction.left || machine->step != NUNCIO_STEP_SEND ? TRANSPORT_BROKEN
                                                                                         : TRANSPORT_NOT_SENT,
                          NUNCIO_ERROR_UNAVAILABLE);
        break;
    case 1:
        machine_fail(machine, 1 + choose(17), 200 + (int32_t)choose(400),
                     choose(2) ? -1 : (int64_t)choose(5000));
        break;
    default: {
        struct outcome outcome = machine_outcome(verdicts[choose(COUNT(verdicts))]);
        outcome.next_step = 1 + choose(7);
        outcome.wait_state = 1 + choose(2);
        if (choose(2))
            assert_true(text_assign(&outcome.ticket, nuncio_slice("t")));
        if (choose(2))
            assert_true(text_assign(&outcome.conversation, nuncio_slice("c")));
        buffer_append_text(&outcome.reply, "r");
        machine_give(machine, &outcome, 200, -1);
    }
    }
}

/* How one step of SEND ended, as the vendor saw it. */
static bool definitely_not_run(const struct interaction *before, const struct interaction *after)
{
    return after->record.sends == before->record.sends - 1;
}

static void test_never_two_sends(void **state)
{
    static const uint64_t kinds[] = {NUNCIO_SYNC, ASKS, ASKS | NUNCIO_HISTORY, NUNCIO_SYNC | NUNCIO_HISTORY,
                                     ASKS | NUNCIO_HISTORY | NUNCIO_THREADS_REQUIRED | NUNCIO_CANCEL};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct machine machine;
        machine_init(&machine, kinds[choose(COUNT(kinds))]);
        machine.interaction.policy.learn_first = choose(2);
        interaction_start(&machine.interaction, machine.now, PATIENCE_MS, choose(1000));
        interaction_prepare(&machine.interaction, machine.now);
        int open_sends = 0; /* SENDs that may have run */
        for (int steps = 0; steps < 200 && machine_run(&machine); steps++) {
            struct interaction before = machine.interaction;
            if (machine.step == NUNCIO_STEP_SEND) {
                assert_int_equal(open_sends, 0);
                interaction_leaves(&machine.interaction);
                before = machine.interaction;
                open_sends++;
            }
            give_anything(&machine);
            if (before.step == NUNCIO_STEP_SEND && definitely_not_run(&before, &machine.interaction))
                open_sends--;
            assert_int_equal(machine.interaction.record.sends, open_sends);
            if (open_sends == 0 && machine.interaction.ended)
                assert_true(record_is_final(&machine.interaction.record));
            if (machine.interaction.record.state == NUNCIO_INTERACTION_UNKNOWN)
                assert_int_equal(open_sends, 1);
        }
        finish(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ambiguous_is_found),    cmocka_unit_test(test_found_without_reply),
        cmocka_unit_test(test_not_found_is_unknown),  cmocka_unit_test(test_busy_while_looking),
        cmocka_unit_test(test_nothing_to_look_with),  cmocka_unit_test(test_patience_nothing_left),
        cmocka_unit_test(test_patience_accepted),     cmocka_unit_test(test_patience_names_the_trouble),
        cmocka_unit_test(test_patience_cuts_poll),    cmocka_unit_test(test_patience_cuts_sync),
        cmocka_unit_test(test_patience_cuts_looking), cmocka_unit_test(test_give_up),
        cmocka_unit_test(test_endless_patience),      cmocka_unit_test(test_detach),
        cmocka_unit_test(test_parses_the_reply),      cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_total_tokens),          cmocka_unit_test(test_never_two_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
