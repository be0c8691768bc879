/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "support.h"

#include <locale.h>

static enum json_problem scan(const char *text, size_t size)
{
    size_t values = 0;
    /* An exact copy on the heap: a byte read behind it is seen by the sanitizer. */
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    enum json_problem problem = json_scan(exact, size, JSON_VALUE_LIMIT, &values);
    free(exact);
    assert_true((problem == JSON_GOOD) == (values > 0));
    return problem;
}

static void check(const char *text, enum json_problem expected)
{
    enum json_problem problem = scan(text, strlen(text));
    if (problem != expected)
        print_error("%s: %d, not %d\n", text, problem, expected);
    assert_int_equal(problem, expected);
}

/* One a line would be three pages. */
/* clang-format off */
static const char *const good[] = {
    "0", "-0", "1", "10", "-12.5", "1e5", "1E+5", "1e-5", "0.0", "0e0", "1.5e300", "true", "false", "null",
    "\"\"", "\"a\"", "[]", "{}", " [ ] ", "\t{\r\n}\n", "[1,2]", "[[],{}]", "{\"a\":1}",
    "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"e\"}", " [ 1 , \"a\" , { \"b\" : true } ] ",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0001\\u00e9\\uFFFF\"", "\"\\ud83d\\ude00\"",
    "\"\\uD800\\uDC00\"", "\"\\udbff\\udfff\"", "\"\\uaAfF\\uFfAa\\uE000\\ud7ff\"", "\"\xC3\xA9\xF0\x9F\x98\x80\x7F\"", "{\"\":0}", "{\"a\":1,\"a\":2}", "1e-999",
};

static const char *const malformed[] = {
    "", " ", "x", "tru", "True", "nul", "nulll", "truefalse", "1 2", "[] []", "{}x", "\"a\" \"b\"", "1,",
    "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1e-", "-a", "0x1", "1_000", "--1", "-01", "00",
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e309", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"",
    "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u 123\"", "\"\\u-123\"", "\"\\U0041\"", "\"\\'\"", "'a'",
    "\"a\tb\"", "\"a\nb\"", "\"a\x01\"", "\"\x1F\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\\"",
    "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\udfff\"", "\"\\udbff\\ue000\"", "\"\\u00:0\"", "\"\\u00@0\"", "\"\\u00`0\"", "\"\\u00G0\"", "\"\\ud800\\ud800\"", "\"\\ude00\\ud83d\"",
    "\"\\ud83d\\u", "\"\\ud83d", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[1:2]", "[}", "{",
    "}", "{1:2}", "{a:1}", "{'a':1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\",1}",
    "{\"a\":1]", "{\"a\":1 \"b\":2}", "{\"a\":1,2}", "{\"a\"", "{\"a", "{\"a\":", "{]", "\xEF\xBB\xBF[]",
    "[]\xEF\xBB\xBF", "\v[]", "\xC2\xA0[]", "/**/1", "[1]//", "\f1",
};

/* clang-format on */

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        check(good[i], JSON_GOOD);
}

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++)
        check(malformed[i], JSON_MALFORMED);
    assert_int_equal(scan("1\0", 2), JSON_MALFORMED);
    assert_int_equal(scan("\0", 1), JSON_MALFORMED);
    assert_int_equal(scan("\"a\0b\"", 5), JSON_MALFORMED);
    assert_int_equal(scan("\"\\\0\"", 4), JSON_MALFORMED);
}

static void test_problems(void **state)
{
    (void)state;
    check("\"\xFF\"", JSON_NOT_UTF8);
    check("\"\xC3\"", JSON_NOT_UTF8);
    check("\"\xED\xA0\x80\"", JSON_NOT_UTF8);
    check("\xFF\xFE[\0]", JSON_NOT_UTF8);
    check("\"\\u0000\"", JSON_NUL);
    check("{\"a\\u0000b\":1}", JSON_NUL);
    check("\"\\\\u0000\"", JSON_GOOD);
}

/* Every cut of a text is refused, whatever stands behind the cut. */
static void test_every_cut(void **state)
{
    static const char text[] =
        "{\"a\":[1.5e3,\"\\ud83d\\ude00\\n\xC3\xA9\",true,false,null,{}],\"b\":{\"c\":-0.1}}";
    (void)state;
    assert_int_equal(scan(text, strlen(text)), JSON_GOOD);
    for (size_t size = 0; size < strlen(text); size++)
        assert_int_not_equal(scan(text, size), JSON_GOOD);
}

/* A small body of many values would take a hundred times its size. */
static void test_many_values(void **state)
{
    size_t size = 2 * JSON_VALUE_LIMIT + 3;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 1; i + 1 < size; i += 2)
        memcpy(text + i, "1,", 2);
    size_t most = 2 * (JSON_VALUE_LIMIT - 1); /* the array is a value too */
    text[most] = ']';
    assert_int_equal(scan(text, most + 1), JSON_GOOD);
    text[most] = ',';
    text[most + 2] = ']';
    assert_int_equal(scan(text, most + 3), JSON_TOO_MANY);
    free(text);
}

static void test_depth(void **state)
{
    char text[2 * JSON_DEPTH_LIMIT + 4];
    (void)state;
    memset(text, '[', JSON_DEPTH_LIMIT);
    memset(text + JSON_DEPTH_LIMIT, ']', JSON_DEPTH_LIMIT);
    assert_int_equal(scan(text, (size_t)JSON_DEPTH_LIMIT * 2), JSON_GOOD);
    memset(text, '[', JSON_DEPTH_LIMIT + 1);
    memset(text + JSON_DEPTH_LIMIT + 1, ']', JSON_DEPTH_LIMIT + 1);
    assert_int_equal(scan(text, (size_t)JSON_DEPTH_LIMIT * 2 + 2), JSON_TOO_DEEP);

    static const size_t too_deep[] = {201, 999, 1000, 1001};
    char *lists = malloc(2002);
    assert_int_equal(JSON_DEPTH_LIMIT, 200);
    for (size_t i = 0; i < COUNT(too_deep); i++) {
        memset(lists, '[', too_deep[i]);
        memset(lists + too_deep[i], ']', too_deep[i]);
        assert_int_equal(scan(lists, too_deep[i] * 2), JSON_TOO_DEEP);
    }
    free(lists);

    /* Far too deep, and never closed. */
    size_t size = 1000000;
    char *deep = malloc(size);
    for (size_t i = 0; i < size; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    assert_int_equal(scan(deep, size), JSON_TOO_DEEP);
    free(deep);
}

/* Names are none; what contains others is one. */
static void test_count(void **state)
{
    static const char text[] = "{\"a\":[1,\"b\",{}],\"c\":null,\"d\":[[]]}";
    size_t values = 77;
    (void)state;
    assert_int_equal(json_scan(text, strlen(text), 7, &values), JSON_TOO_MANY);
    assert_int_equal(json_scan(text, strlen(text), 0, &values), JSON_TOO_MANY);
    assert_int_equal(values, 77);
    assert_int_equal(json_scan(text, strlen(text), 8, &values), JSON_GOOD);
    assert_int_equal(values, 8);
    assert_int_equal(json_scan("1", 1, SIZE_MAX, &values), JSON_GOOD);
    assert_int_equal(values, 1);
}

static void test_long_numbers(void **state)
{
    char text[500];
    (void)state;
    memset(text, '9', sizeof text);
    assert_int_equal(scan(text, 300), JSON_GOOD);
    assert_int_equal(scan(text, 310), JSON_MALFORMED);
    assert_int_equal(scan(text, 500), JSON_MALFORMED);
    memset(text, '0', sizeof text);
    text[1] = '.';
    assert_int_equal(scan(text, 400), JSON_GOOD);
    assert_int_equal(scan(text, 401), JSON_MALFORMED);
}

static void check_number(void)
{
    double value = 0;
    assert_true(json_scan_number("-12.25e1", 8, &value));
    assert_true(value == -122.5);
    assert_true(json_scan_number("0.5xx", 3, &value));
    assert_true(value == 0.5);
    value = 7;
    assert_false(json_scan_number("1e999", 5, &value));
    assert_false(json_scan_number("1.5x", 4, &value));
    assert_true(value == 7);
}

static void test_number(void **state)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ps_AF.UTF-8"};
    (void)state;
    check_number();
    for (size_t i = 0; i < COUNT(locales); i++) {
        if (setlocale(LC_NUMERIC, locales[i]))
            check_number();
    }
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_problems),    cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_many_values), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_count),       cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
