/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"
#include "outcome.h"

static struct outcome outcome;
static struct nuncio_outcome *const out = &outcome.abi;

static int setup(void **state)
{
    (void)state;
    outcome_init(&outcome, 100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    outcome_finish(&outcome);
    outcome_finish(&outcome);
    return 0;
}

static void test_fresh(void **state)
{
    (void)state;
    assert_int_equal(out->services->size, sizeof *out->services);
    assert_int_equal(outcome.verdict, 0);
    assert_null(outcome.conversation);
    assert_null(outcome.ticket);
    assert_null(outcome.cursor);
    assert_false(outcome.cursor_set);
    assert_false(outcome.reply_set);
    assert_int_equal(outcome.queue_position, -1);
    assert_int_equal(outcome.usage.input_tokens, -1);
    assert_int_equal(outcome.usage.output_tokens, -1);
    assert_int_equal(outcome.usage.total_tokens, -1);
    assert_true(outcome.usage.cost_usd < 0);
    assert_true(outcome.usage.credits < 0);
    assert_string_equal(outcome.misuse, "");
}

static void test_ids(void **state)
{
    (void)state;
    nuncio_set_conversation(out, nuncio_slice("c1"));
    nuncio_set_ticket(out, nuncio_slice("t1"));
    nuncio_set_cursor(out, nuncio_slice("m1"));
    assert_string_equal(outcome.conversation, "c1");
    assert_string_equal(outcome.ticket, "t1");
    assert_string_equal(outcome.cursor, "m1");
    /* Absent or empty: unchanged; but a cursor is emptied. */
    nuncio_set_conversation(out, nuncio_slice(NULL));
    nuncio_set_conversation(out, nuncio_slice(""));
    nuncio_set_ticket(out, nuncio_slice(NULL));
    nuncio_set_cursor(out, nuncio_slice(NULL));
    assert_string_equal(outcome.conversation, "c1");
    assert_string_equal(outcome.ticket, "t1");
    assert_null(outcome.cursor);
    assert_true(outcome.cursor_set);
    nuncio_set_cursor(out, nuncio_slice("m2"));
    nuncio_set_cursor(out, nuncio_slice("m3"));
    assert_string_equal(outcome.cursor, "m3");
    nuncio_set_cursor(out, nuncio_slice(""));
    assert_null(outcome.cursor);
    nuncio_set_conversation(out, nuncio_slice("c2\n"));
    assert_string_equal(outcome.conversation, "c2\n");
    assert_string_equal(outcome.misuse, "");
}

static void check_misuse(uint32_t misuse_class, const char *word)
{
    assert_holds(outcome.misuse, word);
    assert_int_equal(outcome.misuse_class, misuse_class);
    outcome.misuse[0] = '\0';
}

static void test_bad_ids(void **state)
{
    char longest[1026];
    (void)state;
    memset(longest, 'x', 1025);
    longest[1024] = '\0';
    nuncio_set_ticket(out, nuncio_slice(longest));
    assert_string_equal(outcome.ticket, longest);
    assert_string_equal(outcome.misuse, "");
    longest[1024] = 'x';
    longest[1025] = '\0';
    nuncio_set_ticket(out, nuncio_slice(longest));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "ticket is longer than 1024 bytes");
    nuncio_set_conversation(out, nuncio_slice(longest));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "conversation id is longer");
    nuncio_set_cursor(out, nuncio_slice(longest));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "cursor is longer");
    nuncio_set_ticket(out, nuncio_slice("\xFF"));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "UTF-8");
    nuncio_set_ticket(out, (struct nuncio_slice){"a\0b", 3});
    check_misuse(NUNCIO_CLASS_PROTOCOL, "UTF-8");
    /* The first stays. */
    nuncio_set_ticket(out, nuncio_slice(longest));
    nuncio_set_ticket(out, nuncio_slice("\xFF"));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "longer");
}

static void test_usage(void **state)
{
    struct response response;
    const struct nuncio_response *res = &response.abi;
    (void)state;
    answer(&response, 200, "",
           "{\"i\":20,\"f\":0.5,\"n\":-1,\"s\":\"7\",\"z\":null,\"0\":0,\"w\":9007199254740993}");
    nuncio_usage(out, res, NUNCIO_INPUT_TOKENS, nuncio_at(res, "/i"));
    nuncio_usage(out, res, NUNCIO_OUTPUT_TOKENS, nuncio_at(res, "/w"));
    nuncio_usage(out, res, NUNCIO_TOTAL_TOKENS, nuncio_at(res, "/f"));
    nuncio_usage(out, res, NUNCIO_COST_USD, nuncio_at(res, "/f"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/i"));
    assert_int_equal(outcome.usage.input_tokens, 20);
    assert_true(outcome.usage.output_tokens == INT64_C(9007199254740993));
    assert_int_equal(outcome.usage.total_tokens, -1);
    assert_true(outcome.usage.cost_usd == 0.5);
    assert_true(outcome.usage.credits == 20);
    /* What is no number leaves it as it was. */
    for (uint32_t kind = NUNCIO_INPUT_TOKENS; kind <= NUNCIO_CREDITS; kind++) {
        nuncio_usage(out, res, kind, nuncio_at(res, "/n"));
        nuncio_usage(out, res, kind, nuncio_at(res, "/s"));
        nuncio_usage(out, res, kind, nuncio_at(res, "/z"));
        nuncio_usage(out, NULL, kind, nuncio_at(res, "/absent"));
    }
    nuncio_usage(out, res, NUNCIO_TOTAL_TOKENS, nuncio_at(res, "/i"));
    assert_int_equal(outcome.usage.input_tokens, 20);
    assert_int_equal(outcome.usage.total_tokens, 20);
    assert_true(outcome.usage.credits == 20);
    assert_string_equal(outcome.misuse, "");
    nuncio_usage(out, res, NUNCIO_TOTAL_TOKENS, nuncio_at(res, "/0"));
    nuncio_usage(out, res, NUNCIO_CREDITS, nuncio_at(res, "/0"));
    assert_int_equal(outcome.usage.total_tokens, 0);
    assert_true(outcome.usage.credits == 0);
    nuncio_usage(out, res, 0, nuncio_at(res, "/i"));
    check_misuse(NUNCIO_CLASS_INTERNAL, "usage kind 0");
    nuncio_usage(out, res, 99, nuncio_at(res, "/absent"));
    check_misuse(NUNCIO_CLASS_INTERNAL, "usage kind 99");
    response_finish(&response);
}

static void test_reply_text(void **state)
{
    (void)state;
    nuncio_reply_text(out, nuncio_slice(NULL));
    nuncio_reply_part(out, nuncio_slice(NULL));
    assert_false(outcome.reply_set);
    nuncio_reply_text(out, nuncio_slice("first"));
    nuncio_reply_text(out, nuncio_slice("second"));
    nuncio_reply_part(out, nuncio_slice(" part"));
    assert_true(outcome.reply_set);
    assert_string_equal(buffer_text(&outcome.reply), "second part");
    nuncio_reply_text(out, nuncio_slice(""));
    assert_string_equal(buffer_text(&outcome.reply), "");
    nuncio_reply_part(out, nuncio_slice("a"));
    nuncio_reply_part(out, nuncio_slice("b"));
    assert_string_equal(buffer_text(&outcome.reply), "ab");
    assert_string_equal(outcome.misuse, "");
}

static void test_bad_reply(void **state)
{
    char text[102];
    (void)state;
    memset(text, 'x', 101);
    text[101] = '\0';
    nuncio_reply_text(out, nuncio_slice(text));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "max_reply");
    nuncio_reply_text(out, nuncio_slice("\xC3"));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "reply is not valid UTF-8");
    nuncio_reply_part(out, (struct nuncio_slice){"\0", 1});
    check_misuse(NUNCIO_CLASS_PROTOCOL, "UTF-8");
}

static void test_reply_message(void **state)
{
    static const struct nuncio_shape shape = {.size = sizeof shape, .text = "content", .parts = "parts"};
    static const struct nuncio_shape short_shape = {.size = 8};
    struct response response;
    const struct nuncio_response *res = &response.abi;
    (void)state;
    answer(&response, 200, "",
           "[{\"content\":\"text\"},{\"content\":null,\"parts\":[{\"type\":\"text\",\"text\":\"a\"},"
           "{\"type\":\"file\",\"text\":\"no\"},{\"type\":\"text\",\"text\":\"b\"}]},{\"x\":1},7]");
    struct nuncio_node none = {NULL};
    nuncio_reply_message(out, res, &shape, none);
    nuncio_reply_message(out, res, &shape, nuncio_at(res, "/3"));
    assert_false(outcome.reply_set);
    nuncio_reply_message(out, res, &shape, nuncio_at(res, "/0"));
    assert_true(outcome.reply_set);
    assert_string_equal(buffer_text(&outcome.reply), "text");
    nuncio_reply_message(out, res, &shape, nuncio_at(res, "/1"));
    assert_string_equal(buffer_text(&outcome.reply), "ab");
    nuncio_reply_message(out, NULL, &shape, nuncio_at(res, "/2"));
    assert_true(outcome.reply_set);
    assert_string_equal(buffer_text(&outcome.reply), "");
    nuncio_reply_message(out, res, NULL, nuncio_at(res, "/0"));
    check_misuse(NUNCIO_CLASS_INTERNAL, "shape");
    nuncio_reply_message(out, res, &short_shape, nuncio_at(res, "/0"));
    check_misuse(NUNCIO_CLASS_INTERNAL, "shape");
    response_finish(&response);
}

static void test_long_message(void **state)
{
    static const struct nuncio_shape shape = {.size = sizeof shape, .text = "t"};
    struct response response;
    const struct nuncio_response *res = &response.abi;
    char body[200];
    (void)state;
    snprintf(body, sizeof body, "{\"t\":\"%0101d\"}", 0);
    answer(&response, 200, "", body);
    nuncio_reply_message(out, res, &shape, nuncio_at(res, ""));
    check_misuse(NUNCIO_CLASS_PROTOCOL, "max_reply");
    response_finish(&response);
}

static void test_reply_json(void **state)
{
    struct response response;
    const struct nuncio_response *res = &response.abi;
    struct nuncio_node none = {NULL};
    (void)state;
    answer(&response, 200, "", "{\"j\":{\"a\":[1,9007199254740993]},\"n\":null,\"f\":false}");
    nuncio_reply_json(out, res, none);
    nuncio_reply_json(out, res, nuncio_at(res, "/n"));
    nuncio_reply_json(out, NULL, nuncio_at(res, "/j"));
    assert_null(outcome.reply_json);
    nuncio_reply_json(out, res, nuncio_at(res, "/j"));
    assert_string_equal(outcome.reply_json, "{\"a\":[1,9007199254740993]}");
    nuncio_reply_json(out, res, nuncio_at(res, "/f"));
    assert_string_equal(outcome.reply_json, "false");
    response_finish(&response);
}

static void test_next_and_wait(void **state)
{
    (void)state;
    assert_int_equal(nuncio_next(out, NUNCIO_STEP_FETCH), NUNCIO_NEXT);
    assert_int_equal(outcome.next_step, NUNCIO_STEP_FETCH);
    assert_int_equal(nuncio_ask_again(out, NUNCIO_STATE_QUEUED, 3, 1500), NUNCIO_WAIT);
    assert_int_equal(outcome.wait_state, NUNCIO_STATE_QUEUED);
    assert_int_equal(outcome.queue_position, 3);
    assert_int_equal(outcome.hint_ms, 1500);
    nuncio_ask_again(out, NUNCIO_STATE_QUEUED, 0, 0);
    assert_int_equal(outcome.queue_position, 0);
    nuncio_ask_again(out, NUNCIO_STATE_PROCESSING, -9, -9);
    assert_int_equal(outcome.queue_position, -1);
    assert_int_equal(outcome.hint_ms, 0);
    assert_string_equal(outcome.misuse, "");
    nuncio_ask_again(out, 0, -1, 0);
    check_misuse(NUNCIO_CLASS_INTERNAL, "wait state 0");
    nuncio_ask_again(out, 3, -1, 0);
    check_misuse(NUNCIO_CLASS_INTERNAL, "wait state 3");
}

static void test_texts(void **state)
{
    (void)state;
    nuncio_input_required(out, nuncio_slice("approve at\x1B https://x"));
    assert_true(outcome.input_required);
    assert_string_equal(outcome.text, "approve at? https://x");
    assert_int_equal(nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice(" it\nfailed \n")), NUNCIO_FAILED);
    assert_int_equal(outcome.class_, NUNCIO_CLASS_AGENT);
    assert_string_equal(outcome.text, "it?failed");
    nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice(NULL));
    assert_string_equal(outcome.text, "");
    nuncio_input_required(out, nuncio_slice(NULL));
    assert_string_equal(outcome.text, "");
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    nuncio_fail(out, NUNCIO_CLASS_AGENT, nuncio_slice(text));
    assert_int_equal(strlen(outcome.text), sizeof outcome.text - 1);
}

static void test_classes(void **state)
{
    static const uint32_t bad[] = {0, NUNCIO_CLASS_INPUT_REQUIRED, NUNCIO_CLASS_UNREACHABLE, 18, 99};
    (void)state;
    for (uint32_t class_ = NUNCIO_CLASS_INVALID; class_ <= NUNCIO_CLASS_INTERNAL; class_++) {
        if (class_ == NUNCIO_CLASS_INPUT_REQUIRED)
            continue;
        nuncio_fail(out, class_, nuncio_slice("x"));
        assert_string_equal(outcome.misuse, "");
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(nuncio_fail(out, bad[i], nuncio_slice("x")), NUNCIO_FAILED);
        check_misuse(NUNCIO_CLASS_INTERNAL, "class");
    }
}

static void test_broken_plugin(void **state)
{
    const struct nuncio_outcome_services *services = out->services;
    struct nuncio_node none = {NULL};
    (void)state;
    services->conversation(NULL, nuncio_slice("x"));
    services->ticket(NULL, nuncio_slice("x"));
    services->cursor(NULL, nuncio_slice("x"));
    services->usage(NULL, NULL, 1, none);
    services->reply_text(NULL, nuncio_slice("x"));
    services->reply_part(NULL, nuncio_slice("x"));
    services->reply_message(NULL, NULL, NULL, none);
    services->reply_json(NULL, NULL, none);
    services->input_required(NULL, nuncio_slice("x"));
    assert_int_equal(services->next(NULL, 1), NUNCIO_NEXT);
    assert_int_equal(services->wait(NULL, 1, 1, 1), NUNCIO_WAIT);
    assert_int_equal((services->fail)(NULL, 1, nuncio_slice("x")), NUNCIO_FAILED);
    assert_int_equal(services->refuse(NULL, NULL, NULL, 0, 0), NUNCIO_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fresh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reply_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reply_message, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_message, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reply_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_next_and_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_plugin, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
