/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "running.h"

static struct running running;
static struct nuncio_failure failure;
static struct plan plan;

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context, (void)request, (void)number;
    server_reply(answer, 200, "{\"reply\":\"hi\"}");
}

static int setup(void **state)
{
    (void)state;
    running_start(&running, script, NULL,
                  "can = sync,poll,threads,attachments,history\npoll_min = 7ms\npoll_max = 9ms\n"
                  "give_up = 3h\nreconcile = 4s");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&running);
    return 0;
}

static void check_refused(const struct nuncio_message *message, const char *text)
{
    plan.message.agent = "untouched";
    assert_int_equal(plan_make(running.nuncio, message, &plan, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_holds(failure.text, text);
    assert_string_equal(plan.message.agent, "untouched");
}

static void check_made(const struct nuncio_message *message)
{
    if (plan_make(running.nuncio, message, &plan, &failure) < 0)
        fail_msg("%s", failure.text);
}

static void test_text(void **state)
{
    static const char *const files[] = {"x"};
    struct nuncio_message message = running_message("hello");
    (void)state;
    check_made(&message);
    assert_string_equal(strategy_name(&plan.strategy), "async-poll");
    message.text_size = 0;
    check_refused(&message, "the message is empty");
    message.text = NULL;
    check_refused(&message, "the message is empty");
    message.text_size = 1;
    check_refused(&message, "a size and no text");
    message.text_size = 0;
    message.attachments = files;
    message.attachment_count = 1;
    check_made(&message); /* attachments alone are a message */
    message = running_message("he\xFFlo");
    check_refused(&message, "not valid UTF-8");
    message.text = "a\0b";
    message.text_size = 3;
    check_refused(&message, "NUL byte");
    message = running_message("one and not terminatedXXX");
    message.text_size = 3;
    check_made(&message);
}

static void test_agent(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    message.agent = NULL;
    check_refused(&message, "names no agent");
    message.agent = "nobody at all";
    check_refused(&message, "no agent 'nobody at all'");
    message.agent = "sales/a7";
    check_made(&message);
    assert_string_equal(plan.destination.agent_id, "a7");
    /* What would reach the journal, JSON and a terminal. */
    message.agent = "sales/\xFF";
    check_refused(&message, "UTF-8");
    message.agent = "sales/a\x1b[2J";
    check_refused(&message, "control characters");
}

static void test_conversation(void **state)
{
    struct nuncio_message message = running_message("hello");
    char longer[OUTCOME_ID_LIMIT + 2];
    const char *const wrong[] = {"", "a\nb", "a\xFF", longer};
    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    for (size_t i = 0; i < COUNT(wrong); i++) {
        message.conversation = wrong[i];
        message.remote_id = NULL;
        check_refused(&message, "1 to 1024 bytes");
        message.conversation = NULL;
        message.remote_id = wrong[i];
        check_refused(&message, "1 to 1024 bytes");
    }
    longer[OUTCOME_ID_LIMIT] = '\0';
    check_made(&message);
    assert_string_equal(strategy_name(&plan.strategy), "thread+async-poll");
    message.conversation = "brief";
    check_refused(&message, "choose one of them");
    message.remote_id = NULL;
    check_made(&message);
    assert_true(plan.strategy.thread);
}

static void test_strategy(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    message.strategy = "sync";
    check_made(&message);
    assert_string_equal(strategy_name(&plan.strategy), "sync");
    message.strategy = "queued";
    check_refused(&message, "research: strategy 'queued' is not possible here; possible: async-poll, sync");
}

/* A caller that was built with a shorter struct: what it does not know of is not read. */
static void test_short_struct(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    message.conversation = "\n";
    message.size = offsetof(struct nuncio_message, conversation);
    check_made(&message);
    assert_null(plan.message.conversation);
    message.conversation = NULL;
    message.size = sizeof(message) + 64;
    check_made(&message);
    assert_int_equal(plan.message.size, sizeof(message) + 64);
}

static struct job *make_job(const struct nuncio_message *message)
{
    struct job *job = NULL;
    check_made(message);
    if (plan_job(running.nuncio, &plan, &job, &failure) < 0)
        fail_msg("%s", failure.text);
    return job;
}

static void test_job(void **state)
{
    struct nuncio_message message = running_message("hello, you");
    (void)state;
    message.text_size = 5;
    message.parse_json = 7;
    int64_t before = clock_wall();
    struct job *job = make_job(&message);
    const struct record *record = &job->machine.record;
    assert_int_equal(strlen(record->id), 26);
    assert_string_equal(record->agent, "research");
    assert_string_equal(record->agent_id, "a1");
    assert_string_equal(record->provider, "sales");
    assert_string_equal(record->plugin, "chat");
    assert_string_equal(record->message, "hello");
    assert_null(record->conversation_name);
    assert_true(record->want_json);
    assert_in_range(record->created_at, before, clock_wall());
    assert_int_equal(record->state, NUNCIO_INTERACTION_NEW);
    assert_null(record->conversation);
    assert_null(job->gate);
    assert_null(job->engine);
    const struct interaction_policy *policy = &job->machine.policy;
    assert_int_equal(policy->capabilities,
                     NUNCIO_SYNC | NUNCIO_ASYNC_POLL | NUNCIO_THREADS | NUNCIO_ATTACHMENTS | NUNCIO_HISTORY);
    assert_true(policy->open_harmless);
    assert_false(policy->learn_first);
    assert_int_equal(policy->poll_min_ms, 7);
    assert_int_equal(policy->poll_max_ms, 9);
    assert_int_equal(policy->give_up_ms, 3 * 3600000);
    assert_int_equal(policy->reconcile_ms, 4000);
    job_destroy(job);
    job_destroy(NULL);
}

/* The message's strings may go when nuncio_submit() returns. */
static void test_agent_id_is_kept(void **state)
{
    char agent[] = "sales/a7";
    struct nuncio_message message = running_message("hello");
    (void)state;
    message.agent = agent;
    struct job *job = make_job(&message);
    memset(agent, '#', sizeof(agent) - 1);
    assert_string_equal(job->destination.agent_id, "a7");
    assert_string_equal(job->machine.record.agent, "sales/a7");
    job_destroy(job);
}

static void test_job_conversations(void **state)
{
    struct nuncio_message message = running_message("hello");
    (void)state;
    message.conversation = "brief";
    struct job *first = make_job(&message), *second = make_job(&message);
    assert_string_equal(first->machine.record.conversation_name, "brief");
    assert_null(first->machine.record.conversation);
    assert_false(first->machine.record.fresh || first->machine.record.remote);
    assert_string_not_equal(first->machine.record.id, second->machine.record.id);
    job_destroy(first);
    job_destroy(second);
    message.fresh = 1;
    first = make_job(&message);
    assert_true(first->machine.record.fresh);
    job_destroy(first);
    message.fresh = 0;
    message.conversation = NULL;
    message.remote_id = "c7";
    second = make_job(&message);
    assert_string_equal(second->machine.record.conversation, "c7");
    assert_true(second->machine.record.remote);
    assert_null(second->machine.record.conversation_name);
    job_destroy(second);
}

static void test_attachments(void **state)
{
    static const char *const files[] = {"file.txt", "https://files.example/a.png"}, *const none[] = {
                                                                                        "nowhere"};
    struct nuncio_message message = running_message("hello");
    struct job *job = NULL;
    (void)state;
    fixture_write("file.txt", "abc");
    message.attachments = files;
    message.attachment_count = 2;
    job = make_job(&message);
    assert_int_equal(job->attachments.count, 2);
    assert_slice(job->attachments.items[0].file_name, "file.txt");
    assert_slice(job->attachments.items[1].url, "https://files.example/a.png");
    job_destroy(job);
    message.attachments = none;
    message.attachment_count = 1;
    check_made(&message);
    job = NULL;
    assert_int_equal(plan_job(running.nuncio, &plan, &job, &failure), -1);
    assert_null(job);
    assert_holds(failure.text, "nowhere");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_text),         CASE(test_agent), CASE(test_conversation),     CASE(test_strategy),
        CASE(test_short_struct), CASE(test_job),   CASE(test_agent_id_is_kept), CASE(test_job_conversations),
        CASE(test_attachments),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
