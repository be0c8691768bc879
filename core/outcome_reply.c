/* SPDX-License-Identifier: MIT */
/* The reply as the plugin finds it. One in a large document stays there until read() is over, and is moved then: an
   answer as large as max_reply is not held twice. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "outcome.h"

#include <stdlib.h>
#include <string.h>

static void check_reply(struct outcome *outcome)
{
    if (buffer_failed(&outcome->reply) == 2)
        outcome_misuse(outcome, NUNCIO_CLASS_PROTOCOL, "the reply is longer than max_reply");
    else if (buffer_failed(&outcome->reply))
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "out of memory");
}

/* Pieces are moved to the body's start one after the other, so each must lie behind the one before. */
static bool is_movable(const struct outcome *outcome, struct nuncio_slice text)
{
    const struct response *source = outcome->source;
    if (!source || !source->in_place || !source->document || outcome->reply.size > 0 ||
        text.size > outcome->reply.limit - outcome->piece_bytes)
        return false;
    const char *start = source->body.data;
    const char *end = start + source->body.size;
    if (outcome->piece_count > 0) {
        const struct nuncio_slice *last = &outcome->pieces[outcome->piece_count - 1];
        start = last->data + last->size;
    }
    return text.data >= start && text.data <= end && text.size <= (uint64_t)(end - text.data);
}

static bool note_piece(struct outcome *outcome, struct nuncio_slice text)
{
    if (outcome->piece_count == outcome->piece_capacity) {
        size_t capacity = outcome->piece_capacity ? outcome->piece_capacity * 2 : 8;
        struct nuncio_slice *pieces = reallocarray(outcome->pieces, capacity, sizeof *pieces);
        if (!pieces)
            return false;
        outcome->pieces = pieces;
        outcome->piece_capacity = capacity;
    }
    outcome->pieces[outcome->piece_count++] = text;
    outcome->piece_bytes += (size_t)text.size;
    return true;
}

static void forget_pieces(struct outcome *outcome)
{
    outcome->piece_count = 0;
    outcome->piece_bytes = 0;
}

static void copy_pieces(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->piece_count; i++)
        buffer_append(&outcome->reply, outcome->pieces[i].data, (size_t)outcome->pieces[i].size);
    forget_pieces(outcome);
}

static void take_piece(void *context, struct nuncio_slice text)
{
    struct outcome *outcome = context;
    if (is_movable(outcome, text) && note_piece(outcome, text))
        return;
    copy_pieces(outcome);
    buffer_append(&outcome->reply, text.data, (size_t)text.size);
    check_reply(outcome);
}

static void begin(struct outcome *outcome)
{
    forget_pieces(outcome);
    buffer_reset(&outcome->reply);
}

void outcome_reply_part(struct nuncio_outcome *abi, struct nuncio_slice text)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome || !text.data || !outcome_check_text(outcome, "reply", text))
        return;
    take_piece(outcome, text);
    outcome->reply_set = true;
}

void outcome_reply_text(struct nuncio_outcome *abi, struct nuncio_slice text)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome || !text.data)
        return;
    begin(outcome);
    outcome_reply_part(abi, text);
}

void outcome_reply_message(struct nuncio_outcome *abi, const struct nuncio_response *response,
                           const struct nuncio_shape *shape, struct nuncio_node message)
{
    struct outcome *outcome = outcome_of(abi);
    (void)response;
    if (!outcome || !json_is_object(response_item(message)))
        return;
    if (!shape || shape->size < sizeof *shape) {
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: nuncio_reply_message() without a shape");
        return;
    }
    /* A message without any text is an empty reply. */
    begin(outcome);
    if (!response_message_text(shape, response_item(message), take_piece, outcome))
        outcome_misuse(outcome, NUNCIO_CLASS_PROTOCOL, "the reply's text is not what the vendor documents");
    outcome->reply_set = true;
    check_reply(outcome);
}

void outcome_reply_json(struct nuncio_outcome *abi, const struct nuncio_response *response,
                        struct nuncio_node node)
{
    struct outcome *outcome = outcome_of(abi);
    const cJSON *item = response_item(node);
    if (!outcome || !response || !item || json_is_null(item))
        return;
    free(outcome->reply_json);
    outcome->reply_json = json_text(response_of(response)->document, item);
    if (!outcome->reply_json)
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "out of memory");
}

void outcome_reply_settle(struct outcome *outcome)
{
    if (outcome->piece_count == 0)
        return;
    struct buffer *body = &outcome->source->body;
    char *to = body->data;
    for (size_t i = 0; i < outcome->piece_count; i++) {
        memmove(to, outcome->pieces[i].data, (size_t)outcome->pieces[i].size);
        to += outcome->pieces[i].size;
    }
    body->size = (size_t)(to - body->data);
    forget_pieces(outcome);

    size_t limit = outcome->reply.limit;
    buffer_finish(&outcome->reply);
    outcome->reply = *body;
    outcome->reply.limit = limit;
    buffer_init(body, body->limit);
    response_forget(outcome->source);
    buffer_trim(&outcome->reply);
}
