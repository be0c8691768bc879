/* SPDX-License-Identifier: MIT */
#include "sqlite.h"

#include <stddef.h>
#include <string.h>

/* Who is told of the rows of a statement. */
struct listener {
    struct journal *journal;
    /* Tells the row that the statement stands at; non-zero ends the reading. */
    int32_t (*tell)(struct listener *listener, sqlite3_stmt *statement);
    union {
        nuncio_store_on_interaction interaction;
        nuncio_store_on_event event;
        nuncio_store_on_conversation conversation;
        nuncio_store_on_name name;
        nuncio_store_on_text text;
    } callback;
    void *context;
    uint64_t parts;
    int64_t count; /* rows told */
    int damage;    /* what could not be read of them */
    int ended;     /* the callback wants no more */
    int64_t key;   /* of the interaction told last, and its id */
    char id[32];
};

/* Steps through the rows and resets the statement; journal->rc is what ended it. */
static void tell_rows(struct listener *listener, sqlite3_stmt *statement)
{
    struct journal *journal = listener->journal;
    int rc = SQLITE_ROW;

    while (journal->rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        listener->ended = listener->tell(listener, statement);
        listener->count++;
        if (listener->ended)
            break;
    }
    if (journal->rc == SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        journal->rc = rc;
    sqlite3_reset(statement);
}

static int32_t finish_read(struct listener *listener, struct nuncio_error *err)
{
    int rc = listener->journal->rc != SQLITE_OK ? listener->journal->rc : listener->damage;

    if (rc != SQLITE_OK)
        return sqlite_fail(listener->journal, rc, err);
    return listener->count > 0 ? NUNCIO_STORE_FOUND : NUNCIO_STORE_OK;
}

static int32_t all_read(int32_t result)
{
    return result == NUNCIO_STORE_FOUND ? NUNCIO_STORE_OK : result;
}

/* Tells the rows of a statement that takes so many texts. */
static int32_t read_texts(struct listener *listener, int which, const struct nuncio_slice *texts, int count,
                          struct nuncio_error *err)
{
    struct journal *journal = listener->journal;
    sqlite3_stmt *statement = sqlite_start(journal, which);

    for (int i = 0; i < count; i++)
        sqlite_bind_text(journal, statement, i + 1, texts[i]);
    tell_rows(listener, statement);
    return finish_read(listener, err);
}

/* Content that is damaged does not keep the rest of the interaction from being told. The statement is reset once that
   is done. */
static sqlite3_stmt *read_content(struct listener *listener, int which, int64_t key,
                                  struct nuncio_slice *ret_text, struct nuncio_slice *ret_json)
{
    struct journal *journal = listener->journal;
    sqlite3_stmt *statement = sqlite_start(journal, which);
    int rc;

    sqlite_bind_integer(journal, statement, 1, 2 * key + (which == REPLY));
    rc = journal->rc == SQLITE_OK ? sqlite3_step(statement) : journal->rc;
    if (rc == SQLITE_ROW) {
        *ret_text = sqlite_read_text(journal, statement, 0);
        *ret_json = sqlite_read_text(journal, statement, 1);
    } else if (rc != SQLITE_DONE) {
        listener->damage = rc;
        journal->rc = SQLITE_OK;
    }
    return statement;
}

static int32_t tell_interaction(struct listener *listener, sqlite3_stmt *statement)
{
    struct nuncio_store_interaction row;
    sqlite3_stmt *message = NULL;
    sqlite3_stmt *reply = NULL;
    int64_t key = sqlite3_column_int64(statement, sqlite3_column_count(statement) - 1);
    int32_t ended = 1;

    memset(&row, 0, sizeof(row));
    row.size = sizeof(row);
    sqlite_read_row(listener->journal, statement, INTERACTION, &row);
    listener->key = key;
    sqlite3_snprintf(sizeof(listener->id), listener->id, "%.*s", (int)row.id.size,
                     row.id.data ? row.id.data : "");
    if (listener->journal->rc == SQLITE_OK && listener->parts & NUNCIO_STORE_MESSAGE)
        message = read_content(listener, MESSAGE, key, &row.message, &row.attachments);
    if (listener->journal->rc == SQLITE_OK && listener->parts & NUNCIO_STORE_REPLY)
        reply = read_content(listener, REPLY, key, &row.reply, &row.reply_json);
    if (listener->journal->rc == SQLITE_OK)
        ended = listener->callback.interaction(listener->context, &row);
    sqlite3_reset(message);
    sqlite3_reset(reply);
    return ended;
}

int32_t sqlite_get(void *handle, struct nuncio_slice id, nuncio_store_on_interaction callback, void *context,
                   struct nuncio_error *err)
{
    struct listener listener = {.journal = handle,
                                .tell = tell_interaction,
                                .callback.interaction = callback,
                                .context = context,
                                .parts = NUNCIO_STORE_MESSAGE | NUNCIO_STORE_REPLY};

    return read_texts(&listener, GET, &id, 1, err);
}

int32_t sqlite_first(void *handle, struct nuncio_slice gate, nuncio_store_on_interaction callback,
                     void *context, struct nuncio_error *err)
{
    struct listener listener = {
        .journal = handle, .tell = tell_interaction, .callback.interaction = callback, .context = context};

    return read_texts(&listener, FIRST, &gate, 1, err);
}

/* What is looked for is in several indexes, each in the order of id, which SQLite merges. */
static char *each_text(const struct nuncio_store_filter *filter)
{
    const char *agent = filter->agent.data ? " AND agent = ?2" : "";
    const uint64_t states = filter->states ? filter->states : UINT64_MAX;
    const uint64_t finished = (UINT64_C(2) << LAST_FINISHED) - (UINT64_C(1) << FIRST_FINISHED);
    sqlite3_str *text = sqlite3_str_new(NULL);
    const char *separator = "";

    if (!filter->states && !filter->agent.data)
        sqlite_append_select(text, INTERACTION, "interaction");
    else if (states & ~finished) {
        sqlite_append_select(text, INTERACTION,
                             "interaction INDEXED BY unfinished WHERE " UNFINISHED " AND (?1 >> state) & 1");
        sqlite3_str_appendall(text, agent);
        separator = " UNION ALL ";
    }
    for (int state = FIRST_FINISHED; (filter->states || filter->agent.data) && state <= LAST_FINISHED;
         state++) {
        if (!(states >> state & 1))
            continue;
        sqlite3_str_appendall(text, separator);
        sqlite_append_select(text, INTERACTION, "interaction INDEXED BY ");
        sqlite3_str_appendf(text, "%s WHERE " FINISHED " AND state = %d%s",
                            filter->agent.data ? "finished_of_agent" : "finished", state, agent);
        separator = " UNION ALL ";
    }
    sqlite3_str_appendall(text, " ORDER BY id DESC LIMIT ?3");
    return sqlite3_str_finish(text);
}

static void bind_filter(struct journal *journal, sqlite3_stmt *statement,
                        const struct nuncio_store_filter *filter, int64_t told)
{
    const uint64_t states = filter->states ? filter->states : UINT64_MAX;
    int64_t bits;

    memcpy(&bits, &states, sizeof(bits));
    sqlite_bind_integer(journal, statement, 1, bits);
    sqlite_bind_text(journal, statement, 2, filter->agent);
    sqlite_bind_integer(journal, statement, 3, filter->limit > 0 ? filter->limit - told : -1);
}

/* Looks for what is left of damaged data, oldest first: the rows before the last one told, by the table alone, and at
   each hole in ever larger strides until there is a row again. */
static void salvage(struct listener *listener, const struct nuncio_store_filter *filter)
{
    struct journal *journal = listener->journal;
    const struct nuncio_slice before = nuncio_slice(listener->count > 0 ? listener->id : NULL);
    const int damage = journal->rc;
    sqlite3_str *text = sqlite3_str_new(NULL);
    char id[sizeof(listener->id)];
    int64_t from = 0;
    int64_t stride = 1;
    sqlite3_stmt *statement;

    memcpy(id, listener->id, sizeof(id));
    sqlite_append_select(
        text, INTERACTION,
        "interaction NOT INDEXED WHERE key > ?4 AND (?1 >> state) & 1 AND (?2 IS NULL OR agent = ?2) "
        "AND (?5 IS NULL OR id < ?5) ORDER BY key LIMIT ?3");
    statement = sqlite_prepare(journal, sqlite3_str_finish(text), 0);
    while (journal->rc == SQLITE_OK && stride < INT64_C(1) << 40) {
        listener->key = from;
        bind_filter(journal, statement, filter, listener->count);
        sqlite_bind_integer(journal, statement, 4, from);
        sqlite_bind_text(journal, statement, 5, before.data ? nuncio_slice(id) : before);
        tell_rows(listener, statement);
        if ((journal->rc & 0xff) != SQLITE_CORRUPT)
            break;
        journal->rc = SQLITE_OK;
        stride = listener->key > from ? 1 : 2 * stride;
        from = listener->key + stride - 1;
    }
    sqlite3_finalize(statement);
    journal->rc = damage;
}

int32_t sqlite_each(void *handle, const struct nuncio_store_filter *filter,
                    nuncio_store_on_interaction callback, void *context, struct nuncio_error *err)
{
    struct journal *journal = handle;
    struct listener listener = {.journal = handle,
                                .tell = tell_interaction,
                                .callback.interaction = callback,
                                .context = context,
                                .parts = filter->parts};
    sqlite3_stmt *statement = sqlite_prepare(journal, each_text(filter), 0);

    if (journal->rc == SQLITE_OK)
        bind_filter(journal, statement, filter, 0);
    tell_rows(&listener, statement);
    sqlite3_finalize(statement);
    if ((journal->rc & 0xff) == SQLITE_CORRUPT && !listener.ended)
        salvage(&listener, filter);
    return all_read(finish_read(&listener, err));
}

static int32_t tell_event(struct listener *listener, sqlite3_stmt *statement)
{
    struct nuncio_store_event row = {.size = sizeof(row)};

    sqlite_read_row(listener->journal, statement, EVENT, &row);
    return listener->journal->rc != SQLITE_OK || listener->callback.event(listener->context, &row);
}

int32_t sqlite_events(void *handle, struct nuncio_slice id, nuncio_store_on_event callback, void *context,
                      struct nuncio_error *err)
{
    struct listener listener = {
        .journal = handle, .tell = tell_event, .callback.event = callback, .context = context};

    return all_read(read_texts(&listener, EVENTS, &id, 1, err));
}

static int32_t tell_conversation(struct listener *listener, sqlite3_stmt *statement)
{
    struct nuncio_store_conversation row = {.size = sizeof(row)};

    sqlite_read_row(listener->journal, statement, CONVERSATION, &row);
    return listener->journal->rc != SQLITE_OK || listener->callback.conversation(listener->context, &row);
}

int32_t sqlite_get_conversation(void *handle, struct nuncio_slice provider, struct nuncio_slice remote_id,
                                nuncio_store_on_conversation callback, void *context,
                                struct nuncio_error *err)
{
    struct listener listener = {
        .journal = handle, .tell = tell_conversation, .callback.conversation = callback, .context = context};
    const struct nuncio_slice texts[] = {provider, remote_id};

    return read_texts(&listener, GET_CONVERSATION, texts, 2, err);
}

static int32_t tell_name(struct listener *listener, sqlite3_stmt *statement)
{
    struct nuncio_store_name row = {.size = sizeof(row)};

    sqlite_read_row(listener->journal, statement, NAME, &row);
    return listener->journal->rc != SQLITE_OK || listener->callback.name(listener->context, &row);
}

int32_t sqlite_get_name(void *handle, struct nuncio_slice provider, struct nuncio_slice agent_id,
                        struct nuncio_slice name, nuncio_store_on_name callback, void *context,
                        struct nuncio_error *err)
{
    struct listener listener = {
        .journal = handle, .tell = tell_name, .callback.name = callback, .context = context};
    const struct nuncio_slice texts[] = {provider, agent_id.data ? agent_id : nuncio_slice(""), name};

    return read_texts(&listener, GET_NAME, texts, 3, err);
}

int32_t sqlite_names(void *handle, nuncio_store_on_name callback, void *context, struct nuncio_error *err)
{
    struct listener listener = {
        .journal = handle, .tell = tell_name, .callback.name = callback, .context = context};

    return all_read(read_texts(&listener, NAMES, NULL, 0, err));
}

/* SQLite tells several things in one text. */
static int32_t tell_text(struct listener *listener, sqlite3_stmt *statement)
{
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    int32_t ended = 0;

    for (size_t size; !ended && text && *text; text += size + (text[size] == '\n')) {
        size = strcspn(text, "\n");
        char *line = sqlite3_mprintf("%.*s", (int)size, text);
        if (!line)
            listener->journal->rc = SQLITE_NOMEM;
        else if (*line && strcmp(line, "ok") != 0)
            ended = listener->callback.text(listener->context, line);
        sqlite3_free(line);
    }
    return ended || listener->journal->rc != SQLITE_OK;
}

int32_t sqlite_check(void *handle, nuncio_store_on_text callback, void *context, struct nuncio_error *err)
{
    static const char *const texts[] = {
        "PRAGMA integrity_check(1000)",
        "SELECT 'a place in line of ' || id || ', which is not there' FROM line WHERE NOT EXISTS (SELECT 1 "
        "FROM "
        "interaction WHERE interaction.id = line.id)",
        "SELECT CASE key & 1 WHEN 0 THEN 'the message' ELSE 'the reply' END || ' of interaction ' || (key >> "
        "1) || "
        "', which is not there' FROM content WHERE NOT EXISTS (SELECT 1 FROM interaction WHERE "
        "interaction.key = "
        "content.key >> 1)",
        "SELECT DISTINCT 'the history of interaction ' || interaction || ', which is not there' FROM event "
        "WHERE NOT "
        "EXISTS (SELECT 1 FROM interaction WHERE interaction.key = event.interaction)",
    };
    struct journal *journal = handle;
    struct listener listener = {
        .journal = handle, .tell = tell_text, .callback.text = callback, .context = context};
    int32_t result = NUNCIO_STORE_OK;

    for (size_t i = 0; result == NUNCIO_STORE_OK && i < sizeof(texts) / sizeof(texts[0]); i++) {
        sqlite3_stmt *statement = sqlite_prepare(journal, sqlite3_mprintf("%s", texts[i]), 0);
        tell_rows(&listener, statement);
        result = all_read(finish_read(&listener, err));
        sqlite3_finalize(statement);
    }
    return result;
}
