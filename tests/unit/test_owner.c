/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "owner.h"

#include <signal.h>
#include <sys/wait.h>
#include "fixture.h"
#include "support.h"
#include "text.h"

static void create(struct owner *owner)
{
    struct nuncio_failure failure = {0};
    if (owner_create(fixture_directory, owner, &failure) < 0)
        fail_msg("%s", failure.text);
}

static struct nuncio_slice name(const struct owner *owner)
{
    return nuncio_slice(owner->id);
}

static void test_none(void **state)
{
    struct owner owner;
    (void)state;
    memset(&owner, 0xAA, sizeof(owner));
    owner_init(&owner);
    assert_string_equal(owner.id, "");
    assert_false(owner_is(&owner, nuncio_slice("")));
    assert_false(owner_is(&owner, nuncio_slice(NULL)));
    assert_true(owner_lives(&owner, nuncio_slice("77"))); /* it cannot look */
    owner_finish(&owner);
}

/* Two runtimes of one process are two owners, and the end of one does not end the other. */
static void test_two(void **state)
{
    struct owner first, second;
    struct stat info;
    char id[OWNER_ID_SIZE];
    (void)state;
    create(&first);
    create(&second);
    assert_string_not_equal(first.id, second.id);
    assert_true(owner_is(&first, name(&first)));
    assert_false(owner_is(&first, name(&second)));
    assert_true(owner_lives(&first, name(&first)));
    assert_true(owner_lives(&first, name(&second)));
    assert_true(owner_lives(&second, name(&first)));
    assert_int_equal(stat("owners.lock", &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, 0); /* it never grows */

    memcpy(id, second.id, sizeof(id));
    owner_finish(&second);
    assert_string_equal(second.id, "");
    assert_false(owner_lives(&first, nuncio_slice(id)));
    create(&second);
    assert_true(owner_lives(&second, name(&first)));
    assert_string_not_equal(second.id, id);
    owner_finish(&second);
    assert_false(owner_lives(&first, nuncio_slice(id)));
    owner_finish(&first);
}

/* Starts a process that has an owner's name, which it tells, and then does nothing. */
static pid_t start_child(char ret_id[OWNER_ID_SIZE])
{
    int ends[2];
    struct owner owner;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (owner_create(fixture_directory, &owner, NULL) < 0 ||
            write(ends[1], owner.id, sizeof(owner.id)) != (ssize_t)sizeof(owner.id))
            _exit(1);
        pause();
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], ret_id, OWNER_ID_SIZE), OWNER_ID_SIZE);
    close(ends[0]);
    return child;
}

static void test_killed(void **state)
{
    static const int signals[] = {SIGKILL, SIGTERM};
    struct owner owner;
    char id[OWNER_ID_SIZE];
    (void)state;
    create(&owner);
    for (size_t i = 0; i < COUNT(signals); i++) {
        pid_t child = start_child(id);
        assert_true(owner_lives(&owner, nuncio_slice(id)));
        assert_int_equal(kill(child, signals[i]), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_false(owner_lives(&owner, nuncio_slice(id)));
    }
    owner_finish(&owner);
}

/* A name that was given by another kind of nuncio, or damaged: taking its work could charge twice. */
static void test_foreign(void **state)
{
    static const char *const ids[] = {
        "", "x", "-1", "12x", "host:12", "99999999999999999999", "123456789012345678901234567890"};
    struct owner owner;
    (void)state;
    create(&owner);
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(owner_lives(&owner, nuncio_slice(ids[i])));
        assert_false(owner_is(&owner, nuncio_slice(ids[i])));
    }
    assert_false(owner_lives(&owner, nuncio_slice("0")));
    assert_false(owner_lives(&owner, nuncio_slice("9223372036854775806")));
    /* Nobody can be at the end of what can be locked; whatever the kernel says, it is not taken over by mistake. */
    (void)owner_lives(&owner, nuncio_slice("9223372036854775807"));
    owner_finish(&owner);
}

/* It is told what is wrong, nothing is left open, and *ret_owner stays. */
static void test_refused(void **state)
{
    struct nuncio_failure failure;
    struct owner owner;
    (void)state;
    owner_init(&owner);
    assert_int_equal(owner_create("/nowhere", &owner, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INTERNAL);
    assert_string_equal(
        failure.text, "/nowhere/owners.lock cannot be locked: No such file or directory; state_dir must be a "
                      "directory of a local disk that you may write");
    assert_int_equal(owner.descriptor, -1);

    fixture_mkdir("linked");
    assert_int_equal(symlink("/dev/null", "linked/owners.lock"), 0);
    assert_int_equal(owner_create("linked", &owner, &failure), -1);
    assert_holds(failure.text, "linked/owners.lock cannot be locked: ");

    fixture_mkdir("taken");
    fixture_mkdir("taken/owners.lock");
    assert_int_equal(owner_create("taken", &owner, &failure), -1);
    assert_holds(failure.text, "Is a directory");
}

static void test_not_writable(void **state)
{
    struct nuncio_failure failure;
    struct owner owner;
    (void)state;
    fixture_mkdir("closed");
    assert_int_equal(chmod("closed", 0500), 0);
    assert_int_equal(chmod(fixture_directory, 0755), 0);
    if (getuid() == 0) /* whom no mode stops */
        assert_int_equal(seteuid(12345), 0);
    assert_int_equal(owner_create("closed", &owner, &failure), -1);
    assert_holds(failure.text, "closed/owners.lock cannot be locked: Permission denied");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),    cmocka_unit_test(test_two),     cmocka_unit_test(test_killed),
        cmocka_unit_test(test_foreign), cmocka_unit_test(test_refused), cmocka_unit_test(test_not_writable),
    };
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
