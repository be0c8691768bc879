/* SPDX-License-Identifier: MIT */
/* Where the members of the structs of a public header lie, as numbers. Included after <cmocka.h>. */
#ifndef NUNCIO_TESTS_ABI_LAYOUT_H
#define NUNCIO_TESTS_ABI_LAYOUT_H

/* The numbers are those of LP64: 8 bytes for a pointer and for 64 bits, each on its own boundary. */
#define IS_LP64 (sizeof(void *) == 8 && sizeof(long) == 8 && _Alignof(uint64_t) == 8)

struct layout {
    const char *name;
    size_t found, wanted;
};

#define SIZE(type, wanted)                                                                                   \
    {                                                                                                        \
        "size", sizeof(struct type), wanted                                                                  \
    }
#define MEMBER(type, member, wanted)                                                                         \
    {                                                                                                        \
#member, offsetof(struct type, member), wanted                                                       \
    }

static void check(const struct layout *rows, size_t count)
{
    if (!IS_LP64)
        skip();
    for (size_t i = 0; i < count; i++)
        if (rows[i].found != rows[i].wanted)
            fail_msg("%s: found %zu, wanted %zu", rows[i].name, rows[i].found, rows[i].wanted);
}

/* One test a struct, of the rows SIZE and MEMBER. */
#define STRUCT(type, ...)                                                                                    \
    static void test_##type(void **state)                                                                    \
    {                                                                                                        \
        const struct layout rows[] = {__VA_ARGS__};                                                          \
        (void)state;                                                                                         \
        check(rows, sizeof(rows) / sizeof(rows[0]));                                                         \
    }

#endif
