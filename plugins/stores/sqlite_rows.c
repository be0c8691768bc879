/* SPDX-License-Identifier: MIT */
#include "sqlite.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Layout ---------------------------------------------------------------------------------------------- */

/* KEY and EMPTY are part of the primary key; an absent EMPTY is kept as "". */
enum kind { KEY, EMPTY, TEXT, INTEGER, REAL };

static const char *const types[] = {"TEXT NOT NULL", "TEXT NOT NULL", "TEXT", "INTEGER", "REAL"};

struct column {
    const char *name;
    size_t offset;
    enum kind kind;
};

struct table {
    const char *name;
    const char *head, *tail; /* of its definition, around the columns */
    const struct column *columns;
    int count;
};

#define ROW(member, kind)                                                                                    \
    {                                                                                                        \
#member, offsetof(struct STRUCT, member), kind                                                       \
    }
#define STRUCT nuncio_store_interaction
static const struct column interaction_columns[] = {
    ROW(id, KEY),
    ROW(owner, TEXT),
    ROW(agent, TEXT),
    ROW(agent_id, TEXT),
    ROW(provider, TEXT),
    ROW(plugin, TEXT),
    ROW(strategy, TEXT),
    ROW(state, INTEGER),
    ROW(conversation_name, TEXT),
    ROW(conversation, TEXT),
    ROW(ticket, TEXT),
    ROW(cursor, TEXT),
    ROW(cursor_state, INTEGER),
    ROW(last_cursor, TEXT),
    ROW(last_cursor_state, INTEGER),
    ROW(flags, INTEGER),
    ROW(key_number, INTEGER),
    ROW(queue_position, INTEGER),
    ROW(input_tokens, INTEGER),
    ROW(output_tokens, INTEGER),
    ROW(total_tokens, INTEGER),
    ROW(cost_usd, REAL),
    ROW(credits, REAL),
    ROW(sends, INTEGER),
    ROW(polls, INTEGER),
    ROW(steps, INTEGER),
    ROW(created_at, INTEGER),
    ROW(changed_at, INTEGER),
    ROW(finished_at, INTEGER),
    ROW(again_of, TEXT),
    ROW(error_class, INTEGER),
    ROW(error_status, INTEGER),
    ROW(error_code, TEXT),
    ROW(error_text, TEXT),
    ROW(warning, TEXT),
    ROW(message_size, INTEGER),
    ROW(message_hash, TEXT),
    ROW(reply_size, INTEGER),
    ROW(reply_hash, TEXT),
};
#undef STRUCT
#define STRUCT nuncio_store_event
static const struct column event_columns[] = {ROW(at, INTEGER), ROW(state, INTEGER), ROW(step, TEXT)};
#undef STRUCT
#define STRUCT nuncio_store_conversation
static const struct column conversation_columns[] = {
    ROW(provider, KEY),         ROW(remote_id, KEY), ROW(cursor, TEXT),
    ROW(cursor_state, INTEGER), ROW(last, TEXT),     ROW(changed_at, INTEGER),
};
#undef STRUCT
#define STRUCT nuncio_store_name
static const struct column name_columns[] = {
    ROW(provider, KEY),   ROW(agent_id, EMPTY), ROW(name, KEY),           ROW(agent, TEXT),
    ROW(remote_id, TEXT), ROW(last, TEXT),      ROW(changed_at, INTEGER),
};
#undef STRUCT

#define TABLE(name, head, tail)                                                                              \
    {                                                                                                        \
#name, head, tail, name##_columns, (int)COUNT(name##_columns)                                        \
    }
static const struct table tables[TABLES] = {
    TABLE(interaction, "key INTEGER PRIMARY KEY, ", ", UNIQUE(id))"),
    TABLE(event, "interaction INTEGER NOT NULL, n INTEGER NOT NULL, ",
          ", PRIMARY KEY(interaction, n)) WITHOUT ROWID"),
    TABLE(conversation, "", ", PRIMARY KEY(provider, remote_id)) WITHOUT ROWID"),
    TABLE(name, "", ", PRIMARY KEY(provider, agent_id, name)) WITHOUT ROWID"),
};

/* What is there beside these tables. The order in a line is that of seq, whose largest value may be given again once
   its row has left. */
static const char others[] =
    "CREATE INDEX unfinished ON interaction(id) WHERE " UNFINISHED ";"
    "CREATE INDEX finished ON interaction(state, id) WHERE " FINISHED ";"
    "CREATE INDEX finished_of_agent ON interaction(agent, state, id) WHERE " FINISHED ";"
    "CREATE INDEX finished_by_time ON interaction(finished_at) WHERE " FINISHED ";"
    "CREATE TABLE content(key INTEGER PRIMARY KEY, text TEXT, json TEXT);"
    "CREATE TABLE line(seq INTEGER PRIMARY KEY, gate TEXT NOT NULL, id TEXT NOT NULL, UNIQUE(id, gate));"
    "CREATE INDEX line_of_gate ON line(gate);"
    "CREATE TRIGGER gone AFTER DELETE ON interaction BEGIN"
    " DELETE FROM content WHERE key IN (2 * old.key, 2 * old.key + 1);"
    " DELETE FROM event WHERE interaction = old.key; END;";

/* What a statement is made of: all its text, or a table's columns and the rest of it. An interaction is not written by
   an upsert, since that opens a temporary table each time. */
struct statement {
    enum { PLAIN, SELECT, INSERT, UPDATE } form;
    int table;
    const char *text;
};

#define CONTENT "SELECT text, json FROM content WHERE key = ?1"
static const struct statement statements[STATEMENTS] = {
    [BEGIN] = {PLAIN, 0, "BEGIN IMMEDIATE"},
    [COMMIT] = {PLAIN, 0, "COMMIT"},
    [ROLLBACK] = {PLAIN, 0, "ROLLBACK"},
    [FIND] = {PLAIN, 0, "SELECT key FROM interaction WHERE id = ?1"},
    [CHANGE] = {UPDATE, INTERACTION, "key = ?"},
    [PUT] = {INSERT, INTERACTION, "INSERT"},
    [PUT_CONTENT] = {PLAIN, 0, "REPLACE INTO content VALUES(?1, ?2, ?3)"},
    [PUT_EVENT] = {PLAIN, 0,
                   "INSERT INTO event VALUES(?1, 1 + coalesce((SELECT max(n) FROM event WHERE interaction = "
                   "?1), 0), ?2, ?3, ?4)"},
    [TAKE] = {PLAIN, 0, "UPDATE interaction SET owner = ?3 WHERE id = ?1 AND owner IS ?2"},
    [ENTER] = {PLAIN, 0, "INSERT INTO line(id, gate) VALUES(?1, ?2) ON CONFLICT DO NOTHING"},
    [LEAVE] = {PLAIN, 0, "DELETE FROM line WHERE id = ?1"},
    [PUT_CONVERSATION] = {INSERT, CONVERSATION, "REPLACE"},
    [PUT_NAME] = {INSERT, NAME, "REPLACE"},
    [PRUNE] = {PLAIN, 0,
               "DELETE FROM interaction WHERE key IN (SELECT key FROM interaction INDEXED BY "
               "finished_by_time WHERE " FINISHED " AND finished_at >= 0 AND finished_at < ?1 AND NOT "
               "EXISTS (SELECT 1 FROM line WHERE line.id = interaction.id) ORDER BY finished_at LIMIT ?2)"},
    [GET] = {SELECT, INTERACTION, "interaction WHERE id = ?1"},
    [FIRST] = {SELECT, INTERACTION,
               "line INDEXED BY line_of_gate CROSS JOIN interaction USING (id) WHERE gate = ?1 "
               "ORDER BY seq LIMIT 1"},
    [MESSAGE] = {PLAIN, 0, CONTENT},
    [REPLY] = {PLAIN, 0, CONTENT},
    [EVENTS] = {SELECT, EVENT,
                "event WHERE interaction = (SELECT key FROM interaction WHERE id = ?1) ORDER BY n"},
    [GET_CONVERSATION] = {SELECT, CONVERSATION, "conversation WHERE provider = ?1 AND remote_id = ?2"},
    [GET_NAME] = {SELECT, NAME, "name WHERE provider = ?1 AND agent_id = ?2 AND name = ?3"},
    [NAMES] = {SELECT, NAME, "name ORDER BY agent, name, provider, agent_id"},
};

/* ---- Statements ------------------------------------------------------------------------------------------ */

static void append_columns(sqlite3_str *text, const struct table *table)
{
    for (int i = 0; i < table->count; i++)
        sqlite3_str_appendf(text, "%s\"%s\"", i > 0 ? ", " : "", table->columns[i].name);
}

void sqlite_append_select(sqlite3_str *text, int table, const char *from)
{
    sqlite3_str_appendall(text, "SELECT ");
    append_columns(text, &tables[table]);
    sqlite3_str_appendf(text, "%s FROM %s", table == INTERACTION ? ", key" : "", from);
}

static void append_insert(sqlite3_str *text, const struct table *table, const char *verb)
{
    sqlite3_str_appendf(text, "%s INTO %s(", verb, table->name);
    append_columns(text, table);
    sqlite3_str_appendall(text, ") VALUES(");
    for (int i = 0; i < table->count; i++)
        sqlite3_str_appendall(text, i > 0 ? ", ?" : "?");
    sqlite3_str_appendall(text, ")");
}

/* The values have the numbers that they have in append_insert(). */
static void append_update(sqlite3_str *text, const struct table *table, const char *where)
{
    const char *separator = "";

    sqlite3_str_appendf(text, "UPDATE %s SET ", table->name);
    for (int i = 0; i < table->count; i++) {
        if (table->columns[i].kind == KEY || table->columns[i].kind == EMPTY)
            continue;
        sqlite3_str_appendf(text, "%s\"%s\" = ?%d", separator, table->columns[i].name, i + 1);
        separator = ", ";
    }
    sqlite3_str_appendf(text, " WHERE %s", where);
}

static void append_table(sqlite3_str *text, const struct table *table)
{
    sqlite3_str_appendf(text, "CREATE TABLE %s(%s", table->name, table->head);
    for (int i = 0; i < table->count; i++)
        sqlite3_str_appendf(text, "%s\"%s\" %s", i > 0 ? ", " : "", table->columns[i].name,
                            types[table->columns[i].kind]);
    sqlite3_str_appendf(text, "%s;", table->tail);
}

void sqlite_append_layout(sqlite3_str *text)
{
    for (int i = 0; i < TABLES; i++)
        append_table(text, &tables[i]);
    sqlite3_str_appendall(text, others);
}

sqlite3_stmt *sqlite_prepare(struct journal *journal, char *text, unsigned flags)
{
    sqlite3_stmt *statement = NULL;

    journal->rc = text ? sqlite3_prepare_v3(journal->db, text, -1, flags, &statement, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    return statement;
}

sqlite3_stmt *sqlite_start(struct journal *journal, int which)
{
    const struct statement *statement = &statements[which];
    sqlite3_str *text;

    journal->rc = SQLITE_OK;
    if (journal->prepared[which])
        return journal->prepared[which];
    text = sqlite3_str_new(journal->db);
    switch (statement->form) {
    case PLAIN:
        sqlite3_str_appendall(text, statement->text);
        break;
    case SELECT:
        sqlite_append_select(text, statement->table, statement->text);
        break;
    case INSERT:
        append_insert(text, &tables[statement->table], statement->text);
        break;
    case UPDATE:
        append_update(text, &tables[statement->table], statement->text);
        break;
    }
    journal->prepared[which] = sqlite_prepare(journal, sqlite3_str_finish(text), SQLITE_PREPARE_PERSISTENT);
    return journal->prepared[which];
}

int sqlite_run(struct journal *journal, sqlite3_stmt *statement)
{
    if (journal->rc == SQLITE_OK) {
        int rc;

        errno = 0;
        rc = sqlite3_step(statement);
        journal->number = errno;
        sqlite3_reset(statement);
        journal->rc = rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
    }
    return journal->rc;
}

void sqlite_bind_text(struct journal *journal, sqlite3_stmt *statement, int index, struct nuncio_slice text)
{
    if (journal->rc == SQLITE_OK)
        journal->rc = text.data ? sqlite3_bind_text64(statement, index, text.data, text.size, SQLITE_STATIC,
                                                      SQLITE_UTF8)
                                : sqlite3_bind_null(statement, index);
}

void sqlite_bind_integer(struct journal *journal, sqlite3_stmt *statement, int index, int64_t value)
{
    if (journal->rc == SQLITE_OK)
        journal->rc = sqlite3_bind_int64(statement, index, value);
}

/* SQLite keeps NaN as NULL, and nothing else. */
static void bind_real(struct journal *journal, sqlite3_stmt *statement, int index, double value)
{
    if (journal->rc == SQLITE_OK)
        journal->rc = sqlite3_bind_double(statement, index, value);
}

/* The member, or zeros where the row is of an older layout and ends before it. */
static void copy_member(const void *row, size_t offset, void *ret_value, size_t size)
{
    uint64_t row_size;

    memcpy(&row_size, row, sizeof(row_size));
    memset(ret_value, 0, size);
    if (offset + size <= row_size)
        memcpy(ret_value, (const char *)row + offset, size);
}

void sqlite_bind_row(struct journal *journal, sqlite3_stmt *statement, int table, const void *row)
{
    for (int i = 0; i < tables[table].count; i++) {
        const struct column *column = &tables[table].columns[i];
        struct nuncio_slice text;
        int64_t integer;
        double real;

        if (column->kind == INTEGER) {
            copy_member(row, column->offset, &integer, sizeof(integer));
            sqlite_bind_integer(journal, statement, i + 1, integer);
        } else if (column->kind == REAL) {
            copy_member(row, column->offset, &real, sizeof(real));
            bind_real(journal, statement, i + 1, real);
        } else {
            copy_member(row, column->offset, &text, sizeof(text));
            sqlite_bind_text(journal, statement, i + 1,
                             column->kind == EMPTY && !text.data ? nuncio_slice("") : text);
        }
    }
}

struct nuncio_slice sqlite_read_text(struct journal *journal, sqlite3_stmt *statement, int index)
{
    struct nuncio_slice text = {NULL, 0};

    if (sqlite3_column_type(statement, index) == SQLITE_NULL)
        return text;
    text.data = (const char *)sqlite3_column_text(statement, index);
    text.size = (uint64_t)sqlite3_column_bytes(statement, index);
    if (!text.data)
        journal->rc = SQLITE_NOMEM;
    return text;
}

void sqlite_read_row(struct journal *journal, sqlite3_stmt *statement, int table, void *ret_row)
{
    for (int i = 0; i < tables[table].count; i++) {
        const struct column *column = &tables[table].columns[i];
        char *member = (char *)ret_row + column->offset;

        if (column->kind == INTEGER) {
            int64_t integer = sqlite3_column_int64(statement, i);
            memcpy(member, &integer, sizeof(integer));
        } else if (column->kind == REAL) {
            double real =
                sqlite3_column_type(statement, i) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, i);
            memcpy(member, &real, sizeof(real));
        } else {
            struct nuncio_slice text = sqlite_read_text(journal, statement, i);
            memcpy(member, &text, sizeof(text));
        }
    }
}
