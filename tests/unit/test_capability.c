/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A plugin of which only the kinds of its steps matter. */
struct fixture {
    struct nuncio_plugin plugin;
    struct nuncio_step steps[2];
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.plugin = {.steps = fixture.steps, .step_count = 1}};
    fixture.steps[0].kind = NUNCIO_STEP_SEND;
    *state = &fixture;
    return 0;
}

static void assert_good(const struct fixture *fixture, uint64_t capabilities)
{
    struct nuncio_failure failure = {.text = ""};

    if (registry_check_capabilities(&fixture->plugin, capabilities, &failure) != 0)
        fail_msg("%s", failure.text);
}

static void assert_refused(const struct fixture *fixture, uint64_t capabilities, const char *word,
                           const char *other_word)
{
    struct nuncio_failure failure;

    assert_true(registry_check_capabilities(&fixture->plugin, capabilities, &failure) < 0);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    if (!strstr(failure.text, word) || !strstr(failure.text, other_word))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", failure.text, word, other_word);
}

static void test_needed_steps(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        uint64_t capability;
        uint32_t step;
        const char *capability_name, *step_name;
    } needs[] = {
        {NUNCIO_ASYNC_POLL, NUNCIO_STEP_POLL, "async-poll", "POLL"},
        {NUNCIO_QUEUED, NUNCIO_STEP_POLL, "queued", "POLL"},
        {NUNCIO_THREADS_REQUIRED, NUNCIO_STEP_OPEN, "threads-required", "OPEN"},
        {NUNCIO_CANCEL, NUNCIO_STEP_CANCEL, "cancel", "CANCEL"},
        {NUNCIO_HISTORY, NUNCIO_STEP_HISTORY, "history", "HISTORY"},
    };

    for (size_t i = 0; i < COUNT(needs); i++) {
        fixture->plugin.step_count = 1;
        assert_refused(fixture, NUNCIO_SYNC | needs[i].capability, needs[i].capability_name,
                       needs[i].step_name);
        fixture->steps[1].kind = needs[i].step;
        fixture->plugin.step_count = 2;
        assert_good(fixture, NUNCIO_SYNC | needs[i].capability);
    }
}

static void test_every_delivery_sends(void **state)
{
    struct fixture *fixture = *state;

    fixture->steps[0].kind = NUNCIO_STEP_POLL;
    assert_refused(fixture, NUNCIO_SYNC, "sync", "SEND");
    assert_refused(fixture, NUNCIO_ASYNC_POLL, "async-poll", "SEND");
    assert_refused(fixture, NUNCIO_QUEUED, "queued", "SEND");
}

static void test_no_delivery(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, NUNCIO_THREADS | NUNCIO_PARSE_JSON | NUNCIO_STREAM, "none of the capabilities",
                   "queued, async-poll and sync");
    assert_refused(fixture, 0, "none of the capabilities", "queued, async-poll and sync");
}

static void test_stepless(void **state)
{
    struct fixture *fixture = *state;

    assert_good(fixture, NUNCIO_SYNC | NUNCIO_THREADS | NUNCIO_ATTACHMENTS | NUNCIO_PARSE_JSON);
}

static void test_step_names(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(registry_step_name(NUNCIO_STEP_OPEN), "OPEN");
    assert_string_equal(registry_step_name(NUNCIO_STEP_UPLOAD), "UPLOAD");
    assert_null(registry_step_name(0));
    assert_null(registry_step_name(9));
    assert_null(registry_step_name(UINT32_MAX));
    assert_ptr_equal(registry_step(&fixture->plugin, NUNCIO_STEP_SEND), &fixture->steps[0]);
    assert_null(registry_step(&fixture->plugin, NUNCIO_STEP_POLL));
}

static void test_capability_names(void **state)
{
    struct buffer names;

    (void)state;
    buffer_init(&names, 1024);
    registry_capability_names(0, &names);
    assert_string_equal(buffer_text(&names), "");
    registry_capability_names(NUNCIO_THREADS | NUNCIO_QUEUED | NUNCIO_ASYNC_POLL, &names);
    assert_string_equal(buffer_text(&names), "queued,async-poll,threads");
    buffer_reset(&names);
    registry_capability_names(UINT64_MAX, &names);
    assert_string_equal(buffer_text(&names),
                        "queued,async-poll,sync,threads,threads-required,cancel,attachments,"
                        "history,parse-json,stream");
    buffer_finish(&names);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_needed_steps), CASE(test_every_delivery_sends), CASE(test_no_delivery),
        CASE(test_stepless),     CASE(test_step_names),           CASE(test_capability_names),
    };

    return cmocka_run_group_tests_name("capability", tests, NULL, NULL);
}
