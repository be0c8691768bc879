/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "buffer.h"
#include "support.h"

/* Under the sanitizer malloc() would end the program where there is no memory. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void test_empty(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 10);
    assert_string_equal(buffer_text(&buffer), "");
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer_failed(&buffer), 0);
    buffer_reset(&buffer);
    buffer_append(&buffer, NULL, 0);
    assert_string_equal(buffer.data, "");
    buffer_finish(&buffer);
    assert_null(buffer.data);
}

static void test_append(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, SIZE_MAX);
    buffer_append(&buffer, "a\0b", 3);
    buffer_append_text(&buffer, "cd");
    buffer_append_char(&buffer, 'e');
    buffer_append_format(&buffer, "%d-%s", 42, "f");
    assert_int_equal(buffer.size, 10);
    assert_memory_equal(buffer.data, "a\0bcde42-f", 11);
    buffer_finish(&buffer);
}

static void test_grows(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 1000000);
    for (int i = 0; i < 100000; i++)
        buffer_append_char(&buffer, (char)('a' + i % 26));
    assert_int_equal(buffer.size, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    buffer_append_format(&buffer, "%0500d", 7);
    assert_int_equal(buffer.size, 100500);
    assert_int_equal(buffer.data[100499], '7');
    buffer_finish(&buffer);
}

static void test_limit(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 4);
    buffer_append_text(&buffer, "abcd");
    assert_int_equal(buffer_failed(&buffer), 0);
    buffer_append_char(&buffer, 'e');
    assert_int_equal(buffer_failed(&buffer), 2);
    buffer_append_text(&buffer, "");
    buffer_append_format(&buffer, "%s", "x");
    assert_string_equal(buffer_text(&buffer), "abcd");
    assert_null(buffer_take(&buffer));
    assert_int_equal(buffer_failed(&buffer), 0);
    assert_int_equal(buffer.size, 0);

    buffer_append_format(&buffer, "%s", "12345");
    assert_int_equal(buffer_failed(&buffer), 2);
    buffer_reset(&buffer);
    assert_int_equal(buffer_failed(&buffer), 0);
    buffer_append(&buffer, "1234", 4);
    assert_string_equal(buffer_text(&buffer), "1234");
    buffer_finish(&buffer);
}

static void test_out_of_memory(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, SIZE_MAX);
    buffer_append_text(&buffer, "kept");
    /* Nothing is read: the room for so much cannot be had. */
    buffer_append(&buffer, "x", SIZE_MAX / 2);
    assert_int_equal(buffer_failed(&buffer), 1);
    assert_string_equal(buffer_text(&buffer), "kept");
    buffer_finish(&buffer);
    buffer_init(&buffer, SIZE_MAX);
    buffer.secret = true;
    buffer_append(&buffer, "x", SIZE_MAX / 2);
    assert_int_equal(buffer_failed(&buffer), 1);
    buffer_finish(&buffer);
}

static void test_percent(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, SIZE_MAX);
    buffer_append_percent(&buffer, "azAZ09-._~", 10);
    assert_string_equal(buffer_text(&buffer), "azAZ09-._~");
    buffer_reset(&buffer);
    buffer_append_percent(&buffer, "a b/..?#%&+\xC3\xA9\0", 14);
    assert_string_equal(buffer_text(&buffer), "a%20b%2F..%3F%23%25%26%2B%C3%A9%00");
    buffer_finish(&buffer);
}

static void test_take(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 100);
    char *text = buffer_take(&buffer);
    assert_string_equal(text, "");
    free(text);
    buffer_append_text(&buffer, "text");
    text = buffer_take(&buffer);
    assert_string_equal(text, "text");
    free(text);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
    buffer_append_text(&buffer, "again");
    assert_string_equal(buffer_text(&buffer), "again");
    buffer_finish(&buffer);
}

static void test_secret(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 100000);
    buffer.secret = true;
    for (int i = 0; i < 2000; i++)
        buffer_append_text(&buffer, "key ");
    assert_int_equal(buffer.size, 8000);
    assert_memory_equal(buffer.data + 7996, "key ", 5);
    buffer_reset(&buffer);
    for (size_t i = 0; i < buffer.capacity; i++)
        assert_int_equal(buffer.data[i], 0);
    buffer_append_text(&buffer, "x");
    assert_string_equal(buffer_text(&buffer), "x");
    buffer_finish(&buffer);
    assert_null(buffer.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty), cmocka_unit_test(test_append),        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_limit), cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_percent),
        cmocka_unit_test(test_take),  cmocka_unit_test(test_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
