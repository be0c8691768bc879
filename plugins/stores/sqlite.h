/* SPDX-License-Identifier: MIT */
/*
 * The default store: one SQLite file, DIRECTORY/journal.db, in WAL mode.
 *
 * sqlite.c       the descriptor; transactions and writing
 * sqlite_read.c  reading
 * sqlite_rows.c  the layout, and the statements and rows that follow from it
 * sqlite_file.c  opening and making the file, and saying what is wrong with it
 *
 * `interaction` has what changes with every state, `content` what is written once: key 2k is the message of
 * interaction k, 2k + 1 its reply. `event` is the history, `line` who waits before which gate.
 */
#ifndef NUNCIO_STORES_SQLITE_H
#define NUNCIO_STORES_SQLITE_H

#include <stdint.h>
#include <sqlite3.h>
#include <nuncio/store.h>

/* enum nuncio_state: completed, failed and cancelled are over and may be pruned; unknown can still be settled. The
   texts stand in partial indexes and in the queries that use them; IN would make a temporary table for each row that
   is written, and without the sign the range would be searched rather than the one state. */
enum { FIRST_FINISHED = 4, LAST_FINISHED = 6 };
#define FINISHED   "+state BETWEEN 4 AND 6"
#define UNFINISHED "+state NOT BETWEEN 4 AND 6"

/* The tables that are rows of store.h. */
enum { INTERACTION, EVENT, CONVERSATION, NAME, TABLES };

enum {
    BEGIN,
    COMMIT,
    ROLLBACK,
    FIND,
    CHANGE,
    PUT,
    PUT_CONTENT,
    PUT_EVENT,
    TAKE,
    ENTER,
    LEAVE,
    PUT_CONVERSATION,
    PUT_NAME,
    PRUNE,
    GET,
    FIRST,
    MESSAGE,
    REPLY,
    EVENTS,
    GET_CONVERSATION,
    GET_NAME,
    NAMES,
    STATEMENTS
};

struct journal {
    sqlite3 *db;
    char *path;
    int64_t busy_ms;
    int64_t deadline; /* of the lock that is waited for, on the monotonic clock */
    int rc;           /* the first thing that went wrong since sqlite_start() */
    int number;       /* errno after the last statement */
    int lazy;         /* synchronous=NORMAL, not FULL */
    sqlite3_stmt *prepared[STATEMENTS];
};

/* ---- sqlite_rows.c ---------------------------------------------------------------------------------------- */

/* The statement, ready for its values; NULL and journal->rc where it cannot be made. */
sqlite3_stmt *sqlite_start(struct journal *journal, int which);
/* Takes the text, which is NULL without memory. */
sqlite3_stmt *sqlite_prepare(struct journal *journal, char *text, unsigned flags);
/* Runs a statement whose rows do not matter; journal->rc. */
int sqlite_run(struct journal *journal, sqlite3_stmt *statement);

/* Once journal->rc tells of an error they do nothing. What is bound must live until the statement has run. */
void sqlite_bind_text(struct journal *journal, sqlite3_stmt *statement, int index, struct nuncio_slice text);
void sqlite_bind_integer(struct journal *journal, sqlite3_stmt *statement, int index, int64_t value);
void sqlite_bind_row(struct journal *journal, sqlite3_stmt *statement, int table, const void *row);
/* All of them, as the statements' texts have them, from column 0 on. Slices live until the next step or reset. */
void sqlite_read_row(struct journal *journal, sqlite3_stmt *statement, int table, void *ret_row);
struct nuncio_slice sqlite_read_text(struct journal *journal, sqlite3_stmt *statement, int index);

/* "SELECT COLUMNS FROM from"; an interaction's key follows its columns. */
void sqlite_append_select(sqlite3_str *text, int table, const char *from);
/* All that a new journal has. */
void sqlite_append_layout(sqlite3_str *text);

/* ---- sqlite_file.c ---------------------------------------------------------------------------------------- */

int32_t sqlite_open(const struct nuncio_store_place *place, void **ret_handle, struct nuncio_error *err);
void sqlite_close(void *handle);
/* Sets the text for that result of SQLite's, and returns NUNCIO_STORE_FAILED. At once: SQLite's own words are those of
   its last call. */
int32_t sqlite_fail(const struct journal *journal, int rc, struct nuncio_error *err);
/* Takes the text. */
int32_t sqlite_fail_text(struct nuncio_error *err, char *text);

/* ---- sqlite_read.c: as store.h has them ------------------------------------------------------------------- */

int32_t sqlite_get(void *handle, struct nuncio_slice id, nuncio_store_on_interaction callback, void *context,
                   struct nuncio_error *err);
int32_t sqlite_each(void *handle, const struct nuncio_store_filter *filter,
                    nuncio_store_on_interaction callback, void *context, struct nuncio_error *err);
int32_t sqlite_events(void *handle, struct nuncio_slice id, nuncio_store_on_event callback, void *context,
                      struct nuncio_error *err);
int32_t sqlite_first(void *handle, struct nuncio_slice gate, nuncio_store_on_interaction callback,
                     void *context, struct nuncio_error *err);
int32_t sqlite_get_conversation(void *handle, struct nuncio_slice provider, struct nuncio_slice remote_id,
                                nuncio_store_on_conversation callback, void *context,
                                struct nuncio_error *err);
int32_t sqlite_get_name(void *handle, struct nuncio_slice provider, struct nuncio_slice agent_id,
                        struct nuncio_slice name, nuncio_store_on_name callback, void *context,
                        struct nuncio_error *err);
int32_t sqlite_names(void *handle, nuncio_store_on_name callback, void *context, struct nuncio_error *err);
int32_t sqlite_check(void *handle, nuncio_store_on_text callback, void *context, struct nuncio_error *err);

#endif
