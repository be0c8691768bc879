/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "secret.h"
#include "text.h"
#include "support.h"
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static struct nuncio_failure failure;

static void expect_secret(enum secret_form form, const char *source, const char *value)
{
    char *secret = NULL;
    if (secret_read(form, source, &secret, &failure) < 0)
        print_error("%s: %s\n", source, failure.text);
    assert_non_null(secret);
    assert_string_equal(secret, value);
    text_wipe(secret);
}

static void expect_failure(enum secret_form form, const char *source, uint32_t error_class,
                           const char *message)
{
    static char untouched[] = "untouched";
    char *secret = untouched;
    memset(&failure, 'x', sizeof failure);
    assert_int_equal(secret_read(form, source, &secret, &failure), -1);
    assert_ptr_equal(secret, untouched);
    assert_string_equal(failure.text, fixture_text(message));
    assert_int_equal(failure.error_class, error_class);
}

static void test_literal(void **state)
{
    (void)state;
    expect_secret(SECRET_LITERAL, "sk-1 2;3\xC3\xA9", "sk-1 2;3\xC3\xA9");
    expect_failure(SECRET_LITERAL, "", NUNCIO_ERROR_INVALID, "the value is empty; put the secret there");
    expect_failure(SECRET_LITERAL, "a\tb", NUNCIO_ERROR_INVALID,
                   "the value has control characters; a secret is one line of text");
}

static void test_environment(void **state)
{
    (void)state;
    setenv("NUNCIO_TEST_KEY", "sk-env", 1);
    expect_secret(SECRET_ENV, "NUNCIO_TEST_KEY", "sk-env");
    setenv("NUNCIO_TEST_KEY", "sk-env\n", 1);
    expect_secret(SECRET_ENV, "NUNCIO_TEST_KEY", "sk-env");
    setenv("NUNCIO_TEST_KEY", "sk-env\r\n", 1);
    expect_secret(SECRET_ENV, "NUNCIO_TEST_KEY", "sk-env");
    setenv("NUNCIO_TEST_KEY", "a\nb", 1);
    expect_failure(
        SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
        "the environment variable NUNCIO_TEST_KEY has control characters; a secret is one line of text");
    setenv("NUNCIO_TEST_KEY", "a\n\n", 1);
    expect_failure(
        SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
        "the environment variable NUNCIO_TEST_KEY has control characters; a secret is one line of text");
    setenv("NUNCIO_TEST_KEY", "\n", 1);
    expect_failure(SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
                   "the environment variable NUNCIO_TEST_KEY is empty; put the secret there");
    setenv("NUNCIO_TEST_KEY", "", 1);
    expect_failure(SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
                   "the environment variable NUNCIO_TEST_KEY is empty; set it to the secret");
    unsetenv("NUNCIO_TEST_KEY");
    expect_failure(SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
                   "the environment variable NUNCIO_TEST_KEY is not set; set it to the secret");
}

static void test_size(void **state)
{
    char text[SECRET_SIZE_LIMIT + 100];
    (void)state;
    memset(text, 'k', sizeof text);
    text[SECRET_SIZE_LIMIT] = '\0';
    fixture_write("key", text);
    expect_secret(SECRET_FILE, "key", text);
    expect_secret(SECRET_COMMAND, "cat key", text);
    expect_secret(SECRET_LITERAL, text, text);
    setenv("NUNCIO_TEST_KEY", text, 1);
    expect_secret(SECRET_ENV, "NUNCIO_TEST_KEY", text);
    text[SECRET_SIZE_LIMIT] = 'k';
    text[SECRET_SIZE_LIMIT + 1] = '\0';
    fixture_write("key", text);
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID, "the file key has more than 8192 bytes");
    expect_failure(SECRET_LITERAL, text, NUNCIO_ERROR_INVALID, "the value has more than 8192 bytes");
    memset(text, 'k', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fixture_write("key", text);
    setenv("NUNCIO_TEST_KEY", text, 1);
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID, "the file key cannot be read: File too large");
    expect_failure(SECRET_COMMAND, "cat key", NUNCIO_ERROR_INVALID,
                   "cat prints too much; it must print the secret alone");
    expect_failure(SECRET_LITERAL, text, NUNCIO_ERROR_INVALID, "the value has more than 8192 bytes");
    expect_failure(SECRET_ENV, "NUNCIO_TEST_KEY", NUNCIO_ERROR_INVALID,
                   "the environment variable NUNCIO_TEST_KEY has more than 8192 bytes");
    unsetenv("NUNCIO_TEST_KEY");
}

static void test_file(void **state)
{
    (void)state;
    fixture_write("key", "sk-file\n");
    expect_secret(SECRET_FILE, "key", "sk-file");
    fixture_write("key", "sk-file\r\n");
    expect_secret(SECRET_FILE, "key", "sk-file");
    assert_int_equal(chmod("key", 0400), 0);
    expect_secret(SECRET_FILE, "key", "sk-file");
    fixture_write("key", "a\nb\n");
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID,
                   "the file key has control characters; a secret is one line of text");
    fixture_write("key", "\n");
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID, "the file key is empty; put the secret there");
    fixture_write_bytes("key", "a\0b", 3);
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID,
                   "the file key has control characters; a secret is one line of text");
    fixture_write("key", "sk-file\n");
    assert_int_equal(chmod("key", 0604), 0);
    char expected[256];
    snprintf(expected, sizeof expected,
             "key holds a secret and is open to others (owner uid %u, mode 0604); run: chmod %s key",
             (unsigned)geteuid(), geteuid() == 0 ? "o=,g-wx" : "go=");
    expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID, expected);
    assert_int_equal(chmod("key", 0640), 0);
    if (geteuid() == 0)
        expect_secret(SECRET_FILE, "key", "sk-file");
    else
        assert_int_equal(secret_read(SECRET_FILE, "key", NULL, NULL), -1);
    assert_int_equal(chmod("key", 0), 0);
    if (geteuid() != 0)
        expect_failure(SECRET_FILE, "key", NUNCIO_ERROR_INVALID,
                       "the file key cannot be read: Permission denied");
    expect_failure(SECRET_FILE, "absent", NUNCIO_ERROR_INVALID,
                   "the file absent cannot be read: No such file or directory");
    fixture_mkdir("directory");
    expect_failure(SECRET_FILE, "directory", NUNCIO_ERROR_INVALID,
                   "directory is no regular file; write the secret into a file");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    expect_failure(SECRET_FILE, "fifo", NUNCIO_ERROR_INVALID,
                   "fifo is no regular file; write the secret into a file");
    assert_int_equal(unlink("key"), 0);
}

static void test_credential(void **state)
{
    (void)state;
    expect_failure(
        SECRET_CREDENTIAL, "vendor", NUNCIO_ERROR_INVALID,
        "there is no systemd credential vendor, since $CREDENTIALS_DIRECTORY is not set; run nuncio as a "
        "service with LoadCredential=vendor");
    fixture_mkdir("credentials");
    fixture_write("credentials/vendor", "sk-credential");
    assert_int_equal(chmod("credentials/vendor", 0440), 0);
    setenv("CREDENTIALS_DIRECTORY", fixture_text("$/credentials"), 1);
    expect_secret(SECRET_CREDENTIAL, "vendor", "sk-credential");
    expect_failure(SECRET_CREDENTIAL, "absent", NUNCIO_ERROR_INVALID,
                   "the file $/credentials/absent cannot be read: No such file or directory");
    expect_failure(SECRET_CREDENTIAL, "../key", NUNCIO_ERROR_INVALID,
                   "../key is no credential's name; it may not hold '/'");
    expect_failure(SECRET_CREDENTIAL, "..", NUNCIO_ERROR_INVALID,
                   ".. is no credential's name; it may not hold '/'");
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_words(void **state)
{
    static const struct {
        const char *command;
        const char *value;
    } good[] = {
        {"printf '%s|' a b", "a|b|"},
        {"  printf\t'%s|'   a  b  ", "a|b|"},
        {"printf %s 'a  b'", "a  b"},
        {"printf %s \"a  b\"", "a  b"},
        {"printf %s a'b'\"c\"d", "abcd"},
        {"printf '[%s]' '' \"\"", "[][]"},
        {"printf %s \"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"printf %s 'a\"b'", "a\"b"},
        {"printf %s 'a\\b'", "a\\b"},
        {"printf %s a\\ b\\'c", "a b'c"},
        {"printf %s a\\\\b", "a\\b"},
        {"printf %s $HOME;ls|*>x`y`", "$HOME;ls|*>x`y`"},
        {"'printf' %s x", "x"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        expect_secret(SECRET_COMMAND, good[i].command, good[i].value);
    expect_failure(SECRET_COMMAND, "printf 'a", NUNCIO_ERROR_INVALID,
                   "the command has a quote that is not closed");
    expect_failure(SECRET_COMMAND, "printf \"a\\\"", NUNCIO_ERROR_INVALID,
                   "the command has a quote that is not closed");
    expect_failure(SECRET_COMMAND, "", NUNCIO_ERROR_INVALID,
                   "the command is empty; write a program and its arguments");
    expect_failure(SECRET_COMMAND, "   ", NUNCIO_ERROR_INVALID,
                   "the command is empty; write a program and its arguments");
    expect_failure(SECRET_COMMAND, "'' x", NUNCIO_ERROR_INVALID,
                   "the command is empty; write a program and its arguments");
    char many[300] = "echo";
    for (size_t size = 4; size < 4 + 2 * 63; size += 2)
        memcpy(many + size, " x", 3);
    char *secret;
    assert_int_equal(secret_read(SECRET_COMMAND, many, &secret, &failure), 0);
    text_wipe(secret);
    memcpy(many + 4 + 2 * 63, " x", 3);
    expect_failure(SECRET_COMMAND, many, NUNCIO_ERROR_INVALID,
                   "the command has more than 64 words; write a script");
}

static void test_command(void **state)
{
    /* Not the caller's: a directory in it that cannot be read makes another message. */
    setenv("PATH", "/usr/bin:/bin", 1);
    (void)state;
    expect_secret(SECRET_COMMAND, "printf 'sk-1\\nsecond line\\n'", "sk-1");
    expect_secret(SECRET_COMMAND, "printf 'sk-1\\r\\n'", "sk-1");
    expect_secret(SECRET_COMMAND, "sh -c 'echo sk-2; echo noise >&2'", "sk-2");
    /* Standard input is empty, and what is still running in the background is not waited for. */
    expect_secret(SECRET_COMMAND, "sh -c 'cat; echo sk-3'", "sk-3");
    expect_secret(SECRET_COMMAND, "sh -c 'sleep 3 & echo sk-4'", "sk-4");
    expect_secret(SECRET_COMMAND, "sh -c 'echo sk-5; exec >&-; sleep 0.05'", "sk-5");
    expect_failure(SECRET_COMMAND, "true", NUNCIO_ERROR_INVALID,
                   "the output of true is empty; put the secret there");
    expect_failure(SECRET_COMMAND, "echo", NUNCIO_ERROR_INVALID,
                   "the output of echo is empty; put the secret there");
    expect_failure(SECRET_COMMAND, "printf 'a\\tb'", NUNCIO_ERROR_INVALID,
                   "the output of printf 'a\\tb' has control characters; a secret is one line of text");
    expect_failure(SECRET_COMMAND, "printf 'a\\0b'", NUNCIO_ERROR_INVALID,
                   "the output of printf 'a\\0b' has control characters; a secret is one line of text");
    expect_failure(SECRET_COMMAND, "sh -c 'echo sk-6; exit 3'", NUNCIO_ERROR_INVALID,
                   "sh failed with exit status 3; run it to see why");
    expect_failure(SECRET_COMMAND, "sh -c 'echo sk-7; kill -9 $$'", NUNCIO_ERROR_INVALID,
                   "sh was ended by signal 9");
    expect_failure(SECRET_COMMAND, "nuncio-no-such-program x", NUNCIO_ERROR_INVALID,
                   "nuncio-no-such-program cannot be run: No such file or directory");
    expect_failure(SECRET_COMMAND, "/dev/null", NUNCIO_ERROR_INVALID,
                   "/dev/null cannot be run: Permission denied");
    expect_failure(SECRET_COMMAND, "yes", NUNCIO_ERROR_INVALID,
                   "yes prints too much; it must print the secret alone");
}

static void test_command_timeout(void **state)
{
    struct timespec start;
    struct timespec end;
    char text[64];
    (void)state;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
    assert_int_equal(secret_run("sh -c 'echo sk-8; sleep 20'", 100, text, sizeof text, &failure), -1);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &end), 0);
    assert_true(end.tv_sec - start.tv_sec < 10);
    assert_string_equal(failure.text, "sh did not end within 0 s and was stopped");
    assert_int_equal(failure.error_class, NUNCIO_ERROR_INVALID);
}

/* A host program that has its own mind about children, signals and descriptors. */
static void test_command_hosts(void **state)
{
    (void)state;
    assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    expect_secret(SECRET_COMMAND, "echo sk-9", "sk-9");
    assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
    /* The program has neither from us. */
    expect_failure(SECRET_COMMAND, "sh -c 'kill -PIPE $$; echo sk-10'", NUNCIO_ERROR_INVALID,
                   "sh was ended by signal 13");
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
}

static void test_command_descriptors(void **state)
{
    (void)state;
    /* In a child, since the test's own output goes to descriptor 1. */
    for (int closed = 0; closed < 8; closed++) {
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            char text[64];
            for (int fd = 0; fd < 3; fd++) {
                if (closed & 1 << fd)
                    close(fd);
            }
            int result =
                secret_run("sh -c 'echo noise >&2; cat; echo sk-11'", 10000, text, sizeof text, NULL);
            _exit(result == 0 && strcmp(text, "sk-11") == 0 ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal),       cmocka_unit_test(test_environment),
        cmocka_unit_test(test_size),          cmocka_unit_test(test_file),
        cmocka_unit_test(test_credential),    cmocka_unit_test(test_words),
        cmocka_unit_test(test_command),       cmocka_unit_test(test_command_timeout),
        cmocka_unit_test(test_command_hosts), cmocka_unit_test(test_command_descriptors),
    };
    return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
