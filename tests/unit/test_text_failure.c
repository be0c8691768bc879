/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"
#include "support.h"

static void test_set(void **state)
{
    struct nuncio_failure failure;
    (void)state;
    memset(&failure, 'x', sizeof failure);
    assert_int_equal(failure_set(&failure, NUNCIO_CLASS_AUTH, "key %s", "gone"), -1);
    assert_int_equal(failure.error_class, NUNCIO_CLASS_AUTH);
    assert_int_equal(failure.status, 0);
    assert_string_equal(failure.vendor_code, "");
    assert_string_equal(failure.text, "key gone");
    assert_int_equal(failure_set(NULL, NUNCIO_CLASS_AUTH, "x"), -1);
}

static void test_argument_in_failure(void **state)
{
    struct nuncio_failure failure;
    (void)state;
    failure_set(&failure, NUNCIO_CLASS_AUTH, "inner");
    failure_set(&failure, NUNCIO_CLASS_RATE, "outer (%s)", failure.text);
    assert_string_equal(failure.text, "outer (inner)");
}

static void test_cleans_and_cuts(void **state)
{
    struct nuncio_failure failure;
    char wide[3001];
    (void)state;
    failure_set(&failure, NUNCIO_CLASS_AUTH, "a\x1B[1m\n%s", "\xFF");
    assert_string_equal(failure.text, "a?[1m??");
    /* 1,023 is odd, so the last two-byte character does not fit. */
    for (size_t i = 0; i < 3000; i += 2)
        memcpy(wide + i, "\xC3\xA9", 2);
    wide[3000] = '\0';
    failure_set(&failure, NUNCIO_CLASS_AUTH, "%s", wide);
    assert_int_equal(strlen(failure.text), 1022);
    assert_true(text_is_utf8(failure.text, strlen(failure.text)));
}

static void test_prefix(void **state)
{
    struct nuncio_failure failure;
    char wide[1501];
    (void)state;
    failure_set(&failure, NUNCIO_CLASS_NOT_FOUND, "no such agent");
    failure.status = 404;
    assert_int_equal(failure_prefix(&failure, "provider %s", "sales"), -1);
    assert_string_equal(failure.text, "provider sales: no such agent");
    assert_int_equal(failure.error_class, NUNCIO_CLASS_NOT_FOUND);
    assert_int_equal(failure.status, 404);
    assert_int_equal(failure_prefix(NULL, "x"), -1);

    memset(wide, 'w', 1500);
    wide[1500] = '\0';
    failure_prefix(&failure, "%s", wide);
    assert_int_equal(strlen(failure.text), 1023);
    failure_prefix(&failure, "a");
    assert_int_equal(strlen(failure.text), 1023);
    assert_memory_equal(failure.text, "a: www", 6);
}

static void test_memory(void **state)
{
    struct nuncio_failure failure;
    (void)state;
    assert_int_equal(failure_memory(&failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_CLASS_INTERNAL);
    assert_string_equal(failure.text, "out of memory");
    assert_int_equal(failure_memory(NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_argument_in_failure),
        cmocka_unit_test(test_cleans_and_cuts),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
