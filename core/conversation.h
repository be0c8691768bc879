/* SPDX-License-Identifier: MIT */
/* Conversations that this runtime knows, and the gate before each: one interaction at a time, first come,
   first served. */
#ifndef NUNCIO_CORE_CONVERSATION_H
#define NUNCIO_CORE_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>

struct conversation;

/* Embedded in what waits. */
struct conversation_entry {
    struct conversation_entry *next;
};

struct conversations {
    void *tree; /* of tsearch(3) */
};

/* What is known of a conversation between two interactions. */
struct conversation_view {
    const char *remote_id; /* the vendor's id; NULL: not yet known */
    const char *cursor;
    uint32_t cursor_state; /* UNKNOWN: HISTORY must be asked before the next SEND */
};

void conversations_init(struct conversations *conversations);
void conversations_finish(struct conversations *conversations);

/* The conversation of that name with an agent of a provider, or (name NULL) of that vendor's id; made where
   it is new. NULL without memory. */
struct conversation *conversations_named(struct conversations *conversations, const char *provider,
                                         const char *agent, const char *name);
struct conversation *conversations_remote(struct conversations *conversations, const char *provider,
                                          const char *remote_id);

struct conversation_view conversation_view(const struct conversation *conversation);
/* True: the caller holds the gate now. False: it waits, and conversation_leave() of the holder hands it on.
 */
bool conversation_enter(struct conversation *conversation, struct conversation_entry *entry);
/* The holder is done (or a waiter gives up). Returns the next holder, who has the gate now, or NULL. */
struct conversation_entry *conversation_leave(struct conversation *conversation,
                                              struct conversation_entry *entry);
/* What the holder learned. remote_id NULL: unchanged. Without memory the cursor becomes UNKNOWN. */
void conversation_update(struct conversation *conversation, const char *remote_id, const char *cursor,
                         uint32_t cursor_state);

#endif
