/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "outcome.h"
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome *outcome_of(struct nuncio_outcome *abi)
{
    return (struct outcome *)(void *)abi;
}

void outcome_misuse(struct outcome *outcome, uint32_t misuse_class, const char *format, ...)
{
    if (outcome->misuse[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(outcome->misuse, sizeof outcome->misuse, format, arguments);
    va_end(arguments);
    outcome->misuse_class = misuse_class;
}

/* ---- The services
 * ------------------------------------------------------------------------------------------ */

bool outcome_check_text(struct outcome *outcome, const char *what, struct nuncio_slice text)
{
    if (text_is_utf8(text.data, (size_t)text.size) && !memchr(text.data, '\0', (size_t)text.size))
        return true;
    outcome_misuse(outcome, NUNCIO_CLASS_PROTOCOL, "the vendor's %s is not valid UTF-8 text", what);
    return false;
}

static void set_id(struct outcome *outcome, const char *what, char **target, struct nuncio_slice id)
{
    if (id.size > OUTCOME_ID_LIMIT)
        outcome_misuse(outcome, NUNCIO_CLASS_PROTOCOL,
                       "plugin: the vendor's %s is longer than %d bytes: it has %" PRIu64, what,
                       OUTCOME_ID_LIMIT, id.size);
    else if (outcome_check_text(outcome, what, id) && !text_assign(target, id))
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "out of memory");
}

static void set_conversation(struct nuncio_outcome *abi, struct nuncio_slice id)
{
    struct outcome *outcome = outcome_of(abi);
    if (outcome && nuncio_given(id))
        set_id(outcome, "conversation id", &outcome->conversation, id);
}

static void set_ticket(struct nuncio_outcome *abi, struct nuncio_slice ticket)
{
    struct outcome *outcome = outcome_of(abi);
    if (outcome && nuncio_given(ticket))
        set_id(outcome, "ticket", &outcome->ticket, ticket);
}

static void set_cursor(struct nuncio_outcome *abi, struct nuncio_slice cursor)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome)
        return;
    outcome->cursor_set = true;
    if (nuncio_given(cursor)) {
        set_id(outcome, "cursor", &outcome->cursor, cursor);
        return;
    }
    free(outcome->cursor);
    outcome->cursor = NULL;
}

static void set_usage(struct nuncio_outcome *abi, const struct nuncio_response *response, uint32_t kind,
                      struct nuncio_node node)
{
    struct outcome *outcome = outcome_of(abi);
    int64_t tokens = -1;
    double amount = -1;
    (void)response;
    if (!outcome)
        return;
    bool is_tokens = json_integer(response_item(node), &tokens) && tokens >= 0;
    bool is_amount = json_number(response_item(node), &amount) && amount >= 0;
    struct usage *usage = &outcome->usage;
    switch (kind) {
    case NUNCIO_INPUT_TOKENS:
        usage->input_tokens = is_tokens ? tokens : usage->input_tokens;
        break;
    case NUNCIO_OUTPUT_TOKENS:
        usage->output_tokens = is_tokens ? tokens : usage->output_tokens;
        break;
    case NUNCIO_TOTAL_TOKENS:
        usage->total_tokens = is_tokens ? tokens : usage->total_tokens;
        break;
    case NUNCIO_COST_USD:
        usage->cost_usd = is_amount ? amount : usage->cost_usd;
        break;
    case NUNCIO_CREDITS:
        usage->credits = is_amount ? amount : usage->credits;
        break;
    default:
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: usage kind %u is undefined", kind);
    }
}

static int32_t set_next(struct nuncio_outcome *abi, uint32_t step)
{
    if (abi)
        outcome_of(abi)->next_step = step;
    return NUNCIO_NEXT;
}

static int32_t set_wait(struct nuncio_outcome *abi, uint32_t state, int64_t queue_position, int64_t hint_ms)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome)
        return NUNCIO_WAIT;
    if (state != NUNCIO_STATE_QUEUED && state != NUNCIO_STATE_PROCESSING)
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: wait state %u is undefined", state);
    outcome->wait_state = state;
    outcome->queue_position = queue_position >= 0 ? queue_position : -1;
    outcome->hint_ms = hint_ms > 0 ? hint_ms : 0;
    return NUNCIO_WAIT;
}

static void set_text(struct outcome *outcome, struct nuncio_slice text)
{
    text_clean(outcome->text, sizeof outcome->text, text.data, (size_t)text.size);
}

static void set_input_required(struct nuncio_outcome *abi, struct nuncio_slice text)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome)
        return;
    outcome->input_required = true;
    set_text(outcome, text);
}

int32_t outcome_fail(struct nuncio_outcome *abi, uint32_t class_, struct nuncio_slice text)
{
    struct outcome *outcome = outcome_of(abi);
    if (!outcome)
        return NUNCIO_FAILED;
    if (class_ < NUNCIO_CLASS_INVALID || class_ > NUNCIO_CLASS_INTERNAL ||
        class_ == NUNCIO_CLASS_INPUT_REQUIRED)
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: class %u is not for plugins to set", class_);
    outcome->class_ = class_;
    set_text(outcome, text_trim(text));
    return NUNCIO_FAILED;
}

static const struct nuncio_outcome_services services = {
    .size = sizeof services,
    .conversation = set_conversation,
    .ticket = set_ticket,
    .cursor = set_cursor,
    .usage = set_usage,
    .reply_text = outcome_reply_text,
    .reply_part = outcome_reply_part,
    .reply_message = outcome_reply_message,
    .reply_json = outcome_reply_json,
    .next = set_next,
    .wait = set_wait,
    .input_required = set_input_required,
    .fail = outcome_fail,
    .refuse = outcome_refuse,
};

/* ---- Life
 * -------------------------------------------------------------------------------------------------- */

void usage_init(struct usage *usage)
{
    usage->input_tokens = usage->output_tokens = usage->total_tokens = -1;
    usage->cost_usd = usage->credits = -1;
}

void outcome_init(struct outcome *outcome, uint64_t reply_limit)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->abi.size = sizeof outcome->abi;
    outcome->abi.services = &services;
    outcome->queue_position = -1;
    usage_init(&outcome->usage);
    buffer_init(&outcome->reply, reply_limit < SIZE_MAX ? (size_t)reply_limit : SIZE_MAX);
}

void outcome_finish(struct outcome *outcome)
{
    size_t limit = outcome->reply.limit;
    free(outcome->conversation);
    free(outcome->ticket);
    free(outcome->cursor);
    free(outcome->reply_json);
    free(outcome->pieces);
    buffer_finish(&outcome->reply);
    outcome_init(outcome, limit);
}
