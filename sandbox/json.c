/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "json.h"
#include "util.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 512

struct reader {
    const char *at, *end;
};

static bool check_value(struct reader *in, int depth);

static void skip_space(struct reader *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
}

static bool take(struct reader *in, char wanted)
{
    if (in->at == in->end || *in->at != wanted)
        return false;
    in->at++;
    return true;
}

static bool take_word(struct reader *in, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0)
        return false;
    in->at += length;
    return true;
}

static bool check_string(struct reader *in)
{
    if (!take(in, '"'))
        return false;
    while (in->at < in->end && *in->at != '"') {
        if ((unsigned char)*in->at < 0x20)
            return false;
        if (*in->at++ != '\\')
            continue;
        if (in->at == in->end || !strchr("\"\\/bfnrtu", *in->at) || !*in->at)
            return false;
        if (*in->at++ != 'u')
            continue;
        for (int i = 0; i < 4; i++)
            if (in->end - in->at <= i || !isxdigit((unsigned char)in->at[i]))
                return false;
        /* A NUL inside a string would end it for cJSON. */
        if (memcmp(in->at, "0000", 4) == 0)
            return false;
        in->at += 4;
    }
    return take(in, '"');
}

static bool take_digits(struct reader *in)
{
    const char *start = in->at;
    while (in->at < in->end && isdigit((unsigned char)*in->at))
        in->at++;
    return in->at > start;
}

static bool check_number(struct reader *in)
{
    take(in, '-');
    if (!take(in, '0') && !take_digits(in))
        return false;
    if (take(in, '.') && !take_digits(in))
        return false;
    if (take(in, 'e') || take(in, 'E')) {
        if (!take(in, '+'))
            take(in, '-');
        return take_digits(in);
    }
    return true;
}

/* Members of an object or elements of an array, up to and with the closing bracket. */
static bool check_list(struct reader *in, int depth, char close, bool named)
{
    skip_space(in);
    if (take(in, close))
        return true;
    do {
        skip_space(in);
        if (named) {
            if (!check_string(in))
                return false;
            skip_space(in);
            if (!take(in, ':'))
                return false;
        }
        if (!check_value(in, depth))
            return false;
        skip_space(in);
    } while (take(in, ','));
    return take(in, close);
}

static bool check_value(struct reader *in, int depth)
{
    skip_space(in);
    if (in->at == in->end || depth > MAX_DEPTH)
        return false;
    switch (*in->at) {
    case '{':
        in->at++;
        return check_list(in, depth + 1, '}', true);
    case '[':
        in->at++;
        return check_list(in, depth + 1, ']', false);
    case '"':
        return check_string(in);
    case 't':
        return take_word(in, "true");
    case 'f':
        return take_word(in, "false");
    case 'n':
        return take_word(in, "null");
    default:
        return check_number(in);
    }
}

bool json_valid(const char *text, size_t length)
{
    struct reader in = {text, text + length};
    if (!utf8_valid(text, length) || !check_value(&in, 0))
        return false;
    skip_space(&in);
    return in.at == in.end;
}

void json_setup(void)
{
    cJSON_Hooks hooks = {mem_alloc, free};
    cJSON_InitHooks(&hooks);
}

cJSON *json_parse(const char *text, size_t length)
{
    return json_valid(text, length) ? cJSON_ParseWithLength(text, length) : NULL;
}

cJSON *json_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(json_get(object, key));
}

bool json_given(const cJSON *object, const char *key)
{
    const cJSON *item = json_get(object, key);
    return item && !cJSON_IsNull(item);
}

bool json_integer(const cJSON *item, long *number)
{
    /* 2^53: beyond it a double no longer tells neighbours apart. */
    if (!cJSON_IsNumber(item) || item->valuedouble < -9007199254740992.0 ||
        item->valuedouble > 9007199254740992.0)
        return false;
    *number = (long)item->valuedouble;
    return (double)*number >= item->valuedouble && (double)*number <= item->valuedouble;
}

void json_put_text(cJSON *object, const char *key, const char *text_or_null)
{
    if (text_or_null)
        cJSON_AddStringToObject(object, key, text_or_null);
    else
        cJSON_AddNullToObject(object, key);
}

void json_put_time(cJSON *object, const char *key, long long moment)
{
    char text[TIME_TEXT];
    clock_text(moment, text);
    cJSON_AddStringToObject(object, key, text);
}
