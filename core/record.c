/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>

void record_init(struct record *record)
{
    *record = (struct record){.state = NUNCIO_INTERACTION_NEW, .queue_position = -1, .finished_at = -1};
    usage_init(&record->usage);
}

void record_finish(struct record *record)
{
    char *strings[] = {
        record->agent,      record->agent_id,     record->provider,          record->plugin,
        record->message,    record->message_hash, record->attachments,       record->reply,
        record->reply_hash, record->reply_json,   record->conversation_name, record->conversation,
        record->ticket,     record->cursor,       record->last_cursor,       record->again_of,
        record->error_code, record->error_text,   record->warning,
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

/* SHA-256 in hexadecimal digits; NULL without memory. */
static char *hash_of(const char *text, uint64_t size)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, (size_t)size, (const uint8_t *)text);
    sha256_digest(&context, sizeof(digest), digest);
    char *hash = malloc(BASE16_ENCODE_LENGTH(sizeof(digest)) + 1);
    if (hash) {
        base16_encode_update(hash, sizeof(digest), digest);
        hash[BASE16_ENCODE_LENGTH(sizeof(digest))] = '\0';
    }
    return hash;
}

static bool add_hash(const char *text, uint64_t size, char **hash)
{
    if (text && !*hash)
        *hash = hash_of(text, size);
    return !text || *hash;
}

bool record_hash_content(struct record *record)
{
    return add_hash(record->message, (uint64_t)record->message_size, &record->message_hash) &&
           add_hash(record->reply, record->reply_size, &record->reply_hash);
}
