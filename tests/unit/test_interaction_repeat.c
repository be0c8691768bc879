/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "machine.h"

static void finish(struct machine *machine)
{
    interaction_finish(&machine->interaction);
}

/* A request that the vendor recognises by its key is repeated, with the same key, once HISTORY shows nothing. */
static void test_repeatable(void **state)
{
    struct machine machine;
    char key[RECORD_KEY_SIZE], again[RECORD_KEY_SIZE];
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.interaction.record.repeatable = true;
    record_key(&machine.interaction.record, key);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    int64_t broke = machine.now;
    uint32_t step;
    while ((step = machine_run(&machine)) == NUNCIO_STEP_HISTORY)
        machine_verdict(&machine, NUNCIO_UNSEEN);
    assert_int_equal(step, NUNCIO_STEP_SEND);
    assert_true(machine.now - broke >= 1000);
    interaction_leaves(&machine.interaction);
    record_key(&machine.interaction.record, again);
    assert_string_equal(key, again);

    /* A refusal of the repeat says nothing about the first one. */
    machine_fail(&machine, NUNCIO_CLASS_RATE, 429, -1);
    assert_state(&machine, "sending");
    assert_int_equal(machine.interaction.record.sends, 1);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    finish(&machine);
}

/* A repeat that patience cuts off: the first one's trouble is told. */
static void test_patience_cuts_repeat(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.interaction.record.repeatable = true;
    machine_fail(&machine, NUNCIO_CLASS_PROTOCOL, 409, -1);
    while (machine_run(&machine) == NUNCIO_STEP_HISTORY)
        machine_verdict(&machine, NUNCIO_UNSEEN);
    assert_int_equal(machine.step, NUNCIO_STEP_SEND);
    interaction_leaves(&machine.interaction);
    machine.now = 1000 + PATIENCE_MS;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_TIMEOUT);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "unknown");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_PROTOCOL);
    assert_int_equal(machine.interaction.record.error_status, 409);
    finish(&machine);
}

static void test_repeats_are_bounded(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    int sends = 0;
    for (uint32_t step; (step = machine_run(&machine));) {
        if (step == NUNCIO_STEP_HISTORY) {
            machine_verdict(&machine, NUNCIO_UNSEEN);
            continue;
        }
        sends++;
        machine.interaction.record.repeatable = true;
        interaction_leaves(&machine.interaction);
        machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    }
    assert_state(&machine, "unknown");
    assert_int_equal(sends, 4);
    finish(&machine);
}

static void test_repeatable_without_history(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.interaction.record.repeatable = true;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_SEND);
    finish(&machine);
}

static void test_cannot_ask_between_repeats(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    int sends = 0;
    for (uint32_t step; (step = machine_run(&machine));) {
        if (step == NUNCIO_STEP_HISTORY) {
            machine_transport(&machine, TRANSPORT_CANNOT, 0);
            continue;
        }
        sends++;
        machine.interaction.record.repeatable = true;
        interaction_leaves(&machine.interaction);
        machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    }
    assert_state(&machine, "unknown");
    assert_int_equal(sends, 4);
    finish(&machine);
}

/* The repeat did not leave; the first one did, and must still be looked for. */
static void test_repeat_does_not_leave(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_HISTORY);
    machine_send(&machine);
    machine.interaction.record.repeatable = true;
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_SEND);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_state(&machine, "sending");
    assert_int_equal(machine.interaction.record.sends, 1);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    finish(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_patience_cuts_repeat),
        cmocka_unit_test(test_repeats_are_bounded),
        cmocka_unit_test(test_repeatable_without_history),
        cmocka_unit_test(test_cannot_ask_between_repeats),
        cmocka_unit_test(test_repeat_does_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
