/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"
#include "outcome.h"

typedef int32_t read_function(const void *, const struct nuncio_call *, const struct nuncio_response *,
                              struct nuncio_outcome *);

/* One that has every step but FETCH and CANCEL. */
static const struct nuncio_step steps[] = {
    {.kind = NUNCIO_STEP_OPEN},  {.kind = NUNCIO_STEP_SEND},    {.kind = NUNCIO_STEP_POLL},
    {.kind = NUNCIO_STEP_CHECK}, {.kind = NUNCIO_STEP_HISTORY},
};
static const struct nuncio_plugin plugin = {
    .size = sizeof plugin, .steps = steps, .step_count = COUNT(steps), .step_size = sizeof steps[0]};

static struct outcome outcome;
static struct response response;
static struct nuncio_call call;

static int setup(void **state)
{
    (void)state;
    outcome_init(&outcome, 1000);
    answer(&response, 200, "", "{\"id\":\"x\"}");
    call = (struct nuncio_call){.size = sizeof call, .step = NUNCIO_STEP_SEND};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    outcome_finish(&outcome);
    response_finish(&response);
    return 0;
}

static void run(read_function *function, uint32_t step_kind)
{
    const struct nuncio_step step = {.kind = step_kind, .read = function};
    call.step = step_kind;
    outcome_read(&plugin, &step, &plugin, &call, &response, &outcome);
}

/* The verdict became FAILED, and nothing else is kept. */
static void check_rejected(uint32_t class_, const char *word)
{
    assert_int_equal(outcome.verdict, NUNCIO_FAILED);
    assert_int_equal(outcome.class_, class_);
    assert_holds(outcome.text, word);
    assert_string_equal(outcome.misuse, outcome.text);
    assert_null(outcome.conversation);
    assert_null(outcome.ticket);
    assert_null(outcome.cursor);
    assert_false(outcome.cursor_set);
    assert_false(outcome.reply_set);
    assert_int_equal(outcome.reply.size, 0);
    assert_null(outcome.reply_json);
    assert_int_equal(outcome.usage.input_tokens, -1);
    assert_false(outcome.input_required);
}

#define READ(name, ...)                                                                                      \
    static int32_t name(const void *self, const struct nuncio_call *the_call,                                \
                        const struct nuncio_response *res, struct nuncio_outcome *out)                       \
    {                                                                                                        \
        (void)self;                                                                                          \
        (void)the_call;                                                                                      \
        (void)res;                                                                                           \
        (void)out;                                                                                           \
        __VA_ARGS__                                                                                          \
    }

READ(whole, {
    assert_ptr_equal(self, &plugin);
    assert_ptr_equal(the_call, &call);
    nuncio_set_conversation(out, nuncio_string(res, nuncio_at(res, "/id")));
    nuncio_set_ticket(out, nuncio_slice("t"));
    nuncio_set_cursor(out, nuncio_slice("m"));
    nuncio_reply_text(out, nuncio_slice("hello"));
    return NUNCIO_DONE;
})

READ(done_empty, { return NUNCIO_DONE; })

static void test_done(void **state)
{
    (void)state;
    run(whole, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
    assert_string_equal(outcome.conversation, "x");
    assert_string_equal(outcome.ticket, "t");
    assert_string_equal(outcome.cursor, "m");
    assert_string_equal(buffer_text(&outcome.reply), "hello");
    assert_string_equal(outcome.text, "");
    /* Used again it starts anew. */
    run(done_empty, NUNCIO_STEP_CHECK);
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
    assert_null(outcome.conversation);
    assert_false(outcome.reply_set);
    run(whole, NUNCIO_STEP_OPEN);
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
}

static void test_done_without(void **state)
{
    static const uint32_t needing[] = {NUNCIO_STEP_SEND, NUNCIO_STEP_POLL, NUNCIO_STEP_FETCH};
    static const uint32_t content[] = {NUNCIO_STEP_CANCEL, NUNCIO_STEP_CHECK, NUNCIO_STEP_UPLOAD};
    (void)state;
    for (size_t i = 0; i < COUNT(needing); i++) {
        run(done_empty, needing[i]);
        check_rejected(NUNCIO_CLASS_INTERNAL, "without a reply");
    }
    for (size_t i = 0; i < COUNT(content); i++) {
        run(done_empty, content[i]);
        assert_int_equal(outcome.verdict, NUNCIO_DONE);
    }
    run(done_empty, NUNCIO_STEP_OPEN);
    check_rejected(NUNCIO_CLASS_INTERNAL, "OPEN without a conversation");
    call.purpose = NUNCIO_LEARN;
    run(done_empty, NUNCIO_STEP_HISTORY);
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
    call.purpose = NUNCIO_RECONCILE;
    run(done_empty, NUNCIO_STEP_HISTORY);
    check_rejected(NUNCIO_CLASS_INTERNAL, "HISTORY without a reply");
}

static int32_t returned;

READ(returns, {
    nuncio_set_ticket(out, nuncio_slice("t"));
    nuncio_set_cursor(out, nuncio_slice("c"));
    nuncio_reply_text(out, nuncio_slice("r"));
    nuncio_reply_json(out, res, nuncio_at(res, ""));
    return returned;
})

static void test_undefined(void **state)
{
    static const int32_t bad[] = {0, -1, 6, 99, INT32_MIN, INT32_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        returned = bad[i];
        run(returns, NUNCIO_STEP_SEND);
        check_rejected(NUNCIO_CLASS_INTERNAL, "undefined");
    }
    run(NULL, NUNCIO_STEP_POLL);
    check_rejected(NUNCIO_CLASS_INTERNAL, "POLL cannot be read");
    outcome_read(&plugin, NULL, NULL, &call, &response, &outcome);
    check_rejected(NUNCIO_CLASS_INTERNAL, "cannot be read");
    returned = NUNCIO_FAILED;
    run(returns, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_INTERNAL, "FAILED from SEND without a class");
    returned = NUNCIO_NEXT;
    run(returns, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_INTERNAL, "NEXT to step 0");
    returned = 77;
    run(returns, 42);
    check_rejected(NUNCIO_CLASS_INTERNAL, "77");
}

static uint32_t next_step;

READ(goes_on, {
    nuncio_set_ticket(out, nuncio_slice("t"));
    return nuncio_next(out, next_step);
})

static void test_next(void **state)
{
    (void)state;
    next_step = NUNCIO_STEP_POLL;
    run(goes_on, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_NEXT);
    assert_int_equal(outcome.next_step, NUNCIO_STEP_POLL);
    assert_string_equal(outcome.ticket, "t");
    next_step = NUNCIO_STEP_FETCH;
    run(goes_on, NUNCIO_STEP_POLL);
    check_rejected(NUNCIO_CLASS_INTERNAL, "FETCH");
    next_step = 77;
    run(goes_on, NUNCIO_STEP_POLL);
    check_rejected(NUNCIO_CLASS_INTERNAL, "77");
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .read = goes_on};
    outcome_read(NULL, &step, NULL, &call, &response, &outcome);
    check_rejected(NUNCIO_CLASS_INTERNAL, "NEXT");
}

READ(waits, {
    nuncio_input_required(out, nuncio_slice("approve"));
    return nuncio_ask_again(out, NUNCIO_STATE_QUEUED, 2, 100);
})
READ(waits_with_ticket, {
    nuncio_set_ticket(out, nuncio_slice("t"));
    return NUNCIO_WAIT;
})
READ(waits_badly, { return nuncio_ask_again(out, 9, 2, 100); })

static void test_wait(void **state)
{
    (void)state;
    run(waits, NUNCIO_STEP_POLL);
    assert_int_equal(outcome.verdict, NUNCIO_WAIT);
    assert_int_equal(outcome.wait_state, NUNCIO_STATE_QUEUED);
    assert_true(outcome.input_required);
    assert_string_equal(outcome.text, "approve");
    run(waits, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_INTERNAL, "without a ticket");
    call.ticket = nuncio_slice("earlier");
    run(waits, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_WAIT);
    call.ticket = nuncio_slice(NULL);
    run(waits_with_ticket, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_WAIT);
    assert_int_equal(outcome.wait_state, NUNCIO_STATE_PROCESSING);
    assert_int_equal(outcome.queue_position, -1);
    run(waits_badly, NUNCIO_STEP_POLL);
    check_rejected(NUNCIO_CLASS_INTERNAL, "wait state 9");
}

READ(unseen, { return NUNCIO_UNSEEN; })

static void test_unseen(void **state)
{
    (void)state;
    call.purpose = NUNCIO_RECONCILE;
    run(unseen, NUNCIO_STEP_HISTORY);
    assert_int_equal(outcome.verdict, NUNCIO_UNSEEN);
    call.purpose = NUNCIO_LEARN;
    run(unseen, NUNCIO_STEP_HISTORY);
    check_rejected(NUNCIO_CLASS_INTERNAL, "UNSEEN");
    call.purpose = 0;
    run(unseen, NUNCIO_STEP_POLL);
    check_rejected(NUNCIO_CLASS_INTERNAL, "UNSEEN");
}

READ(refuses, {
    nuncio_set_cursor(out, nuncio_slice("c"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/credits"));
    nuncio_input_required(out, nuncio_slice("approve"));
    return nuncio_refuse(out, res, NULL, 0);
})
READ(fails_silently, { return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice(NULL)); })

static void test_failed(void **state)
{
    (void)state;
    response_finish(&response);
    answer(&response, 403, "", "{\"code\":\"no\\u001bcode\",\"message\":\"not\\nyours\",\"credits\":2}");
    run(refuses, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_FAILED);
    assert_int_equal(outcome.class_, NUNCIO_CLASS_FORBIDDEN);
    assert_string_equal(outcome.text, "not?yours");
    assert_string_equal(outcome.vendor_code, "no?code");
    /* A failure may leave a cursor and what it has cost. */
    assert_string_equal(outcome.cursor, "c");
    assert_true(outcome.usage.credits == 2);
    assert_false(outcome.input_required);
    run(fails_silently, NUNCIO_STEP_SEND);
    assert_string_equal(outcome.text, "the vendor answered 403 Forbidden");
    response_finish(&response);
    answer(&response, 200, "", "{}");
    run(fails_silently, NUNCIO_STEP_SEND);
    assert_string_equal(outcome.text, "the agent failed, and the vendor does not say why");
    assert_string_equal(outcome.vendor_code, "");
}

READ(long_ticket, {
    char ticket[1100];
    memset(ticket, 'x', sizeof ticket);
    nuncio_reply_text(out, nuncio_slice("r"));
    nuncio_set_ticket(out, ((struct nuncio_slice){ticket, sizeof ticket}));
    return NUNCIO_DONE;
})
READ(long_reply, {
    for (int i = 0; i < 101; i++)
        nuncio_reply_part(out, nuncio_slice("0123456789"));
    return NUNCIO_DONE;
})
READ(bad_class, { return nuncio_fail(out, NUNCIO_CLASS_UNREACHABLE, nuncio_slice("x")); })

static void test_misuse(void **state)
{
    (void)state;
    run(long_ticket, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_PROTOCOL, "ticket is longer");
    run(long_reply, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_PROTOCOL, "max_reply");
    run(bad_class, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_INTERNAL, "class 17");
    response.problem = JSON_NO_MEMORY;
    run(whole, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_INTERNAL, "out of memory");
    response.problem = JSON_GOOD;
    /* And the next one is not tainted, and has its limit still. */
    run(whole, NUNCIO_STEP_SEND);
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
    assert_string_equal(outcome.misuse, "");
    run(long_reply, NUNCIO_STEP_SEND);
    check_rejected(NUNCIO_CLASS_PROTOCOL, "max_reply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_done, setup, teardown),
        cmocka_unit_test_setup_teardown(test_done_without, setup, teardown),
        cmocka_unit_test_setup_teardown(test_undefined, setup, teardown),
        cmocka_unit_test_setup_teardown(test_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unseen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_misuse, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
