/* SPDX-License-Identifier: MIT */
/* Replies in large documents; those in small ones, and the services by themselves, are in test_outcome.c. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "outcome.h"

#define LARGE 300000

static const struct nuncio_shape shape = {.size = sizeof shape, .text = "text", .parts = "parts"};
static struct outcome outcome;
static struct response response;
static const char *body_before;

/* Runs a step that answers a SEND, on a document with much white space; all but `reply` is what its plugin does. */
static void run(const char *document, size_t reply_limit,
                int32_t (*read)(const void *, const struct nuncio_call *, const struct nuncio_response *,
                                struct nuncio_outcome *))
{
    static const struct nuncio_plugin plugin = {.size = sizeof plugin};
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .read = read};
    const struct nuncio_call call = {.size = sizeof call, .step = NUNCIO_STEP_SEND};
    char *blanks = malloc(LARGE);
    assert_non_null(blanks);
    memset(blanks, ' ', LARGE);
    response_init(&response, LARGE + 1000);
    response.http_status = 200;
    buffer_append_text(&response.body, document);
    buffer_append(&response.body, blanks, LARGE);
    free(blanks);
    response_parse(&response);
    assert_int_equal(response.problem, JSON_GOOD);
    body_before = response.body.data;
    outcome_init(&outcome, reply_limit);
    outcome_read(&plugin, &step, NULL, &call, &response, &outcome);
}

static int teardown(void **state)
{
    (void)state;
    outcome_finish(&outcome);
    response_finish(&response);
    return 0;
}

static void check_reply(const char *expected, bool moved)
{
    assert_int_equal(outcome.verdict, NUNCIO_DONE);
    assert_true(outcome.reply_set);
    assert_string_equal(buffer_text(&outcome.reply), expected);
    assert_int_equal(outcome.reply.size, strlen(expected));
    /* Who takes the body leaves nothing of it. */
    assert_true((response.document == NULL) == moved);
    assert_true((response.body.data == NULL) == moved);
    if (moved)
        assert_int_equal(outcome.reply.capacity, strlen(expected) + 1);
}

#define READ(name, ...)                                                                                      \
    static int32_t name(const void *self, const struct nuncio_call *call, const struct nuncio_response *res, \
                        struct nuncio_outcome *out)                                                          \
    {                                                                                                        \
        (void)self;                                                                                          \
        (void)call;                                                                                          \
        __VA_ARGS__                                                                                          \
    }

#define STRING(pointer) nuncio_string(res, nuncio_at(res, pointer))

READ(one, {
    nuncio_reply_text(out, nuncio_slice("none of the document's"));
    nuncio_reply_text(out, STRING("/a"));
    nuncio_set_ticket(out, STRING("/b"));
    return NUNCIO_DONE;
})

static void test_one(void **state)
{
    (void)state;
    run("{\"b\":\"t\",\"a\":\"the \\u0072eply\"}", 1000, one);
    check_reply("the reply", true);
    assert_string_equal(outcome.ticket, "t");
    char *taken = buffer_take(&outcome.reply);
    assert_string_equal(taken, "the reply");
    free(taken);
}

static void test_empty(void **state)
{
    (void)state;
    run("{\"a\":\"\"}", 1000, one);
    check_reply("", true);
}

READ(message, {
    nuncio_reply_message(out, res, &shape, nuncio_at(res, ""));
    return NUNCIO_DONE;
})

static void test_message(void **state)
{
    (void)state;
    run("{\"parts\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"x\"},{\"type\":\"text\",\"text\":\" "
        "two\"},"
        "{\"type\":\"text\",\"text\":\"\\n\"},{\"type\":\"text\",\"text\":\"3\"},{\"type\":\"text\",\"text\":"
        "\"4\"},"
        "{\"type\":\"text\",\"text\":\"5\"},{\"type\":\"text\",\"text\":\"6\"},{\"type\":\"text\",\"text\":"
        "\"7\"},"
        "{\"type\":\"text\",\"text\":\"8\"}]}",
        1000, message);
    check_reply("one two\n345678", true);
}

static void test_no_text(void **state)
{
    (void)state;
    run("{\"parts\":[]}", 1000, message);
    check_reply("", false);
}

READ(backwards, {
    nuncio_reply_text(out, STRING("/b"));
    nuncio_reply_part(out, STRING("/a"));
    nuncio_reply_part(out, STRING("/b"));
    return NUNCIO_DONE;
})

READ(twice, {
    nuncio_reply_text(out, STRING("/a"));
    nuncio_reply_part(out, STRING("/a"));
    return NUNCIO_DONE;
})

READ(mixed, {
    nuncio_reply_text(out, STRING("/a"));
    nuncio_reply_part(out, nuncio_slice(", "));
    nuncio_reply_part(out, STRING("/b"));
    return NUNCIO_DONE;
})

/* What is not in the order of the document is copied. */
static void test_copied(void **state)
{
    static const char document[] = "{\"a\":\"one\",\"b\":\"two\"}";
    (void)state;
    run(document, 1000, backwards);
    check_reply("twoonetwo", false);
    teardown(NULL);
    run(document, 1000, twice);
    check_reply("oneone", false);
    teardown(NULL);
    run(document, 1000, mixed);
    check_reply("one, two", false);
}

static void test_limit(void **state)
{
    static const char document[] =
        "{\"parts\":[{\"type\":\"text\",\"text\":\"123456\"},{\"type\":\"text\",\"text\":\"7890\"}]}";
    (void)state;
    run(document, 10, message);
    check_reply("1234567890", true);
    teardown(NULL);
    run(document, 9, message);
    assert_int_equal(outcome.verdict, NUNCIO_FAILED);
    assert_holds(outcome.text, "max_reply");
}

READ(undecided, {
    nuncio_reply_text(out, STRING("/error/message"));
    return nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice(NULL));
})

READ(wrong, {
    nuncio_reply_text(out, STRING("/error/message"));
    return 99;
})

/* A failure is told from the document, so nothing is moved. */
static void test_failed(void **state)
{
    static const char document[] = "{\"error\":{\"code\":\"E1\",\"message\":\"It broke\"}}";
    (void)state;
    run(document, 1000, undecided);
    assert_int_equal(outcome.verdict, NUNCIO_FAILED);
    assert_string_equal(outcome.vendor_code, "E1");
    assert_ptr_equal(response.body.data, body_before);
    teardown(NULL);
    run(document, 1000, wrong);
    assert_int_equal(outcome.verdict, NUNCIO_FAILED);
    assert_false(outcome.reply_set);
    assert_ptr_equal(response.body.data, body_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_one, teardown),     cmocka_unit_test_teardown(test_empty, teardown),
        cmocka_unit_test_teardown(test_message, teardown), cmocka_unit_test_teardown(test_no_text, teardown),
        cmocka_unit_test_teardown(test_copied, teardown),  cmocka_unit_test_teardown(test_limit, teardown),
        cmocka_unit_test_teardown(test_failed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
