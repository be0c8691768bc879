/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_LIMIT 9007199254740992.0 /* 2^53: below, every integer is a double of its own */

struct json_document {
    char *text; /* where the strings are; NULL: in the caller's text */
    size_t count;
    cJSON items[]; /* the first is the root */
};

static enum json_problem make(char *text, size_t size, size_t values, struct json_document **ret_document)
{
    struct json_document *document = calloc(1, sizeof *document + values * sizeof document->items[0]);
    if (!document)
        return JSON_NO_MEMORY;
    document->count = values;
    json_build(text, size, document->items);
    *ret_document = document;
    return JSON_GOOD;
}

enum json_problem json_parse(const char *data, size_t size, struct json_document **ret_document)
{
    return json_parse_within(data, size, JSON_VALUE_LIMIT, ret_document);
}

enum json_problem json_parse_within(const char *data, size_t size, size_t values,
                                    struct json_document **ret_document)
{
    size_t count;
    enum json_problem problem = data ? json_scan(data, size, values, &count) : JSON_MALFORMED;
    if (problem)
        return problem;
    char *text = text_copy((struct nuncio_slice){data, size});
    if (!text || make(text, size, count, ret_document)) {
        free(text);
        return JSON_NO_MEMORY;
    }
    (*ret_document)->text = text;
    return JSON_GOOD;
}

enum json_problem json_parse_in_place(char *text, size_t size, size_t values,
                                      struct json_document **ret_document)
{
    size_t count;
    enum json_problem problem = text ? json_scan(text, size, values, &count) : JSON_MALFORMED;
    return problem ? problem : make(text, size, count, ret_document);
}

void json_destroy(struct json_document *document)
{
    if (!document)
        return;
    free(document->text);
    free(document);
}

void json_edit(struct json_document *document, void (*edit)(void *context, char *text), void *context)
{
    for (size_t i = 0; document && i < document->count; i++) {
        cJSON *item = &document->items[i];
        if (item->string)
            edit(context, item->string);
        if (cJSON_IsString(item))
            edit(context, item->valuestring);
    }
}

const char *json_problem_text(enum json_problem problem)
{
    switch (problem) {
    case JSON_GOOD:
        return "the text is JSON";
    case JSON_NOT_UTF8:
        return "the text is not UTF-8";
    case JSON_TOO_DEEP:
        return "the JSON is nested too deeply";
    case JSON_TOO_MANY:
        return "the JSON has too many values";
    case JSON_MALFORMED:
        return "the text is not JSON";
    case JSON_NUL:
        return "the JSON has a NUL character in a string";
    case JSON_NO_MEMORY:
        return "out of memory";
    }
    return "the text is not JSON";
}

const cJSON *json_root(const struct json_document *document)
{
    return document ? document->items : NULL;
}

bool json_is_array(const cJSON *item)
{
    return cJSON_IsArray(item);
}

bool json_is_object(const cJSON *item)
{
    return cJSON_IsObject(item);
}

bool json_is_null(const cJSON *item)
{
    return cJSON_IsNull(item);
}

const cJSON *json_first(const cJSON *item)
{
    return json_is_array(item) || json_is_object(item) ? item->child : NULL;
}

const cJSON *json_next(const cJSON *item)
{
    return item ? item->next : NULL;
}

const cJSON *json_member(const cJSON *item, const char *name)
{
    if (!json_is_object(item) || !name)
        return NULL;
    const cJSON *found = NULL;
    for (const cJSON *member = item->child; member; member = member->next) {
        if (strcmp(member->string, name) != 0)
            continue;
        if (found)
            return NULL;
        found = member;
    }
    return found;
}

/* The text of a number; NULL for anything else. */
static const char *number_text(const cJSON *item)
{
    return cJSON_IsRaw(item) ? item->valuestring : NULL;
}

uint32_t json_type(const cJSON *item)
{
    if (!item)
        return NUNCIO_TYPE_ABSENT;
    if (number_text(item))
        return NUNCIO_TYPE_NUMBER;
    if (cJSON_IsString(item))
        return NUNCIO_TYPE_STRING;
    if (cJSON_IsObject(item))
        return NUNCIO_TYPE_OBJECT;
    if (cJSON_IsArray(item))
        return NUNCIO_TYPE_ARRAY;
    if (cJSON_IsBool(item))
        return cJSON_IsTrue(item) ? NUNCIO_TYPE_TRUE : NUNCIO_TYPE_FALSE;
    return NUNCIO_TYPE_NULL;
}

static bool is_integer_text(const char *text)
{
    return text[strspn(text, "-0123456789")] == '\0';
}

struct nuncio_slice json_string(const cJSON *item)
{
    return nuncio_slice(cJSON_IsString(item) ? item->valuestring : NULL);
}

bool json_number(const cJSON *item, double *ret_value)
{
    const char *text = number_text(item);
    return text && json_scan_number(text, strlen(text), ret_value);
}

bool json_integer(const cJSON *item, int64_t *ret_value)
{
    const char *text = number_text(item);
    double value;
    if (text && is_integer_text(text))
        return text_integer(text, ret_value);
    /* 3.0 and 1e3 are integers too. */
    if (!json_number(item, &value) || fabs(value) > EXACT_LIMIT || value != floor(value))
        return false;
    *ret_value = (int64_t)value;
    return true;
}

struct nuncio_slice json_id(const cJSON *item)
{
    const char *text = number_text(item);
    if (text)
        return nuncio_slice(is_integer_text(text) ? text : NULL);
    struct nuncio_slice string = json_string(item);
    return nuncio_slice(nuncio_given(string) ? string.data : NULL);
}

char *json_text(const struct json_document *document, const cJSON *item)
{
    (void)document;
    return item ? cJSON_PrintUnformatted(item) : NULL;
}
