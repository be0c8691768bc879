/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <limits.h>
#include <math.h>
#include "json.h"
#include "running.h"

static void script(void *context, const struct server_request *request, unsigned number,
                   struct server_answer *answer)
{
    (void)context, (void)request, (void)number;
    server_reply(answer, 200, "{\"reply\":\"hi\"}");
}

static struct running running;

static int setup(void **state)
{
    (void)state;
    running_start(&running, script, NULL, "can = poll,sync,threads");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    running_stop(&running);
    return 0;
}

/* ---- Names and codes --------------------------------------------------------------------------------------
 */

static void test_names(void **state)
{
    static const char *const states[] = {"new",       "sending", "queued",    "processing",
                                         "completed", "failed",  "cancelled", "unknown"};
    static const char *const classes[] = {
        "none",  "invalid",   "auth",           "forbidden", "credits",  "quota",
        "rate",  "not_found", "busy",           "exists",    "timeout",  "unavailable",
        "agent", "cancelled", "input_required", "protocol",  "internal", "unreachable"};
    (void)state;
    for (uint32_t i = 0; i < COUNT(states); i++)
        assert_string_equal(nuncio_state_name(i), states[i]);
    assert_string_equal(nuncio_state_name(8), "unknown");
    assert_string_equal(nuncio_state_name(UINT32_MAX), "unknown");
    for (uint32_t i = 0; i < COUNT(classes); i++)
        assert_string_equal(nuncio_error_class_name(i), classes[i]);
    assert_string_equal(nuncio_error_class_name(COUNT(classes)), "none");
    assert_string_equal(nuncio_error_class_name(UINT32_MAX), "none");
}

static int32_t code(uint32_t state, uint32_t error_class)
{
    const struct nuncio_interaction interaction = {.state = state, .error_class = error_class};
    return nuncio_exit_code(&interaction);
}

/* Spelled out again from the contract. */
static void test_exit_codes(void **state)
{
    static const struct {
        uint32_t error_class;
        int32_t failed, stopped; /* exit code where it failed, and where only the asking stopped */
    } codes[] = {
        {NUNCIO_ERROR_NONE, 1, 5},
        {NUNCIO_ERROR_INVALID, 1, 1},
        {NUNCIO_ERROR_AUTH, 4, 4},
        {NUNCIO_ERROR_FORBIDDEN, 4, 4},
        {NUNCIO_ERROR_CREDITS, 6, 6},
        {NUNCIO_ERROR_QUOTA, 6, 6},
        {NUNCIO_ERROR_RATE, 6, 6},
        {NUNCIO_ERROR_NOT_FOUND, 1, 1},
        {NUNCIO_ERROR_BUSY, 1, 1},
        {NUNCIO_ERROR_EXISTS, 1, 1},
        {NUNCIO_ERROR_TIMEOUT, 1, 5},
        {NUNCIO_ERROR_UNAVAILABLE, 1, 1},
        {NUNCIO_ERROR_AGENT, 1, 1},
        {NUNCIO_ERROR_INPUT_REQUIRED, 5, 5},
        {NUNCIO_ERROR_PROTOCOL, 1, 1},
        {NUNCIO_ERROR_INTERNAL, 1, 1},
        {NUNCIO_ERROR_UNREACHABLE, 3, 3},
        {NUNCIO_ERROR_CANCELLED, 1, 1},
        {99, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        assert_int_equal(code(NUNCIO_INTERACTION_COMPLETED, codes[i].error_class), 0);
        assert_int_equal(code(NUNCIO_INTERACTION_UNKNOWN, codes[i].error_class), 7); /* always */
        assert_int_equal(code(NUNCIO_INTERACTION_FAILED, codes[i].error_class), codes[i].failed);
        assert_int_equal(code(NUNCIO_INTERACTION_PROCESSING, codes[i].error_class), codes[i].stopped);
        assert_int_equal(code(NUNCIO_INTERACTION_QUEUED, codes[i].error_class), codes[i].stopped);
    }
    assert_int_equal(code(NUNCIO_INTERACTION_CANCELLED, NUNCIO_ERROR_CANCELLED), 1);
}

/* ---- nuncio_get -------------------------------------------------------------------------------------------
 */

/* An interaction that the test fills in. */
static struct job *submit(char ret_id[NUNCIO_ID_SIZE])
{
    const struct nuncio_message message = running_message("hello");
    running_submit(&running, &message, ret_id);
    struct job *job = runtime_job(running.nuncio, ret_id);
    assert_non_null(job);
    return job;
}

static void test_get(void **state)
{
    char id[NUNCIO_ID_SIZE];
    (void)state;
    struct job *job = submit(id);
    struct record *record = &job->machine.record;
    struct nuncio_interaction interaction = running_get(&running, id);
    assert_string_equal(interaction.id, id);
    assert_interaction(interaction, "new");
    assert_int_equal(interaction.ended, 0);
    assert_null(interaction.reply_text);
    assert_null(interaction.ticket);
    assert_null(interaction.error_text);
    assert_null(interaction.warning);
    assert_null(interaction.trouble);
    assert_int_equal(interaction.queue_position, -1);
    assert_int_equal(interaction.total_tokens, -1);
    assert_true(interaction.cost_usd < 0);
    assert_int_equal(interaction.finished_at, -1);
    assert_in_range(interaction.duration_ms, 0, 10000); /* until now */

    problem_set(&job->machine.problem, NUNCIO_ERROR_UNREACHABLE, "no route");
    assert_string_equal(running_get(&running, id).trouble, "no route");
    record->finished_at = record->created_at + 1234;
    job->stage = JOB_OVER;
    interaction = running_get(&running, id);
    assert_int_equal(interaction.duration_ms, 1234);
    assert_null(interaction.trouble); /* it is past */
    job->stage = JOB_RUNNING;
}

static void test_get_sizes(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct nuncio_interaction interaction;
    (void)state;
    submit(id);
    memset(&interaction, 0x77, sizeof(interaction));
    interaction.size = offsetof(struct nuncio_interaction, agent); /* an older caller */
    assert_int_equal(nuncio_get(running.nuncio, id, &interaction), 0);
    assert_int_equal(interaction.size, offsetof(struct nuncio_interaction, agent));
    assert_string_equal(interaction.id, id);
    assert_int_equal(((unsigned char *)&interaction.agent)[0], 0x77); /* nothing behind it is touched */
    assert_int_equal(nuncio_get(running.nuncio, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &interaction), -1);
    assert_int_equal(nuncio_get(running.nuncio, "", &interaction), -1);
    char longer[] = "01ARZ3NDEKTSV4RRFFQ69G5FAVX";
    assert_int_equal(nuncio_get(running.nuncio, longer, &interaction), -1);
}

/* ---- JSON -------------------------------------------------------------------------------------------------
 */

static struct json_document *get_json(const char *id, char **ret_text)
{
    struct json_document *document = NULL;
    assert_int_equal(nuncio_get_json(running.nuncio, id, ret_text), 0);
    assert_null(strchr(*ret_text, '\n')); /* one line */
    assert_int_equal(json_parse(*ret_text, strlen(*ret_text), &document), JSON_GOOD);
    return document;
}

/* Every key is always there, in the order of the contract. */
static void test_json_keys(void **state)
{
    static const char *const keys[] = {
        "\"id\":",           "\"agent\":",         "\"provider\":",       "\"plugin\":",
        "\"strategy\":",     "\"state\":",         "\"message\":",        "\"reply\":{",
        "\"text\":",         "\"json\":",          "\"conversation\":{",  "\"name\":",
        "\"remote_id\":",    "\"ticket\":",        "\"queue_position\":", "\"usage\":{",
        "\"input_tokens\":", "\"output_tokens\":", "\"total_tokens\":",   "\"cost_usd\":",
        "\"credits\":",      "\"sends\":",         "\"polls\":",          "\"created_at\":",
        "\"finished_at\":",  "\"duration_ms\":",   "\"again_of\":",       "\"error\":"};
    char id[NUNCIO_ID_SIZE];
    char *text;
    (void)state;
    submit(id);
    json_destroy(get_json(id, &text));
    const char *at = text;
    for (size_t i = 0; i < COUNT(keys); i++) {
        at = strstr(at, keys[i]);
        if (!at)
            fail_msg("%s is not in its place in %s", keys[i], text);
    }
    assert_holds(text, "\"reply\":{\"text\":null,\"json\":null}");
    assert_holds(text, "\"usage\":{\"input_tokens\":null,\"output_tokens\":null,\"total_tokens\":null,"
                       "\"cost_usd\":null,\"credits\":null}");
    assert_holds(
        text, "\"conversation\":{\"name\":null,\"remote_id\":null},\"ticket\":null,\"queue_position\":null");
    assert_holds(text, "\"sends\":0,\"polls\":0,");
    assert_holds(text, "\"finished_at\":null,");
    assert_holds(text, "\"again_of\":null,\"error\":null}");
    free(text);
    assert_int_equal(nuncio_get_json(running.nuncio, "nobody", &text), -1);
}

static void test_json_values(void **state)
{
    char id[NUNCIO_ID_SIZE];
    char *text;
    (void)state;
    struct record *record = &submit(id)->machine.record;
    record->created_at = INT64_C(1795341600123);
    record->finished_at = record->created_at + 2000;
    record->reply = strdup("a \"b\"\n\xC3\xA4");
    record->reply_size = strlen(record->reply);
    record->reply_json = strdup("{\"n\":[1,2]}");
    record->conversation_name = strdup("brief");
    record->conversation = strdup("41");
    record->ticket = strdup("t1");
    record->queue_position = 3;
    record->usage = (struct usage){20, 15, INT64_C(999999999999999), 0.25, 1};
    record->sends = 1;
    record->polls = 2;
    record->again_of = strdup("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    record->error_class = NUNCIO_ERROR_AUTH;
    record->error_status = 401;
    record->error_code = strdup("bad_key");
    record->error_text = strdup("sales: no");
    json_destroy(get_json(id, &text));
    assert_holds(text, "\"reply\":{\"text\":\"a \\\"b\\\"\\n\xC3\xA4\",\"json\":{\"n\":[1,2]}}");
    assert_holds(
        text,
        "\"conversation\":{\"name\":\"brief\",\"remote_id\":\"41\"},\"ticket\":\"t1\",\"queue_position\":3");
    assert_holds(
        text, "\"input_tokens\":20,\"output_tokens\":15,\"total_tokens\":999999999999999,\"cost_usd\":0.25,"
              "\"credits\":1}");
    assert_holds(text, "\"sends\":1,\"polls\":2,\"created_at\":\"2026-11-22T10:00:00.123Z\","
                       "\"finished_at\":\"2026-11-22T10:00:02.123Z\",\"duration_ms\":2000,");
    assert_holds(text,
                 "\"again_of\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"error\":{\"class\":\"auth\",\"message\":"
                 "\"sales: no\",\"status\":401,\"vendor_code\":\"bad_key\"}}");
    free(text);
}

/* What JSON has no number for, and an error without status and code. */
static void test_json_nulls(void **state)
{
    char id[NUNCIO_ID_SIZE];
    char *text;
    (void)state;
    struct record *record = &submit(id)->machine.record;
    record->usage.cost_usd = (double)INFINITY;
    record->usage.credits = (double)NAN;
    record->error_class = NUNCIO_ERROR_UNREACHABLE;
    record->error_text = strdup("no");
    json_destroy(get_json(id, &text));
    assert_holds(text, "\"cost_usd\":null,\"credits\":null");
    assert_holds(
        text,
        "\"error\":{\"class\":\"unreachable\",\"message\":\"no\",\"status\":null,\"vendor_code\":null}");
    free(text);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_exit_codes),
        CASE(test_get),
        CASE(test_get_sizes),
        CASE(test_json_keys),
        CASE(test_json_values),
        CASE(test_json_nulls),
    };
    return cmocka_run_group_tests(tests, running_enter, fixture_leave);
}
