/* SPDX-License-Identifier: MIT */
/* `store = memory`: the lines before conversations, where these stand and what they are called, as long as the
   process lives. Of interactions nothing is kept: the engine has them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

struct place {
    struct place *next; /* in the line */
    char id[NUNCIO_ID_SIZE];
    struct node *line;
    struct place *sibling; /* another of the same interaction */
};

/* What the trees are made of. */
struct node {
    char *key;
    struct place *places; /* of a line: first come first; of an interaction: where it stands, by sibling */
    char *remote_id;      /* of a name */
    char *cursor;         /* of a conversation */
    int64_t cursor_state;
};

struct memory {
    void *lines, *standing, *conversations, *names; /* of tsearch(3) */
};

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct node *)left)->key, ((const struct node *)right)->key);
}

static void destroy_node(void *pointer)
{
    struct node *node = pointer;
    free(node->key);
    free(node->remote_id);
    free(node->cursor);
    free(node);
}

static void destroy_line(void *pointer)
{
    struct node *line = pointer;
    while (line->places) {
        struct place *place = line->places;
        line->places = place->next;
        free(place);
    }
    destroy_node(line);
}

static void drop(void **tree, struct node *node)
{
    tdelete(node, tree, compare);
    destroy_node(node);
}

static char *key_of(struct nuncio_slice first, struct nuncio_slice second, struct nuncio_slice third)
{
    char *key;
    int made =
        asprintf(&key, "%.*s\n%.*s\n%.*s", (int)first.size, first.data ? first.data : "", (int)second.size,
                 second.data ? second.data : "", (int)third.size, third.data ? third.data : "");
    return made < 0 ? NULL : key;
}

/* Frees the key. */
static struct node *find(void *const *tree, char *key)
{
    struct node probe = {.key = key};
    void *found = key ? tfind(&probe, tree, compare) : NULL;
    free(key);
    return found ? *(struct node **)found : NULL;
}

/* Takes the key; NULL without memory. */
static struct node *find_or_make(void **tree, char *key)
{
    struct node probe = {.key = key};
    void *found = key ? tfind(&probe, tree, compare) : NULL;
    if (found) {
        free(key);
        return *(struct node **)found;
    }
    struct node *node = key ? calloc(1, sizeof(*node)) : NULL;
    if (node) {
        node->key = key;
        if (tsearch(node, tree, compare))
            return node;
    }
    free(node);
    free(key);
    return NULL;
}

static int32_t no_memory(struct nuncio_error *err)
{
    return nuncio_store_fail(err, "is out of memory");
}

static int32_t open_memory(const struct nuncio_store_place *place, void **ret_handle,
                           struct nuncio_error *err)
{
    (void)place;
    (void)err;
    struct memory *memory = calloc(1, sizeof(*memory));
    if (!memory)
        return NUNCIO_STORE_FAILED;
    *ret_handle = memory;
    return NUNCIO_STORE_OK;
}

static void close_memory(void *handle)
{
    struct memory *memory = handle;
    tdestroy(memory->lines, destroy_line);
    tdestroy(memory->standing, destroy_node);
    tdestroy(memory->conversations, destroy_node);
    tdestroy(memory->names, destroy_node);
    free(memory);
}

/* ---- Interactions ----------------------------------------------------------------------------------------- */

static int32_t begin(void *handle, uint32_t flags, struct nuncio_error *err)
{
    (void)handle;
    (void)flags;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t commit(void *handle, struct nuncio_error *err)
{
    (void)handle;
    (void)err;
    return NUNCIO_STORE_OK;
}

static void rollback(void *handle)
{
    (void)handle;
}

static int32_t put(void *handle, const struct nuncio_store_interaction *row, uint64_t parts,
                   struct nuncio_error *err)
{
    (void)handle;
    (void)row;
    (void)parts;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t take(void *handle, struct nuncio_slice id, struct nuncio_slice from, struct nuncio_slice to,
                    struct nuncio_error *err)
{
    (void)handle;
    (void)id;
    (void)from;
    (void)to;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t prune(void *handle, int64_t finished_before, int64_t limit, int64_t *ret_count,
                     struct nuncio_error *err)
{
    (void)handle;
    (void)finished_before;
    (void)limit;
    (void)err;
    *ret_count = 0;
    return NUNCIO_STORE_OK;
}

static int32_t get(void *handle, struct nuncio_slice id, nuncio_store_on_interaction callback, void *context,
                   struct nuncio_error *err)
{
    (void)handle;
    (void)id;
    (void)callback;
    (void)context;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t each(void *handle, const struct nuncio_store_filter *filter,
                    nuncio_store_on_interaction callback, void *context, struct nuncio_error *err)
{
    (void)handle;
    (void)filter;
    (void)callback;
    (void)context;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t events(void *handle, struct nuncio_slice id, nuncio_store_on_event callback, void *context,
                      struct nuncio_error *err)
{
    (void)handle;
    (void)id;
    (void)callback;
    (void)context;
    (void)err;
    return NUNCIO_STORE_OK;
}

static int32_t check(void *handle, nuncio_store_on_text callback, void *context, struct nuncio_error *err)
{
    (void)handle;
    (void)callback;
    (void)context;
    (void)err;
    return NUNCIO_STORE_OK;
}

/* ---- Lines ------------------------------------------------------------------------------------------------ */

static int32_t enter(void *handle, struct nuncio_slice gate, struct nuncio_slice id, struct nuncio_error *err)
{
    struct memory *memory = handle;
    struct node *line = find_or_make(&memory->lines, text_copy(gate));
    struct node *standing = find_or_make(&memory->standing, text_copy(id));
    struct place *place = calloc(1, sizeof(*place));
    bool there = false;
    for (struct place *at = standing ? standing->places : NULL; at; at = at->sibling)
        there = there || at->line == line;
    if (there || !line || !standing || !place) {
        free(place);
        return there ? NUNCIO_STORE_OK : no_memory(err);
    }
    text_clean(place->id, sizeof(place->id), id.data, (size_t)id.size);
    place->line = line;
    place->sibling = standing->places;
    standing->places = place;
    struct place **end = &line->places;
    while (*end)
        end = &(*end)->next;
    *end = place;
    return NUNCIO_STORE_OK;
}

static void leave_line(struct memory *memory, struct place *gone)
{
    struct place **at = &gone->line->places;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    if (!gone->line->places)
        drop(&memory->lines, gone->line);
    free(gone);
}

static int32_t leave(void *handle, struct nuncio_slice id, struct nuncio_error *err)
{
    struct memory *memory = handle;
    char *key = text_copy(id);
    if (!key)
        return no_memory(err);
    struct node *standing = find(&memory->standing, key);
    while (standing && standing->places) {
        struct place *gone = standing->places;
        standing->places = gone->sibling;
        leave_line(memory, gone);
    }
    if (standing)
        drop(&memory->standing, standing);
    return NUNCIO_STORE_OK;
}

static int32_t first(void *handle, struct nuncio_slice gate, nuncio_store_on_interaction callback,
                     void *context, struct nuncio_error *err)
{
    struct memory *memory = handle;
    (void)err;
    const struct node *line = find(&memory->lines, text_copy(gate));
    if (!line || !line->places)
        return NUNCIO_STORE_OK;
    const struct nuncio_store_interaction row = {.size = sizeof(row), .id = nuncio_slice(line->places->id)};
    callback(context, &row);
    return NUNCIO_STORE_FOUND;
}

/* ---- Conversations and names ------------------------------------------------------------------------------ */

static int32_t put_conversation(void *handle, const struct nuncio_store_conversation *row,
                                struct nuncio_error *err)
{
    struct memory *memory = handle;
    struct nuncio_slice none = {NULL, 0};
    struct node *node = find(&memory->conversations, key_of(row->provider, row->remote_id, none));
    if (!node)
        return NUNCIO_STORE_OK; /* it has no name, so nobody will ask */
    if (!text_assign(&node->cursor, row->cursor))
        return no_memory(err);
    node->cursor_state = row->cursor_state;
    return NUNCIO_STORE_OK;
}

static int32_t get_conversation(void *handle, struct nuncio_slice provider, struct nuncio_slice remote_id,
                                nuncio_store_on_conversation callback, void *context,
                                struct nuncio_error *err)
{
    struct memory *memory = handle;
    struct nuncio_slice none = {NULL, 0};
    (void)err;
    const struct node *node = find(&memory->conversations, key_of(provider, remote_id, none));
    if (!node)
        return NUNCIO_STORE_OK;
    const struct nuncio_store_conversation row = {
        .size = sizeof(row),
        .provider = provider,
        .remote_id = remote_id,
        .cursor = nuncio_slice(node->cursor),
        .cursor_state = node->cursor_state,
    };
    callback(context, &row);
    return NUNCIO_STORE_FOUND;
}

static int32_t put_name(void *handle, const struct nuncio_store_name *row, struct nuncio_error *err)
{
    struct memory *memory = handle;
    struct nuncio_slice none = {NULL, 0};
    struct node *node = find_or_make(&memory->names, key_of(row->provider, row->agent_id, row->name));
    if (!node || !text_assign(&node->remote_id, row->remote_id) ||
        !find_or_make(&memory->conversations, key_of(row->provider, row->remote_id, none)))
        return no_memory(err);
    return NUNCIO_STORE_OK;
}

static int32_t get_name(void *handle, struct nuncio_slice provider, struct nuncio_slice agent_id,
                        struct nuncio_slice name, nuncio_store_on_name callback, void *context,
                        struct nuncio_error *err)
{
    struct memory *memory = handle;
    (void)err;
    const struct node *node = find(&memory->names, key_of(provider, agent_id, name));
    if (!node)
        return NUNCIO_STORE_OK;
    const struct nuncio_store_name row = {
        .size = sizeof(row),
        .provider = provider,
        .agent_id = agent_id,
        .name = name,
        .remote_id = nuncio_slice(node->remote_id),
    };
    callback(context, &row);
    return NUNCIO_STORE_FOUND;
}

static int32_t names(void *handle, nuncio_store_on_name callback, void *context, struct nuncio_error *err)
{
    (void)handle;
    (void)callback;
    (void)context;
    (void)err;
    return NUNCIO_STORE_OK;
}

const struct nuncio_store store_memory = {
    .size = sizeof(store_memory),
    .abi_major = NUNCIO_STORE_ABI_MAJOR,
    .abi_minor = NUNCIO_STORE_ABI_MINOR,
    .name = "memory",
    .version = PACKAGE_VERSION,
    .summary = "nothing outlives the process",
    .open = open_memory,
    .close = close_memory,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .take = take,
    .enter = enter,
    .leave = leave,
    .put_conversation = put_conversation,
    .put_name = put_name,
    .prune = prune,
    .get = get,
    .each = each,
    .events = events,
    .first = first,
    .get_conversation = get_conversation,
    .get_name = get_name,
    .names = names,
    .check = check,
};
