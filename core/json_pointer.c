/* SPDX-License-Identifier: MIT */
/* JSON Pointer (RFC 6901), for reading and for writing. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

const char json_put_no_memory[] = "out of memory";

#define NO_INDEX (-1)
#define APPEND   (-2)

/* A step of a pointer as it stands there, escapes and all. */
struct raw_token {
    const char *data;
    size_t size;
};

/* Takes the first token off *pointer. False where it does not start with '/'. */
static bool take_raw(const char **pointer, struct raw_token *ret_token)
{
    if (**pointer != '/')
        return false;
    ret_token->data = *pointer + 1;
    ret_token->size = strcspn(*pointer + 1, "/");
    *pointer += 1 + ret_token->size;
    return true;
}

/* The character at *at, with "~1" as '/' and "~0" as '~'; *at goes on behind it. NUL for a bad escape. */
static char unescape(const struct raw_token *token, size_t *at)
{
    char character = token->data[(*at)++];
    if (character != '~')
        return character;
    if (*at == token->size)
        return '\0';
    character = token->data[(*at)++];
    return (char)(character == '0' ? '~' : character == '1' ? '/' : '\0');
}

static bool same_name(const struct raw_token *token, const char *name)
{
    for (size_t at = 0; at < token->size; name++) {
        char character = unescape(token, &at);
        if (!character || character != *name)
            return false;
    }
    return *name == '\0';
}

/* An index stands without leading zeros. */
static int index_of(const struct raw_token *token)
{
    int index = 0;
    if (token->size == 1 && token->data[0] == '-')
        return APPEND;
    /* Nine digits fit into an int, and no array has so many items. */
    if (token->size == 0 || token->size > 9 || (token->size > 1 && token->data[0] == '0'))
        return NO_INDEX;
    for (size_t i = 0; i < token->size; i++) {
        if (token->data[i] < '0' || token->data[i] > '9')
            return NO_INDEX;
        index = index * 10 + (token->data[i] - '0');
    }
    return index;
}

/* ---- Reading: without memory of its own, so that absent always means absent
 * ------------------------------------ */

static const cJSON *find_member(const cJSON *item, const struct raw_token *token, bool *ret_twice)
{
    const cJSON *found = NULL;
    if (!json_is_object(item))
        return NULL;
    for (const cJSON *member = item->child; member; member = member->next) {
        if (!same_name(token, member->string))
            continue;
        *ret_twice = found != NULL;
        if (found)
            return NULL;
        found = member;
    }
    return found;
}

static const cJSON *walk(const cJSON *item, const char *pointer, bool *ret_twice)
{
    *ret_twice = false;
    if (!pointer)
        return NULL;
    while (item && *pointer) {
        struct raw_token token;
        if (!take_raw(&pointer, &token))
            return NULL;
        int index = index_of(&token);
        if (json_is_array(item))
            item = index >= 0 ? cJSON_GetArrayItem(item, index) : NULL;
        else
            item = find_member(item, &token, ret_twice);
    }
    return item;
}

const cJSON *json_at(const cJSON *item, const char *pointer)
{
    bool twice;
    return walk(item, pointer, &twice);
}

bool json_is_twice(const cJSON *item, const char *pointer)
{
    bool twice;
    return !walk(item, pointer, &twice) && twice;
}

/* ---- Writing
 * --------------------------------------------------------------------------------------------------- */

struct token {
    char *name; /* decoded; freed by the taker */
    int index;  /* or NO_INDEX, or APPEND for "-" */
};

/* Takes the first token off *pointer. Returns NULL or what is wrong. */
static const char *take_token(const char **pointer, struct token *ret_token)
{
    struct raw_token raw;
    if (!take_raw(pointer, &raw))
        return "does not start with '/'";
    char *name = malloc(raw.size + 1);
    if (!name)
        return json_put_no_memory;
    size_t used = 0;
    for (size_t at = 0; at < raw.size; used++) {
        name[used] = unescape(&raw, &at);
        if (!name[used]) {
            free(name);
            return "has a '~' that is neither ~0 nor ~1";
        }
    }
    name[used] = '\0';
    ret_token->name = name;
    ret_token->index = index_of(&raw);
    return NULL;
}

/* What has to be made for a pointer that goes on with `rest`. */
static cJSON *new_container(const char *rest)
{
    const char *name = rest + 1;
    size_t size = strcspn(name, "/");
    bool array = (size == 1 && *name == '-') || (size > 0 && strspn(name, "0123456789") == size);
    return array ? cJSON_CreateArray() : cJSON_CreateObject();
}

static cJSON *child_of(const cJSON *parent, const struct token *token)
{
    if (json_is_array(parent))
        return token->index >= 0 ? cJSON_GetArrayItem(parent, token->index) : NULL;
    return cJSON_GetObjectItemCaseSensitive(parent, token->name);
}

static const char *set_child(cJSON *parent, const struct token *token, cJSON *child)
{
    if (!child)
        return json_put_no_memory;
    if (json_is_object(parent)) {
        /* cJSON 1.7.15 does not check its copy of the name when it replaces, only when it adds. */
        cJSON_DeleteItemFromObjectCaseSensitive(parent, token->name);
        return cJSON_AddItemToObject(parent, token->name, child) ? NULL : json_put_no_memory;
    }
    if (!json_is_array(parent))
        return "goes through a value that is neither object nor array";
    int size = cJSON_GetArraySize(parent);
    if (token->index == APPEND || token->index == size)
        return cJSON_AddItemToArray(parent, child) ? NULL : json_put_no_memory;
    if (token->index == NO_INDEX)
        return "names a member of an array";
    if (token->index > size)
        return "skips an index";
    return cJSON_ReplaceItemInArray(parent, token->index, child) ? NULL : json_put_no_memory;
}

/* Goes down by one token: to the child that is there, or to a new one. */
static const char *descend(cJSON **parent, const struct token *token, const char *rest)
{
    cJSON *child = child_of(*parent, token);
    if (child) {
        *parent = child;
        return NULL;
    }
    child = new_container(rest);
    const char *problem = set_child(*parent, token, child);
    if (problem)
        cJSON_Delete(child);
    else
        *parent = child;
    return problem;
}

static const char *put(cJSON **root, const char *pointer, cJSON *value)
{
    if (*pointer == '\0') {
        cJSON_Delete(*root);
        *root = value;
        return NULL;
    }
    const char *problem = NULL;
    cJSON *parent = *root;
    for (int depth = 0; !problem; depth++) {
        struct token token;
        if (depth == JSON_DEPTH_LIMIT)
            return "is too deep";
        const char *start = pointer;
        problem = take_token(&pointer, &token);
        if (problem)
            return problem;
        if (!parent)
            parent = *root = new_container(start);
        bool last = *pointer == '\0';
        if (!parent)
            problem = json_put_no_memory;
        else
            problem = last ? set_child(parent, &token, value) : descend(&parent, &token, pointer);
        free(token.name);
        if (last)
            break;
    }
    return problem;
}

const char *json_put(cJSON **root, const char *pointer, cJSON *value)
{
    const char *problem = json_put_no_memory;
    if (value && !pointer)
        problem = "is missing";
    else if (value && !text_is_utf8(pointer, strlen(pointer)))
        problem = "is not UTF-8";
    else if (value)
        problem = put(root, pointer, value);
    if (problem)
        cJSON_Delete(value);
    return problem;
}
