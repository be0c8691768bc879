/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "plugin_error.h"
#include "support.h"

static void test_first_stays(void **state)
{
    struct plugin_error error;
    (void)state;
    plugin_error_init(&error);
    assert_string_equal(error.text, "");
    assert_int_equal(nuncio_invalid(&error.abi, "first\n"), NUNCIO_INVALID);
    assert_int_equal(nuncio_invalid(&error.abi, "second"), NUNCIO_INVALID);
    assert_string_equal(error.text, "first?");
}

static void test_broken_plugin(void **state)
{
    struct plugin_error error;
    char longer[2001];
    (void)state;
    plugin_error_init(&error);
    nuncio_invalid(&error.abi, NULL);
    assert_string_equal(error.text, "");
    error.abi.services->set(NULL, "x");
    memset(longer, 'l', 2000);
    longer[2000] = '\0';
    nuncio_invalid(&error.abi, longer);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_stays),
        cmocka_unit_test(test_broken_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
