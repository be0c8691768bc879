/* SPDX-License-Identifier: MIT */
/* What the unit tests of core/ share: cmocka's own includes, and slices. */
#ifndef NUNCIO_TESTS_SUPPORT_H
#define NUNCIO_TESTS_SUPPORT_H

/* Before cmocka, whose macro fail() would eat the service of that name. */
#include <nuncio/plugin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The slice holds exactly this text; NULL: it is absent. Says what it holds where not. */
static inline void check_slice(struct nuncio_slice slice, const char *text, const char *file, int line)
{
    if (text ? nuncio_equal(slice, text) : slice.data == NULL)
        return;
    print_error("the slice holds \"%.*s\", not \"%s\"\n", slice.data ? (int)slice.size : 8,
                slice.data ? slice.data : "(absent)", text ? text : "(absent)");
    _fail(file, line);
}

#define assert_slice(slice, text) check_slice(slice, text, __FILE__, __LINE__)

/* The text holds that word. */
static inline void check_holds(const char *text, const char *word, const char *file, int line)
{
    if (strstr(text, word))
        return;
    print_error("\"%s\" does not hold \"%s\"\n", text, word);
    _fail(file, line);
}

#define assert_holds(text, word) check_holds(text, word, __FILE__, __LINE__)

#endif
