/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cli/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1ms", 1},      {"500ms", 500},
        {"10s", 10000},  {"5m", 300000},
        {"1h", 3600000}, {"30d", INT64_C(2592000000)},
        {"007s", 7000},  {"36500d", INT64_C(3153600000000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = -1;

        assert_true(words_duration(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void other_durations_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "10",
        "s",
        "0s",
        "0ms",
        "-1s",
        "+1s",
        "1.5s",
        " 1s",
        "1s ",
        "1 s",
        "1S",
        "1sec",
        "1m30s",
        "0x10s",
        "36501d",
        "9223372036854775807h",
        "9223372036854775808ms",
        "99999999999999999999999999999999999999s",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = 42;

        assert_false(words_duration(cases[i], &ms));
        assert_int_equal(ms, 42);
    }
}

static void numbers_are_digits_alone(void **state)
{
    static const char *const refused[] = {
        "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1000000001", "99999999999999999999"};
    int64_t number = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(words_number(refused[i], &number));
    assert_int_equal(number, 42);
    assert_true(words_number("0", &number));
    assert_int_equal(number, 0);
    assert_true(words_number("1000000000", &number));
    assert_int_equal(number, 1000000000);
}

static void times_are_utc(void **state)
{
    char text[WORDS_TIME_SIZE];

    (void)state;
    words_time(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    words_time(INT64_C(1795341600123), text);
    assert_string_equal(text, "2026-11-22T10:00:00.123Z");
    words_time(INT64_C(253402300800000), text);
    assert_string_equal(text, "10000-01-01T00:00:00.000Z");
}

static void cuts_are_between_characters(void **state)
{
    char text[] = "größe";

    (void)state;
    words_cut(text, 5);
    assert_string_equal(text, "größe");
    words_cut(text, 3);
    assert_string_equal(text, "grö");
    words_cut(text, 0);
    assert_string_equal(text, "");
}

static void near_words_are_found(void **state)
{
    size_t distance;

    (void)state;
    assert_true(words_near("sned", "send", &distance));
    assert_int_equal(distance, 2);
    assert_true(words_near("plugin", "plugins", &distance));
    assert_int_equal(distance, 1);
    assert_true(words_near("send", "send", &distance));
    assert_int_equal(distance, 0);
    assert_false(words_near("wait", "send", &distance));
    assert_false(words_near("", "send", &distance));
    assert_false(words_near("abc", "x", &distance));
    assert_false(words_near("sendsendsendsendsendsendsendsendsend", "send", &distance));
}

/* What words_clean() leaves of a text, always copied to memory of the text's own size for the sanitizers. */
static void assert_cleaned(const char *text, size_t size, const char *wanted)
{
    char *copy = test_malloc(size + 1);
    char *other = test_malloc(size + 1);
    size_t left;

    memcpy(copy, text, size);
    left = words_clean(copy, size, other);
    assert_int_equal(left, strlen(wanted));
    assert_memory_equal(other, wanted, left);
    /* The same in place. */
    left = words_clean(copy, size, copy);
    assert_int_equal(left, strlen(wanted));
    assert_memory_equal(copy, wanted, left);
    test_free(copy);
    test_free(other);
}

#define ASSERT_CLEANED(text, wanted) assert_cleaned(text, sizeof(text) - 1, wanted)

static void plain_text_stays(void **state)
{
    (void)state;
    ASSERT_CLEANED("", "");
    ASSERT_CLEANED("a\tb\n", "a\tb\n");
    ASSERT_CLEANED("Grüße, 你好, 🙂\n", "Grüße, 你好, 🙂\n");
    /* U+00A0 and U+00C0 are next to the C1 controls. */
    ASSERT_CLEANED("\302\240\303\200", "\302\240\303\200");
}

static void controls_go(void **state)
{
    (void)state;
    ASSERT_CLEANED("a\0b\a\b\v\f\r\177z", "abz");
    ASSERT_CLEANED("a\302\205b\302\200", "ab");
}

static void reversals_go(void **state)
{
    (void)state;
    ASSERT_CLEANED("rm \342\200\256txt.\342\200\254x", "rm txt.x");
    ASSERT_CLEANED("\342\200\252\342\200\253\342\200\255\342\201\246\342\201\247\342\201\250\342\201\251",
                   "");
    /* Their neighbours are a line separator, a narrow blank, and nothing yet. */
    ASSERT_CLEANED("\342\200\251\342\200\257\342\201\245\342\201\252\342\202\256",
                   "\342\200\251\342\200\257\342\201\245\342\201\252\342\202\256");
    ASSERT_CLEANED("\342\200", "??");
}

static void escape_sequences_go(void **state)
{
    (void)state;
    ASSERT_CLEANED("a\033[31mred\033[0m", "ared");
    ASSERT_CLEANED("\033[?25l\033[2 qx", "x");
    ASSERT_CLEANED("\033]0;title\007x", "x");
    ASSERT_CLEANED("\033]8;;http://y\033\\x", "x");
    ASSERT_CLEANED("\033Psixel\302\234x", "x");
    ASSERT_CLEANED("\033(Bx\0337y\033cz", "xyz");
    ASSERT_CLEANED("\302\23331mx\302\235title\007y", "xy");
}

static void broken_sequences_hide_nothing(void **state)
{
    (void)state;
    ASSERT_CLEANED("\033", "");
    ASSERT_CLEANED("a\033[", "a");
    ASSERT_CLEANED("a\033[31", "a");
    ASSERT_CLEANED("a\033[31\nb", "a\nb");
    ASSERT_CLEANED("\033]no end", "no end");
    ASSERT_CLEANED("\033\033[1mx", "x");
    ASSERT_CLEANED("\033\nx", "\nx");
}

static void what_is_no_utf8_is_marked(void **state)
{
    (void)state;
    ASSERT_CLEANED("a\233b", "a?b");
    ASSERT_CLEANED("\303", "?");
    ASSERT_CLEANED("\342\202", "??");
    ASSERT_CLEANED("\300\200\340\200\200", "?????");
    ASSERT_CLEANED("\355\240\200", "???");
    ASSERT_CLEANED("\364\220\200\200\377", "?????");
}

static void lines_become_one(void **state)
{
    char text[] = "a\nb\tc\033[1m\rd\n";

    (void)state;
    words_one_line(text);
    assert_string_equal(text, "a b cd ");
}

static void width_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(words_width(""), 0);
    assert_int_equal(words_width("abc"), 3);
    assert_int_equal(words_width("Grüße"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(other_durations_are_refused),
        cmocka_unit_test(numbers_are_digits_alone),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(cuts_are_between_characters),
        cmocka_unit_test(near_words_are_found),
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(controls_go),
        cmocka_unit_test(reversals_go),
        cmocka_unit_test(escape_sequences_go),
        cmocka_unit_test(broken_sequences_hide_nothing),
        cmocka_unit_test(what_is_no_utf8_is_marked),
        cmocka_unit_test(lines_become_one),
        cmocka_unit_test(width_counts_characters),
    };

    return cmocka_run_group_tests_name("cli_words", tests, NULL, NULL);
}
