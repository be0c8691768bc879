/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_whole.h"
#include "loader.h"
#include "mocks.h"

#include <elf.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct fixture {
    char directory[PATH_MAX], path[PATH_MAX + 32];
    char data[1024 * 1024];
    size_t size, needed; /* of good.so; to the end of its last segment */
};

static int setup(void **state)
{
    static struct fixture fixture;
    ElfW(Ehdr) header;
    FILE *file;

    mocks_make_directory(fixture.directory);
    mocks_copy("good", fixture.directory, "whole.so");
    file = fopen(mocks_path(fixture.directory, "whole.so"), "rb");
    fixture.size = file ? fread(fixture.data, 1, sizeof(fixture.data), file) : 0;
    if (file)
        fclose(file);
    if (fixture.size < sizeof(header))
        return -1;
    memcpy(&header, fixture.data, sizeof(header));
    fixture.needed = 0;
    for (size_t i = 0; i < header.e_phnum; i++) {
        ElfW(Phdr) segment;
        memcpy(&segment, fixture.data + header.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type == PT_LOAD && segment.p_offset + segment.p_filesz > fixture.needed)
            fixture.needed = segment.p_offset + segment.p_filesz;
    }
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    mocks_remove_directory(((struct fixture *)*state)->directory);
    return 0;
}

/* Writes the first bytes of the data as another file. */
static const char *write_file(struct fixture *fixture, size_t size)
{
    snprintf(fixture->path, sizeof(fixture->path), "%s/cut.so", fixture->directory);
    unlink(fixture->path);
    mocks_write(fixture->path, fixture->data, size);
    return fixture->path;
}

static int check(struct fixture *fixture, size_t size, struct nuncio_failure *failure)
{
    return plugin_whole_check(write_file(fixture, size), failure);
}

static void test_whole(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(check(fixture, fixture->size, NULL), 0);
    /* The section headers behind serve debuggers. */
    assert_int_equal(check(fixture, fixture->needed, NULL), 0);
}

static void test_message(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_failure failure;
    char text[2 * PATH_MAX];

    assert_int_equal(check(fixture, fixture->needed - 1, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    snprintf(text, sizeof(text),
             "plugin %s is cut off: it has %zu bytes and needs at least %zu; install it again", fixture->path,
             fixture->needed - 1, fixture->needed);
    assert_string_equal(failure.text, text);
}

/* Whatever is left of the file, the process lives: dlopen() alone dies of SIGBUS. */
static void test_every_cut(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_failure failure;
    struct loader *loader;

    assert_int_equal(loader_create(&loader, &failure), 0);
    for (size_t size = 0; size < fixture->needed; size += size < 1024 ? 1 : 61) {
        const void *plugin;
        struct loaded *loaded;
        if (loader_open(loader, write_file(fixture, size), LOADER_PROVIDER, &loaded, &plugin, &failure) == 0)
            fail_msg("%zu bytes of %zu were opened", size, fixture->needed);
        assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    }
    loader_destroy(loader);
}

/* What is no shared object of this system is dlopen()'s to refuse. */
static void test_others(void **state)
{
    struct fixture *fixture = *state;
    struct nuncio_failure failure;
    ElfW(Ehdr) header;

    assert_int_equal(check(fixture, 0, NULL), 0);
    assert_int_equal(check(fixture, sizeof(header) - 1, NULL), 0);
    fixture->data[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
    assert_int_equal(check(fixture, 4096, NULL), 0);
    fixture->data[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
    fixture->data[0] = 'x';
    assert_int_equal(check(fixture, 4096, NULL), 0);
    fixture->data[0] = ELFMAG0;
    assert_int_equal(plugin_whole_check("/nowhere/x.so", &failure), -1);
    assert_non_null(strstr(failure.text, "/nowhere/x.so cannot be read: No such file"));
}

/* Sizes that add up to more than there is. */
static void test_overflow(void **state)
{
    struct fixture *fixture = *state;
    ElfW(Ehdr) header;
    ElfW(Phdr) segment = {.p_type = PT_LOAD, .p_offset = 4096, .p_filesz = (__typeof__(segment.p_filesz))-1};

    memcpy(&header, fixture->data, sizeof(header));
    memcpy(fixture->data + header.e_phoff, &segment, sizeof(segment));
    assert_int_equal(check(fixture, fixture->size, NULL), -1);
    header.e_phoff = (__typeof__(header.e_phoff))-8;
    memcpy(fixture->data, &header, sizeof(header));
    assert_int_equal(check(fixture, fixture->size, NULL), -1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_whole), CASE(test_message), CASE(test_every_cut), CASE(test_others), CASE(test_overflow),
    };

    return cmocka_run_group_tests_name("plugin_whole", tests, NULL, NULL);
}
