/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void record_init(struct record *record)
{
    *record = (struct record){.state = NUNCIO_INTERACTION_NEW, .queue_position = -1, .finished_at = -1};
    usage_init(&record->usage);
}

void record_finish(struct record *record)
{
    char *strings[] = {
        record->agent,        record->agent_id,   record->provider,   record->plugin,
        record->message,      record->reply,      record->reply_json, record->conversation_name,
        record->conversation, record->ticket,     record->cursor,     record->last_cursor,
        record->again_of,     record->error_code, record->error_text, record->warning,
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        free(strings[i]);
    record_init(record);
}

bool record_is_final(const struct record *record)
{
    return record->state >= NUNCIO_INTERACTION_COMPLETED;
}

void record_key(const struct record *record, char ret_key[RECORD_KEY_SIZE])
{
    if (record->key_number == 0)
        snprintf(ret_key, RECORD_KEY_SIZE, "%s", record->id);
    else
        snprintf(ret_key, RECORD_KEY_SIZE, "%s-%" PRIu32, record->id, record->key_number);
}
