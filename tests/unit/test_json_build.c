/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "support.h"

/* The tree of a text on the heap, exactly as large as it is: a byte beyond is seen by the sanitizer. */
static struct json_document *build(const char *text, char **ret_text)
{
    struct json_document *document = NULL;
    *ret_text = strdup(text);
    assert_non_null(*ret_text);
    assert_int_equal(json_parse_in_place(*ret_text, strlen(text), JSON_VALUE_LIMIT, &document), JSON_GOOD);
    return document;
}

static void check(const char *text, const char *expected)
{
    char *place;
    struct json_document *document = build(text, &place);
    char *printed = json_text(document, json_root(document));
    assert_string_equal(printed, expected);
    free(printed);
    json_destroy(document);
    free(place);
}

static void test_values(void **state)
{
    (void)state;
    check("12", "12");
    check(" -12.50e+3 ", "-12.50e+3");
    check("1 ", "1");
    check("\n0\t\t\n", "0");
    check("\"\"", "\"\"");
    check("true", "true");
    check(" [ 1 , 22 ,333, true ,false,null , \"x\" ] ", "[1,22,333,true,false,null,\"x\"]");
    check("[[],[[ ]],{},{ }]", "[[],[[]],{},{}]");
    check("{\"a\":1,\"b\" : {\"c\":[{\"d\":\"e\"}]},\"\":-0}",
          "{\"a\":1,\"b\":{\"c\":[{\"d\":\"e\"}]},\"\":-0}");
    check("{\"a\":\"b\",\"c\":[\"d\",\"e\"],\"f\":\"g\"}", "{\"a\":\"b\",\"c\":[\"d\",\"e\"],\"f\":\"g\"}");
}

static void check_string(const char *text, const char *expected)
{
    char *place;
    struct json_document *document = build(text, &place);
    struct nuncio_slice string = json_string(json_root(document));
    assert_slice(string, expected);
    /* Nothing was copied. */
    assert_true(string.data >= place && string.data + string.size < place + strlen(text));
    json_destroy(document);
    free(place);
}

static void test_strings(void **state)
{
    (void)state;
    check_string("\"plain\"", "plain");
    check_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    check_string("\"\\u0041\\u00e9\\u00E9\\u20ac\\uFFFF\"", "A\xC3\xA9\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF");
    check_string("\"a\\ud83d\\ude00b\\uDBFF\\uDFFF\"", "a\xF0\x9F\x98\x80"
                                                       "b\xF4\x8F\xBF\xBF");
    check_string("\"\\u0001\\u007f\\u0080\\u07ff\\u0800\"", "\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80");
}

static void test_names(void **state)
{
    char *place;
    struct json_document *document = build("{\"\\u0061\":{\"b\\/c\":1,\"b/c\":2}}", &place);
    (void)state;
    assert_true(json_is_twice(json_root(document), "/a/b~1c"));
    assert_string_equal(json_first(json_first(json_root(document)))->string, "b/c");
    json_destroy(document);
    free(place);
}

/* The items are linked as cJSON links them: each also to the one before, the first to the last. */
static void test_links(void **state)
{
    char *place;
    struct json_document *document = build("[1,2,3]", &place);
    const cJSON *first = json_first(json_root(document));
    (void)state;
    assert_ptr_equal(first->prev, first->next->next);
    assert_ptr_equal(first->next->prev, first);
    assert_null(first->prev->next);
    json_destroy(document);
    free(place);
}

static void test_refused(void **state)
{
    char text[] = "[1,2";
    char many[] = "[1,2]";
    struct json_document *document = NULL;
    (void)state;
    assert_int_equal(json_parse_in_place(text, strlen(text), 10, &document), JSON_MALFORMED);
    assert_int_equal(json_parse_in_place(NULL, 0, 10, &document), JSON_MALFORMED);
    assert_int_equal(json_parse_in_place(many, strlen(many), 2, &document), JSON_TOO_MANY);
    assert_string_equal(text, "[1,2");
    assert_string_equal(many, "[1,2]");
    assert_null(document);
    assert_int_equal(json_parse_in_place(many, strlen(many), 3, &document), JSON_GOOD);
    json_destroy(document);
}

static void test_depth(void **state)
{
    char text[2 * JSON_DEPTH_LIMIT + 2];
    char *place;
    (void)state;
    memset(text, '[', JSON_DEPTH_LIMIT);
    text[JSON_DEPTH_LIMIT] = '7';
    memset(text + JSON_DEPTH_LIMIT + 1, ']', JSON_DEPTH_LIMIT);
    text[sizeof text - 1] = '\0';
    struct json_document *document = build(text, &place);
    const cJSON *item = json_root(document);
    for (int depth = 0; depth < JSON_DEPTH_LIMIT; depth++)
        item = json_first(item);
    assert_slice(json_id(item), "7");
    json_destroy(document);
    free(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_strings), cmocka_unit_test(test_names),
        cmocka_unit_test(test_links),  cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
