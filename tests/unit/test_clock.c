/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "clock.h"
#include "support.h"

#include <time.h>

/* Between two readings of the system's own clock. */
static void check(int64_t (*read)(void), clockid_t clock)
{
    struct timespec before, after;
    clock_gettime(clock, &before);
    int64_t now = read();
    clock_gettime(clock, &after);
    assert_true(now >= (int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000);
    assert_true(now <= (int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000);
}

static void test_clocks(void **state)
{
    (void)state;
    check(clock_monotonic, CLOCK_MONOTONIC);
    check(clock_wall, CLOCK_REALTIME);
}

static void test_forward(void **state)
{
    int64_t last = clock_monotonic();
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic();
        assert_true(now >= last);
        last = now;
    }
}

/* Milliseconds, not seconds or microseconds. */
static void test_unit(void **state)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000000};
    int64_t start = clock_monotonic();
    (void)state;
    nanosleep(&pause, NULL);
    assert_in_range(clock_monotonic() - start, 19, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
