/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

struct fixture {
    struct running running;
    struct plan plan;
    struct job *job;
    struct outcome outcome;
    struct step_result result;
};

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context, (void)request, (void)number;
    server_reply(answer, 200, "{\"reply\":\"hi\"}");
}

static struct fixture fixture;

/* A job that is not in the engine, with a SEND to be run. */
static struct job *start(const char *provider)
{
    struct nuncio_failure failure;
    const struct nuncio_message message = running_message("hello");
    running_start(&fixture.running, script, NULL, provider);
    if (plan_make(fixture.running.nuncio, &message, &fixture.plan, &failure) < 0 ||
        plan_job(fixture.running.nuncio, &fixture.plan, &fixture.job, &failure) < 0)
        fail_msg("%s", failure.text);
    fixture.job->engine = &fixture.running.nuncio->engine;
    fixture.job->step = NUNCIO_STEP_SEND;
    interaction_start(&fixture.job->machine, 1000, 60000, 1);
    interaction_prepare(&fixture.job->machine, 1000);
    interaction_begin(&fixture.job->machine);
    outcome_init(&fixture.outcome, 1000);
    response_init(&fixture.job->response, 1000);
    return fixture.job;
}

static int teardown(void **state)
{
    (void)state;
    outcome_finish(&fixture.outcome);
    job_destroy(fixture.job);
    running_stop(&fixture.running);
    return 0;
}

/* ---- What a plugin is told --------------------------------------------------------------------------------
 */

static void test_call(void **state)
{
    struct job *job = start("");
    struct record *record = &job->machine.record;
    struct nuncio_call call;
    char key[RECORD_KEY_SIZE];
    (void)state;
    exchange_call(job, 4000, key, &call);
    assert_int_equal(call.size, sizeof(call));
    assert_int_equal(call.step, NUNCIO_STEP_SEND);
    assert_int_equal(call.purpose, 0);
    assert_int_equal(call.delivery, NUNCIO_SYNC);
    assert_slice(call.text, "hello");
    assert_slice(call.agent, "a1");
    assert_slice(call.conversation, NULL);
    assert_slice(call.ticket, NULL);
    assert_slice(call.cursor, NULL);
    assert_slice(call.interaction, record->id);
    assert_slice(call.key, record->id);
    assert_int_equal(call.attachment_count, 0);
    assert_int_equal(call.attachment_size, sizeof(struct nuncio_attachment));
    assert_int_equal(call.want_json, 0);
    assert_int_equal(call.age_ms, 3000);
    assert_int_equal(call.left_ms, 57000);
    exchange_call(job, 61000, key, &call);
    assert_int_equal(call.left_ms, 1); /* at least */

    assert_true(text_assign(&record->conversation, nuncio_slice("c")));
    assert_true(text_assign(&record->ticket, nuncio_slice("t")));
    assert_true(text_assign(&record->cursor, nuncio_slice("m")));
    record->cursor_state = NUNCIO_CURSOR_KNOWN;
    record->continued = record->want_json = true;
    record->polls = 3;
    record->key_number = 2;
    job->machine.cancelling = true;
    job->step = NUNCIO_STEP_HISTORY;
    job->purpose = NUNCIO_RECONCILE;
    exchange_call(job, 4000, key, &call);
    assert_slice(call.conversation, "c");
    assert_slice(call.ticket, "t");
    assert_slice(call.cursor, "m");
    assert_int_equal(call.cursor_state, NUNCIO_CURSOR_KNOWN);
    assert_int_equal(call.continued && call.want_json && call.cancelling, 1);
    assert_int_equal(call.polls, 3);
    assert_int_equal(call.purpose, NUNCIO_RECONCILE);
    assert_int_equal(call.key.size, 28);
    assert_string_equal(key + 26, "-2");
}

/* ---- How it starts ----------------------------------------------------------------------------------------
 */

static void test_start(void **state)
{
    struct job *job = start("fault = repeatable");
    (void)state;
    assert_int_equal(exchange_start(job, 1000, &fixture.result), 0);
    assert_non_null(job->transfer);
    assert_true(job->machine.record.repeatable);
    assert_int_equal(job->machine.record.sends, 0); /* counted when it leaves */
    assert_int_equal(job->machine.record.state, NUNCIO_INTERACTION_NEW);
    job->destination.provider->admission.in_flight++; /* as the engine would have counted it */
}

static void check_not_started(struct job *job, enum transport transport, uint32_t error_class)
{
    assert_int_equal(exchange_start(job, 1000, &fixture.result), -1);
    assert_null(job->transfer);
    assert_int_equal(fixture.result.transport, transport);
    assert_int_equal(fixture.result.problem.error_class, error_class);
    assert_int_equal(fixture.result.retry_after_ms, -1);
    assert_null(fixture.result.outcome);
}

static void test_cannot(void **state)
{
    struct job *job = start("can = sync,threads,history");
    (void)state;
    job->step = NUNCIO_STEP_HISTORY; /* without a conversation there is nothing to ask */
    check_not_started(job, TRANSPORT_CANNOT, 0);
    job->step = NUNCIO_STEP_UPLOAD; /* the plugin has no such step */
    check_not_started(job, TRANSPORT_CANNOT, 0);
}

static void test_not_built(void **state)
{
    struct job *job = start("fault = late");
    (void)state;
    check_not_started(job, TRANSPORT_NOT_SENT, NUNCIO_ERROR_INTERNAL);
    assert_true(fixture.result.problem.permanent);
    assert_holds(fixture.result.problem.text, "target is set twice");
}

static void test_refused_by_plugin(void **state)
{
    struct job *job = start("fault = refuse_text");
    (void)state;
    assert_true(text_assign(&job->machine.record.message, nuncio_slice("longer than ten")));
    check_not_started(job, TRANSPORT_NOT_SENT, NUNCIO_ERROR_INVALID);
    assert_holds(fixture.result.problem.text, "longer than 10 characters");
}

/* ---- What came back ---------------------------------------------------------------------------------------
 */

static struct step_result *read_result(struct job *job, enum http_end end, int32_t status)
{
    const struct http_result http = {.end = end, .status = status, .text = "the line's words"};
    memset(&fixture.result, 0xAA, sizeof(fixture.result));
    exchange_read(job, 2000, &http, &fixture.outcome, &fixture.result);
    return &fixture.result;
}

static void test_answered(void **state)
{
    struct job *job = start("");
    (void)state;
    buffer_append_text(&job->response.body, "{\"reply\":\"hi\",\"conversation\":\"c1\"}");
    buffer_append_text(&job->response.headers, "Retry-After: 7\n");
    const struct step_result *result = read_result(job, HTTP_ANSWERED, 200);
    assert_int_equal(result->transport, TRANSPORT_ANSWERED);
    assert_ptr_equal(result->outcome, &fixture.outcome);
    assert_int_equal(fixture.outcome.verdict, NUNCIO_DONE);
    assert_string_equal(buffer_text(&fixture.outcome.reply), "hi");
    assert_string_equal(fixture.outcome.conversation, "c1");
    assert_int_equal(result->retry_after_ms, 7000);
    assert_int_equal(result->problem.error_class, NUNCIO_ERROR_NONE);
    assert_int_equal(result->problem.status, 200);
}

static void test_refused(void **state)
{
    struct job *job = start("");
    (void)state;
    buffer_append_text(&job->response.body, "{\"error\":{\"code\":\"busy\",\"message\":\"Later\"}}");
    const struct step_result *result = read_result(job, HTTP_ANSWERED, 409);
    assert_int_equal(result->transport, TRANSPORT_ANSWERED);
    assert_int_equal(fixture.outcome.verdict, NUNCIO_FAILED);
    assert_int_equal(fixture.outcome.class_, NUNCIO_CLASS_BUSY);
    assert_string_equal(fixture.outcome.text, "Later");
    assert_string_equal(fixture.outcome.vendor_code, "busy");
    assert_int_equal(result->problem.status, 409);
    assert_int_equal(result->retry_after_ms, -1);
}

static void test_redirect(void **state)
{
    struct job *job = start("");
    (void)state;
    const struct http_result http = {
        .end = HTTP_REDIRECT, .status = 301, .text = "", .location = "https://www.example/\x1b[2Jx\ny"};
    exchange_read(job, 2000, &http, &fixture.outcome, &fixture.result);
    assert_int_equal(fixture.result.transport, TRANSPORT_REFUSED);
    assert_int_equal(fixture.result.problem.error_class, NUNCIO_ERROR_INVALID);
    assert_int_equal(fixture.result.problem.status, 301);
    assert_int_equal(fixture.result.retry_after_ms, -1);
    /* The vendor's bytes end up on a terminal, on one line. */
    assert_holds(fixture.result.problem.text, "https://www.example/?[2Jx?y; is base_url ");
    assert_holds(fixture.result.problem.text, fixture.running.server->url);
    assert_holds(read_result(job, HTTP_REDIRECT, 304)->problem.text, "another place");
}

static void test_not_sent(void **state)
{
    struct job *job = start("");
    (void)state;
    const struct step_result *result = read_result(job, HTTP_NOT_SENT, 0);
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_int_equal(result->problem.error_class, NUNCIO_ERROR_UNREACHABLE);
    assert_string_equal(result->problem.text, "the line's words");
    assert_false(result->problem.permanent);

    const struct http_result http = {.end = HTTP_NOT_SENT, .permanent = true, .text = "refused"};
    failure_set(&job->engine->failure, NUNCIO_ERROR_INTERNAL, "the journal is full");
    job->journal_failed = true;
    exchange_read(job, 2000, &http, &fixture.outcome, &fixture.result);
    assert_int_equal(fixture.result.transport, TRANSPORT_NOT_SENT);
    assert_int_equal(fixture.result.problem.error_class, NUNCIO_ERROR_INTERNAL);
    assert_string_equal(fixture.result.problem.text, "the journal is full");
    assert_true(fixture.result.problem.permanent);
    assert_false(job->journal_failed);
}

static void test_broken(void **state)
{
    struct job *job = start("");
    (void)state;
    const struct step_result *result = read_result(job, HTTP_BROKEN, 0);
    assert_int_equal(result->transport, TRANSPORT_BROKEN);
    assert_int_equal(result->problem.error_class, NUNCIO_ERROR_UNAVAILABLE);
    assert_int_equal(result->retry_after_ms, -1);
    const struct http_result http = {.end = HTTP_BROKEN, .timed_out = true, .text = "slow"};
    exchange_read(job, 2000, &http, &fixture.outcome, &fixture.result);
    assert_int_equal(fixture.result.problem.error_class, NUNCIO_ERROR_TIMEOUT);
    assert_string_equal(fixture.result.problem.text, "slow");
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_call),
        CASE(test_start),
        CASE(test_cannot),
        CASE(test_not_built),
        CASE(test_refused_by_plugin),
        CASE(test_answered),
        CASE(test_refused),
        CASE(test_redirect),
        CASE(test_not_sent),
        CASE(test_broken),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
