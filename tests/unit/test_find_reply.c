/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"

static const struct nuncio_shape plain = {
    .size = sizeof plain,
    .id = "id",
    .role = "role",
    .other_role = "type",
    .text = "content",
    .parts = "parts",
    .user_words = "user human",
    .agent_words = "assistant  agent ai",
    .error_words = "agent_error system",
};

/* What is looked for, and what is to be found: the ids of reply and failure, NULL: absent. */
struct expected {
    uint32_t cursor_state;
    const char *cursor;
    const char *text;
    bool seen;
    const char *reply, *failure, *last;
};

static void check_shape(const char *list, const struct nuncio_shape *shape, struct expected expected)
{
    struct response response;
    struct nuncio_call call = {.size = sizeof call,
                               .cursor_state = expected.cursor_state,
                               .cursor = nuncio_slice(expected.cursor),
                               .text = nuncio_slice(expected.text)};
    struct nuncio_found found;
    memset(&found, 0x55, sizeof found);
    found.size = sizeof found;
    answer(&response, 200, "", list);
    assert_int_equal(response.problem, JSON_GOOD);
    const struct nuncio_response *res = &response.abi;
    nuncio_find_reply(res, nuncio_at(res, ""), shape, &call, &found);
    assert_int_equal(found.size, sizeof found);
    assert_int_equal(found.seen, expected.seen);
    assert_int_equal(found.reserved, 0);
    assert_slice(nuncio_id(res, nuncio_below(res, found.reply, "/id")), expected.reply);
    assert_slice(nuncio_id(res, nuncio_below(res, found.failure, "/id")), expected.failure);
    assert_int_equal(nuncio_present(found.reply), expected.reply != NULL);
    assert_int_equal(nuncio_present(found.failure), expected.failure != NULL);
    assert_slice(found.last, expected.last);
    response_finish(&response);
}

/* The same list the other way round must give the same answer. */
static char *reversed(const char *list)
{
    cJSON *from = cJSON_Parse(list);
    cJSON *to = cJSON_CreateArray();
    while (cJSON_GetArraySize(from) > 0)
        cJSON_AddItemToArray(to, cJSON_DetachItemFromArray(from, cJSON_GetArraySize(from) - 1));
    char *text = cJSON_PrintUnformatted(to);
    cJSON_Delete(from);
    cJSON_Delete(to);
    return text;
}

static void check(const char *list, struct expected expected)
{
    struct nuncio_shape newest_first = plain;
    newest_first.newest_first = 1;
    char *backwards = reversed(list);
    check_shape(list, &plain, expected);
    check_shape(backwards, &newest_first, expected);
    free(backwards);
}

static void ignore_piece(void *context, struct nuncio_slice piece)
{
    (void)context;
    (void)piece;
}

#define USER(id, text)  "{\"id\":" id ",\"role\":\"user\",\"content\":\"" text "\"}"
#define AGENT(id, text) "{\"id\":" id ",\"role\":\"assistant\",\"content\":\"" text "\"}"
#define FAULT(id, text) "{\"id\":" id ",\"role\":\"agent_error\",\"content\":\"" text "\"}"
#define OTHER(id, text) "{\"id\":" id ",\"role\":\"tool\",\"content\":\"" text "\"}"

#define KNOWN(id, our_text) .cursor_state = NUNCIO_CURSOR_KNOWN, .cursor = (id), .text = (our_text)
#define EMPTY(our_text)     .cursor_state = NUNCIO_CURSOR_EMPTY, .text = (our_text)
#define UNKNOWN(our_text)   .cursor_state = NUNCIO_CURSOR_UNKNOWN, .text = (our_text)

static void test_after_known_cursor(void **state)
{
    static const char list[] =
        "[" USER("1", "hello") "," AGENT("2", "old") "," USER("3", "hello") "," AGENT("4", "new") "]";
    (void)state;
    check(list, (struct expected){KNOWN("2", "hello"), .seen = true, .reply = "4", .last = "4"});
    check(list, (struct expected){KNOWN("4", "hello"), .seen = false, .last = "4"});
    /* Exactly one message of the user follows: ours, whatever became of its text. */
    check(list, (struct expected){KNOWN("2", "rewritten"), .seen = true, .reply = "4", .last = "4"});
    check(list, (struct expected){KNOWN("2", NULL), .seen = true, .reply = "4", .last = "4"});
    /* Two follow: the text decides, and the last match is ours. */
    check(list, (struct expected){KNOWN("0", "hello"), .seen = true, .reply = "4", .last = "4"});
}

static void test_old_identical_text(void **state)
{
    static const char list[] = "[" USER("1", "hi") "," AGENT("2", "old answer") "]";
    (void)state;
    check(list, (struct expected){KNOWN("2", "hi"), .last = "2"});
    check("[" USER("1", "hi") "," AGENT("2", "old") "," USER("3", "hi") "]",
          (struct expected){KNOWN("2", "hi"), .seen = true, .last = "3"});
}

static void test_several_after_cursor(void **state)
{
    static const char list[] = "[" AGENT("1", "x") "," USER("2", "a") "," AGENT("3", "to a") "," USER(
        "4", " b\\n") "," AGENT("5", "to b") "," USER("6", "c") "," AGENT("7", "to c") "]";
    (void)state;
    check(list, (struct expected){KNOWN("1", "a"), .seen = true, .reply = "3", .last = "7"});
    check(list, (struct expected){KNOWN("1", "b"), .seen = true, .reply = "5", .last = "7"});
    check(list, (struct expected){KNOWN("1", "\tb "), .seen = true, .reply = "5", .last = "7"});
    check(list, (struct expected){KNOWN("1", "d"), .last = "7"});
    check(list, (struct expected){KNOWN("1", NULL), .last = "7"});
    check(list, (struct expected){KNOWN("1", ""), .last = "7"});
    check(list, (struct expected){KNOWN("5", "d"), .seen = true, .reply = "7", .last = "7"});
}

static void test_empty_cursor(void **state)
{
    static const char list[] = "[" USER("\"u1\"", "a") "," AGENT("\"r1\"", "to a") "," USER(
        "\"u2\"", "b") "," USER("\"u3\"", "a") "," AGENT("\"r3\"", "to a again") "]";
    (void)state;
    check(list, (struct expected){EMPTY("a"), .seen = true, .reply = "r3", .last = "r3"});
    check(list, (struct expected){EMPTY("b"), .seen = true, .last = "r3"});
    check(list, (struct expected){EMPTY("c"), .last = "r3"});
    /* All there is: ours. */
    check("[" USER("1", "rewritten") "," AGENT("2", "r") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "2"});
    check("[" AGENT("1", "greeting") "," USER("2", "a") "]",
          (struct expected){EMPTY("a"), .seen = true, .last = "2"});
    check("[]", (struct expected){EMPTY("a")});
    check("[" AGENT("1", "greeting") "]", (struct expected){EMPTY("a"), .last = "1"});
}

static void test_unknown_cursor(void **state)
{
    static const char list[] =
        "[" USER("1", "a") "," AGENT("2", "to a") "," USER("3", "b") "," AGENT("4", "to b") "]";
    (void)state;
    check(list, (struct expected){UNKNOWN("b"), .seen = true, .reply = "4", .last = "4"});
    check(list, (struct expected){UNKNOWN(" b\n"), .seen = true, .reply = "4", .last = "4"});
    /* It is there, but not as the last of the user. */
    check(list, (struct expected){UNKNOWN("a"), .last = "4"});
    check(list, (struct expected){UNKNOWN("c"), .last = "4"});
    check(list, (struct expected){UNKNOWN(NULL), .last = "4"});
    /* One message of the user is not enough here. */
    check("[" USER("1", "x") "," AGENT("2", "y") "]", (struct expected){UNKNOWN("a"), .last = "2"});
    /* The cursor is not in the list, say since the list is one page. */
    check(list, (struct expected){KNOWN("99", "b"), .seen = true, .reply = "4", .last = "4"});
    check(list, (struct expected){KNOWN("99", "a"), .last = "4"});
    check(list, (struct expected){KNOWN("", "b"), .seen = true, .reply = "4", .last = "4"});
    check(list, (struct expected){KNOWN(NULL, "a"), .last = "4"});
    /* An unknown cursor's value counts for nothing. */
    check(list,
          (struct expected){.cursor_state = NUNCIO_CURSOR_UNKNOWN, .cursor = "2", .text = "z", .last = "4"});
}

static void test_several_replies(void **state)
{
    (void)state;
    check("[" USER("1", "a") "," AGENT("2", "thinking") "," OTHER("3", "tool") "," AGENT("4", "done") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "4", .last = "4"});
    /* What follows the next message of the user is not for us. */
    check("[" USER("1", "a") "," AGENT("2", "for a") "," USER("3", "b") "," AGENT("4", "for b") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "4"});
    check("[" USER("1", "a") "," USER("3", "b") "," AGENT("4", "for b") "]",
          (struct expected){EMPTY("a"), .seen = true, .last = "4"});
}

static void test_messages_without_text(void **state)
{
    (void)state;
    check("[" USER("1", "a") "," AGENT("2", "text") "," AGENT(
              "3", "") ",{\"id\":4,\"role\":\"ai\",\"content\":null}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "4"});
    /* No one has text: the last is all there is. */
    check("[" USER("1", "a") "," AGENT("2", "") "," AGENT("3", " \\n") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "3", .last = "3"});
    check("[" USER("1", "a") ",{\"id\":2,\"role\":\"ai\",\"content\":null,\"parts\":[{\"type\":\"text\","
                             "\"text\":\"r\"}]},"
                             "{\"id\":3,\"role\":\"ai\",\"content\":null,\"parts\":[{\"type\":\"tool\","
                             "\"text\":\"t\"}]}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "3"});
}

/* What is no text where text should be is not passed over: what the agent said before is not the reply. */
static void test_unreadable_texts(void **state)
{
    static const char *const bodies[] = {
        "\"content\":7",
        "\"content\":\"x\",\"content\":\"y\"",
        "\"parts\":\"x\"",
        "\"parts\":[],\"parts\":[]",
        "\"parts\":[null]",
        "\"parts\":[{\"text\":\"x\"}]",
        "\"parts\":[{\"type\":\"text\",\"text\":7}]",
        "\"parts\":[{\"type\":\"text\",\"text\":\"x\",\"text\":\"y\"}]",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        char list[512];
        snprintf(list, sizeof list, "[%s,%s,{\"id\":3,\"role\":\"ai\",%s}]", USER("1", "a"),
                 AGENT("2", "I look it up"), bodies[i]);
        check_shape(list, &plain, (struct expected){EMPTY("a"), .seen = true, .reply = "3", .last = "3"});
        cJSON *message = cJSON_Parse(strrchr(list, ',') ? strstr(list, "{\"id\":3") : list);
        assert_false(response_message_text(&plain, message, ignore_piece, NULL));
        cJSON_Delete(message);
    }
}

/* Our message may come back in parts, with other white space around. */
static void test_our_parts(void **state)
{
    static const char *const ours[] = {
        "{\"type\":\"text\",\"text\":\" two "
        "\"},{\"type\":\"file\",\"text\":\"-\"},{\"type\":\"text\",\"text\":\"words\"}",
        "{\"type\":\"text\",\"text\":\" "
        "\\n\"},{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\",\"text\":\"two words\"},"
        "{\"type\":\"text\",\"text\":\"\\t \"}",
    };
    static const char *const others[] = {
        "{\"type\":\"text\",\"text\":\"two\"},{\"type\":\"text\",\"text\":\"words\"}",
        "{\"type\":\"text\",\"text\":\"two words\"},{\"type\":\"text\",\"text\":\" .\"}",
        "{\"type\":\"text\",\"text\":\"two word\"}",
        "{\"type\":\"text\",\"text\":\"two Words\"}",
        "",
    };
    char list[512];
    (void)state;
    for (size_t i = 0; i < COUNT(ours); i++) {
        snprintf(list, sizeof list, "[%s,{\"id\":2,\"role\":\"user\",\"parts\":[%s]},%s]", USER("1", "x"),
                 ours[i], AGENT("3", "r"));
        check_shape(list, &plain,
                    (struct expected){UNKNOWN("\ttwo words "), .seen = true, .reply = "3", .last = "3"});
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        snprintf(list, sizeof list, "[%s,{\"id\":2,\"role\":\"user\",\"parts\":[%s]},%s]", USER("1", "x"),
                 others[i], AGENT("3", "r"));
        check_shape(list, &plain, (struct expected){UNKNOWN("two words"), .last = "3"});
    }
}

static void test_failures(void **state)
{
    (void)state;
    check("[" USER("1", "a") "," FAULT("2", "sorry") "]",
          (struct expected){EMPTY("a"), .seen = true, .failure = "2", .last = "2"});
    check("[" USER("1", "a") "," FAULT("2", "x") ",{\"id\":3,\"type\":\"system\"}]",
          (struct expected){EMPTY("a"), .seen = true, .failure = "3", .last = "3"});
    /* A reply follows: the agent has recovered. */
    check("[" USER("1", "a") "," FAULT("2", "x") "," AGENT("3", "r") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "3", .last = "3"});
    check("[" USER("1", "a") "," AGENT("2", "half") "," FAULT("3", "x") "]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .failure = "3", .last = "3"});
    /* A message without text is no reply beside a failure. */
    check("[" USER("1", "a") "," AGENT("2", "") "," FAULT("3", "x") "," AGENT("4", "") "]",
          (struct expected){EMPTY("a"), .seen = true, .failure = "3", .last = "4"});
    /* One that follows the next message of the user is not ours. */
    check("[" USER("1", "a") "," USER("2", "b") "," FAULT("3", "x") "]",
          (struct expected){EMPTY("a"), .seen = true, .last = "3"});
    /* Enthusiast repeats our message before it tells the failure. */
    check("[" USER("1", "a") "," USER("2", "a") "," FAULT("3", "x") "]",
          (struct expected){EMPTY("a"), .seen = true, .failure = "3", .last = "3"});
    check("[" FAULT("1", "x") "," USER("2", "a") "]",
          (struct expected){EMPTY("a"), .seen = true, .last = "2"});
}

static void test_roles(void **state)
{
    (void)state;
    /* role if present, else type; other words are passed over. */
    check("[{\"id\":1,\"type\":\"human\",\"content\":\"a\"},{\"id\":2,\"type\":\"ai\",\"content\":\"r\"}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "2"});
    check("[{\"id\":1,\"role\":null,\"type\":\"human\",\"content\":\"a\"},{\"id\":2,\"role\":\"\",\"type\":"
          "\"ai\","
          "\"content\":\"r\"}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "2"});
    check("[{\"id\":1,\"role\":\"file\",\"type\":\"human\",\"content\":\"a\"}," USER(
              "2", "a") ",{\"id\":3,\"role\":"
                        "\"tool\",\"type\":\"ai\",\"content\":\"r\"}]",
          (struct expected){EMPTY("a"), .seen = true, .last = "3"});
    /* Whole words, in their case. */
    check("[{\"id\":1,\"role\":\"use\",\"content\":\"a\"},{\"id\":2,\"role\":\"User\",\"content\":\"a\"},"
          "{\"id\":3,\"role\":\"user "
          "human\",\"content\":\"a\"},{\"id\":4,\"role\":1,\"content\":\"a\"},{\"id\":5}]",
          (struct expected){EMPTY("a"), .last = "5"});
}

static void test_parts(void **state)
{
    (void)state;
    check("[{\"id\":1,\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"a "
          "\"},{\"type\":\"image\",\"text\":"
          "\"no\"},{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"text\"},3]}," USER("2", "x") "]",
          (struct expected){EMPTY("a b"), .seen = true, .last = "2"});
    check("[{\"id\":1,\"role\":\"user\",\"content\":\"\",\"parts\":[{\"type\":\"text\",\"text\":\"a\"}]}]",
          (struct expected){UNKNOWN("a"), .seen = true, .last = "1"});
    /* A message of attachments alone has the empty text; what is not kept is no text at all. */
    check("[{\"id\":1,\"role\":\"user\",\"content\":null}]",
          (struct expected){UNKNOWN(""), .seen = true, .last = "1"});
    check("[{\"id\":1,\"role\":\"user\",\"content\":\"\"}]",
          (struct expected){UNKNOWN(" "), .seen = true, .last = "1"});
    check("[{\"id\":1,\"role\":\"user\",\"content\":\"\"}]", (struct expected){UNKNOWN(NULL), .last = "1"});
    /* The text goes first. */
    check("[{\"id\":1,\"role\":\"user\",\"content\":\"b\",\"parts\":[{\"type\":\"text\",\"text\":\"a\"}]}]",
          (struct expected){UNKNOWN("a"), .last = "1"});
    check("[{\"id\":1,\"role\":\"user\",\"parts\":{\"type\":\"text\",\"text\":\"a\"}}]",
          (struct expected){UNKNOWN("a"), .last = "1"});
}

static void test_ids(void **state)
{
    (void)state;
    /* reversed() would lose digits. */
    check_shape(
        "[" USER("\"a-1\"", "x") "," AGENT("9007199254740993", "y") "," USER("9007199254740995", "z") "]",
        &plain, (struct expected){KNOWN("9007199254740993", "q"), .seen = true, .last = "9007199254740995"});
    /* Without ids: the text alone, and the newest id that there is. */
    check("[{\"role\":\"user\",\"content\":\"a\"},{\"id\":\"r\",\"role\":\"ai\",\"content\":\"r\"},"
          "{\"role\":\"user\",\"content\":\"b\"}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "r", .last = "r"});
    check("[" AGENT("1", "x") ",{\"role\":\"user\",\"content\":\"b\"},{\"id\":null,\"role\":\"tool\"}]",
          (struct expected){KNOWN("1", "c"), .seen = true, .last = "1"});
    check("[{\"role\":\"user\",\"content\":\"b\"}]", (struct expected){KNOWN("1", "b"), .seen = true});
    /* The cursor's own message counts as before, also where it is the user's. */
    check("[" USER("1", "a") "]", (struct expected){KNOWN("1", "a"), .last = "1"});
    /* The newest message counts, whoever wrote it. */
    check("[" USER("1", "a") "," OTHER("7", "x") "]",
          (struct expected){EMPTY("a"), .seen = true, .last = "7"});
}

static void test_strange_lists(void **state)
{
    static const char *const lists[] = {"{\"id\":1}", "null", "\"x\"", "3"};
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++)
        check_shape(lists[i], &plain, (struct expected){EMPTY("a")});
    check("[null,1,\"x\",[]," USER("1", "a") ",null,[1]," AGENT("2", "r") ",{}]",
          (struct expected){EMPTY("a"), .seen = true, .reply = "2", .last = "2"});
    /* A name that is there twice says nothing. */
    check_shape("[{\"id\":1,\"role\":\"user\",\"role\":\"user\",\"content\":\"a\"}]", &plain,
                (struct expected){EMPTY("a"), .last = "1"});
}

static void test_broken_plugin(void **state)
{
    static const struct nuncio_shape bare = {.size = sizeof bare};
    struct nuncio_shape short_shape = plain;
    struct response response;
    struct nuncio_call call = {.size = sizeof call, .text = nuncio_slice("a")};
    struct nuncio_found found = {.size = 7};
    struct nuncio_node none = {NULL};
    (void)state;
    check_shape("[" USER("1", "a") "]", &bare, (struct expected){EMPTY("a")});
    check_shape("[" USER("1", "a") "]", NULL, (struct expected){EMPTY("a")});
    short_shape.size = 8;
    check_shape("[" USER("1", "a") "]", &short_shape, (struct expected){EMPTY("a")});
    answer(&response, 200, "", "[" USER("1", "a") "]");
    const struct nuncio_response *res = &response.abi;
    nuncio_find_reply(res, nuncio_at(res, ""), &plain, &call, NULL);
    found.seen = 1;
    nuncio_find_reply(res, none, &plain, &call, &found);
    assert_int_equal(found.seen, 0);
    found.seen = 1;
    nuncio_find_reply(res, nuncio_at(res, ""), &plain, NULL, &found);
    assert_int_equal(found.seen, 0);
    found.seen = 1;
    res->services->find_reply(NULL, nuncio_at(res, ""), &plain, &call, &found);
    assert_int_equal(found.seen, 0);
    assert_int_equal(found.size, 7);
    response_finish(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_known_cursor),
        cmocka_unit_test(test_old_identical_text),
        cmocka_unit_test(test_several_after_cursor),
        cmocka_unit_test(test_empty_cursor),
        cmocka_unit_test(test_unknown_cursor),
        cmocka_unit_test(test_several_replies),
        cmocka_unit_test(test_messages_without_text),
        cmocka_unit_test(test_unreadable_texts),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_our_parts),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_strange_lists),
        cmocka_unit_test(test_broken_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
