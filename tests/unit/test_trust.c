/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "trust.h"
#include "support.h"

#include <unistd.h>

/* Owners: ourselves, root, and neither. */
static uid_t us, other;

static int find_users(void **state)
{
    (void)state;
    us = geteuid();
    other = us + 1000;
    return 0;
}

static int plugin(uid_t owner, mode_t mode)
{
    struct stat info = {.st_uid = owner, .st_mode = S_IFREG | mode};
    return trust_plugin("/x/plugin.so", &info, NULL);
}

static int secret(uid_t owner, mode_t mode)
{
    struct stat info = {.st_uid = owner, .st_mode = S_IFREG | mode};
    return trust_secret("/x/key", &info, NULL);
}

static void test_plugin(void **state)
{
    (void)state;
    static const mode_t good[] = {0755, 0644, 0700, 0600, 0444, 0555, 04755, 01755};
    static const mode_t bad[] = {0775, 0757, 0777, 0664, 0646, 0666, 0720, 0702, 01777};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(plugin(us, good[i]), 0);
        assert_int_equal(plugin(0, good[i]), 0);
        assert_int_equal(plugin(other, good[i]), -1);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(plugin(us, bad[i]), -1);
        assert_int_equal(plugin(0, bad[i]), -1);
        assert_int_equal(plugin(other, bad[i]), -1);
    }
}

static void test_secret(void **state)
{
    (void)state;
    assert_int_equal(secret(us, 0600), 0);
    assert_int_equal(secret(us, 0400), 0);
    assert_int_equal(secret(us, 0700), 0);
    assert_int_equal(secret(0, 0600), 0);
    assert_int_equal(secret(0, 0640), 0);
    assert_int_equal(secret(0, 0440), 0);
    static const mode_t bad[] = {0644, 0604, 0660, 0620, 0610, 0650, 0641, 0642, 0666, 0777};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(secret(us, bad[i]), -1);
        assert_int_equal(secret(0, bad[i]), -1);
        assert_int_equal(secret(other, bad[i]), -1);
    }
    assert_int_equal(secret(other, 0640), -1);
    /* Nobody else's file, but for root, who may read it anyway. */
    assert_int_equal(secret(other, 0600), us == 0 ? 0 : -1);
    if (us != 0)
        assert_int_equal(secret(us, 0640), -1);
}

static void test_messages(void **state)
{
    (void)state;
    struct nuncio_failure failure;
    struct stat info = {.st_uid = 0, .st_mode = S_IFREG | 0775};
    assert_int_equal(trust_plugin("/x/plugin.so", &info, &failure), -1);
    assert_string_equal(
        failure.text,
        "/x/plugin.so can be written by others (owner uid 0, mode 0775); run: chmod go-w /x/plugin.so");
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
    info.st_mode = S_IFREG | 0644;
    assert_int_equal(trust_secret("/x/key", &info, &failure), -1);
    assert_string_equal(failure.text,
                        "/x/key holds a secret and is open to others (owner uid 0, mode 0644); run: "
                        "chmod o=,g-wx /x/key");
    info.st_uid = 4242;
    assert_int_equal(trust_secret("/x/key", &info, &failure), -1);
    assert_string_equal(failure.text,
                        "/x/key holds a secret and is open to others (owner uid 4242, mode 0644); run: "
                        "chmod go= /x/key");
    info.st_uid = other;
    info.st_mode = S_IFREG | 0755;
    char expected[256];
    snprintf(expected, sizeof expected,
             "/x/plugin.so is owned by uid %u (mode 0755); plugins and their directory must be owned by root "
             "or by "
             "the user who runs them",
             (unsigned)other);
    assert_int_equal(trust_plugin("/x/plugin.so", &info, &failure), -1);
    assert_string_equal(failure.text, expected);
    if (us == 0)
        return;
    info.st_mode = S_IFREG | 0600;
    snprintf(expected, sizeof expected,
             "/x/key holds a secret and is owned by uid %u (mode 0600); it must be owned by root or by the "
             "user who "
             "runs nuncio",
             (unsigned)other);
    assert_int_equal(trust_secret("/x/key", &info, &failure), -1);
    assert_string_equal(failure.text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plugin),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, find_users, NULL);
}
