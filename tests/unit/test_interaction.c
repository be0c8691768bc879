/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "machine.h"

static void finish(struct machine *machine)
{
    interaction_finish(&machine->interaction);
}

static void test_sync(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    machine_send(&machine);
    assert_state(&machine, "sending");
    machine.now += 700;
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_string_equal(machine.interaction.record.reply, "hi");
    assert_int_equal(machine.interaction.record.sends, 1);
    assert_int_equal(machine.interaction.record.finished_at, 5000700);
    finish(&machine);
}

static void test_async_poll(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_state(&machine, "processing");
    assert_string_equal(machine.interaction.record.ticket, "t1");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
        machine_wait(&machine, NULL);
    }
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_goto(&machine, NUNCIO_STEP_FETCH);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_FETCH);
    machine_wait(&machine, NULL);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_FETCH);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    assert_int_equal(machine.interaction.record.polls, 4);
    finish(&machine);
}

/* Short runs are seen quickly, long ones cost few polls; hints and Retry-After are a minimum. */
static void test_opens_first(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_THREADS_REQUIRED);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN); /* harmless: once more */
    struct outcome outcome = machine_outcome(NUNCIO_DONE);
    assert_true(text_assign(&outcome.conversation, nuncio_slice("7")));
    machine_give(&machine, &outcome, 201, -1);
    assert_int_equal(machine.interaction.record.cursor_state, NUNCIO_CURSOR_EMPTY);
    machine_send(&machine);
    assert_string_equal(machine.interaction.record.conversation, "7");
    finish(&machine);
}

static void test_open_fails_twice(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_THREADS_REQUIRED);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
        machine_fail(&machine, NUNCIO_CLASS_UNAVAILABLE, 502, -1);
    }
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.sends, 0);
    assert_holds(machine.interaction.record.error_text, "nothing was sent");
    finish(&machine);
}

/* An OPEN that may cost something is not repeated. */
static void test_open_not_harmless(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_THREADS_REQUIRED);
    machine.interaction.policy.open_harmless = false;
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), 0);
    assert_state(&machine, "failed");
    finish(&machine);
}

static void test_open_without_id(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_THREADS_REQUIRED);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_OPEN);
    machine_verdict(&machine, NUNCIO_DONE);
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_INTERNAL);
    finish(&machine);
}

static void test_learns_first(void **state)
{
    struct machine machine;
    (void)state;
    machine_init(&machine, NUNCIO_SYNC | NUNCIO_HISTORY);
    machine.interaction.policy.learn_first = true;
    interaction_start(&machine.interaction, machine.now, PATIENCE_MS, 42);
    interaction_prepare(&machine.interaction, machine.now);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    assert_int_equal(machine.purpose, NUNCIO_LEARN);
    machine_fail(&machine, NUNCIO_CLASS_BUSY, 200, -1); /* an earlier run is under way */
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_wait(&machine, NULL);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    struct outcome outcome = machine_outcome(NUNCIO_DONE);
    assert_true(text_assign(&outcome.conversation, nuncio_slice("c1")));
    outcome.cursor = strdup("m9");
    outcome.cursor_set = true;
    machine_give(&machine, &outcome, 200, -1);
    machine_send(&machine);
    assert_int_equal(machine.interaction.record.cursor_state, NUNCIO_CURSOR_KNOWN);
    assert_string_equal(machine.interaction.record.cursor, "m9");
    assert_true(machine.interaction.record.continued);

    /* The cursor from before our SEND never changes after. */
    outcome = machine_outcome(NUNCIO_DONE);
    buffer_append_text(&outcome.reply, "hi");
    outcome.cursor = strdup("m11");
    outcome.cursor_set = true;
    machine_give(&machine, &outcome, 200, -1);
    assert_string_equal(machine.interaction.record.cursor, "m9");
    assert_string_equal(machine.interaction.record.last_cursor, "m11");
    finish(&machine);
}

static void test_learning_is_impossible(void **state)
{
    struct machine machine;
    (void)state;
    machine_init(&machine, NUNCIO_SYNC | NUNCIO_HISTORY);
    machine.interaction.policy.learn_first = true;
    interaction_start(&machine.interaction, machine.now, PATIENCE_MS, 42);
    interaction_prepare(&machine.interaction, machine.now);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_HISTORY);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    machine_send(&machine);
    assert_int_equal(machine.interaction.record.cursor_state, NUNCIO_CURSOR_UNKNOWN);
    finish(&machine);
}

/* A wait is told before a SEND: it is kept, and the message goes out with a new key after a refusal. */
static void test_rate_before_send(void **state)
{
    struct machine machine;
    char key[RECORD_KEY_SIZE], again[RECORD_KEY_SIZE];
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    record_key(&machine.interaction.record, key);
    int64_t refused = machine.now;
    machine_fail(&machine, NUNCIO_CLASS_RATE, 429, 7000);
    assert_state(&machine, "new");
    assert_int_equal(machine.interaction.record.sends, 0);
    machine_send(&machine);
    record_key(&machine.interaction.record, again);
    assert_true(machine.now - refused >= 7000);
    assert_string_not_equal(key, again);
    finish(&machine);
}

/* Waiting longer than patience lasts would be for nothing. */
static void test_retry_after_beyond_patience(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_fail(&machine, NUNCIO_CLASS_RATE, 429, PATIENCE_MS + 1);
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_RATE);
    assert_int_equal(machine.interaction.record.error_status, 429);
    assert_string_equal(machine.interaction.record.error_code, "vendor_code");
    assert_holds(machine.interaction.record.error_text, "asks to wait 61 s");
    finish(&machine);
}

static void test_connection_refused(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_SEND);
        machine_transport(&machine, TRANSPORT_NOT_SENT, NUNCIO_ERROR_UNREACHABLE);
        assert_state(&machine, "new");
        assert_int_equal(machine.interaction.record.key_number, 0);
    }
    machine_send(&machine);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    finish(&machine);
}

static void test_permanent_trouble(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_SEND);
    struct step_result result = {.transport = TRANSPORT_NOT_SENT, .retry_after_ms = -1};
    problem_set(&result.problem, NUNCIO_ERROR_UNREACHABLE, "a certificate that is not trusted");
    result.problem.permanent = true;
    interaction_absorb(&machine.interaction, machine.now, &result);
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_UNREACHABLE);
    finish(&machine);
}

static void test_refusals(void **state)
{
    static const uint32_t classes[] = {NUNCIO_CLASS_INVALID, NUNCIO_CLASS_AUTH,  NUNCIO_CLASS_FORBIDDEN,
                                       NUNCIO_CLASS_CREDITS, NUNCIO_CLASS_QUOTA, NUNCIO_CLASS_NOT_FOUND};
    (void)state;
    for (size_t i = 0; i < COUNT(classes); i++) {
        struct machine machine;
        machine_start(&machine, ASKS | NUNCIO_HISTORY);
        machine_send(&machine);
        machine_fail(&machine, classes[i], 400, -1);
        assert_state(&machine, "failed");
        assert_int_equal(machine.interaction.record.sends, 0);
        assert_int_equal(machine.interaction.record.error_class, classes[i]);
        finish(&machine);
    }
}

static void test_agent_failed(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, NUNCIO_SYNC | NUNCIO_HISTORY);
    machine_send(&machine);
    machine_fail(&machine, NUNCIO_CLASS_AGENT, 502, -1);
    assert_state(&machine, "failed");
    assert_int_equal(machine.interaction.record.sends, 1); /* it ran */
    finish(&machine);
}

static void test_polls_survive(void **state)
{
    static const uint32_t classes[] = {NUNCIO_CLASS_RATE,    NUNCIO_CLASS_UNAVAILABLE, NUNCIO_CLASS_PROTOCOL,
                                       NUNCIO_CLASS_INVALID, NUNCIO_CLASS_BUSY,        NUNCIO_CLASS_QUOTA,
                                       NUNCIO_CLASS_TIMEOUT};
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    for (size_t i = 0; i < COUNT(classes); i++) {
        assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
        machine_fail(&machine, classes[i], 500, -1);
        assert_state(&machine, "processing");
        machine.interaction.failures = 0;
    }
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_transport(&machine, TRANSPORT_BROKEN, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_transport(&machine, TRANSPORT_NOT_SENT, NUNCIO_ERROR_UNREACHABLE);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    finish(&machine);
}

/* The key was taken back: no use in asking on, but the run goes on. */
static void test_polls_stop(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_fail(&machine, NUNCIO_CLASS_AUTH, 401, -1);
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_state(&machine, "processing");
    assert_int_equal(machine.interaction.record.finished_at, -1);
    assert_holds(machine.interaction.record.error_text, "t1");
    finish(&machine);
}

/* Right after SEND a run may not be found yet. */
static void test_not_found_has_a_grace(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_fail(&machine, NUNCIO_CLASS_NOT_FOUND, 404, -1);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_wait(&machine, NULL);
    machine.now += 5000;
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_fail(&machine, NUNCIO_CLASS_NOT_FOUND, 404, -1);
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_state(&machine, "processing");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_NOT_FOUND);
    finish(&machine);
}

static void test_run_fails_or_is_cancelled(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_fail(&machine, NUNCIO_CLASS_AGENT, 200, -1);
    assert_state(&machine, "failed");
    finish(&machine);

    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_fail(&machine, NUNCIO_CLASS_CANCELLED, 200, -1);
    assert_state(&machine, "cancelled");
    finish(&machine);
}

static void test_input_required(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    struct outcome outcome = machine_outcome(NUNCIO_WAIT);
    outcome.wait_state = NUNCIO_STATE_PROCESSING;
    outcome.input_required = true;
    snprintf(outcome.text, sizeof(outcome.text), "approve it");
    assert_true(text_assign(&outcome.ticket, nuncio_slice("t1")));
    machine_give(&machine, &outcome, 200, -1);
    assert_int_equal(machine_next(&machine), ACTION_ENDED);
    assert_state(&machine, "processing");
    assert_int_equal(machine.interaction.record.error_class, NUNCIO_ERROR_INPUT_REQUIRED);
    assert_holds(machine.interaction.record.error_text, "approve it");
    finish(&machine);
}

static void test_cancel(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_CANCEL);
    assert_true(interaction_cancel(&machine.interaction, machine.now)); /* nothing has left */
    assert_state(&machine, "cancelled");
    finish(&machine);

    machine_start(&machine, ASKS | NUNCIO_CANCEL);
    machine_send(&machine);
    assert_false(interaction_cancel(&machine.interaction, machine.now)); /* no ticket yet */
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    assert_true(interaction_cancel(&machine.interaction, machine.now)); /* while a poll is under way */
    machine_wait(&machine, NULL);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    machine_fail(&machine, NUNCIO_CLASS_UNAVAILABLE, 503, -1);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    machine_fail(&machine, NUNCIO_CLASS_CANCELLED, 200, -1);
    assert_state(&machine, "cancelled");
    finish(&machine);
}

/* The vendor refuses to cancel: the run goes on, with a warning. */
static void test_cancel_refused(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_CANCEL);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_true(interaction_cancel(&machine.interaction, machine.now));
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    machine_fail(&machine, NUNCIO_CLASS_FORBIDDEN, 403, -1);
    assert_string_equal(machine.interaction.record.warning, "the vendor's words");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_done(&machine, "hi");
    assert_state(&machine, "completed");
    finish(&machine);

    machine_start(&machine, ASKS | NUNCIO_CANCEL);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_true(interaction_cancel(&machine.interaction, machine.now));
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    machine_verdict(&machine, NUNCIO_DONE);
    assert_state(&machine, "cancelled");
    finish(&machine);
}

static void test_misbehaving_plugin(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_goto(&machine, NUNCIO_STEP_SEND); /* SEND after a SEND */
    assert_state(&machine, "processing");
    assert_int_equal(machine.interaction.problem.error_class, NUNCIO_ERROR_INTERNAL);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    for (int i = 0; i < 20; i++) { /* an endless chain */
        machine_goto(&machine, i % 2 ? NUNCIO_STEP_POLL : NUNCIO_STEP_FETCH);
        assert_true(machine_run(&machine) == NUNCIO_STEP_POLL || machine.step == NUNCIO_STEP_FETCH);
    }
    assert_true(machine.now > 1250); /* it was slowed down */
    finish(&machine);

    machine_start(&machine, NUNCIO_SYNC);
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_SEND);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_int_not_equal(machine_run(&machine), NUNCIO_STEP_SEND);
    finish(&machine);
}

/* Nothing to ask with: the run goes on, and is asked for again. */
static void test_cannot_ask(void **state)
{
    struct machine machine;
    (void)state;
    machine_start(&machine, ASKS | NUNCIO_CANCEL);
    machine_send(&machine);
    machine_wait(&machine, "t1");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_POLL);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_state(&machine, "processing");
    assert_holds(machine.interaction.problem.text, "no way to ask");
    assert_true(interaction_cancel(&machine.interaction, machine.now));
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    machine_transport(&machine, TRANSPORT_CANNOT, 0);
    assert_state(&machine, "processing");
    assert_int_equal(machine_run(&machine), NUNCIO_STEP_CANCEL);
    finish(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_async_poll),
        cmocka_unit_test(test_opens_first),
        cmocka_unit_test(test_open_fails_twice),
        cmocka_unit_test(test_open_not_harmless),
        cmocka_unit_test(test_open_without_id),
        cmocka_unit_test(test_learns_first),
        cmocka_unit_test(test_learning_is_impossible),
        cmocka_unit_test(test_rate_before_send),
        cmocka_unit_test(test_retry_after_beyond_patience),
        cmocka_unit_test(test_connection_refused),
        cmocka_unit_test(test_permanent_trouble),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_agent_failed),
        cmocka_unit_test(test_polls_survive),
        cmocka_unit_test(test_polls_stop),
        cmocka_unit_test(test_not_found_has_a_grace),
        cmocka_unit_test(test_run_fails_or_is_cancelled),
        cmocka_unit_test(test_input_required),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_refused),
        cmocka_unit_test(test_misbehaving_plugin),
        cmocka_unit_test(test_cannot_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
