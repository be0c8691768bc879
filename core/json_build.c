/* SPDX-License-Identifier: MIT */
/* Makes cJSON's tree of a text that is strictly valid, without a byte beside it: strings are decoded where they stand.
   cJSON's own parser would hold each a second time, and an answer may be as large as max_reply. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"

#include <string.h>

struct builder {
    char *at;
    cJSON *free;   /* the next item */
    cJSON *parent; /* the container that `at` is in; NULL: none */
    cJSON *outer[JSON_DEPTH_LIMIT];
    size_t depth;
    char *name; /* of the value that comes next; NULL: none, or it is to be read */
};

static cJSON *add(struct builder *builder, int type, char *text)
{
    cJSON *item = builder->free++;
    item->type = type;
    item->valuestring = text;
    item->string = builder->name;
    builder->name = NULL;
    if (!builder->parent)
        return item;
    cJSON *first = builder->parent->child;
    if (!first) {
        builder->parent->child = item->prev = item;
        return item;
    }
    /* cJSON links the first item back to the last. */
    item->prev = first->prev;
    first->prev->next = item;
    first->prev = item;
    return item;
}

static unsigned hex(const char *at)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = (unsigned char)at[i];
        value = value << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20u) - 'a' + 10);
    }
    return value;
}

static char *write_character(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xE0 | code >> 12);
        } else {
            *to++ = (char)(0xF0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 63));
        }
        *to++ = (char)(0x80 | (code >> 6 & 63));
    }
    *to++ = (char)(0x80 | (code & 63));
    return to;
}

/* Behind the backslash; what it means is never longer than it is. */
static char *decode_escape(const char **from, char *to)
{
    static const char named[] = "b\bf\fn\nr\rt\t";
    const char *at = *from;
    if (*at != 'u') {
        const char *found = strchr(named, *at);
        *from = at + 1;
        *to = found ? found[1] : *at;
        return to + 1;
    }
    unsigned code = hex(at + 1);
    at += 5;
    if (code >= 0xD800 && code < 0xDC00) {
        code = 0x10000 + ((code & 0x3FF) << 10) + (hex(at + 2) & 0x3FF);
        at += 6;
    }
    *from = at;
    return write_character(to, code);
}

/* From the opening quote to behind the closing one. */
static char *take_string(struct builder *builder)
{
    char *text = builder->at + 1;
    char *to = text;
    const char *from = text;
    while (*from != '"') {
        size_t plain = strcspn(from, "\"\\");
        if (to != from)
            memmove(to, from, plain);
        to += plain;
        from += plain;
        if (*from == '\\') {
            from++;
            to = decode_escape(&from, to);
        }
    }
    *to = '\0';
    builder->at += from + 1 - builder->at;
    return text;
}

/* What ends a number is still to be read, but something stands before it that has been: so it moves there. Alone it has
   nothing before it, and behind it at most white space. */
static char *take_number(struct builder *builder)
{
    char *start = builder->at;
    size_t size = strspn(start, "+-.0123456789eE");
    builder->at += size;
    if (!builder->parent) {
        *builder->at++ = '\0';
        return start;
    }
    memmove(start - 1, start, size);
    start[size - 1] = '\0';
    return start - 1;
}

static void take_word(struct builder *builder)
{
    switch (*builder->at) {
    case 't':
        (void)add(builder, cJSON_True, NULL);
        builder->at += 4;
        break;
    case 'f':
        (void)add(builder, cJSON_False, NULL);
        builder->at += 5;
        break;
    default:
        (void)add(builder, cJSON_NULL, NULL);
        builder->at += 4;
        break;
    }
}

static void take_text(struct builder *builder)
{
    char *text = take_string(builder);
    if (json_is_object(builder->parent) && !builder->name)
        builder->name = text;
    else
        (void)add(builder, cJSON_String, text);
}

static void take_value(struct builder *builder)
{
    char kind = *builder->at;
    if (kind == '"')
        take_text(builder);
    else if (kind == '-' || (kind >= '0' && kind <= '9'))
        (void)add(builder, cJSON_Raw, take_number(builder));
    else
        take_word(builder);
}

void json_build(char *text, size_t size, cJSON *items)
{
    struct builder builder = {.at = text, .free = items};
    const char *end = text + size;
    while (builder.at < end) {
        switch (*builder.at) {
        case '{':
        case '[': {
            cJSON *item = add(&builder, *builder.at == '{' ? cJSON_Object : cJSON_Array, NULL);
            builder.outer[builder.depth++] = builder.parent;
            builder.parent = item;
            builder.at++;
            break;
        }
        case '}':
        case ']':
            builder.parent = builder.outer[--builder.depth];
            builder.at++;
            break;
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case ',':
        case ':':
            builder.at++;
            break;
        default:
            take_value(&builder);
        }
    }
}
