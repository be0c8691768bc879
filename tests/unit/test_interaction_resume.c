/* SPDX-License-Identifier: MIT */
/* Interactions that another process began: what is asked first, and what can come of it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "machine.h"

#define WALL 5000000 /* when the record was made, by the wall clock */

/* Of that state, so many ms later. */
static void take_up(struct machine *machine, uint64_t capabilities, uint32_t state, int64_t age)
{
    machine_init(machine, capabilities);
    struct record *record = &machine->interaction.record;
    record->state = state;
    record->sends = 1;
    interaction_start(&machine->interaction, machine->now, PATIENCE_MS, 42);
    interaction_started_before(&machine->interaction, machine->now, WALL + age);
}

static void finish(struct machine *machine)
{
    interaction_finish(&machine->interaction);
}

/* An accepted one is polled, however old it is: it is asked once before it is given up. */
static void test_accepted(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, ASKS, NUNCIO_INTERACTION_PROCESSING, INT64_C(2) * 86400000);
    struct record *record = &machine.interaction.record;
    record->error_class = NUNCIO_ERROR_TIMEOUT;
    assert_true(text_assign(&record->ticket, nuncio_slice("t1")));
    assert_true(text_assign(&record->error_text, nuncio_slice("waited 1 s")));
    interaction_resume(&machine.interaction, machine.now);
    assert_null(record->error_text); /* it waits no more */
    assert_true(machine.interaction.started < 0 && machine.interaction.accepted_at >= 0);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "unknown");
    assert_int_equal(record->error_class, NUNCIO_ERROR_TIMEOUT);
    finish(&machine);
}

static void test_accepted_and_done(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, ASKS, NUNCIO_INTERACTION_QUEUED, INT64_C(2) * 86400000);
    assert_true(text_assign(&machine.interaction.record.ticket, nuncio_slice("t1")));
    interaction_resume(&machine.interaction, machine.now);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_done(&machine, "well");
    assert_state(&machine, "completed");
    assert_int_equal(machine.interaction.record.sends, 1);
    finish(&machine);
}

/* A wall clock that was set back makes nothing older than it is. */
static void test_clock_set_back(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, ASKS, NUNCIO_INTERACTION_PROCESSING, -1000);
    assert_int_equal(machine.interaction.started, machine.now);
    finish(&machine);
}

/* What may have left is looked for. */
static void test_sending(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, NUNCIO_SYNC | NUNCIO_HISTORY, NUNCIO_INTERACTION_SENDING, 1000);
    interaction_resume(&machine.interaction, machine.now);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    assert_int_equal(machine.purpose, NUNCIO_RECONCILE);
    machine_done(&machine, "well");
    assert_state(&machine, "completed");
    finish(&machine);

    take_up(&machine, NUNCIO_SYNC, NUNCIO_INTERACTION_SENDING, 1000);
    interaction_resume(&machine.interaction, machine.now);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "unknown");
    assert_non_null(strstr(machine.interaction.record.error_text, "ended before it was answered"));
    finish(&machine);
}

/* Answers UNSEEN until it ends or sends. */
static uint32_t look(struct machine *machine)
{
    for (int i = 0; i < 100; i++) {
        uint32_t step = machine_run(machine);
        if (step != NUNCIO_STEP_HISTORY)
            return step;
        machine_verdict(machine, NUNCIO_UNSEEN);
    }
    fail_msg("%s", "it looks for ever");
    return 0;
}

/* A repeat with the same key is safe for a vendor that knows the key; after a time as unknown it may have forgotten. */
static void test_repeatable(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, NUNCIO_SYNC | NUNCIO_HISTORY, NUNCIO_INTERACTION_SENDING, 1000);
    machine.interaction.record.repeatable = true;
    interaction_resume(&machine.interaction, machine.now);
    assert_int_equal(look(&machine), NUNCIO_STEP_SEND);
    finish(&machine);

    take_up(&machine, NUNCIO_SYNC | NUNCIO_HISTORY, NUNCIO_INTERACTION_UNKNOWN, 1000);
    struct record *record = &machine.interaction.record;
    record->repeatable = true;
    record->error_class = NUNCIO_ERROR_UNAVAILABLE;
    assert_true(text_assign(&record->error_text, nuncio_slice("as it was told then")));
    interaction_resume(&machine.interaction, machine.now);
    assert_int_equal(look(&machine), 0);
    assert_state(&machine, "unknown");
    assert_string_equal(record->error_text, "as it was told then");
    assert_int_equal(record->sends, 1);
    finish(&machine);
}

/* Whoever watches stops alone; twice is as good as once. */
static void test_stop_watching(void **state)
{
    struct machine machine;
    (void)state;
    take_up(&machine, ASKS, NUNCIO_INTERACTION_NEW, 1000);
    machine.now += 1500;
    interaction_stop_watching(&machine.interaction, machine.now);
    assert_state(&machine, "new");
    assert_true(machine.interaction.ended);
    char *text = strdup(machine.interaction.record.error_text);
    assert_non_null(strstr(text, "waited 1.5 s; another process works on it"));
    interaction_stop_watching(&machine.interaction, machine.now + 9000);
    assert_string_equal(machine.interaction.record.error_text, text);
    free(text);
    finish(&machine);
}

/* What another process left behind unsent stays so when nobody waits for it any more; what was given here does not. */
static void test_unsent(void **state)
{
    struct machine machine;
    (void)state;
    for (int taken = 0; taken < 2; taken++) {
        take_up(&machine, ASKS, NUNCIO_INTERACTION_NEW, 1000);
        struct record *record = &machine.interaction.record;
        machine.interaction.taken_up = taken;
        record->sends = 0;
        problem_set(&machine.interaction.problem, NUNCIO_ERROR_BUSY, "an earlier message is under way");
        interaction_detach(&machine.interaction, machine.now + 500);
        assert_true(machine.interaction.ended);
        assert_state(&machine, taken ? "new" : "failed");
        assert_int_equal(record->error_class, taken ? NUNCIO_ERROR_TIMEOUT : NUNCIO_ERROR_BUSY);
        assert_non_null(strstr(record->error_text, "an earlier message is under way"));
        assert_int_equal(
            strstr(record->error_text, "'nuncio wait 01ARZ3NDEKTSV4RRFFQ69G5FAV' sends it") != NULL, taken);
        finish(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),       cmocka_unit_test(test_accepted_and_done),
        cmocka_unit_test(test_clock_set_back), cmocka_unit_test(test_sending),
        cmocka_unit_test(test_repeatable),     cmocka_unit_test(test_stop_watching),
        cmocka_unit_test(test_unsent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
