/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_LIMIT 9007199254740992.0 /* 2^53: below, every integer is a double of its own */

struct json_document {
    cJSON *root;
};

enum json_problem json_parse(const char *data, size_t size, struct json_document **ret_document)
{
    struct buffer copy;
    buffer_init(&copy, SIZE_MAX);
    enum json_problem problem = data ? json_scan(data, size, &copy) : JSON_MALFORMED;
    struct json_document *document = NULL;
    if (!problem) {
        document = calloc(1, sizeof *document);
        if (document)
            document->root =
                copy.size ? cJSON_ParseWithLength(copy.data, copy.size) : cJSON_ParseWithLength(data, size);
        /* After the scan nothing else can be wrong. */
        if (!document || !document->root)
            problem = JSON_NO_MEMORY;
    }
    buffer_finish(&copy);
    if (problem) {
        free(document);
        return problem;
    }
    *ret_document = document;
    return JSON_GOOD;
}

void json_destroy(struct json_document *document)
{
    if (!document)
        return;
    cJSON_Delete(document->root);
    free(document);
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
    return document ? document->root : NULL;
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

static bool is_wide(const cJSON *item)
{
    return cJSON_IsString(item) && item->valuestring[0] == JSON_WIDE;
}

struct nuncio_slice json_string(const cJSON *item)
{
    return nuncio_slice(cJSON_IsString(item) && !is_wide(item) ? item->valuestring : NULL);
}

bool json_integer(const cJSON *item, int64_t *ret_value)
{
    if (is_wide(item))
        return text_integer(item->valuestring + 1, ret_value);
    if (!cJSON_IsNumber(item) || fabs(item->valuedouble) > EXACT_LIMIT ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *ret_value = (int64_t)item->valuedouble;
    return true;
}

bool json_number(const cJSON *item, double *ret_value)
{
    if (is_wide(item))
        return json_scan_number(item->valuestring + 1, strlen(item->valuestring + 1), ret_value);
    if (!cJSON_IsNumber(item))
        return false;
    *ret_value = item->valuedouble;
    return true;
}

struct nuncio_slice json_id(const struct json_document *document, const cJSON *item)
{
    struct nuncio_slice absent = {NULL, 0};
    int64_t value;
    (void)document;
    if (is_wide(item)) {
        const char *digits = item->valuestring + 1;
        return digits[strspn(digits, "-0123456789")] ? absent : nuncio_slice(digits);
    }
    if (cJSON_IsString(item))
        return item->valuestring[0] ? nuncio_slice(item->valuestring) : absent;
    if (!json_integer(item, &value))
        return absent;
    if (!item->valuestring) {
        /* cJSON leaves this member of numbers alone, and frees it with the item: so the digits live as long
           as the document. The item was made by our own parse and is not really constant. */
        char *digits = cJSON_malloc(24);
        if (!digits)
            return absent;
        (void)snprintf(digits, 24, "%" PRId64, value);
        ((cJSON *)(uintptr_t)item)->valuestring = digits;
    }
    return nuncio_slice(item->valuestring);
}

char *json_text(const struct json_document *document, const cJSON *item)
{
    (void)document;
    char *text = item ? cJSON_PrintUnformatted(item) : NULL;
    if (!text)
        return NULL;
    /* Nothing but a wide number has the mark: "\xFF123" becomes 123 again. */
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (from[0] != '"' || from[1] != JSON_WIDE) {
            *to++ = *from;
            continue;
        }
        for (from += 2; *from != '"'; from++)
            *to++ = *from;
    }
    *to = '\0';
    return text;
}
