/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "machine.h"

static void finish(struct machine *machine)
{
    interaction_finish(&machine->interaction);
}

static void test_poll_intervals(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine.interaction.patience_end = INT64_MAX;
    machine_send(&machine);
    machine_wait(&machine, "t1");
    int64_t accepted = machine.now;
    int polls = 0;
    while (machine.now - accepted < 600000) {
        int64_t before = machine.now;
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
        int64_t waited = machine.now - before;
        assert_in_range(waited, 250, 33000);
        assert_true(waited <= 275 || waited <= (machine.now - accepted) * 2 / 7);
        polls++;
        machine_wait(&machine, NULL);
    }
    assert_in_range(polls, 20, 60);

    struct outcome outcome = machine_outcome(NUNCIO_WAIT);
    outcome.wait_state = NUNCIO_STATE_QUEUED;
    outcome.queue_position = 3;
    outcome.hint_ms = 40000;
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_give(&machine, &outcome, 200, 50000);
    assert_state(&machine, "queued");
    assert_int_equal(machine.interaction.record.queue_position, 3);
    assert_int_equal(machine_next(&machine), ACTION_WAIT);
    assert_true(machine.until - machine.now >= 50000);
    finish(&machine);
}

/* The shortest waits leave nothing to spread. */
static void test_least_interval(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine.interaction.policy.poll_min_ms = 1;
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_next(&machine), ACTION_WAIT);
    assert_int_equal(machine.until, machine.now + 1);
    finish(&machine);
}

/* While a step is under way nothing else is due, not even the end of patience. */
static void test_running(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine.now += 2 * PATIENCE_MS;
    assert_int_equal(machine_next(&machine), ACTION_WAIT);
    assert_true(machine.until == INT64_MAX);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_state(&machine, "processing");
    finish(&machine);
}

static void test_endless_give_up(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine.interaction.policy.give_up_ms = INT64_MAX;
    machine.interaction.patience_end = INT64_MAX;
    machine_send(&machine);
    machine_wait(&machine, "t1");
    machine.now += INT64_C(1000) * 365 * 86400000;
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    finish(&machine);
}

/* A conversation that is not ready yet is asked about again, not before the vendor's advice. */
static void test_advice_before_send(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_THREADS_REQUIRED);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
    struct outcome outcome = machine_outcome(NUNCIO_WAIT);
    outcome.wait_state = NUNCIO_STATE_PROCESSING;
    outcome.hint_ms = 7000;
    machine_give(&machine, &outcome, 200, -1);
    int64_t before = machine.now;
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
    assert_true(machine.now - before >= 7000);
    finish(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poll_intervals),
        cmocka_unit_test(test_least_interval),
        cmocka_unit_test(test_running),
        cmocka_unit_test(test_endless_give_up),
        cmocka_unit_test(test_advice_before_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
