/* SPDX-License-Identifier: MIT */
/* Reading configurations of a fixture's directory, whose "etc" stands for the system's. */
#ifndef NUNCIO_TESTS_CONFIGURATION_FIXTURE_H
#define NUNCIO_TESTS_CONFIGURATION_FIXTURE_H

#include "configuration.h"
#include "support.h"
#include "fixture.h"

#define NAME_RULE "a name has letters, digits, '.', '_' and '-', and begins with a letter or a digit"

static struct config config;
static struct nuncio_failure failure;

static inline int read_with(const char *file, const char *const *overrides, size_t count)
{
    struct config_request request = {.file = file, .overrides = overrides, .override_count = count};
    config_finish(&config);
    memset(&failure, 'x', sizeof failure);
    return config_read_in(fixture_text("$/etc"), &request, &config, &failure);
}

static inline void expect_good(const char *file)
{
    if (read_with(file, NULL, 0) < 0) {
        print_error("%s\n", failure.text);
        fail();
    }
}

static inline void expect_failure(const char *file, const char *const *overrides, size_t count,
                                  const char *message)
{
    assert_int_equal(read_with(file, overrides, count), -1);
    assert_string_equal(failure.text, fixture_text(message));
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    assert_int_equal(config.provider_count, 0);
    assert_null(config.sources);
}

static inline int finish(void **state)
{
    config_finish(&config);
    return fixture_leave(state);
}

#endif
