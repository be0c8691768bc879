/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "problem.h"
#include "support.h"

#include <nuncio/nuncio.h>

static void check(const struct problem *problem, const char *ending, const char *wanted)
{
    char text[1024];
    problem_sentence(problem, "sales", ending, text, sizeof(text));
    assert_string_equal(text, wanted);
}

static void set_code(struct problem *problem, const char *code)
{
    snprintf(problem->vendor_code, sizeof(problem->vendor_code), "%s", code);
}

static void test_set(void **state)
{
    struct problem problem;
    (void)state;
    memset(&problem, 0xAA, sizeof(problem));
    problem_init(&problem);
    assert_int_equal(problem.error_class, 0);
    assert_int_equal(problem.retry_after_ms, -1);
    assert_false(problem.permanent);

    problem.status = 500;
    problem.permanent = true;
    problem.retry_after_ms = 7;
    set_code(&problem, "old");
    problem_set(&problem, NUNCIO_ERROR_AUTH, "%s %d", "key", 7);
    assert_int_equal(problem.error_class, NUNCIO_ERROR_AUTH);
    assert_string_equal(problem.text, "key 7");
    assert_int_equal(problem.status, 0); /* nothing of the last one stays */
    assert_string_equal(problem.vendor_code, "");
    assert_int_equal(problem.retry_after_ms, -1);
    assert_false(problem.permanent);

    char longer[1000];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    problem_set(&problem, NUNCIO_ERROR_AUTH, "%s", longer);
    assert_int_equal(strlen(problem.text), sizeof(problem.text) - 1);
}

static void test_sentence(void **state)
{
    struct problem problem;
    (void)state;
    problem_set(&problem, NUNCIO_ERROR_AUTH, "%s", "");
    check(&problem, NULL, "sales: the key was refused; check the provider's key");
    problem_set(&problem, NUNCIO_ERROR_AUTH, "%s", "Bad key");
    check(&problem, NULL, "sales: the key was refused: Bad key; check the provider's key");
    problem.status = 401;
    check(&problem, NULL, "sales: the key was refused: Bad key (HTTP 401); check the provider's key");
    set_code(&problem, "bad_key");
    check(&problem, "nothing was sent",
          "sales: the key was refused: Bad key (HTTP 401, bad_key); nothing was sent");
    set_code(&problem, "Bad key"); /* says the same */
    check(&problem, "so", "sales: the key was refused: Bad key (HTTP 401); so");
    problem.status = 0;
    set_code(&problem, "bad_key");
    check(&problem, "so", "sales: the key was refused: Bad key; so");
}

/* Each class says something of its own, on one line, with advice. */
static void test_classes(void **state)
{
    char texts[NUNCIO_ERROR_UNREACHABLE + 1][256];
    struct problem problem;
    (void)state;
    for (uint32_t i = 0; i < COUNT(texts); i++) {
        problem_set(&problem, i, "%s", "");
        problem_sentence(&problem, "p", NULL, texts[i], sizeof(texts[i]));
        assert_memory_equal(texts[i], "p: ", 3);
        assert_holds(texts[i], "; ");
        assert_null(strchr(texts[i], '\n'));
        assert_null(strstr(texts[i], "null"));
        for (uint32_t other = 0; other < i; other++)
            assert_string_not_equal(texts[i], texts[other]);
    }
    problem_set(&problem, 99, "%s", "");
    char text[256];
    problem_sentence(&problem, "p", NULL, text, sizeof(text));
    assert_string_equal(text, texts[0]);
}

static void test_short_room(void **state)
{
    struct problem problem;
    char text[12];
    (void)state;
    problem_set(&problem, NUNCIO_ERROR_AUTH, "%s", "Bad key");
    problem_sentence(&problem, "sales", NULL, text, sizeof(text));
    assert_string_equal(text, "sales: the ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_sentence),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_short_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
