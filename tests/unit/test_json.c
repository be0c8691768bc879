/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "support.h"

static struct json_document *parse(const char *text)
{
    struct json_document *document = NULL;
    enum json_problem problem = json_parse(text, strlen(text), &document);
    if (problem)
        print_error("%s: %s\n", text, json_problem_text(problem));
    assert_int_equal(problem, JSON_GOOD);
    assert_non_null(document);
    return document;
}

static void test_parse(void **state)
{
    struct json_document *document = NULL;
    (void)state;
    assert_int_equal(json_parse("[1", 2, &document), JSON_MALFORMED);
    assert_int_equal(json_parse(NULL, 0, &document), JSON_MALFORMED);
    assert_int_equal(json_parse("", 0, &document), JSON_MALFORMED);
    assert_int_equal(json_parse("\"\\u0000\"", 8, &document), JSON_NUL);
    assert_null(document);
    /* Only `size` bytes are the text. */
    assert_int_equal(json_parse("12x", 2, &document), JSON_GOOD);
    int64_t value = 0;
    assert_true(json_integer(json_root(document), &value));
    assert_int_equal(value, 12);
    json_destroy(document);
    json_destroy(NULL);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void test_no_memory(void **state)
{
    struct json_document *document = parse("[1,2]");
    cJSON_Hooks hooks = {no_memory, free};
    (void)state;
    cJSON_InitHooks(&hooks);
    assert_null(json_text(document, json_root(document)));
    /* Reading needs no memory. */
    assert_slice(json_id(json_first(json_root(document))), "1");
    assert_non_null(json_at(json_root(document), "/1"));
    cJSON_InitHooks(NULL);
    json_destroy(document);
}

static void test_problem_text(void **state)
{
    (void)state;
    for (int problem = JSON_GOOD; problem <= JSON_NO_MEMORY + 1; problem++)
        assert_true(strlen(json_problem_text((enum json_problem)problem)) > 5);
}

static void test_absent(void **state)
{
    int64_t integer = 7;
    double number = 7;
    (void)state;
    assert_null(json_root(NULL));
    assert_null(json_member(NULL, "a"));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_text(NULL, NULL));
    assert_slice(json_string(NULL), NULL);
    assert_slice(json_id(NULL), NULL);
    assert_false(json_integer(NULL, &integer));
    assert_false(json_number(NULL, &number));
    assert_false(json_is_null(NULL));
    assert_false(json_is_array(NULL));
    assert_false(json_is_object(NULL));
    assert_int_equal(integer, 7);
    assert_true(number == 7);
}

static void test_member(void **state)
{
    struct json_document *document = parse("{\"a\":1,\"A\":2,\"twice\":1,\"b/c\":3,\"twice\":2}");
    const cJSON *root = json_root(document);
    int64_t value = 0;
    (void)state;
    assert_true(json_integer(json_member(root, "a"), &value) && value == 1);
    assert_true(json_integer(json_member(root, "A"), &value) && value == 2);
    assert_true(json_integer(json_member(root, "b/c"), &value) && value == 3);
    assert_null(json_member(root, "B/c"));
    assert_null(json_member(root, "twice"));
    assert_null(json_member(root, ""));
    assert_null(json_member(root, NULL));
    assert_null(json_member(json_member(root, "a"), "a"));
    json_destroy(document);
}

static void test_walk(void **state)
{
    struct json_document *document = parse("{\"list\":[1,\"x\",null],\"empty\":[],\"text\":\"t\"}");
    const cJSON *root = json_root(document);
    (void)state;
    const cJSON *list = json_first(root);
    assert_true(json_is_array(list));
    assert_true(json_is_object(root));
    const cJSON *item = json_next(json_first(list));
    assert_slice(json_string(item), "x");
    assert_true(json_is_null(json_next(item)));
    assert_null(json_next(json_next(item)));
    assert_null(json_first(json_next(list)));
    assert_null(json_first(json_member(root, "text")));
    json_destroy(document);
}

static void test_string(void **state)
{
    struct json_document *document =
        parse("[\"\",\"\\u0001\\ud83d\\ude00\\/\",12345678901234567890,1,true,null,[],{}]");
    const cJSON *item = json_first(json_root(document));
    (void)state;
    assert_slice(json_string(item), "");
    item = json_next(item);
    assert_slice(json_string(item), "\x01\xF0\x9F\x98\x80/");
    while ((item = json_next(item)) != NULL)
        assert_slice(json_string(item), NULL);
    json_destroy(document);
}

static void check_id(const char *text, const char *expected)
{
    struct json_document *document = parse(text);
    struct nuncio_slice first = json_id(json_root(document));
    assert_slice(first, expected);
    /* It stays where it is: another id does not overwrite it. */
    assert_ptr_equal(json_id(json_root(document)).data, first.data);
    json_destroy(document);
}

static void test_id(void **state)
{
    (void)state;
    check_id("\"a b\"", "a b");
    check_id("\"\"", NULL);
    check_id("0", "0");
    check_id("42", "42");
    check_id("-7", "-7");
    check_id("123456789012345", "123456789012345");
    check_id("9007199254740993", "9007199254740993");
    check_id("-9007199254740993", "-9007199254740993");
    check_id("12345678901234567890123456789012345678901234567890123456789012345678901234567890",
             "12345678901234567890123456789012345678901234567890123456789012345678901234567890");
    check_id("1.5", NULL);
    check_id("0.1000000000000000055", NULL);
    check_id("12345678901234567e3", NULL);
    check_id("1e100", NULL);
    check_id("true", NULL);
    check_id("null", NULL);
    check_id("[]", NULL);
    check_id("{}", NULL);
}

static void test_ids_side_by_side(void **state)
{
    struct json_document *document = parse("[1,22,333]");
    const cJSON *item = json_first(json_root(document));
    (void)state;
    struct nuncio_slice one = json_id(item);
    struct nuncio_slice two = json_id(json_next(item));
    struct nuncio_slice three = json_id(json_next(json_next(item)));
    assert_slice(one, "1");
    assert_slice(two, "22");
    assert_slice(three, "333");
    /* And the numbers are still numbers. */
    char *text = json_text(document, json_root(document));
    assert_string_equal(text, "[1,22,333]");
    free(text);
    json_destroy(document);
}

static void check_integer(const char *text, bool expected, int64_t expected_value)
{
    struct json_document *document = parse(text);
    int64_t value = 77;
    assert_int_equal(json_integer(json_root(document), &value), expected);
    assert_true(value == (expected ? expected_value : 77));
    json_destroy(document);
}

static void test_integer(void **state)
{
    (void)state;
    check_integer("0", true, 0);
    check_integer("-0", true, 0);
    check_integer("-12", true, -12);
    check_integer("3.0", true, 3);
    check_integer("9007199254740992.0", true, INT64_C(9007199254740992));
    check_integer("-9007199254740994.0", false, 0);
    check_integer("1e3", true, 1000);
    check_integer("9007199254740993", true, INT64_C(9007199254740993));
    check_integer("9223372036854775807", true, INT64_MAX);
    check_integer("-9223372036854775808", true, INT64_MIN);
    check_integer("9223372036854775808", false, 0);
    check_integer("-9223372036854775809", false, 0);
    check_integer("123456789012345.5", false, 0);
    check_integer("1.5", false, 0);
    check_integer("1e30", false, 0);
    check_integer("1e300", false, 0);
    check_integer("\"12\"", false, 0);
    check_integer("true", false, 0);
    check_integer("null", false, 0);
}

static void test_number(void **state)
{
    struct json_document *document = parse("[0.00125,9007199254740993,0.12345678901234567,\"1\",null]");
    const cJSON *item = json_first(json_root(document));
    double value = 0;
    (void)state;
    assert_true(json_number(item, &value) && value == 0.00125);
    item = json_next(item);
    assert_true(json_number(item, &value) && value == 9007199254740992.0);
    item = json_next(item);
    assert_true(json_number(item, &value) && value == 0.12345678901234567);
    item = json_next(item);
    assert_false(json_number(item, &value));
    assert_false(json_number(json_next(item), &value));
    json_destroy(document);
}

static void check_text(const char *text)
{
    struct json_document *document = parse(text);
    char *printed = json_text(document, json_root(document));
    assert_string_equal(printed, text);
    free(printed);
    json_destroy(document);
}

static void test_text(void **state)
{
    (void)state;
    check_text("null");
    check_text("{\"a\":[1,-2.5,true,false,null,{\"b\":\"\xC3\xA9\"}]}");
    check_text("\"a\\\"b\\\\c\\nd\\u0001\"");
    check_text("12345678901234567890");
    check_text("[9007199254740991,9007199254740993,-1234567890123456789,\"1\",1]");
    check_text("{\"cost\":0.1000000000000000055,\"n\":\"\\\"12\"}");
    check_text("[123456789012345,100000000000000,0.12345678901234]");
    check_text("[1.0,1e2,-0,0.10,1E+2]");
    check_text("{\"1\":1,\"\\\"\":[[[2]],3]}");
    check_text("\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_problem_text),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_member),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_string),
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_ids_side_by_side),
        cmocka_unit_test(test_integer),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
