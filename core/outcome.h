/* SPDX-License-Identifier: MIT */
/* What a plugin's read() concludes, as plain data. */
#ifndef NUNCIO_CORE_OUTCOME_H
#define NUNCIO_CORE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/plugin.h>
#include "buffer.h"
#include "response.h"

#define OUTCOME_ID_LIMIT 1024 /* bytes of conversation, ticket and cursor */

struct usage {
    int64_t input_tokens, output_tokens, total_tokens; /* -1: unknown */
    double cost_usd, credits;                          /* negative: unknown */
};

void usage_init(struct usage *usage);

struct outcome {
    struct nuncio_outcome abi;   /* first */
    int32_t verdict;             /* NUNCIO_DONE … */
    char *conversation, *ticket; /* NULL: not set */
    char *cursor;                /* NULL and cursor_set: the conversation holds no message */
    bool cursor_set;
    struct usage usage;
    struct buffer reply;
    struct response *source; /* while read() runs: what it reads */
    struct nuncio_slice
        *pieces; /* of the reply, in a large document, where it is not copied; outcome_reply.c */
    size_t piece_count, piece_capacity, piece_bytes;
    bool reply_set;
    char *reply_json;
    uint32_t next_step;
    uint32_t wait_state;
    int64_t queue_position; /* -1: none */
    int64_t hint_ms;        /* 0: none */
    bool input_required;
    uint32_t class_; /* with FAILED */
    char text[512];  /* with FAILED and input_required */
    char vendor_code[128];
    char misuse[128];      /* "" or what the plugin, or the vendor, did wrong while read() ran */
    uint32_t misuse_class; /* INTERNAL: the plugin; PROTOCOL: the vendor */
};

void outcome_init(struct outcome *outcome, uint64_t reply_limit);
void outcome_finish(struct outcome *outcome);

/* Runs step->read and judges the verdict: an undefined one, an id that is too long or no text, a NEXT to a
   step that the plugin does not have, a WAIT after SEND without a ticket, a FAILED without a class, an UNSEEN
   from anything but a RECONCILE, a DONE from OPEN without a conversation, or a DONE that set no reply in
   SEND, POLL, FETCH or RECONCILE become FAILED with INTERNAL (what is the vendor's doing: PROTOCOL) and a
   text that says so; nothing else is kept then. `plugin` is the descriptor as the registry keeps it,
   `ret_outcome` is initialised and may have been used before. Fills outcome->verdict and the rest; the
   vendor_code of the response is taken on FAILED. */
void outcome_read(const struct nuncio_plugin *plugin, const struct nuncio_step *step, const void *instance,
                  const struct nuncio_call *call, struct response *response, struct outcome *ret_outcome);

/* For outcome*.c: the outcome behind a plugin's pointer; NULL is allowed. */
struct outcome *outcome_of(struct nuncio_outcome *abi);
/* False, and noted, where the text is nothing that the journal and JSON can hold. */
bool outcome_check_text(struct outcome *outcome, const char *what, struct nuncio_slice text);
/* outcome_reply.c: services that set the reply. */
void outcome_reply_text(struct nuncio_outcome *abi, struct nuncio_slice text);
void outcome_reply_part(struct nuncio_outcome *abi, struct nuncio_slice text);
void outcome_reply_message(struct nuncio_outcome *abi, const struct nuncio_response *response,
                           const struct nuncio_shape *shape, struct nuncio_node message);
void outcome_reply_json(struct nuncio_outcome *abi, const struct nuncio_response *response,
                        struct nuncio_node node);
/* Once read() is over: a reply in a large document becomes the outcome's own by taking the body's memory, so that the
   response has neither body nor document then. */
void outcome_reply_settle(struct outcome *outcome);

/* For outcome.c and refuse.c: notes what went wrong, of which the first stays. */
void outcome_misuse(struct outcome *outcome, uint32_t misuse_class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int32_t outcome_fail(struct nuncio_outcome *abi, uint32_t class_, struct nuncio_slice text);
int32_t outcome_refuse(struct nuncio_outcome *abi, const struct nuncio_response *response,
                       const struct nuncio_rule *rules, uint32_t rule_count, uint32_t rule_size);
/* A plain sentence for a failure that the vendor gives no text for. */
void outcome_describe(uint32_t class_, const struct response *response, char *ret_text, size_t capacity);

#endif
