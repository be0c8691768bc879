/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"
#include "support.h"

static void test_utf8(void **state)
{
    static const char *const good[] = {
        "",
        "plain",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "a\xC3\xA9z",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xC2\xC2",
        "\xE0\x9F\xBF",
        "\xE0\xA0",
        "\xE1\x80",
        "\xE1\x80\x41",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xEF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80",
        "\xF1\x80\x80\x41",
        "\xF1\x80\xC0\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "ok\xFF",
        "\xE1\xC0\x80",
        "\xF1\x41\x80\x80",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
    assert_true(text_is_utf8("a\0b", 3));
    assert_true(text_is_utf8(NULL, 0));
    /* Cut in the middle: the byte behind the end is not looked at. */
    assert_false(text_is_utf8("\xC3\xA9", 1));
}

static void test_control(void **state)
{
    (void)state;
    assert_false(text_has_control("a b\xC3\xA9~", 6));
    assert_false(text_has_control(NULL, 0));
    assert_true(text_has_control("a\n", 2));
    assert_true(text_has_control("\t", 1));
    assert_true(text_has_control("a\0", 2));
    assert_true(text_has_control("\x1F", 1));
    assert_true(text_has_control("\x7F", 1));
    assert_false(text_has_control("\x80", 1));
}

static void check_clean(const char *data, size_t size, size_t capacity, const char *expected)
{
    char text[64];
    memset(text, 'X', sizeof text);
    text_clean(text, capacity, data, size);
    assert_string_equal(text, expected);
    assert_int_equal(text[capacity], 'X');
}

static void test_clean(void **state)
{
    (void)state;
    check_clean("plain", 5, 32, "plain");
    check_clean(NULL, 0, 1, "");
    check_clean("a", 1, 1, "");
    check_clean("a\x1B[0m\nb\x7F", 8, 32, "a?[0m?b?");
    check_clean("a\0b", 3, 32, "a?b");
    check_clean("\xC2\x9B"
                "31m",
                5, 32, "?31m");
    check_clean("\xC2\xA0\xC3\xA9", 4, 32, "\xC2\xA0\xC3\xA9");
    check_clean("\xFF\xC3", 2, 32, "??");
    check_clean("a\xE2\x80\xAE"
                "b\xE2\x80\xAA\xE2\x81\xA6\xE2\x81\xA9",
                14, 32, "a?b???");
    check_clean("\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA\xE2\x82\xAC", 15, 32,
                "\xE2\x80\xA9\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA\xE2\x82\xAC");
    check_clean("12345", 5, 5, "1234");
    check_clean("123\xC3\xA9", 5, 5, "123");
    check_clean("12\xC3\xA9", 4, 5, "12\xC3\xA9");
}

static void test_trim(void **state)
{
    (void)state;
    assert_slice(text_trim(nuncio_slice(" \t\r\n\v\f a b \n")), "a b");
    assert_slice(text_trim(nuncio_slice("a")), "a");
    assert_slice(text_trim(nuncio_slice(" \n ")), "");
    assert_slice(text_trim(nuncio_slice("")), "");
    assert_slice(text_trim(nuncio_slice(NULL)), NULL);
}

static void test_slice_equal(void **state)
{
    struct nuncio_slice absent = {NULL, 0};
    (void)state;
    assert_true(text_slice_equal(nuncio_slice("a"), nuncio_slice("a")));
    assert_true(text_slice_equal(nuncio_slice(""), nuncio_slice("")));
    assert_false(text_slice_equal(nuncio_slice("a"), nuncio_slice("b")));
    assert_false(text_slice_equal(nuncio_slice("a"), nuncio_slice("ab")));
    assert_false(text_slice_equal(absent, nuncio_slice("")));
    assert_false(text_slice_equal(nuncio_slice(""), absent));
    assert_false(text_slice_equal(absent, absent));
}

static void test_copy(void **state)
{
    (void)state;
    char *copy = text_copy((struct nuncio_slice){"abcdef", 3});
    assert_string_equal(copy, "abc");
    free(copy);
    copy = text_copy(nuncio_slice(""));
    assert_string_equal(copy, "");
    assert_null(text_copy(nuncio_slice(NULL)));
    assert_null(text_copy((struct nuncio_slice){"a", UINT64_MAX}));

    assert_true(text_assign(&copy, nuncio_slice("new")));
    assert_string_equal(copy, "new");
    assert_false(text_assign(&copy, (struct nuncio_slice){"a", UINT64_MAX}));
    assert_string_equal(copy, "new");
    /* The new value may lie in the old one. */
    assert_true(text_assign(&copy, nuncio_slice(copy + 1)));
    assert_string_equal(copy, "ew");
    assert_true(text_assign(&copy, nuncio_slice(NULL)));
    assert_null(copy);
}

static void test_nearest(void **state)
{
    static const char *const keys[] = {
        "timeout",
        NULL,
        "poll_min",
        "poll_max",
        "rate",
        "api_key",
        "a_key_that_is_much_longer_than_anything_that_a_person_would_ever_type_in"};
    (void)state;
    assert_string_equal(text_nearest("timeout", keys, COUNT(keys)), "timeout");
    assert_string_equal(text_nearest("timout", keys, COUNT(keys)), "timeout");
    assert_string_equal(text_nearest("tiemout", keys, COUNT(keys)), "timeout");
    assert_string_equal(text_nearest("apikey", keys, COUNT(keys)), "api_key");
    assert_string_equal(text_nearest("poll_mix", keys, COUNT(keys)), "poll_min");
    assert_string_equal(text_nearest("poll_maxx", keys, COUNT(keys)), "poll_max");
    assert_string_equal(text_nearest("rat", keys, COUNT(keys)), "rate");
    assert_string_equal(text_nearest("xxpoll_min", keys, COUNT(keys)), "poll_min");
    assert_string_equal(text_nearest("poll_minnn", keys, COUNT(keys)), "poll_min");
    assert_string_equal(text_nearest("pll_in", keys, COUNT(keys)), "poll_min");
    assert_null(text_nearest("r", keys, COUNT(keys)));
    assert_null(text_nearest("", keys, COUNT(keys)));
    assert_null(text_nearest("proxy", keys, COUNT(keys)));
    assert_null(text_nearest("time", keys, COUNT(keys)));
    assert_null(text_nearest(keys[6], keys, COUNT(keys)));
    assert_null(text_nearest("rate", keys, 0));
}

static void test_timestamp(void **state)
{
    char text[32];
    (void)state;
    text_timestamp(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    text_timestamp(1795341600123, text);
    assert_string_equal(text, "2026-11-22T10:00:00.123Z");
    text_timestamp(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    text_timestamp(951782400000, text);
    assert_string_equal(text, "2000-02-29T00:00:00.000Z");
    text_timestamp(INT64_MAX, text);
    assert_string_equal(text, "");
    text_timestamp(INT64_MIN, text);
    assert_string_equal(text, "");
}

static void test_wipe(void **state)
{
    (void)state;
    text_wipe(NULL);
    char *secret = text_copy(nuncio_slice("key"));
    text_wipe(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),    cmocka_unit_test(test_control),     cmocka_unit_test(test_clean),
        cmocka_unit_test(test_trim),    cmocka_unit_test(test_slice_equal), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_nearest), cmocka_unit_test(test_timestamp),   cmocka_unit_test(test_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
