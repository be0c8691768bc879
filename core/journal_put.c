/* SPDX-License-Identifier: MIT */
/* How an interaction gets into the journal, and its conversation with it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "plugin_error.h"
#include "text.h"

/* ---- Lines before conversations --------------------------------------------------------------------------- */

/* A control character separates the parts: it occurs in none of them. */
static char *gate_of(char kind, const char *first, const char *second, const char *third)
{
    char *gate;
    return asprintf(&gate, "%c\n%s\n%s\n%s", kind, first, second ? second : "", third) < 0 ? NULL : gate;
}

char *journal_gate_remote(const struct record *record, const char *remote_id)
{
    return gate_of('r', record->provider, NULL, remote_id);
}

char *journal_gate_named(const struct record *record, const char *name)
{
    return gate_of('n', record->provider, record->agent_id, name);
}

char *journal_gate_common(const struct record *record, const char *common)
{
    return gate_of('c', record->provider, NULL, common);
}

static char *cancel_line(const struct record *record)
{
    return gate_of('x', record->provider, NULL, record->id);
}

int journal_note_cancel(struct journal *journal, const struct record *record, struct nuncio_failure *failure)
{
    char *line = cancel_line(record);
    if (!line)
        return failure_memory(failure);
    int result = journal_begin(journal, false, failure);
    if (result == 0) {
        result = journal_enter(journal, line, record->id, failure);
        if (result < 0)
            journal_rollback(journal);
        else
            result = journal_commit(journal, failure);
    }
    free(line);
    return result;
}

bool journal_cancel_noted(struct journal *journal, const struct record *record)
{
    struct journal_view view;
    char *line = cancel_line(record);
    bool noted = line && journal_first(journal, line, &view, NULL) == 1;
    free(line);
    return noted;
}

int journal_enter(struct journal *journal, const char *gate, const char *id, struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    int entered = journal->store->enter(journal->handle, nuncio_slice(gate), nuncio_slice(id), &error.abi);
    return entered < 0 ? journal_failed(&error, failure) : 0;
}

int journal_leave(struct journal *journal, const char *id, struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    return journal->store->leave(journal->handle, nuncio_slice(id), &error.abi) < 0
               ? journal_failed(&error, failure)
               : 0;
}

static int release(struct journal *journal, const char *id)
{
    struct plugin_error error;
    const struct nuncio_slice nobody = {NULL, 0};
    plugin_error_init(&error);
    return journal->store->take(journal->handle, nuncio_slice(id), nuncio_slice(journal->owner.id), nobody,
                                &error.abi);
}

void journal_give_back(struct journal *journal, const char *id, bool out_of_line)
{
    if (journal_begin(journal, false, NULL) < 0)
        return;
    if ((out_of_line && journal_leave(journal, id, NULL) < 0) || release(journal, id) < 0)
        journal_rollback(journal);
    else
        (void)journal_commit(journal, NULL);
}

/* ---- Conversations ---------------------------------------------------------------------------------------- */

void conversation_place_finish(struct conversation_place *place)
{
    free(place->remote_id);
    free(place->cursor);
    *place = (struct conversation_place){0};
}

struct place_reading {
    struct conversation_place *place;
    bool failed;
};

static int32_t on_name(void *context, const struct nuncio_store_name *given)
{
    struct place_reading *reading = context;
    struct nuncio_store_name row = {.size = sizeof(row)};
    memcpy(&row, given, given->size < sizeof(row) ? (size_t)given->size : sizeof(row));
    reading->failed = !text_assign(&reading->place->remote_id, row.remote_id);
    return 0;
}

static int32_t on_conversation(void *context, const struct nuncio_store_conversation *given)
{
    struct place_reading *reading = context;
    struct nuncio_store_conversation row = {.size = sizeof(row)};
    memcpy(&row, given, given->size < sizeof(row) ? (size_t)given->size : sizeof(row));
    reading->failed = !text_assign(&reading->place->cursor, row.cursor);
    reading->place->cursor_state = (uint32_t)row.cursor_state;
    return 0;
}

static int read_place(struct journal *journal, const struct record *record, struct place_reading *reading,
                      struct plugin_error *error)
{
    struct nuncio_slice provider = nuncio_slice(record->provider);
    if (!reading->place->remote_id && record->conversation_name) {
        int found =
            journal->store->get_name(journal->handle, provider, nuncio_slice(record->agent_id),
                                     nuncio_slice(record->conversation_name), on_name, reading, &error->abi);
        if (found < 0 || reading->failed)
            return -1;
    }
    if (!reading->place->remote_id)
        return 0;
    int found =
        journal->store->get_conversation(journal->handle, provider, nuncio_slice(reading->place->remote_id),
                                         on_conversation, reading, &error->abi);
    return found < 0 || reading->failed ? -1 : 0;
}

int journal_conversation(struct journal *journal, const struct record *record, const char *remote_id,
                         struct conversation_place *ret_place, struct nuncio_failure *failure)
{
    struct conversation_place place = {0};
    struct place_reading reading = {.place = &place};
    struct plugin_error error;
    plugin_error_init(&error);
    if (!text_assign(&place.remote_id, nuncio_slice(remote_id)))
        return failure_memory(failure);
    if (read_place(journal, record, &reading, &error) < 0) {
        conversation_place_finish(&place);
        return reading.failed ? failure_memory(failure) : journal_failed(&error, failure);
    }
    *ret_place = place;
    return 0;
}

/* Where it stands now: only a completed run tells. */
static int put_conversation(struct journal *journal, const struct record *record, struct plugin_error *error)
{
    bool known = record->state == NUNCIO_INTERACTION_COMPLETED && record->last_cursor_set;
    const struct nuncio_store_conversation row = {
        .size = sizeof(row),
        .provider = nuncio_slice(record->provider),
        .remote_id = nuncio_slice(record->conversation),
        .cursor = nuncio_slice(known ? record->last_cursor : NULL),
        .cursor_state = !known                ? NUNCIO_CURSOR_UNKNOWN
                        : record->last_cursor ? NUNCIO_CURSOR_KNOWN
                                              : NUNCIO_CURSOR_EMPTY,
        .last = nuncio_slice(record->id),
        .changed_at = clock_wall(),
    };
    return journal->store->put_conversation(journal->handle, &row, &error->abi);
}

static int put_name(struct journal *journal, const struct record *record, struct plugin_error *error)
{
    const struct nuncio_store_name row = {
        .size = sizeof(row),
        .provider = nuncio_slice(record->provider),
        .agent_id = nuncio_slice(record->agent_id),
        .name = nuncio_slice(record->conversation_name),
        .agent = nuncio_slice(record->agent),
        .remote_id = nuncio_slice(record->conversation),
        .last = nuncio_slice(record->id),
        .changed_at = clock_wall(),
    };
    return journal->store->put_name(journal->handle, &row, &error->abi);
}

static int line_up(struct journal *journal, const struct record *record, struct plugin_error *error)
{
    char *gate = journal_gate_remote(record, record->conversation);
    if (!gate)
        return nuncio_store_fail(&error->abi, "is out of memory");
    int result =
        journal->store->enter(journal->handle, nuncio_slice(gate), nuncio_slice(record->id), &error->abi);
    free(gate);
    return result;
}

/* The conversation has become known: others must wait before it, and its name leads there from now on. */
static int join(struct journal *journal, const struct record *record, struct journal_entry *entry,
                struct plugin_error *error)
{
    int result = NUNCIO_STORE_OK;
    entry->pending.conversation = strdup(record->conversation);
    if (!entry->pending.conversation)
        result = nuncio_store_fail(&error->abi, "is out of memory");
    else if (!record_is_final(record))
        result = line_up(journal, record, error);
    entry->pending.lined_up = true;
    if (result == 0 && record->conversation_name)
        result = put_name(journal, record, error);
    return result;
}

/* ---- Interactions ----------------------------------------------------------------------------------------- */

void journal_entry_finish(struct journal_entry *entry)
{
    free(entry->conversation);
    free(entry->pending.conversation);
    *entry = (struct journal_entry){0};
}

void journal_settled(struct journal_entry *entry, bool committed)
{
    if (committed) {
        entry->there = entry->pending.there;
        entry->lined_up = entry->pending.lined_up;
        entry->parts = entry->pending.parts;
        entry->state = entry->pending.state;
    }
    if (committed && entry->pending.conversation) {
        free(entry->conversation);
        entry->conversation = entry->pending.conversation;
        entry->pending.conversation = NULL;
    }
    free(entry->pending.conversation);
    entry->pending.conversation = NULL;
}

static uint64_t missing_parts(const struct journal *journal, const struct record *record,
                              const struct journal_entry *entry)
{
    uint64_t wanted = NUNCIO_STORE_MESSAGE | (record->reply ? NUNCIO_STORE_REPLY : 0);
    return journal->config->keep_content ? wanted & ~(uint64_t)entry->parts : 0;
}

static int put_row(struct journal *journal, struct nuncio_store_interaction *row, struct journal_entry *entry,
                   uint64_t parts, struct plugin_error *error)
{
    bool event = !entry->there || row->state != entry->state;
    entry->pending.there = true;
    entry->pending.lined_up = entry->lined_up;
    entry->pending.parts = entry->parts | (uint32_t)parts;
    entry->pending.state = (uint32_t)row->state;
    row->changed_at = clock_wall();
    return journal->store->put(journal->handle, row, parts | (event ? NUNCIO_STORE_EVENT : 0), &error->abi);
}

/* The conversation that it is in, where that is known or has changed. */
static int put_place(struct journal *journal, const struct record *record, struct journal_entry *entry,
                     bool moved, struct plugin_error *error)
{
    bool known = entry->conversation && strcmp(record->conversation, entry->conversation) == 0;
    bool found = entry->out_of_line && moved && !record_is_final(record);
    if (!known && join(journal, record, entry, error) < 0)
        return -1;
    if (found && line_up(journal, record, error) < 0)
        return -1;
    if (entry->pending.state == NUNCIO_INTERACTION_NEW || (known && !moved))
        return 0; /* it stands where the one before left it */
    return put_conversation(journal, record, error);
}

static int put_all(struct journal *journal, const struct record *record, struct journal_entry *entry,
                   bool owned, struct plugin_error *error)
{
    struct nuncio_store_interaction row;
    journal_row(record, entry, owned ? journal->owner.id : NULL, &row);
    bool moved = !entry->there || row.state != entry->state;
    if (put_row(journal, &row, entry, missing_parts(journal, record, entry), error) < 0)
        return -1;
    if (record->conversation && put_place(journal, record, entry, moved, error) < 0)
        return -1;
    if (record_is_final(record))
        return journal->store->leave(journal->handle, row.id, &error->abi);
    return 0;
}

int journal_put(struct journal *journal, struct record *record, struct journal_entry *entry, bool owned,
                struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    if (!journal->config->keep_content && !record_hash_content(record))
        return failure_memory(failure);
    if (put_all(journal, record, entry, owned, &error) < 0) {
        journal_settled(entry, false);
        return journal_failed(&error, failure);
    }
    return 0;
}
