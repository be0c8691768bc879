/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "attachment.h"

#include <stdlib.h>
#include "fixture.h"
#include "scarce.h"
#include "support.h"

static const char *const mixed[] = {"a \"b\".txt", "/etc/hosts", "https://files.example/a?b=c",
                                    "http://files.example/ä", "sub/\xc3\xa9.png"};

static void test_none(void **state)
{
    const char **sources;
    uint64_t count = 7;
    char *json = NULL;
    (void)state;
    assert_true(attachments_names(NULL, 0, &json));
    assert_null(json);
    assert_true(attachments_sources(NULL, &sources, &count));
    assert_int_equal(count, 0);
    assert_null(sources[0]);
    attachments_sources_finish(sources);
    attachments_sources_finish(NULL);
}

/* Files by their whole path, so that they are found from everywhere; URLs as they are. */
static void test_round_trip(void **state)
{
    const char **sources;
    uint64_t count;
    char *json = strdup("older");
    char path[PATH_MAX + 32];
    (void)state;
    assert_true(attachments_names(mixed, COUNT(mixed), &json));
    assert_true(attachments_sources(json, &sources, &count));
    assert_int_equal(count, COUNT(mixed));
    snprintf(path, sizeof(path), "%s/%s", fixture_directory, mixed[0]);
    assert_string_equal(sources[0], path);
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(sources[i], mixed[i]);
    snprintf(path, sizeof(path), "%s/%s", fixture_directory, mixed[4]);
    assert_string_equal(sources[4], path);
    assert_null(sources[5]);

    char *again = NULL; /* what is absolute stays */
    assert_true(attachments_names(sources, count, &again));
    assert_string_equal(again, json);
    attachments_sources_finish(sources);
    free(again);
    free(json);
}

/* What no nuncio has written is refused, not guessed at. */
static void test_damaged(void **state)
{
    static const char *const texts[] = {"[", "[1]", "[\"a\",null]", "", "[\"a\",{}]"};
    const char **sources = NULL;
    uint64_t count = 7;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(attachments_sources(texts[i], &sources, &count));
        assert_null(sources);
        assert_int_equal(count, 7);
    }
}

/* A current directory that is gone: relative names mean nothing, absolute ones do. */
static void test_no_directory(void **state)
{
    static const char *const relative[] = {"x"};
    char *json = NULL;
    (void)state;
    fixture_mkdir("gone");
    assert_int_equal(chdir("gone"), 0);
    assert_int_equal(rmdir(fixture_text("$/gone")), 0);
    assert_false(attachments_names(relative, 1, &json));
    assert_null(json);
    assert_true(attachments_names(&mixed[1], 2, &json));
    assert_string_equal(json, "[\"/etc/hosts\",\"https://files.example/a?b=c\"]");
    free(json);
    assert_int_equal(chdir(fixture_directory), 0);
}

/* Every allocation fails in turn: it says so, changes nothing and leaves nothing behind. */
static void test_memory(void **state)
{
    char *made = NULL;
    (void)state;
    assert_true(attachments_names(mixed, COUNT(mixed), &made));
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        unsigned failures = 1;
        for (unsigned nth = 1; failures > 0; nth++) {
            const char **sources = NULL;
            uint64_t count = 0;
            char *json = NULL;
            long left;
            scarce_begin(nth, for_ever);
            bool named = attachments_names(mixed, COUNT(mixed), &json);
            bool read = attachments_sources(made, &sources, &count);
            free(json);
            if (read)
                attachments_sources_finish(sources);
            failures = scarce_end(&left);
            assert_int_equal(named && read, failures == 0);
            assert_true(left <= 0);
        }
    }
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),    cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_no_directory),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
