/* SPDX-License-Identifier: MIT */
#include "sqlite.h"

#include <stddef.h>
#include <string.h>

/* ---- Transactions ---------------------------------------------------------------------------------------- */

static void rollback(void *handle)
{
    struct journal *journal = handle;

    /* SQLite has done so itself after some errors. */
    if (sqlite3_get_autocommit(journal->db))
        return;
    sqlite_run(journal, sqlite_start(journal, ROLLBACK));
}

/* Of what was written in part nothing may be left, so an error ends the whole transaction. */
static int32_t give_up(struct journal *journal, struct nuncio_error *err)
{
    int32_t result = sqlite_fail(journal, journal->rc, err);

    rollback(journal);
    return result;
}

/* Outside a transaction every statement would be one of its own. */
static int is_over(struct journal *journal, struct nuncio_error *err)
{
    if (!sqlite3_get_autocommit(journal->db))
        return 0;
    sqlite_fail_text(
        err, sqlite3_mprintf("%s: the transaction was given up after an error; nothing of it was kept",
                             journal->path));
    return 1;
}

static int32_t begin(void *handle, uint32_t flags, struct nuncio_error *err)
{
    struct journal *journal = handle;
    int lazy = flags & NUNCIO_STORE_LAZY ? 1 : 0;

    if (lazy != journal->lazy) {
        int rc = sqlite3_exec(journal->db, lazy ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
                              NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return sqlite_fail(journal, rc, err);
        journal->lazy = lazy;
    }
    /* So that it needs no memory when it is needed. */
    if (!sqlite_start(journal, ROLLBACK) || sqlite_run(journal, sqlite_start(journal, BEGIN)) != SQLITE_OK)
        return sqlite_fail(journal, journal->rc, err);
    return NUNCIO_STORE_OK;
}

static int32_t commit(void *handle, struct nuncio_error *err)
{
    struct journal *journal = handle;

    if (is_over(journal, err))
        return NUNCIO_STORE_FAILED;
    return sqlite_run(journal, sqlite_start(journal, COMMIT)) == SQLITE_OK ? NUNCIO_STORE_OK
                                                                           : give_up(journal, err);
}

/* ---- Writing --------------------------------------------------------------------------------------------- */

static int32_t finish_write(struct journal *journal, sqlite3_stmt *statement, struct nuncio_error *err)
{
    return sqlite_run(journal, statement) == SQLITE_OK ? NUNCIO_STORE_OK : give_up(journal, err);
}

static int32_t put_content(struct journal *journal, int64_t key, struct nuncio_slice text,
                           struct nuncio_slice json, struct nuncio_error *err)
{
    sqlite3_stmt *statement = sqlite_start(journal, PUT_CONTENT);

    sqlite_bind_integer(journal, statement, 1, key);
    sqlite_bind_text(journal, statement, 2, text);
    sqlite_bind_text(journal, statement, 3, json);
    return finish_write(journal, statement, err);
}

static int32_t put_event(struct journal *journal, int64_t key, const struct nuncio_store_interaction *row,
                         struct nuncio_error *err)
{
    sqlite3_stmt *statement = sqlite_start(journal, PUT_EVENT);

    sqlite_bind_integer(journal, statement, 1, key);
    sqlite_bind_integer(journal, statement, 2, row->changed_at);
    sqlite_bind_integer(journal, statement, 3, row->state);
    sqlite_bind_text(journal, statement, 4, row->step);
    return finish_write(journal, statement, err);
}

/* The interaction's number in the tables; -1 where it is not there. */
static int64_t find(struct journal *journal, struct nuncio_slice id)
{
    sqlite3_stmt *statement = sqlite_start(journal, FIND);
    int64_t key = -1;
    int rc;

    sqlite_bind_text(journal, statement, 1, id);
    rc = journal->rc == SQLITE_OK ? sqlite3_step(statement) : journal->rc;
    if (rc == SQLITE_ROW)
        key = sqlite3_column_int64(statement, 0);
    else if (rc != SQLITE_DONE)
        journal->rc = rc;
    sqlite3_reset(statement);
    return key;
}

static int32_t put_interaction(struct journal *journal, const struct nuncio_store_interaction *row,
                               int64_t *ret_key, struct nuncio_error *err)
{
    int64_t key = find(journal, row->id);
    sqlite3_stmt *statement;

    if (journal->rc != SQLITE_OK)
        return give_up(journal, err);
    statement = sqlite_start(journal, key < 0 ? PUT : CHANGE);
    sqlite_bind_row(journal, statement, INTERACTION, row);
    if (key >= 0)
        sqlite_bind_integer(journal, statement, sqlite3_bind_parameter_count(statement), key);
    if (finish_write(journal, statement, err) < 0)
        return NUNCIO_STORE_FAILED;
    *ret_key = key < 0 ? sqlite3_last_insert_rowid(journal->db) : key;
    return NUNCIO_STORE_OK;
}

static int32_t put(void *handle, const struct nuncio_store_interaction *row, uint64_t parts,
                   struct nuncio_error *err)
{
    struct journal *journal = handle;
    int32_t result;
    int64_t key = -1;

    if (is_over(journal, err))
        return NUNCIO_STORE_FAILED;
    result = put_interaction(journal, row, &key, err);
    if (result == NUNCIO_STORE_OK && parts & NUNCIO_STORE_MESSAGE)
        result = put_content(journal, 2 * key, row->message, row->attachments, err);
    if (result == NUNCIO_STORE_OK && parts & NUNCIO_STORE_REPLY)
        result = put_content(journal, 2 * key + 1, row->reply, row->reply_json, err);
    if (result == NUNCIO_STORE_OK && parts & NUNCIO_STORE_EVENT)
        result = put_event(journal, key, row, err);
    return result;
}

static int32_t put_row(struct journal *journal, int which, int table, const void *row,
                       struct nuncio_error *err)
{
    sqlite3_stmt *statement;

    if (is_over(journal, err))
        return NUNCIO_STORE_FAILED;
    statement = sqlite_start(journal, which);
    sqlite_bind_row(journal, statement, table, row);
    return finish_write(journal, statement, err);
}

static int32_t put_conversation(void *handle, const struct nuncio_store_conversation *row,
                                struct nuncio_error *err)
{
    return put_row(handle, PUT_CONVERSATION, CONVERSATION, row, err);
}

static int32_t put_name(void *handle, const struct nuncio_store_name *row, struct nuncio_error *err)
{
    return put_row(handle, PUT_NAME, NAME, row, err);
}

/* A writing statement that takes up to three texts. */
static int32_t write_texts(struct journal *journal, int which, const struct nuncio_slice *texts, int count,
                           struct nuncio_error *err)
{
    sqlite3_stmt *statement;

    if (is_over(journal, err))
        return NUNCIO_STORE_FAILED;
    statement = sqlite_start(journal, which);
    for (int i = 0; i < count; i++)
        sqlite_bind_text(journal, statement, i + 1, texts[i]);
    return finish_write(journal, statement, err);
}

static int32_t take(void *handle, struct nuncio_slice id, struct nuncio_slice from, struct nuncio_slice to,
                    struct nuncio_error *err)
{
    struct journal *journal = handle;
    const struct nuncio_slice texts[] = {id, from, to};
    int32_t result = write_texts(journal, TAKE, texts, 3, err);

    return result == NUNCIO_STORE_OK && sqlite3_changes(journal->db) == 1 ? NUNCIO_STORE_FOUND : result;
}

static int32_t enter(void *handle, struct nuncio_slice gate, struct nuncio_slice id, struct nuncio_error *err)
{
    const struct nuncio_slice texts[] = {id, gate};

    return write_texts(handle, ENTER, texts, 2, err);
}

static int32_t leave(void *handle, struct nuncio_slice id, struct nuncio_error *err)
{
    return write_texts(handle, LEAVE, &id, 1, err);
}

static int32_t prune(void *handle, int64_t finished_before, int64_t limit, int64_t *ret_count,
                     struct nuncio_error *err)
{
    struct journal *journal = handle;
    sqlite3_stmt *statement;
    int32_t result;

    if (is_over(journal, err))
        return NUNCIO_STORE_FAILED;
    statement = sqlite_start(journal, PRUNE);
    sqlite_bind_integer(journal, statement, 1, finished_before);
    sqlite_bind_integer(journal, statement, 2, limit > 0 ? limit : -1);
    result = finish_write(journal, statement, err);
    if (result == NUNCIO_STORE_OK)
        *ret_count = sqlite3_changes(journal->db);
    return result;
}

/* ---- The descriptor -------------------------------------------------------------------------------------- */

static const struct nuncio_store store = {
    .size = sizeof(store),
    .abi_major = NUNCIO_STORE_ABI_MAJOR,
    .abi_minor = 0,
    .name = "sqlite",
    .version = "1.0",
    .summary = "One file, journal.db, on a local disk",
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .take = take,
    .enter = enter,
    .leave = leave,
    .put_conversation = put_conversation,
    .put_name = put_name,
    .prune = prune,
    .get = sqlite_get,
    .each = sqlite_each,
    .events = sqlite_events,
    .first = sqlite_first,
    .get_conversation = sqlite_get_conversation,
    .get_name = sqlite_get_name,
    .names = sqlite_names,
    .check = sqlite_check,
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store;
}
