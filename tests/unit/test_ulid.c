/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "ulid.h"
#include "support.h"

static void test_form(void **state)
{
    struct ulid_state ids = {0};
    char id[NUNCIO_ID_SIZE + 1];
    (void)state;
    memset(id, '#', sizeof(id));
    assert_int_equal(ulid_make(&ids, INT64_C(1469918176385), id), 0);
    assert_int_equal(strlen(id), 26);
    assert_int_equal(id[NUNCIO_ID_SIZE], '#');
    assert_memory_equal(id, "01ARYZ6S41", 10); /* of the ULID specification */
    assert_int_equal(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
    assert_int_equal(ids.last_ms, INT64_C(1469918176385));
}

static void make(struct ulid_state *ids, int64_t now, char *ret_id)
{
    assert_int_equal(ulid_make(ids, now, ret_id), 0);
}

/* All 80 random bits are in it, in their place. */
static void test_random_part(void **state)
{
    struct ulid_state ids = {.last_ms = 1,
                             .random = {0x00, 0x44, 0x32, 0x14, 0xC7, 0x42, 0x54, 0xB6, 0x35, 0xCE}};
    char id[NUNCIO_ID_SIZE];
    (void)state;
    make(&ids, 1, id); /* of the same ms: one more */
    assert_string_equal(id, "0000000001"
                            "01234567"
                            "89ABCDEF");
}

static void test_same_millisecond(void **state)
{
    struct ulid_state ids = {0};
    char id[NUNCIO_ID_SIZE], last[NUNCIO_ID_SIZE] = "";
    (void)state;
    for (int i = 0; i < 1000; i++) {
        make(&ids, 1000, id);
        assert_true(strcmp(id, last) > 0);
        memcpy(last, id, sizeof(last));
    }
    make(&ids, 999, id); /* a clock that went back */
    assert_true(strcmp(id, last) > 0);
    assert_int_equal(ids.last_ms, 1000);
    make(&ids, 1001, last);
    assert_true(strcmp(last, id) > 0);
}

static void test_carry(void **state)
{
    struct ulid_state ids = {.last_ms = 1};
    char id[NUNCIO_ID_SIZE];
    (void)state;
    memset(ids.random + 1, 0xFF, 9);
    make(&ids, 1, id);
    assert_int_equal(ids.random[0], 1);
    assert_int_equal(ids.random[1], 0);
    assert_int_equal(ids.random[9], 0);
    memset(ids.random, 0xFF, 10);
    make(&ids, 1, id); /* wraps */
    assert_string_equal(id, "00000000010000000000000000");
}

static void test_fresh_random(void **state)
{
    struct ulid_state ids = {0}, others = {0};
    char id[NUNCIO_ID_SIZE], other[NUNCIO_ID_SIZE];
    (void)state;
    make(&ids, 7, id);
    make(&others, 7, other);
    assert_memory_equal(id, other, 10);
    assert_string_not_equal(id + 10, other + 10);
    make(&ids, 8, other);
    assert_string_not_equal(id + 10, other + 10);
}

/* Time beyond 48 bits wraps instead of spoiling the random part. */
static void test_far_future(void **state)
{
    struct ulid_state ids = {0};
    char id[NUNCIO_ID_SIZE];
    (void)state;
    make(&ids, INT64_C(0xFFFFFFFFFFFF), id);
    assert_memory_equal(id, "7ZZZZZZZZZ", 10);
    make(&ids, INT64_C(0x1000000000002), id);
    assert_memory_equal(id, "0000000002", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_random_part),
        cmocka_unit_test(test_same_millisecond),
        cmocka_unit_test(test_carry),
        cmocka_unit_test(test_fresh_random),
        cmocka_unit_test(test_far_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
