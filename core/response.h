/* SPDX-License-Identifier: MIT */
/* What came back, as a plugin sees it. */
#ifndef NUNCIO_CORE_RESPONSE_H
#define NUNCIO_CORE_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/plugin.h>
#include "buffer.h"
#include "json.h"

struct response {
    struct nuncio_response abi; /* first: a plugin holds a pointer to this */
    int32_t http_status;
    struct buffer headers; /* "Name: value\n" lines of the final response */
    struct buffer body;
    struct json_document *document; /* NULL where the body is not strict JSON */
    bool in_place;                  /* the document's strings are in `body`, which is no text any more */
    enum json_problem problem;
    bool ambiguous; /* a plugin looked for a name that is there twice: absent means nothing then */
    char *composed; /* vendor_message's text where it is not one of the document's strings */
};

void response_init(struct response *response, uint64_t body_limit);
/* After status, headers and body are filled: parses the body. */
void response_parse(struct response *response);
/* Forgets what was parsed, and keeps the rest. */
void response_forget(struct response *response);
void response_finish(struct response *response);
/* Empties it for another exchange. */
void response_reset(struct response *response);
/* Header by name without case; the last one. */
struct nuncio_slice response_header(const struct response *response, const char *name);
/* Retry-After in ms (seconds or HTTP date against `now_ms` since 1970), at most 1 h; -1 where there is none.
 */
int64_t response_retry_after(const struct response *response, int64_t now_ms);

/* The response behind a plugin's pointer, the item behind its node, and back. All take NULL and absent. */
const struct response *response_of(const struct nuncio_response *abi);
const cJSON *response_item(struct nuncio_node node);
struct nuncio_node response_node(const cJSON *item);

/* find_reply.c and vendor_error.c */
void response_find_reply(const struct nuncio_response *response, struct nuncio_node list,
                         const struct nuncio_shape *shape, const struct nuncio_call *call,
                         struct nuncio_found *ret_found);
/* Gives the pieces of a message's text, in order: its text member, else its parts of type "text". False where what
   should be text is something else, or is there twice: then nobody knows what the message says. */
typedef void (*response_piece)(void *context, struct nuncio_slice piece);
bool response_message_text(const struct nuncio_shape *shape, const cJSON *message, response_piece take,
                           void *context);
/* Bounded: a code has at most 127 bytes, a text at most 1,000. */
struct nuncio_slice response_vendor_code(const struct nuncio_response *response);
struct nuncio_slice response_vendor_message(const struct nuncio_response *response);

#endif
