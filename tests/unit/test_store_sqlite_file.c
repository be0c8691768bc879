/* SPDX-License-Identifier: MIT */
/* The SQLite store: its file, and what can be wrong with it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_error.h"
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "storing.h"

#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define SKIP 77 /* status of a child that cannot do what it should */

/* Runs statements beside the store. */
static void run_sql(const char *text)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open("journal.db", &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* A journal with rows 1 to `count`, all in the file itself. */
static void make_journal(unsigned count)
{
    void *handle = storing_open(0);

    storing_begin(handle);
    for (unsigned i = 1; i <= count; i++) {
        const struct nuncio_store_interaction row = storing_row(i, 4);
        STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE, storing_err()));
    }
    storing_commit(handle);
    storing_store->close(handle);
    run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    unlink("journal.db-wal");
    unlink("journal.db-shm");
}

/* ---- The file ------------------------------------------------------------------------------------------------ */

static unsigned mode_of(const char *file)
{
    struct stat info;

    assert_int_equal(stat(file, &info), 0);
    return info.st_mode & 07777;
}

static void test_modes(void **state)
{
    mode_t mask = umask(0);
    void *handle = storing_open(0);
    (void)state;

    storing_put(handle, 1, 0);
    assert_int_equal(mode_of("journal.db"), 0600);
    assert_int_equal(mode_of("journal.db-wal"), 0600);
    assert_int_equal(mode_of("journal.db-shm"), 0600);
    umask(mask);
    storing_store->close(handle);
    assert_int_equal(chmod("journal.db", 0620), 0);
    storing_refused(0, "0620", "chmod go-w");
    storing_refused(1, "0620", "chmod go-w");
    assert_int_equal(chmod("journal.db", 0644), 0);
    storing_store->close(storing_open(0));
    if (chown("journal.db", 12345, (gid_t)-1) == 0)
        storing_refused(0, "12345", "root");
}

static void test_stays(void **state)
{
    void *handle = storing_open(0);
    struct stat info;
    (void)state;

    storing_put(handle, 1, 0);
    storing_store->close(handle);
    /* Nobody has brought the log into the file. */
    assert_int_equal(stat("journal.db-wal", &info), 0);
    assert_true(info.st_size > 0);
    handle = storing_open(0);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "1");
    storing_store->close(handle);
    handle = storing_open(1);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "1");
    storing_store->close(handle);
}

/* Also where somebody made the file and came no further. */
static void test_nothing_there(void **state)
{
    void *handle = NULL;
    (void)state;

    assert_int_equal(storing_try(1, 100, &handle), NUNCIO_STORE_OK);
    assert_null(handle);
    assert_int_equal(access("journal.db", F_OK), -1);
    fixture_write("journal.db", "");
    assert_int_equal(storing_try(1, 100, &handle), NUNCIO_STORE_OK);
    assert_null(handle);
    storing_store->close(storing_open(0));
    assert_int_equal(storing_try(1, 100, &handle), NUNCIO_STORE_FOUND);
    storing_store->close(handle);
}

static void test_newer_layout(void **state)
{
    (void)state;
    make_journal(1);
    run_sql("PRAGMA user_version = 2");
    storing_refused(0, "newer nuncio (layout 2, this one knows 1)", "install that one");
    storing_refused(1, "newer nuncio (layout 2, this one knows 1)", "install that one");
}

static void test_no_journal(void **state)
{
    char text[5000];
    (void)state;

    memset(text, 'x', sizeof(text));
    fixture_write_bytes("journal.db", text, sizeof(text));
    storing_refused(0, "is not a journal of nuncio", "move it away");
    storing_refused(1, "is not a journal of nuncio", "move it away");
    assert_int_equal(unlink("journal.db"), 0);
    assert_int_equal(mkdir("journal.db", 0700), 0);
    storing_refused(0, "not a regular file", "move it away");
    storing_refused(1, "not a regular file", "move it away");
}

/* ---- Damage -------------------------------------------------------------------------------------------------- */

static int32_t note_text(void *context, const char *text)
{
    assert_null(strchr(text, '\n')); /* a line each */
    unsigned *count = context;

    assert_true(strlen(text) > 5);
    ++*count;
    return 0;
}

/* What can be read is told first, each row once; then it fails. */
static unsigned assert_partly_readable(unsigned least)
{
    static struct storing_heard heard;
    const struct nuncio_store_filter filter = {.size = sizeof(filter), .parts = NUNCIO_STORE_MESSAGE};
    void *handle = storing_open(1);
    unsigned problems = 0;

    heard = (struct storing_heard){.count = 0};
    assert_int_equal(storing_store->each(handle, &filter, storing_hear, &heard, storing_err()),
                     NUNCIO_STORE_FAILED);
    storing_assert_error("is damaged", "'nuncio journal export'");
    if (heard.count < least)
        fail_msg("only %u rows were told: %s", heard.count, heard.text);
    if (storing_store->check(handle, note_text, &problems, storing_err()) == NUNCIO_STORE_OK)
        assert_true(problems > 0);
    storing_store->close(handle);
    return heard.count;
}

static void test_cut(void **state)
{
    struct stat info;
    (void)state;

    make_journal(1000);
    assert_int_equal(stat("journal.db", &info), 0);
    assert_int_equal(truncate("journal.db", info.st_size / 2), 0);
    storing_refused(0, "is damaged", "move it away");
    assert_true(assert_partly_readable(300) < 1000);
}

/* Each page in turn is lost; the first one, which has the layout, is all. */
static void test_holes(void **state)
{
    char page[4096], lost[4096];
    struct stat info;
    unsigned failed = 0;
    int file;
    (void)state;

    make_journal(200);
    assert_int_equal(stat("journal.db", &info), 0);
    file = open("journal.db", O_RDWR);
    memset(lost, 0x5a, sizeof(lost));
    for (off_t at = sizeof(page); at < info.st_size; at += (off_t)sizeof(page)) {
        static struct storing_heard heard;
        const struct nuncio_store_filter filter = {.size = sizeof(filter), .parts = NUNCIO_STORE_MESSAGE};
        void *handle;
        assert_int_equal(pread(file, page, sizeof(page), at), sizeof(page));
        assert_int_equal(pwrite(file, lost, sizeof(lost), at), sizeof(lost));
        handle = storing_open(1);
        heard = (struct storing_heard){.count = 0};
        if (storing_store->each(handle, &filter, storing_hear, &heard, storing_err()) < 0) {
            failed++;
            storing_assert_error("is damaged", "export");
            /* The root of the interactions' tree has no equal; of the others only its own rows are missing. */
            assert_true(heard.count >= 140 || heard.count == 0);
        }
        storing_store->close(handle);
        assert_int_equal(pwrite(file, page, sizeof(page), at), sizeof(page));
    }
    close(file);
    assert_true(failed > 5);
    storing_store->close(storing_open(0));
}

static void test_check(void **state)
{
    void *handle = storing_open(0);
    unsigned count = 0;
    (void)state;

    storing_put(handle, 1, 0);
    STORING_OK(storing_store->check(handle, note_text, &count, storing_err()));
    assert_int_equal(count, 0);
    run_sql("INSERT INTO line(gate, id) VALUES('g', 'gone')");
    run_sql("INSERT INTO content(key) VALUES(77)");
    run_sql("INSERT INTO event(interaction, n) VALUES(77, 1)");
    STORING_OK(storing_store->check(handle, note_text, &count, storing_err()));
    assert_int_equal(count, 3);
    storing_store->close(handle);
}

/* ---- What cannot be written ---------------------------------------------------------------------------------- */

/* Writes rows with much content until it fails; the status for the child's end. */
static int fill_disk(void *handle, const char *word)
{
    static char bytes[16 * 1024];
    struct nuncio_store_interaction row;
    int32_t result = NUNCIO_STORE_OK;
    struct plugin_error other;
    bool whole = true;
    int status = 0;

    plugin_error_init(&other);
    memset(bytes, 'x', sizeof(bytes));
    for (unsigned i = 2; i < 1000 && result == NUNCIO_STORE_OK; i++) {
        row = storing_row(i, 0);
        row.message = (struct nuncio_slice){bytes, sizeof(bytes)};
        storing_begin(handle);
        result = storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE, storing_err());
        if (result == NUNCIO_STORE_OK)
            result = storing_store->commit(handle, storing_err());
        else if (storing_store->commit(handle, &other.abi) == NUNCIO_STORE_OK)
            return 3;
    }
    if (result == NUNCIO_STORE_OK || !strstr(storing_error.text, word))
        return 1;
    /* What was there is still there, and the last one is there whole or not at all. */
    storing_store->close(handle);
    handle = storing_open(1);
    for (unsigned i = 2; whole; i++) {
        struct storing_heard heard;
        whole = storing_get(handle, i, &heard) == NUNCIO_STORE_FOUND;
        if (whole ? heard.message_size != sizeof(bytes) : i <= 3)
            status = 2;
    }
    storing_store->close(handle);
    return status;
}

static void test_file_size_limit(void **state)
{
    pid_t child;
    (void)state;

    storing_store->close(storing_open(0));
    child = fork();
    if (child == 0) {
        const struct rlimit limit = {1000000, 1000000};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(fill_disk(storing_open(0), "File too large; check the disk"));
    }
    assert_int_equal(storing_wait(child), 0);
}

/* In a name space of its own, if it may. */
static void mount_small(const char *options)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
        mount("small", storing_directory, "tmpfs", 0, options) < 0 || chdir(storing_directory) < 0)
        _exit(SKIP);
}

static void assert_child(pid_t child)
{
    int status = storing_wait(child);

    if (status == SKIP)
        skip();
    assert_int_equal(status, 0);
}

static void test_full_disk(void **state)
{
    pid_t child = fork();
    (void)state;

    if (child == 0) {
        mount_small("size=1m");
        _exit(fill_disk(storing_open(0), "the disk is full; make room"));
    }
    assert_child(child);
    child = fork();
    if (child == 0) {
        void *handle;
        mount_small("size=16k");
        /* Not even a new journal has room. */
        _exit(storing_try(0, 100, &handle) < 0 && strstr(storing_error.text, "the disk is full") ? 0 : 1);
    }
    assert_child(child);
}

static void test_read_only_file_system(void **state)
{
    pid_t child = fork();
    (void)state;

    if (child == 0) {
        void *handle;
        mount_small("size=1m");
        make_journal(1);
        if (mount("small", storing_directory, "tmpfs", MS_REMOUNT | MS_RDONLY, "") < 0)
            _exit(SKIP);
        if (storing_try(0, 100, &handle) >= 0 || !strstr(storing_error.text, "read-only")) {
            _exit(1);
        }
        handle = storing_open(1);
        storing_end(handle, strcmp(storing_list(handle, 0, NULL, 0), "1") == 0 ? 0 : 2);
    }
    assert_child(child);
}

/* The log has what the file lacks, and may not be left out. */
static void test_read_only_log(void **state)
{
    pid_t child = fork();
    (void)state;

    if (child == 0) {
        void *handle;
        mount_small("size=1m");
        handle = storing_open(0);
        storing_put(handle, 1, 0);
        storing_store->close(handle);
        unlink("journal.db-shm");
        if (mount("small", storing_directory, "tmpfs", MS_REMOUNT | MS_RDONLY, "") < 0)
            _exit(SKIP);
        if (storing_try(1, 100, &handle) == NUNCIO_STORE_FOUND)
            storing_end(handle, strcmp(storing_list(handle, 0, NULL, 0), "1") == 0 ? 0 : 2);
        _exit(strstr(storing_error.text, "journal.db-wal") && strstr(storing_error.text, "copy both") ? 0
                                                                                                      : 3);
    }
    assert_child(child);
}

/* As a user who may not write there. */
static void test_no_permission(void **state)
{
    pid_t child;
    (void)state;

    make_journal(2);
    assert_int_equal(chmod("journal.db", 0444), 0);
    assert_int_equal(chmod(".", 0555), 0);
    child = fork();
    if (child == 0) {
        void *handle;
        if (geteuid() == 0 && (chmod(fixture_directory, 0755) < 0 || setgid(12345) < 0 || setuid(12345) < 0))
            _exit(SKIP);
        if (storing_try(0, 100, &handle) >= 0 || !strstr(storing_error.text, "read-only"))
            _exit(1);
        handle = storing_open(1);
        storing_end(handle, strcmp(storing_list(handle, 0, NULL, 0), "2 1") == 0 ? 0 : 2);
    }
    assert_child(child);
    assert_int_equal(chmod(".", 0755), 0);
}

#define CASE(test) cmocka_unit_test_setup(test, storing_setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_modes),
        CASE(test_stays),
        CASE(test_nothing_there),
        CASE(test_newer_layout),
        CASE(test_no_journal),
        CASE(test_cut),
        CASE(test_holes),
        CASE(test_check),
        CASE(test_file_size_limit),
        CASE(test_full_disk),
        CASE(test_read_only_file_system),
        CASE(test_read_only_log),
        CASE(test_no_permission),
    };

    return cmocka_run_group_tests_name("store_sqlite_file", tests, storing_enter, storing_leave);
}
