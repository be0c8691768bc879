/* SPDX-License-Identifier: MIT */
#include "sqlite.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* migrations[n] brings layout n to n + 1; a new journal is made in the latest layout at once. PRAGMA user_version
   has the number. */
static const char *const migrations[] = {""};
#define LAYOUT ((int)COUNT(migrations))

/* The first of several processes has to read the log again, so it stays short: pages of 4 KiB. */
#define LOG_PAGES 256

/* ---- Errors ---------------------------------------------------------------------------------------------- */

int32_t sqlite_fail_text(struct nuncio_error *err, char *text)
{
    int32_t result = nuncio_store_fail(err, text ? text : "out of memory");

    sqlite3_free(text);
    return result;
}

static int32_t fail_file(const struct journal *journal, int rc, struct nuncio_error *err)
{
    /* SQLite does not keep that of a commit. */
    int number = sqlite3_system_errno(journal->db) ? sqlite3_system_errno(journal->db) : journal->number;
    const char *reason = number != 0 ? strerror(number) : sqlite3_errmsg(journal->db);

    if ((rc & 0xff) == SQLITE_FULL || number == ENOSPC || number == EDQUOT)
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s cannot be written: the disk is full; make room", journal->path));
    if ((rc & 0xff) == SQLITE_READONLY || number == EROFS)
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s cannot be written: it or its directory is read-only; change "
                                 "that, or set state_dir",
                                 journal->path));
    if ((rc & 0xff) == SQLITE_CANTOPEN)
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s cannot be opened: %s; check it, its directory and their modes",
                                 journal->path, reason));
    return sqlite_fail_text(
        err, sqlite3_mprintf("%s cannot be read or written: %s; check the disk", journal->path, reason));
}

int32_t sqlite_fail(const struct journal *journal, int rc, struct nuncio_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return nuncio_store_fail(err, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s: another process writes for longer than %g s; try again, or end it",
                                 journal->path, (double)journal->busy_ms / 1000));
    case SQLITE_NOTADB:
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s is not a journal of nuncio, or its beginning is damaged; move it "
                                 "away",
                                 journal->path));
    case SQLITE_CORRUPT:
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s is damaged: %s; move it away, 'nuncio journal export' shows what "
                                 "can be read",
                                 journal->path, sqlite3_errstr(rc)));
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return fail_file(journal, rc, err);
    default:
        return sqlite_fail_text(err, sqlite3_mprintf("%s: %s; run 'nuncio journal check'", journal->path,
                                                     sqlite3_errmsg(journal->db)));
    }
}

/* ---- Waiting --------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SQLite's own handler sleeps for up to 100 ms at a time, while a commit takes one or two. The process number keeps
   many that wait out of step. */
static int wait_for_others(void *context, int count)
{
    struct journal *journal = context;
    struct timespec pause = {0, 500000L << (count < 5 ? count : 5)};

    if (count == 0)
        journal->deadline = now_ms() + journal->busy_ms;
    else if (now_ms() >= journal->deadline)
        return 0;
    pause.tv_nsec += (long)((unsigned)getpid() * 7919u + (unsigned)count * 104729u) % 1000 * 1000;
    nanosleep(&pause, NULL);
    return 1;
}

static int is_busy(int rc)
{
    return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED;
}

/* Static text, so that it is never NULL. SQLite does not always ask the handler when it changes the journal mode. */
static int execute(struct journal *journal, const char *text)
{
    int count = 0;
    int rc;

    do
        rc = sqlite3_exec(journal->db, text, NULL, NULL, NULL);
    while (is_busy(rc) && sqlite3_get_autocommit(journal->db) && wait_for_others(journal, count++));
    return rc;
}

/* ---- The place ------------------------------------------------------------------------------------------- */

/* Their locks and shared memory do not reach other machines, or nobody. */
static int32_t check_file_system(const struct journal *journal, const char *directory,
                                 struct nuncio_error *err)
{
#ifdef __linux__
    static const struct {
        uint32_t magic;
        const char *name;
    } refused[] = {
        {0x6969, "NFS"},        {0x517b, "SMB"},     {0xff534d42, "CIFS"},   {0xfe534d42, "SMB"},
        {0x5346414f, "AFS"},    {0x6b414653, "AFS"}, {0x01021997, "9P"},     {0x00c36400, "Ceph"},
        {0x73757245, "Coda"},   {0x564c, "NCP"},     {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
        {0x786f4256, "vboxsf"},
    };
    struct statfs info;

    if (statfs(directory, &info) < 0)
        return sqlite_fail_text(err, sqlite3_mprintf("%s cannot be looked at: %s; check its path and mode",
                                                     directory, strerror(errno)));
    for (size_t i = 0; i < COUNT(refused); i++)
        if ((uint32_t)info.f_type == refused[i].magic)
            return sqlite_fail_text(err,
                                    sqlite3_mprintf("%s cannot be kept on %s, a network file system whose "
                                                    "locks are not sure; put state_dir on a local disk",
                                                    journal->path, refused[i].name));
#else
    (void)journal;
    (void)directory;
    (void)err;
#endif
    return NUNCIO_STORE_OK;
}

/* NUNCIO_STORE_FOUND: it is there and ours. */
static int32_t check_file(const struct journal *journal, struct nuncio_error *err)
{
    struct stat info;

    if (stat(journal->path, &info) < 0)
        return errno == ENOENT
                   ? NUNCIO_STORE_OK
                   : sqlite_fail_text(err, sqlite3_mprintf("%s cannot be looked at: %s; check its path "
                                                           "and mode",
                                                           journal->path, strerror(errno)));
    if (!S_ISREG(info.st_mode))
        return sqlite_fail_text(err,
                                sqlite3_mprintf("%s is not a regular file; move it away", journal->path));
    if (info.st_uid != 0 && info.st_uid != geteuid())
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s is owned by uid %u; it must be owned by root or by the user "
                                 "who runs nuncio",
                                 journal->path, (unsigned)info.st_uid));
    if (info.st_mode & 0022)
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s can be written by others (mode %04o); run: chmod go-w %s", journal->path,
                                 (unsigned)(info.st_mode & 07777), journal->path));
    return NUNCIO_STORE_FOUND;
}

/* Makes the file, the user's alone. It must not be opened for that: to close it again would end the locks that
   another thread of the process may have on it by then. */
static int32_t make_file(const struct journal *journal, struct nuncio_error *err)
{
    if (mknod(journal->path, S_IFREG | 0600, 0) == 0 || errno == EEXIST)
        return NUNCIO_STORE_OK;
    if (errno == EROFS)
        return sqlite_fail(journal, SQLITE_READONLY, err);
    if (errno == ENOSPC || errno == EDQUOT)
        return sqlite_fail(journal, SQLITE_FULL, err);
    return sqlite_fail_text(err, sqlite3_mprintf("%s cannot be made: %s; check its directory and mode",
                                                 journal->path, strerror(errno)));
}

/* ---- Layout ---------------------------------------------------------------------------------------------- */

static int read_layout(struct journal *journal, int *ret_layout)
{
    sqlite3_stmt *statement = sqlite_prepare(journal, sqlite3_mprintf("PRAGMA user_version"), 0);
    int rc = journal->rc;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement) == SQLITE_ROW ? SQLITE_OK : sqlite3_errcode(journal->db);
    if (rc == SQLITE_OK)
        *ret_layout = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return rc;
}

static int32_t check_layout(const struct journal *journal, int layout, struct nuncio_error *err)
{
    if (layout >= 0 && layout <= LAYOUT)
        return NUNCIO_STORE_OK;
    return sqlite_fail_text(
        err, sqlite3_mprintf("%s was written by a newer nuncio (layout %d, this one knows %d); "
                             "install that one",
                             journal->path, layout, LAYOUT));
}

/* Inside a transaction, since another process may have done it meanwhile. */
static int migrate(struct journal *journal, int layout)
{
    sqlite3_str *text = sqlite3_str_new(journal->db);
    char *taken;
    int rc;

    if (layout == 0)
        sqlite_append_layout(text);
    for (int i = layout; layout > 0 && i < LAYOUT; i++)
        sqlite3_str_appendall(text, migrations[i]);
    sqlite3_str_appendf(text, "PRAGMA user_version = %d", LAYOUT);
    taken = sqlite3_str_finish(text);
    rc = taken ? sqlite3_exec(journal->db, taken, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(taken);
    return rc;
}

static int32_t in_transaction(struct journal *journal, struct nuncio_error *err)
{
    int layout = 0;
    int rc = read_layout(journal, &layout);

    if (rc == SQLITE_OK && check_layout(journal, layout, err) < 0)
        return NUNCIO_STORE_FAILED;
    /* Where nothing is to be changed the number is written again: a write, which proves that it can be done. */
    if (rc == SQLITE_OK)
        rc = migrate(journal, layout);
    if (rc == SQLITE_OK)
        rc = execute(journal, "COMMIT");
    return rc == SQLITE_OK ? NUNCIO_STORE_OK : sqlite_fail(journal, rc, err);
}

/* Some file systems have no shared memory: the mode stays another one there, without an error. */
static int32_t set_log(struct journal *journal, struct nuncio_error *err)
{
    sqlite3_stmt *statement;
    const char *mode = NULL;
    int count = 0;
    int rc;

    do {
        statement = sqlite_prepare(journal, sqlite3_mprintf("PRAGMA journal_mode = WAL"), 0);
        rc = journal->rc == SQLITE_OK ? sqlite3_step(statement) : journal->rc;
        if (rc == SQLITE_ROW)
            mode = (const char *)sqlite3_column_text(statement, 0);
        if (rc == SQLITE_ROW && (!mode || strcmp(mode, "wal") != 0))
            rc = SQLITE_MISMATCH;
        sqlite3_finalize(statement);
    } while (is_busy(rc) && wait_for_others(journal, count++));
    if (rc == SQLITE_MISMATCH)
        return sqlite_fail_text(err,
                                sqlite3_mprintf("%s cannot be kept on this file system, which has no shared "
                                                "memory; put state_dir on another",
                                                journal->path));
    return rc == SQLITE_ROW ? NUNCIO_STORE_OK : sqlite_fail(journal, rc, err);
}

/* NORMAL leaves out the wait for the disk, but where the log starts anew, and then it has to be. */
static int32_t prepare_to_write(struct journal *journal, struct nuncio_error *err)
{
    int layout = 0;
    int rc;

    /* Where it may not write SQLite opens the file all the same. */
    if (sqlite3_db_readonly(journal->db, "main") == 1)
        return sqlite_fail(journal, SQLITE_READONLY, err);
    rc = read_layout(journal, &layout);
    if (rc != SQLITE_OK)
        return sqlite_fail(journal, rc, err);
    if (check_layout(journal, layout, err) < 0)
        return NUNCIO_STORE_FAILED;
    if (set_log(journal, err) < 0)
        return NUNCIO_STORE_FAILED;
    rc = execute(journal, layout == LAYOUT ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (rc == SQLITE_OK)
        rc = execute(journal, "BEGIN IMMEDIATE");
    if (rc != SQLITE_OK)
        return sqlite_fail(journal, rc, err);
    if (in_transaction(journal, err) < 0) {
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
        return NUNCIO_STORE_FAILED;
    }
    /* Not before: what only opens the journal need not bring the log into the file. */
    sqlite3_wal_autocheckpoint(journal->db, LOG_PAGES);
    rc = execute(journal, "PRAGMA synchronous = FULL");
    return rc == SQLITE_OK ? NUNCIO_STORE_OK : sqlite_fail(journal, rc, err);
}

/* ---- Opening --------------------------------------------------------------------------------------------- */

static int open_file(struct journal *journal, const char *name, int flags)
{
    int rc =
        sqlite3_open_v2(name, &journal->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_extended_result_codes(journal->db, 1);
    sqlite3_busy_handler(journal->db, wait_for_others, journal);
    sqlite3_wal_autocheckpoint(journal->db, 0);
    /* The log stays where it is when the last process ends: the next one goes on with it, and neither waits for the
       disk. */
    return sqlite3_db_config(journal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static int32_t open_to_write(struct journal *journal, struct nuncio_error *err)
{
    int32_t found = check_file(journal, err);
    int rc;

    if (found == NUNCIO_STORE_FAILED || (found == NUNCIO_STORE_OK && make_file(journal, err) < 0))
        return NUNCIO_STORE_FAILED;
    rc = open_file(journal, journal->path, SQLITE_OPEN_READWRITE);
    return rc == SQLITE_OK ? prepare_to_write(journal, err) : sqlite_fail(journal, rc, err);
}

/* Has the log what the file does not have yet? */
static int has_log(const struct journal *journal)
{
    char *path = sqlite3_mprintf("%s-wal", journal->path);
    struct stat info;
    int result = !path || (stat(path, &info) == 0 && info.st_size > 0);

    sqlite3_free(path);
    return result;
}

static int is_kept_out(int rc)
{
    return (rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY;
}

/* Where nothing may be made beside the file SQLite cannot use its log, and need not where there is none. */
static int open_unchanging(struct journal *journal)
{
    sqlite3_str *name = sqlite3_str_new(NULL);
    char *taken;
    int rc;

    sqlite3_close(journal->db);
    journal->db = NULL;
    sqlite3_str_appendall(name, "file:");
    for (const char *at = journal->path; *at; at++)
        sqlite3_str_appendf(name, strchr("%?#", *at) ? "%%%02x" : "%c", *at);
    sqlite3_str_appendall(name, "?immutable=1");
    taken = sqlite3_str_finish(name);
    rc = taken ? open_file(journal, taken, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) : SQLITE_NOMEM;
    sqlite3_free(taken);
    return rc;
}

/* A writable schema lets SQLite look at a file that was cut off; nothing is written. */
static int open_to_read(struct journal *journal, int *ret_layout)
{
    int rc = open_file(journal, journal->path, SQLITE_OPEN_READONLY);

    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(journal->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
    if (rc == SQLITE_OK)
        rc = read_layout(journal, ret_layout);
    if (!is_kept_out(rc) || has_log(journal))
        return rc;
    rc = open_unchanging(journal);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(journal->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
    return rc == SQLITE_OK ? read_layout(journal, ret_layout) : rc;
}

/* A file that nobody has laid out yet is as good as none. */
static int32_t find_to_read(struct journal *journal, struct nuncio_error *err)
{
    int32_t found = check_file(journal, err);
    int layout = 0;
    int rc;

    if (found != NUNCIO_STORE_FOUND)
        return found;
    rc = open_to_read(journal, &layout);
    if (is_kept_out(rc) && has_log(journal))
        return sqlite_fail_text(
            err, sqlite3_mprintf("%s-wal has what %s lacks, and cannot be read where nothing may be "
                                 "written; copy both into another directory and set state_dir",
                                 journal->path, journal->path));
    if (rc != SQLITE_OK)
        return sqlite_fail(journal, rc, err);
    if (check_layout(journal, layout, err) < 0)
        return NUNCIO_STORE_FAILED;
    return layout > 0 ? NUNCIO_STORE_FOUND : NUNCIO_STORE_OK;
}

static int32_t open_journal(struct journal *journal, const char *directory, uint32_t read_only,
                            struct nuncio_error *err)
{
    journal->path = sqlite3_mprintf("%s/journal.db", directory);
    if (!journal->path)
        return nuncio_store_fail(err, "out of memory");
    if (read_only)
        return find_to_read(journal, err);
    return check_file_system(journal, directory, err) < 0 ? NUNCIO_STORE_FAILED : open_to_write(journal, err);
}

int32_t sqlite_open(const struct nuncio_store_place *place, void **ret_handle, struct nuncio_error *err)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    int32_t result;

    if (!journal)
        return nuncio_store_fail(err, "out of memory");
    journal->busy_ms = place->busy_ms;
    result = open_journal(journal, place->directory, place->read_only, err);
    if (result == NUNCIO_STORE_FAILED || (place->read_only && result == NUNCIO_STORE_OK))
        sqlite_close(journal);
    else
        *ret_handle = journal;
    return result;
}

void sqlite_close(void *handle)
{
    struct journal *journal = handle;

    if (!journal)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(journal->prepared[i]);
    sqlite3_close(journal->db);
    sqlite3_free(journal->path);
    free(journal);
}
