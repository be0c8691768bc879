/* SPDX-License-Identifier: MIT */
/* Finds our message and its reply in a vendor's list of messages. The contract stands at nuncio_find_reply().
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "response.h"
#include "text.h"

#include <string.h>

enum speaker { OTHER, USER, AGENT, FAULT };

struct search {
    const struct nuncio_shape *shape;
    const struct nuncio_call *call;
    const cJSON *list;
};

/* ---- The list, from old to new whatever its order
 * ---------------------------------------------------------- */

static const cJSON *oldest(const struct search *search)
{
    const cJSON *first = json_first(search->list);
    /* cJSON links the first item back to the last. */
    return first && search->shape->newest_first ? first->prev : first;
}

static const cJSON *newer(const struct search *search, const cJSON *item)
{
    if (!search->shape->newest_first)
        return json_next(item);
    return item == json_first(search->list) ? NULL : item->prev;
}

/* ---- One message
 * ------------------------------------------------------------------------------------------- */

static bool has_word(const char *words, struct nuncio_slice word)
{
    while (words && *words) {
        size_t size = strcspn(words, " ");
        if (size > 0 && size == word.size && memcmp(words, word.data, size) == 0)
            return true;
        words += size + (words[size] == ' ');
    }
    return false;
}

static enum speaker speaker(const struct nuncio_shape *shape, const cJSON *message)
{
    struct nuncio_slice word = json_string(json_member(message, shape->role));
    if (!nuncio_given(word))
        word = json_string(json_member(message, shape->other_role));
    if (!nuncio_given(word))
        return OTHER;
    if (has_word(shape->user_words, word))
        return USER;
    if (has_word(shape->agent_words, word))
        return AGENT;
    return has_word(shape->error_words, word) ? FAULT : OTHER;
}

static struct nuncio_slice id_of(const struct search *search, const cJSON *message)
{
    return json_id(json_member(message, search->shape->id));
}

/* False where it is there and neither of this kind nor null, or where it is there twice. */
static bool is_readable(const cJSON *object, const char *name, bool (*is_kind)(const cJSON *))
{
    bool known = false;
    const cJSON *member = json_first(object);
    for (; name && json_is_object(object) && member; member = json_next(member)) {
        if (strcmp(member->string, name) != 0)
            continue;
        if (known || !(json_is_null(member) || is_kind(member)))
            return false;
        known = true;
    }
    return true;
}

static bool is_string(const cJSON *item)
{
    return json_string(item).data != NULL;
}

/* Parts of other types are tool calls and the like. */
static bool take_part(const cJSON *part, response_piece take, void *context)
{
    struct nuncio_slice type = json_string(json_member(part, "type"));
    struct nuncio_slice text = json_string(json_member(part, "text"));
    if (!type.data || !nuncio_equal(type, "text"))
        return type.data != NULL;
    if (text.data)
        take(context, text);
    return text.data != NULL;
}

bool response_message_text(const struct nuncio_shape *shape, const cJSON *message, response_piece take,
                           void *context)
{
    if (!is_readable(message, shape->text, is_string) || !is_readable(message, shape->parts, json_is_array))
        return false;
    struct nuncio_slice text = json_string(json_member(message, shape->text));
    if (nuncio_given(text)) {
        take(context, text);
        return true;
    }
    bool readable = true;
    for (const cJSON *part = json_first(json_member(message, shape->parts)); part; part = json_next(part))
        readable = take_part(part, take, context) && readable;
    return readable;
}

/* Compares piece by piece: an answer may be large, and is not copied. */
struct comparison {
    struct nuncio_slice rest; /* of the trimmed text, which is still to come */
    bool begun;               /* something but white space has come */
    bool differs;
};

static void compare_piece(void *context, struct nuncio_slice piece)
{
    struct comparison *comparison = context;
    if (!comparison->begun)
        piece = text_trim_start(piece);
    comparison->begun = comparison->begun || piece.size > 0;
    uint64_t common = piece.size < comparison->rest.size ? piece.size : comparison->rest.size;
    if (common > 0 && memcmp(piece.data, comparison->rest.data, (size_t)common) != 0)
        comparison->differs = true;
    comparison->rest.data += common;
    comparison->rest.size -= common;
    piece.data += common;
    piece.size -= common;
    /* What is more than the text may be white space alone. */
    if (text_trim(piece).size > 0)
        comparison->differs = true;
}

/* A text that cannot be read is one all the same: what came before it is not the reply. */
static bool has_text(const struct search *search, const cJSON *message)
{
    struct comparison nothing = {.rest = nuncio_slice("")};
    return !response_message_text(search->shape, message, compare_piece, &nothing) || nothing.begun;
}

static bool has_our_text(const struct search *search, const cJSON *message)
{
    struct comparison comparison = {.rest = text_trim(search->call->text)};
    if (!comparison.rest.data)
        return false;
    (void)response_message_text(search->shape, message, compare_piece, &comparison);
    return !comparison.differs && comparison.rest.size == 0;
}

/* ---- The search
 * -------------------------------------------------------------------------------------------- */

/* The cursor's own message, NULL where it is not in the list. */
static const cJSON *cursor_message(const struct search *search)
{
    const cJSON *found = NULL;
    if (search->call->cursor_state != NUNCIO_CURSOR_KNOWN || !nuncio_given(search->call->cursor))
        return NULL;
    for (const cJSON *item = oldest(search); item; item = newer(search, item)) {
        if (text_slice_equal(id_of(search, item), search->call->cursor))
            found = item;
    }
    return found;
}

static const cJSON *our_message(const struct search *search)
{
    const cJSON *cursor = cursor_message(search);
    bool known = cursor || search->call->cursor_state == NUNCIO_CURSOR_EMPTY;
    const cJSON *last = NULL;
    const cJSON *matching = NULL;
    uint64_t count = 0;
    const cJSON *item = cursor ? newer(search, cursor) : oldest(search);
    for (; item; item = newer(search, item)) {
        if (speaker(search->shape, item) != USER)
            continue;
        last = item;
        count++;
        if (known && has_our_text(search, item))
            matching = item;
    }
    if (known)
        return count == 1 ? last : matching;
    return last && has_our_text(search, last) ? last : NULL;
}

/* Looks at what follows our message, up to the next one of the user. */
static void find_answer(const struct search *search, const cJSON *ours, struct nuncio_found *ret_found)
{
    const cJSON *reply = NULL;
    const cJSON *silent = NULL;
    const cJSON *failure = NULL;
    for (const cJSON *item = newer(search, ours); item; item = newer(search, item)) {
        enum speaker who = speaker(search->shape, item);
        if (who == USER)
            break;
        if (who == FAULT) {
            failure = item;
        } else if (who == AGENT && has_text(search, item)) {
            reply = item;
            failure = NULL;
        } else if (who == AGENT) {
            silent = item;
        }
    }
    /* An agent message without any text, say a tool call, is a reply only where there is nothing better. */
    if (!reply && !failure)
        reply = silent;
    ret_found->reply = response_node(reply);
    ret_found->failure = response_node(failure);
}

static struct nuncio_slice newest_id(const struct search *search)
{
    struct nuncio_slice newest = {NULL, 0};
    for (const cJSON *item = oldest(search); item; item = newer(search, item)) {
        struct nuncio_slice id = id_of(search, item);
        if (id.data)
            newest = id;
    }
    return newest;
}

void response_find_reply(const struct nuncio_response *abi, struct nuncio_node list,
                         const struct nuncio_shape *shape, const struct nuncio_call *call,
                         struct nuncio_found *ret_found)
{
    if (!ret_found)
        return;
    struct nuncio_found found = {.size = ret_found->size};
    const cJSON *item = response_item(list);
    if (abi && shape && shape->size >= sizeof *shape && call && json_is_array(item)) {
        struct search search = {.shape = shape, .call = call, .list = item};
        found.last = newest_id(&search);
        const cJSON *ours = our_message(&search);
        if (ours) {
            found.seen = 1;
            find_answer(&search, ours, &found);
        }
    }
    *ret_found = found;
}
