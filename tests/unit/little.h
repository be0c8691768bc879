/* SPDX-License-Identifier: MIT */
/* For tests that ask for more memory than there is: NULL is the answer under AddressSanitizer too. */
#ifndef NUNCIO_TESTS_LITTLE_H
#define NUNCIO_TESTS_LITTLE_H

/* Read by AddressSanitizer at start-up; nobody else knows the name. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

#endif
