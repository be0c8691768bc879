/* SPDX-License-Identifier: MIT */
/* Drives an interaction's state machine by hand: a clock that the test moves, and results that it makes up. */
#ifndef NUNCIO_TESTS_MACHINE_H
#define NUNCIO_TESTS_MACHINE_H

#include "support.h"
#include "interaction.h"
#include "text.h"

#define ASKS        (NUNCIO_ASYNC_POLL | NUNCIO_THREADS)
#define PATIENCE_MS 60000

struct machine {
    struct interaction interaction;
    int64_t now;
    uint32_t step, purpose; /* of the last ACTION_RUN */
    int64_t until;          /* of the last ACTION_WAIT */
};

static inline void machine_init(struct machine *machine, uint64_t capabilities)
{
    *machine = (struct machine){.now = 1000};
    struct record *record = &machine->interaction.record;
    record_init(record);
    assert_true(text_assign(&record->provider, nuncio_slice("sales")));
    assert_true(text_assign(&record->plugin, nuncio_slice("mock")));
    assert_true(text_assign(&record->message, nuncio_slice("hello")));
    memcpy(record->id, "01ARZ3NDEKTSV4RRFFQ69G5FAV", NUNCIO_ID_SIZE);
    record->created_at = 5000000;
    machine->interaction.policy = (struct interaction_policy){
        .capabilities = capabilities,
        .open_harmless = true,
        .poll_min_ms = 250,
        .poll_max_ms = 30000,
        .reconcile_ms = 10000,
        .give_up_ms = 86400000,
    };
}

static inline void machine_start(struct machine *machine, uint64_t capabilities)
{
    machine_init(machine, capabilities);
    interaction_start(&machine->interaction, machine->now, PATIENCE_MS, 42);
    interaction_prepare(&machine->interaction, machine->now);
}

static inline enum action machine_next(struct machine *machine)
{
    return interaction_next(&machine->interaction, machine->now, &machine->step, &machine->purpose,
                            &machine->until);
}

/* Moves the clock until a step is to be run; returns it, or 0 where the interaction ended first. */
static inline uint32_t machine_run(struct machine *machine)
{
    for (int i = 0; i < 1000; i++) {
        switch (machine_next(machine)) {
        case ACTION_RUN:
            interaction_begin(&machine->interaction);
            return machine->step;
        case ACTION_WAIT:
            assert_true(machine->until > machine->now);
            machine->now = machine->until;
            break;
        case ACTION_ENDED:
            return 0;
        }
    }
    fail_msg("%s", "the interaction waits for ever");
    return 0;
}

/* A SEND that has begun to leave. */
static inline void machine_send(struct machine *machine)
{
    assert_int_equal(machine_run(machine), NUNCIO_STEP_SEND);
    interaction_leaves(&machine->interaction);
}

static inline void machine_give(struct machine *machine, struct outcome *outcome, int32_t status,
                                int64_t retry_after)
{
    struct step_result result = {
        .transport = TRANSPORT_ANSWERED, .outcome = outcome, .retry_after_ms = retry_after};
    problem_init(&result.problem);
    result.problem.status = status;
    interaction_absorb(&machine->interaction, machine->now, &result);
    outcome_finish(outcome);
}

static inline struct outcome machine_outcome(int32_t verdict)
{
    struct outcome outcome;
    outcome_init(&outcome, 1000);
    outcome.verdict = verdict;
    outcome.queue_position = -1;
    return outcome;
}

static inline void machine_done(struct machine *machine, const char *reply)
{
    struct outcome outcome = machine_outcome(NUNCIO_DONE);
    buffer_append_text(&outcome.reply, reply);
    outcome.reply_set = true;
    machine_give(machine, &outcome, 200, -1);
}

static inline void machine_wait(struct machine *machine, const char *ticket)
{
    struct outcome outcome = machine_outcome(NUNCIO_WAIT);
    outcome.wait_state = NUNCIO_STATE_PROCESSING;
    assert_true(text_assign(&outcome.ticket, nuncio_slice(ticket)));
    machine_give(machine, &outcome, 202, -1);
}

static inline void machine_verdict(struct machine *machine, int32_t verdict)
{
    struct outcome outcome = machine_outcome(verdict);
    machine_give(machine, &outcome, 200, -1);
}

static inline void machine_goto(struct machine *machine, uint32_t step)
{
    struct outcome outcome = machine_outcome(NUNCIO_NEXT);
    outcome.next_step = step;
    machine_give(machine, &outcome, 200, -1);
}

static inline void machine_fail(struct machine *machine, uint32_t class_, int32_t status, int64_t retry_after)
{
    struct outcome outcome = machine_outcome(NUNCIO_FAILED);
    outcome.class_ = class_;
    snprintf(outcome.text, sizeof(outcome.text), "the vendor's words");
    snprintf(outcome.vendor_code, sizeof(outcome.vendor_code), "vendor_code");
    machine_give(machine, &outcome, status, retry_after);
}

static inline void machine_transport(struct machine *machine, enum transport transport, uint32_t class_)
{
    struct step_result result = {.transport = transport, .retry_after_ms = -1};
    problem_set(&result.problem, class_, "the line broke");
    interaction_absorb(&machine->interaction, machine->now, &result);
}

#define assert_state(machine, wanted)                                                                        \
    assert_string_equal(nuncio_state_name((machine)->interaction.record.state), wanted)

#endif
