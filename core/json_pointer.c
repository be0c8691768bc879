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

struct token {
    char *name; /* decoded; freed by the taker */
    int index;  /* or NO_INDEX, or APPEND for "-" */
};

/* "~1" and "~0" back to '/' and '~', in place. */
static bool unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from; from++) {
        char character = *from;
        if (character == '~') {
            from++;
            if (*from != '0' && *from != '1')
                return false;
            character = *from == '0' ? '~' : '/';
        }
        *to++ = character;
    }
    *to = '\0';
    return true;
}

/* An index stands without leading zeros. */
static int index_of(const char *name)
{
    int64_t value;
    if (strcmp(name, "-") == 0)
        return APPEND;
    if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1]) || !text_integer(name, &value) ||
        value > INT32_MAX)
        return NO_INDEX;
    return (int)value;
}

/* Takes the first token off *pointer, which starts with '/'. Returns NULL or what is wrong. */
static const char *take_token(const char **pointer, struct token *ret_token)
{
    if (**pointer != '/')
        return "does not start with '/'";
    size_t size = strcspn(*pointer + 1, "/");
    char *name = text_copy((struct nuncio_slice){*pointer + 1, size});
    if (!name)
        return json_put_no_memory;
    if (!unescape(name)) {
        free(name);
        return "has a '~' that is neither ~0 nor ~1";
    }
    *pointer += 1 + size;
    ret_token->name = name;
    ret_token->index = index_of(name);
    return NULL;
}

const cJSON *json_at(const cJSON *item, const char *pointer)
{
    if (!pointer)
        return NULL;
    while (item && *pointer) {
        struct token token;
        if (take_token(&pointer, &token))
            return NULL;
        if (json_is_array(item))
            item = token.index >= 0 ? cJSON_GetArrayItem(item, token.index) : NULL;
        else
            item = json_member(item, token.name);
        free(token.name);
    }
    return item;
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
    if (value)
        problem = pointer ? put(root, pointer, value) : "is missing";
    if (problem)
        cJSON_Delete(value);
    return problem;
}
