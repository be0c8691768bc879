/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "state_dir.h"

#include <stdbool.h>
#include "fixture.h"
#include "support.h"

static struct nuncio_failure failure;

#define USER 12345

/* Modes stop everybody but root; that directory is the user's then. */
static void as_user(const char *directory)
{
    if (geteuid() != 0)
        return;
    assert_int_equal(chmod(fixture_directory, 0755), 0);
    assert_int_equal(chown(directory, USER, (gid_t)-1), 0);
    assert_int_equal(seteuid(USER), 0);
}

static void as_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static void check_made(const char *path)
{
    if (state_dir_make(path, &failure) < 0)
        fail_msg("%s", failure.text);
}

static void check_refused(const char *path, const char *word)
{
    assert_int_equal(state_dir_make(path, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INTERNAL);
    assert_holds(failure.text, "state_dir ");
    assert_holds(failure.text, path);
    assert_holds(failure.text, word);
}

/* All that is missing is made, for the user alone, whatever the umask lets through. */
static void test_made(void **state)
{
    const char *path = fixture_text("$/one/two/three");
    (void)state;
    umask(0);
    check_made(path);
    umask(022);
    assert_int_equal(mode_of("one"), 0700);
    assert_int_equal(mode_of("one/two"), 0700);
    assert_int_equal(mode_of("one/two/three"), 0700);
    check_made(path); /* again: it is there */
    check_made(fixture_text("$/one/two/four"));
    assert_int_equal(mode_of("one/two/four"), 0700);
}

/* What is there keeps its mode; who could write there could change what is sent. */
static void test_modes(void **state)
{
    static const struct {
        mode_t mode;
        bool good;
    } rows[] = {{0700, true}, {0750, true}, {0755, true}, {0770, false}, {0702, false}, {01777, false}};
    (void)state;
    fixture_mkdir("there");
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(chmod("there", rows[i].mode), 0);
        if (rows[i].good)
            check_made(fixture_text("$/there"));
        else
            check_refused(fixture_text("$/there"), "can be written by others");
        assert_int_equal(mode_of("there"), rows[i].mode);
    }
    assert_int_equal(chmod("there", 0770), 0);
    check_refused(fixture_text("$/there"), "mode 0770): run chown and 'chmod 700'");
}

static void test_owner(void **state)
{
    (void)state;
    check_made("/"); /* root's, and nobody else's */
    if (geteuid() != 0)
        skip();
    fixture_mkdir("foreign");
    assert_int_equal(chown("foreign", USER, (gid_t)-1), 0);
    check_refused(fixture_text("$/foreign"), "owner 12345, mode 0700");
}

static void test_no_directory(void **state)
{
    (void)state;
    fixture_write("file", "");
    check_refused(fixture_text("$/file"), "is no directory");
    check_refused(fixture_text("$/file/below"), "cannot be looked at: Not a directory");
    check_refused("/dev/null/state", "cannot be looked at: Not a directory");
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    check_refused(fixture_text("$/dangling"), "cannot be looked at: No such file");
    assert_int_equal(symlink("one", "pointing"), 0);
    fixture_mkdir("one");
    check_made(fixture_text("$/pointing"));
}

/* A parent that may not be written. */
static void test_read_only(void **state)
{
    (void)state;
    check_refused("/proc/nuncio/state", "cannot be made: ");
    fixture_mkdir("closed");
    assert_int_equal(chmod("closed", 0500), 0);
    as_user("closed");
    check_refused(fixture_text("$/closed/state"), "cannot be made: Permission denied");
    check_refused(fixture_text("$/closed/one/two"), "cannot be made: ");
    assert_int_equal(chmod("closed", 0000), 0);
    check_refused(fixture_text("$/closed/state"), "cannot be looked at: Permission denied");
    as_root();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),         cmocka_unit_test(test_modes),     cmocka_unit_test(test_owner),
        cmocka_unit_test(test_no_directory), cmocka_unit_test(test_read_only),
    };
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
