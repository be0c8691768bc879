/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "conversation.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/plugin.h>
#include "text.h"

struct conversation {
    char *key;
    char *remote_id;
    char *cursor;
    uint32_t cursor_state;
    struct conversation_entry *first, *last; /* the first one holds the gate */
};

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct conversation *)left)->key, ((const struct conversation *)right)->key);
}

static void destroy(void *node)
{
    struct conversation *conversation = node;
    free(conversation->key);
    free(conversation->remote_id);
    free(conversation->cursor);
    free(conversation);
}

void conversations_init(struct conversations *conversations)
{
    conversations->tree = NULL;
}

void conversations_finish(struct conversations *conversations)
{
    tdestroy(conversations->tree, destroy);
    conversations->tree = NULL;
}

/* Takes the key. */
static struct conversation *find_or_make(struct conversations *conversations, char *key)
{
    struct conversation probe = {.key = key};
    struct conversation **found = tfind(&probe, &conversations->tree, compare);
    if (found) {
        free(key);
        return *found;
    }
    struct conversation *made = calloc(1, sizeof(*made));
    if (made) {
        made->key = key;
        if (tsearch(made, &conversations->tree, compare))
            return made;
    }
    free(made);
    free(key);
    return NULL;
}

/* A control character separates the parts: it occurs in none of them. */
struct conversation *conversations_named(struct conversations *conversations, const char *provider,
                                         const char *agent, const char *name)
{
    char *key;
    if (asprintf(&key, "%s\n%s\n%s", provider, agent, name) < 0)
        return NULL;
    return find_or_make(conversations, key);
}

struct conversation *conversations_remote(struct conversations *conversations, const char *provider,
                                          const char *remote_id)
{
    char *key;
    if (asprintf(&key, "%s\n%s", provider, remote_id) < 0)
        return NULL;
    struct conversation *conversation = find_or_make(conversations, key);
    if (conversation && !conversation->remote_id &&
        !text_assign(&conversation->remote_id, nuncio_slice(remote_id)))
        return NULL;
    return conversation;
}

struct conversation_view conversation_view(const struct conversation *conversation)
{
    return (struct conversation_view){
        .remote_id = conversation->remote_id,
        .cursor = conversation->cursor,
        .cursor_state = conversation->cursor_state,
    };
}

bool conversation_enter(struct conversation *conversation, struct conversation_entry *entry)
{
    entry->next = NULL;
    if (!conversation->first) {
        conversation->first = conversation->last = entry;
        return true;
    }
    conversation->last->next = entry;
    conversation->last = entry;
    return false;
}

struct conversation_entry *conversation_leave(struct conversation *conversation,
                                              struct conversation_entry *entry)
{
    struct conversation_entry *previous = NULL;
    struct conversation_entry *current = conversation->first;
    while (current && current != entry) {
        previous = current;
        current = current->next;
    }
    if (!current)
        return NULL;
    if (conversation->last == entry)
        conversation->last = previous;
    if (previous) {
        previous->next = entry->next;
        return NULL;
    }
    conversation->first = entry->next;
    return conversation->first;
}

void conversation_update(struct conversation *conversation, const char *remote_id, const char *cursor,
                         uint32_t cursor_state)
{
    bool kept = !remote_id || text_assign(&conversation->remote_id, nuncio_slice(remote_id));
    kept = kept && text_assign(&conversation->cursor, nuncio_slice(cursor));
    conversation->cursor_state = kept ? cursor_state : NUNCIO_CURSOR_UNKNOWN;
}
