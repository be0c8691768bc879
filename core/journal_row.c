/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

/* Texts and numbers of a record that the row has as they are. */
#define TEXT(member, column)                                                                                 \
    {                                                                                                        \
        offsetof(struct record, member), offsetof(struct nuncio_store_interaction, column)                   \
    }
static const struct {
    size_t record, row;
} texts[] = {
    TEXT(agent, agent),
    TEXT(agent_id, agent_id),
    TEXT(provider, provider),
    TEXT(plugin, plugin),
    TEXT(conversation_name, conversation_name),
    TEXT(conversation, conversation),
    TEXT(ticket, ticket),
    TEXT(cursor, cursor),
    TEXT(last_cursor, last_cursor),
    TEXT(again_of, again_of),
    TEXT(error_code, error_code),
    TEXT(error_text, error_text),
    TEXT(warning, warning),
    TEXT(message_hash, message_hash),
    TEXT(reply_hash, reply_hash),
    TEXT(message, message),
    TEXT(attachments, attachments),
    TEXT(reply_json, reply_json),
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

/* Bits of the row's flags. They are in journals: never give one another meaning. */
static const struct {
    size_t record;
    int64_t bit;
} flags[] = {
    {offsetof(struct record, continued), 1},  {offsetof(struct record, want_json), 2},
    {offsetof(struct record, repeatable), 4}, {offsetof(struct record, fresh), 8},
    {offsetof(struct record, remote), 16},    {offsetof(struct record, opening), 32},
};
#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

static char *const *text_of(const struct record *record, size_t offset)
{
    return (char *const *)(const void *)((const char *)record + offset);
}

static struct nuncio_slice *slice_of(struct nuncio_store_interaction *row, size_t offset)
{
    return (struct nuncio_slice *)(void *)((char *)row + offset);
}

static int64_t flags_of(const struct record *record)
{
    int64_t bits = 0;
    for (size_t i = 0; i < FLAG_COUNT; i++)
        bits |= *((const bool *)record + flags[i].record) ? flags[i].bit : 0;
    return bits;
}

static void set_flags(struct record *record, int64_t bits)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        *((bool *)record + flags[i].record) = (bits & flags[i].bit) != 0;
}

static int64_t last_cursor_state(const struct record *record)
{
    if (!record->last_cursor_set)
        return NUNCIO_CURSOR_UNKNOWN;
    return record->last_cursor ? NUNCIO_CURSOR_KNOWN : NUNCIO_CURSOR_EMPTY;
}

void journal_row(const struct record *record, const struct journal_entry *entry, const char *owner,
                 struct nuncio_store_interaction *ret_row)
{
    bool sending = entry->intended && record->state == NUNCIO_INTERACTION_NEW;
    struct nuncio_store_interaction row = {
        .size = sizeof(row),
        .id = nuncio_slice(record->id),
        .owner = nuncio_slice(owner),
        .strategy = nuncio_slice(strategy_name(&record->strategy)),
        .state = sending ? NUNCIO_INTERACTION_SENDING : record->state,
        .step = nuncio_slice(entry->step),
        .cursor_state = record->cursor_state,
        .last_cursor_state = last_cursor_state(record),
        .flags = flags_of(record),
        .key_number = record->key_number,
        .queue_position = record->queue_position,
        .input_tokens = record->usage.input_tokens,
        .output_tokens = record->usage.output_tokens,
        .total_tokens = record->usage.total_tokens,
        .cost_usd = record->usage.cost_usd,
        .credits = record->usage.credits,
        .sends = record->sends + sending,
        .polls = record->polls,
        .steps = record->steps,
        .created_at = record->created_at,
        .finished_at = record->finished_at,
        .error_class = record->error_class,
        .error_status = record->error_status,
        .message_size = record->message_size,
        .reply_size = (int64_t)record->reply_size,
        .reply = {.data = record->reply, .size = record->reply ? record->reply_size : 0},
    };
    for (size_t i = 0; i < TEXT_COUNT; i++)
        *slice_of(&row, texts[i].row) = nuncio_slice(*text_of(record, texts[i].record));
    *ret_row = row;
}

struct nuncio_store_interaction journal_row_known(const struct nuncio_store_interaction *row)
{
    struct nuncio_store_interaction known = {.size = sizeof(known)};
    memcpy(&known, row, row->size < sizeof(known) ? (size_t)row->size : sizeof(known));
    return known;
}

static bool read_texts(struct nuncio_store_interaction *row, struct record *record)
{
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        char **text = (char **)(void *)((char *)record + texts[i].record);
        if (!text_assign(text, *slice_of(row, texts[i].row)))
            return false;
    }
    return text_assign(&record->reply, row->reply);
}

bool journal_row_read(const struct nuncio_store_interaction *given, struct record *ret_record)
{
    struct nuncio_store_interaction row = journal_row_known(given);
    struct record record;
    char *strategy = text_copy(row.strategy);
    record_init(&record);
    bool good = strategy && strategy_find(strategy, &record.strategy) && row.id.size == NUNCIO_ID_SIZE - 1 &&
                row.state >= NUNCIO_INTERACTION_NEW && row.state <= NUNCIO_INTERACTION_UNKNOWN &&
                read_texts(&row, &record) && record.agent && record.provider && record.plugin;
    free(strategy);
    if (!good) {
        record_finish(&record);
        return false;
    }
    memcpy(record.id, row.id.data, NUNCIO_ID_SIZE - 1);
    set_flags(&record, row.flags);
    record.state = (uint32_t)row.state;
    record.cursor_state = (uint32_t)row.cursor_state;
    record.last_cursor_set = row.last_cursor_state != NUNCIO_CURSOR_UNKNOWN;
    record.key_number = (uint32_t)row.key_number;
    record.queue_position = row.queue_position;
    record.usage =
        (struct usage){row.input_tokens, row.output_tokens, row.total_tokens, row.cost_usd, row.credits};
    record.sends = row.sends;
    record.polls = row.polls;
    record.steps = row.steps;
    record.created_at = row.created_at;
    record.finished_at = row.finished_at;
    record.error_class = (uint32_t)row.error_class;
    record.error_status = (int32_t)row.error_status;
    record.message_size = row.message_size;
    record.reply_size = (uint64_t)row.reply_size;
    *ret_record = record;
    return true;
}
