/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_reader.h"
#include "configuration_line.h"
#include "support.h"

static struct config_document document;

static void parse_bytes(const char *text, size_t size)
{
    struct nuncio_failure failure;
    /* A copy without a final NUL, so that AddressSanitizer sees a read behind the end. */
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    config_document_finish(&document);
    assert_int_equal(config_document_parse(copy, size, &document, &failure), 0);
    free(copy);
}

static void parse(const char *text)
{
    parse_bytes(text, strlen(text));
}

static int finish(void **state)
{
    (void)state;
    config_document_finish(&document);
    return 0;
}

static void check_item(size_t index, unsigned line, const char *name, const char *value)
{
    assert_true(index < document.count);
    assert_string_equal(document.items[index].name, name);
    if (value)
        assert_string_equal(document.items[index].value, value);
    else
        assert_null(document.items[index].value);
    assert_int_equal(document.items[index].line, line);
}

static void test_syntax(void **state)
{
    (void)state;
    parse("; a comment\n"
          "# another\n"
          "\n"
          "[ provider \t sales ] ; comment\n"
          "base_url = https://x.example/a;b ; comment\r\n"
          "user_id: 7\n"
          "empty =\n"
          "gone = ; comment\n"
          "kept =;x\n"
          "  \t \n"
          "a = b = c: d\n"
          "[nuncio]# comment\n"
          "   indented = 1\n"
          "last = \xC3\xA9\tz");
    assert_int_equal(document.error_line, 0);
    assert_int_equal(document.count, 10);
    check_item(0, 4, "provider sales", NULL);
    check_item(1, 5, "base_url", "https://x.example/a;b");
    check_item(2, 6, "user_id", "7");
    check_item(3, 7, "empty", "");
    check_item(4, 8, "gone", "");
    check_item(5, 9, "kept", ";x");
    check_item(6, 11, "a", "b = c: d");
    check_item(7, 12, "nuncio", NULL);
    check_item(8, 13, "indented", "1");
    check_item(9, 14, "last", "\xC3\xA9\tz");
}

static void test_nothing(void **state)
{
    static const char *const texts[] = {"", "\n", "\xEF\xBB\xBF", "\r\n", ";", "#x\n;y"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        parse(texts[i]);
        assert_int_equal(document.error_line, 0);
        assert_int_equal(document.count, 0);
    }
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    parse("\xEF\xBB\xBF[nuncio]\nstore = memory\n");
    assert_int_equal(document.error_line, 0);
    check_item(0, 1, "nuncio", NULL);
    check_item(1, 2, "store", "memory");
}

static void test_empty_section(void **state)
{
    (void)state;
    parse("[providr x]\n[]\n[ ]\n");
    assert_int_equal(document.error_line, 0);
    assert_int_equal(document.count, 3);
    check_item(0, 1, "providr x", NULL);
    check_item(1, 2, "", NULL);
    check_item(2, 3, "", NULL);
}

/* inih as distributions build it cuts names at 49 bytes and lines at 200. */
static void test_long(void **state)
{
    static char text[CONFIG_LINE_LIMIT + 1024];
    char name[101];
    (void)state;
    memset(name, 'n', 100);
    name[100] = '\0';
    static const int sizes[] = {1,   150, 180, 185, 190, 195, 196,  197, 198,
                                199, 200, 201, 202, 255, 256, 4000, 8000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *value = malloc((size_t)sizes[i] + 1);
        assert_non_null(value);
        memset(value, 'v', (size_t)sizes[i]);
        value[sizes[i]] = '\0';
        snprintf(text, sizeof text, "[provider %s]\n%s = %s ; comment ; more\nnext=1\n", name, name, value);
        parse(text);
        assert_int_equal(document.error_line, 0);
        assert_int_equal(document.count, 3);
        assert_int_equal(strlen(document.items[0].name), 109);
        check_item(1, 2, name, value);
        check_item(2, 3, "next", "1");
        free(value);
    }
}

/* What inih does with a short line and we with a long one is the same. */
static void test_long_like_short(void **state)
{
    static const char *const lines[] = {
        "key = value",  "key=value",  "key:value",     "key = a;b",       "key = a ;b",
        "key =;b",      "key = ;b",   "key\t=\tb\t;c", "key = a  b  ;c",  "key = \"a ;b\"",
        "key name = v", "key = = v",  "key : a = b",   "key = a:b = c:d", "k\xC3\xA9y = v\xC3\xA9",
        "key == v",     "key = v ;;", "key = v; w ;x", "key = v;",        "key = ; ;",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        char text[1024];
        char name[64];
        char value[64];
        snprintf(text, sizeof text, "[s]\n%s\n", lines[i]);
        parse(text);
        assert_int_equal(document.error_line, 0);
        assert_int_equal(document.count, 2);
        snprintf(name, sizeof name, "%s", document.items[1].name);
        snprintf(value, sizeof value, "%s", document.items[1].value);
        snprintf(text, sizeof text, "[s]\n%s%300s;%300s\n", lines[i], "", "x");
        parse(text);
        assert_int_equal(document.error_line, 0);
        assert_int_equal(document.count, 2);
        check_item(1, 2, name, value);
    }
}

static void test_continuation(void **state)
{
    (void)state;
    parse("[s]\n"
          "body = {\n"
          "  \"a\": 1, ; comment\n"
          "\n"
          "; comment\n"
          "\t[2]\n"
          "  }\n"
          "next = 1\n");
    assert_int_equal(document.error_line, 0);
    assert_int_equal(document.count, 3);
    check_item(1, 2, "body", "{\n\"a\": 1,\n[2]\n}");
    check_item(2, 8, "next", "1");
}

struct mistake {
    const char *text;
    unsigned line;
    size_t count; /* items before it */
    const char *message;
};

#define SECTIONS "[nuncio], [provider NAME] or [agent NAME]"

static const struct mistake mistakes[] = {
    {"[s]\nkey\n", 2, 1, "neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"[s]\nkey\nother\na = 1\n", 2, 1, "neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"[s]\na ;b = 1\n", 2, 1, "neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"[s]\nx = 1\nkey\n[provider x\n", 3, 2, "neither a section nor a key; write [SECTION] or KEY = VALUE"},
    {"\n[provider x\nkey = 1\n", 2, 0, "the section header has no ']'; write " SECTIONS},
    {"[provider x] plugin = y\n", 1, 0, "text after the section header; only a comment may follow ']'"},
    {"[provider x]]\n", 1, 0, "text after the section header; only a comment may follow ']'"},
    {"[s]\n= 1\n", 2, 1, "there is no key before the '='; write KEY = VALUE"},
    {"\nkey = 1\n[s]\n", 2, 0, "key stands before the first section; put it below " SECTIONS},
    {"[s]\nkey = a\x01\n", 2, 1, "the line has a control character (byte 0x01); only tabs are allowed"},
    {"[s]\n; \x7f\n", 2, 1, "the line has a control character (byte 0x7f); only tabs are allowed"},
    {"[s]\nkey = a\rb\n", 2, 1, "the line has a control character (byte 0x0d); only tabs are allowed"},
    {"[s]\nkey = \xFF\n", 2, 1, "the line is not UTF-8; save the file as UTF-8"},
    {"[s]\nkey = a\n  user_id = b\n", 3, 2,
     "an indented line continues the value of key in line 2, and this one looks like a line of its own; "
     "remove the "
     "indentation"},
    {"[s]\nkey = a\n\n  user_id: b\n", 4, 2,
     "an indented line continues the value of key in line 2, and this one looks like a line of its own; "
     "remove the "
     "indentation"},
    {"[s]\nkey = a\n [agent x]\n", 3, 2,
     "an indented line continues the value of key in line 2, and this one looks like a line of its own; "
     "remove the "
     "indentation"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        parse(mistakes[i].text);
        assert_string_equal(document.failure.text, mistakes[i].message);
        assert_int_equal(document.failure.error_class, NUNCIO_ERROR_INVALID);
        assert_int_equal(document.error_line, mistakes[i].line);
        assert_int_equal(document.count, mistakes[i].count);
    }
}

static void test_nul(void **state)
{
    (void)state;
    parse_bytes("[s]\nkey = a\0b\n", 14);
    assert_int_equal(document.error_line, 2);
    assert_string_equal(document.failure.text,
                        "the line has a control character (byte 0x00); only tabs are allowed");
}

static void test_limits(void **state)
{
    static char text[2 * CONFIG_LINE_LIMIT];
    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "[s]\nk=", 6);
    parse_bytes(text, 4 + CONFIG_LINE_LIMIT);
    assert_int_equal(document.error_line, 0);
    assert_int_equal(document.count, 2);
    assert_int_equal(strlen(document.items[1].value), CONFIG_LINE_LIMIT - 2);
    parse_bytes(text, 4 + CONFIG_LINE_LIMIT + 1);
    assert_int_equal(document.error_line, 2);
    assert_string_equal(document.failure.text, "the line has 8193 bytes; at most 8192 are allowed");
    text[4] = '[';
    text[4 + CONFIG_LINE_LIMIT - 1] = ']';
    parse_bytes(text, 4 + CONFIG_LINE_LIMIT);
    assert_int_equal(document.error_line, 0);
    assert_int_equal(strlen(document.items[1].name), CONFIG_LINE_LIMIT - 2);
    memset(text + 4, 'k', CONFIG_LINE_LIMIT);
    parse_bytes(text, 4 + CONFIG_LINE_LIMIT);
    assert_int_equal(document.error_line, 2);
    assert_string_equal(document.failure.text, "neither a section nor a key; write [SECTION] or KEY = VALUE");
    text[4 + 300] = '=';
    parse_bytes(text, 4 + CONFIG_LINE_LIMIT);
    assert_int_equal(document.error_line, 2);
    assert_string_equal(document.failure.text, "the key is too long");
}

/* No text breaks it, and what it accepts is in order. */
static void test_noise(void **state)
{
    static const char letters[] = "[]=:;# \t\r\n\nabk\"\xC3\xA9";
    unsigned random = 1;
    char text[600];
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = 0;
        random = random * 1103515245u + 12345u;
        size_t wanted = random / 65536u % sizeof text;
        while (size < wanted) {
            random = random * 1103515245u + 12345u;
            text[size++] = letters[random / 65536u % (sizeof letters - 1)];
        }
        if (round % 3 == 0 && wanted > 10)
            memcpy(text, "[s]\n", 4);
        parse_bytes(text, size);
        unsigned line = 0;
        for (size_t i = 0; i < document.count; i++) {
            assert_true(document.items[i].line > line);
            line = document.items[i].line;
        }
        if (document.error_line)
            assert_true(document.error_line > line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_empty_section),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_long_like_short),
        cmocka_unit_test(test_continuation),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
