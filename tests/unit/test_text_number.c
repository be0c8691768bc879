/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"
#include "support.h"

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0ms", 0},
        {"500ms", 500},
        {"10s", 10000},
        {"5m", 300000},
        {"1h", 3600000},
        {"30d", INT64_C(2592000000)},
        {"007s", 7000},
        {"0d", 0},
        {"9223372036854775807ms", INT64_MAX},
        {"-1s", -1000},
        {"-0s", 0},
        {"9223372036854775808ms", INT64_MAX},
        {"9223372036854775807s", INT64_MAX},
        {"99999999999999999999999s", INT64_MAX},
        {"-99999999999999999999d", -INT64_MAX},
    };
    static const char *const bad[] = {"",    "0",   "10",  "s",  "ms", "-",    "-s",   "--1s", "+1s",
                                      " 1s", "1 s", "1s ", "1S", "1x", "1.5s", "1m5s", "1us"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t ms = -1;
        assert_true(text_duration(good[i].text, &ms));
        assert_true(ms == good[i].ms);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = -7;
        assert_false(text_duration(bad[i], &ms));
        assert_true(ms == -7);
    }
}

static void test_size(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"0", 0},
                {"512", 512},
                {"64K", 65536},
                {"16M", 16777216},
                {"1G", 1073741824},
                {"-1", -1},
                {"9223372036854775807K", INT64_MAX}};
    static const char *const bad[] = {"", "K", "-K", "1k", "1T", "1 M", "1.5M"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t bytes = -1;
        assert_true(text_size(good[i].text, &bytes));
        assert_true(bytes == good[i].bytes);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t bytes = -7;
        assert_false(text_size(bad[i], &bytes));
        assert_true(bytes == -7);
    }
}

static void test_boolean(void **state)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "YES", "True"};
    static const char *const no[] = {"no", "false", "off", "0", "No", "OFF"};
    static const char *const bad[] = {"", "y", "2", "yes ", "ja", "truee"};
    bool value;
    (void)state;
    for (size_t i = 0; i < COUNT(yes); i++) {
        value = false;
        assert_true(text_boolean(yes[i], &value));
        assert_true(value);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        value = true;
        assert_true(text_boolean(no[i], &value));
        assert_false(value);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        value = true;
        assert_false(text_boolean(bad[i], &value));
        assert_true(value);
    }
}

static void test_integer(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"-7", -7},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "--1",
                                      "1 ",
                                      " 1",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "100000000000000000000"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t value = 99;
        assert_true(text_integer(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t value = 99;
        assert_false(text_integer(bad[i], &value));
        assert_true(value == 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_boolean),
        cmocka_unit_test(test_integer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
