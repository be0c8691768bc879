/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "admission.h"
#include "little.h"
#include "support.h"

#define MANY 100000

static void test_line(void **state)
{
    struct admission admission;
    struct admission_entry entries[4] = {{0}};
    (void)state;
    assert_int_equal(admission_init(&admission, 2, 0, 0), 0);
    assert_null(admission_next(&admission, 0));
    assert_int_equal(admission_due(&admission, 0), -1);
    for (size_t i = 0; i < COUNT(entries); i++)
        admission_wait(&admission, &entries[i]);
    admission_wait(&admission, &entries[0]); /* stands in line already */
    assert_int_equal(admission_due(&admission, 5), 5);

    assert_ptr_equal(admission_next(&admission, 0), &entries[0]);
    assert_false(entries[0].waiting);
    assert_ptr_equal(admission_next(&admission, 0), &entries[1]);
    assert_null(admission_next(&admission, 0)); /* two are in flight */
    assert_int_equal(admission_due(&admission, 0), -1);
    admission_over(&admission);
    assert_ptr_equal(admission_next(&admission, 0), &entries[2]);
    admission_over(&admission);
    assert_ptr_equal(admission_next(&admission, 0), &entries[3]);
    admission_over(&admission);
    admission_over(&admission);
    assert_int_equal(admission.in_flight, 0);
    assert_null(admission_next(&admission, 0));
    admission_wait(&admission, &entries[2]); /* may come again */
    assert_ptr_equal(admission_next(&admission, 0), &entries[2]);
    admission_over(&admission);
    admission_finish(&admission);
}

static void test_leave(void **state)
{
    struct admission admission;
    struct admission_entry entries[4] = {{0}};
    (void)state;
    assert_int_equal(admission_init(&admission, 10, 0, 0), 0);
    admission_leave(&admission, &entries[0]); /* does not wait */
    for (size_t i = 0; i < COUNT(entries); i++)
        admission_wait(&admission, &entries[i]);
    admission_leave(&admission, &entries[1]); /* of the middle */
    admission_leave(&admission, &entries[3]); /* the last */
    admission_wait(&admission, &entries[1]);
    admission_leave(&admission, &entries[0]); /* the first */
    assert_ptr_equal(admission_next(&admission, 0), &entries[2]);
    assert_ptr_equal(admission_next(&admission, 0), &entries[1]);
    assert_null(admission_next(&admission, 0));
    admission_wait(&admission, &entries[0]);
    admission_leave(&admission, &entries[0]); /* the only one */
    assert_null(admission_next(&admission, 0));
    admission_wait(&admission, &entries[3]);
    assert_ptr_equal(admission_next(&admission, 0), &entries[3]);
    admission_finish(&admission);
}

/* More than there is memory for. */
static void test_no_memory(void **state)
{
    struct admission admission;
    (void)state;
    assert_int_equal(admission_init(&admission, 1, INT64_MAX / 16, 1), -1);
    assert_null(admission.started);
    admission_finish(&admission);
}

/* Starts as much as it may for so long, sleeping as admission_due() says. */
static size_t run(struct admission *admission, int64_t start, int64_t end, int64_t *times, size_t capacity)
{
    struct admission_entry entry = {0};
    size_t count = 0;
    int64_t now = start;
    for (int turns = 0; now < end; turns++) {
        assert_true(turns < 2 * MANY);
        admission_wait(admission, &entry);
        if (admission_next(admission, now)) {
            assert_true(count < capacity);
            times[count++] = now;
            admission_over(admission);
            continue;
        }
        int64_t due = admission_due(admission, now);
        assert_true(due > now); /* else the loop would spin */
        now = due;
    }
    admission_leave(admission, &entry);
    return count;
}

/* "60/m" is what it says: never more than 60 in any minute, and not much less where there is work. */
static void check_rate(int64_t count, int64_t period, int64_t start)
{
    static int64_t times[MANY];
    struct admission admission;
    assert_int_equal(admission_init(&admission, 1, count, period), 0);
    size_t started = run(&admission, start, start + 10 * period, times, COUNT(times));
    for (size_t i = (size_t)count; i < started; i++) {
        if (times[i] - times[i - (size_t)count] < period)
            fail_msg("%lld within %lld ms instead of %lld", (long long)count + 1,
                     (long long)(times[i] - times[i - (size_t)count]), (long long)period);
    }
    assert_true(started <= (size_t)count * 10);
    assert_true(started >= (size_t)count * 9);
    admission_finish(&admission);
}

static void test_rate(void **state)
{
    (void)state;
    check_rate(60, 60000, 0);
    check_rate(1, 1000, 5);
    check_rate(7, 1000, INT64_C(4000000000000));
    check_rate(3, 3600000, 17);
    check_rate(1000, 1000, 1);
    check_rate(5000, 1000, 1); /* more than one in a millisecond */
}

/* What was not used up does not add up. */
static void test_idle(void **state)
{
    static int64_t times[1000];
    struct admission admission;
    (void)state;
    assert_int_equal(admission_init(&admission, 1, 10, 1000), 0);
    assert_int_equal(run(&admission, 1000000, 1000001, times, COUNT(times)), 10);
    assert_int_equal(run(&admission, 1000001, 1000500, times, COUNT(times)), 0);
    admission_finish(&admission);
}

static void test_rate_and_places(void **state)
{
    struct admission admission;
    struct admission_entry entries[3] = {{0}};
    (void)state;
    assert_int_equal(admission_init(&admission, 1, 2, 1000), 0);
    for (size_t i = 0; i < COUNT(entries); i++)
        admission_wait(&admission, &entries[i]);
    assert_ptr_equal(admission_next(&admission, 0), &entries[0]);
    assert_int_equal(admission_due(&admission, 0), -1); /* only a place helps */
    assert_null(admission_next(&admission, 0));
    admission_over(&admission);
    assert_int_equal(admission_due(&admission, 0), 0);
    assert_ptr_equal(admission_next(&admission, 0), &entries[1]);
    admission_over(&admission);
    assert_null(admission_next(&admission, 0));
    int64_t due = admission_due(&admission, 0);
    assert_in_range(due, 1, 1001);
    assert_null(admission_next(&admission, due - 1));
    assert_ptr_equal(admission_next(&admission, due), &entries[2]);
    admission_finish(&admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line), cmocka_unit_test(test_leave),           cmocka_unit_test(test_rate),
        cmocka_unit_test(test_idle), cmocka_unit_test(test_rate_and_places), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
