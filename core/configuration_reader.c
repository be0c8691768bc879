/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_reader.h"

#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "configuration_line.h"
#include "text.h"

#define ALLOWED_SECTIONS "[nuncio], [provider NAME] or [agent NAME]"

struct reader {
    struct config_lines lines; /* .line: what inih was given last */
    struct config_document *document;
    size_t key; /* index + 1 of the last key of this section, which an indented line continues; 0: none */
    bool in_section;
    bool out_of_memory;
    char *long_value; /* the value of the line that inih has, where inih has only a stand-in */
};

void *config_grow(void *array, size_t count, size_t element)
{
    if (count == 0)
        return malloc(element);
    return count & (count - 1) ? array : reallocarray(array, count * 2, element);
}

/* Notes the first syntax error. */
#define syntax_error(reader, ...) syntax_error_at(reader, (reader)->lines.line, __VA_ARGS__)

static void __attribute__((format(printf, 3, 4)))
syntax_error_at(struct reader *reader, unsigned line, const char *format, ...)
{
    if (reader->document->error_line)
        return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->document->error_line = line;
    failure_set(&reader->document->failure, NUNCIO_ERROR_INVALID, "%s", text);
}

static bool add_item(struct reader *reader, struct nuncio_slice name, struct nuncio_slice value)
{
    struct config_document *document = reader->document;
    struct config_item *items = config_grow(document->items, document->count, sizeof *items);
    reader->out_of_memory = true;
    if (!items)
        return false;
    document->items = items;
    struct config_item item = {
        .name = text_copy(name), .value = text_copy(value), .line = reader->lines.line};
    if (!item.name || (value.data && !item.value)) {
        free(item.name);
        text_wipe(item.value);
        return false;
    }
    items[document->count++] = item;
    reader->out_of_memory = false;
    return true;
}

/* "[ provider   sales ] ; comment" gives "provider sales". */
static void read_section(struct reader *reader, const char *start, const char *end)
{
    const char *close = memchr(start, ']', (size_t)(end - start));
    if (!close) {
        syntax_error(reader, "the section header has no ']'; write " ALLOWED_SECTIONS);
        return;
    }
    const char *rest = close + 1;
    while (rest < end && config_is_blank(*rest))
        rest++;
    if (rest < end && *rest != ';' && *rest != '#') {
        syntax_error(reader, "text after the section header; only a comment may follow ']'");
        return;
    }
    char title[CONFIG_LINE_LIMIT];
    size_t size = 0;
    for (const char *at = start + 1; at < close; at++) {
        if (!config_is_blank(*at))
            title[size++] = *at;
        else if (size > 0 && title[size - 1] != ' ')
            title[size++] = ' ';
    }
    if (size > 0 && title[size - 1] == ' ')
        size--;
    struct nuncio_slice name = {title, size};
    (void)add_item(reader, name, nuncio_slice(NULL));
    reader->in_section = true;
    reader->key = 0;
}

static void read_continuation(struct reader *reader, const char *start, const char *end)
{
    struct config_item *item = &reader->document->items[reader->key - 1];
    if (config_looks_like_own_line(start, end)) {
        syntax_error(reader,
                     "an indented line continues the value of %.64s in line %u, and this one looks like a "
                     "line of its own; remove the indentation",
                     item->name, item->line);
        return;
    }
    struct nuncio_slice more = config_without_comment(start, end);
    size_t size = strlen(item->value);
    char *joined = malloc(size + 1 + (size_t)more.size + 1);
    if (!joined) {
        reader->out_of_memory = true;
        return;
    }
    memcpy(joined, item->value, size);
    joined[size] = '\n';
    memcpy(joined + size + 1, more.data, (size_t)more.size);
    joined[size + 1 + (size_t)more.size] = '\0';
    text_wipe(item->value);
    item->value = joined;
}

/*
 * inih as distributions build it cuts lines at 200 bytes. So of a longer line it gets the key and a stand-in
 * for the value, which is kept until the handler asks for it.
 */
static void feed_key(struct reader *reader, const char *start, const char *end, char *target, size_t room)
{
    size_t size = (size_t)(end - start);
    if (size + 2 <= room) {
        memcpy(target, start, size);
        memcpy(target + size, "\n", 2);
        return;
    }
    const char *delimiter = start;
    while (delimiter < end && *delimiter != '=' && *delimiter != ':')
        delimiter++;
    size = (size_t)(delimiter - start);
    if (delimiter == end) {
        syntax_error(reader, "neither a section nor a key; write [SECTION] or KEY = VALUE");
    } else if (size + sizeof "=x\n" > room) {
        syntax_error(reader, "the key is too long");
    } else {
        memcpy(target, start, size);
        memcpy(target + size, "=x\n", sizeof "=x\n");
        reader->long_value = text_copy(config_without_comment(delimiter + 1, end));
        reader->out_of_memory = !reader->long_value;
    }
}

/* What inih calls instead of fgets(): one line of the file for each call, so that its count of lines is ours.
 */
static char *feed(char *target, int room, void *context)
{
    struct reader *reader = context;
    const char *start;
    const char *end;
    text_wipe(reader->long_value);
    reader->long_value = NULL;
    if (reader->out_of_memory || reader->document->error_line)
        return NULL;
    int result = config_next_line(&reader->lines, &start, &end, &reader->document->failure);
    if (result < 0)
        reader->document->error_line = reader->lines.line;
    if (result != 0)
        return NULL;
    const char *first = start;
    while (start < end && config_is_blank(*start))
        start++;
    /* What is dealt with here is an empty line for inih. */
    memcpy(target, "\n", 2);
    if (start == end || *start == ';' || *start == '#')
        return target;
    if (start > first && reader->key)
        read_continuation(reader, start, end);
    else if (*start == '[')
        read_section(reader, start, end);
    else
        feed_key(reader, start, end, target, (size_t)room);
    return target;
}

/* inih found a key. Its own idea of the section is not used: it cuts names at 49 bytes. */
static int take(void *context, const char *section, const char *name, const char *value)
{
    (void)section;
    struct reader *reader = context;
    if (reader->document->error_line || reader->out_of_memory)
        return 0;
    struct nuncio_slice whole = nuncio_slice(reader->long_value ? reader->long_value : value);
    if (!value)
        return 0; /* a build of inih that lets keys do without a value */
    if (!*name)
        syntax_error(reader, "there is no key before the '='; write KEY = VALUE");
    else if (!reader->in_section)
        syntax_error(reader, "%.64s stands before the first section; put it below " ALLOWED_SECTIONS, name);
    else if (add_item(reader, nuncio_slice(name), whole))
        reader->key = reader->document->count;
    return 1;
}

int config_document_parse(const char *text, size_t size, struct config_document *ret_document,
                          struct nuncio_failure *failure)
{
    struct config_document document = {0};
    struct reader reader = {.document = &document};
    config_lines_init(&reader.lines, text, size);
    int result = ini_parse_stream(feed, &reader, take, &reader);
    text_wipe(reader.long_value);
    if (result < 0 || reader.out_of_memory) {
        config_document_finish(&document);
        return failure_memory(failure);
    }
    /* A line without '=' reaches no handler; only the result tells. inih goes on behind it. */
    if (result > 0 && (document.error_line == 0 || (unsigned)result < document.error_line)) {
        document.error_line = 0;
        syntax_error_at(&reader, (unsigned)result,
                        "neither a section nor a key; write [SECTION] or KEY = VALUE");
    }
    while (document.error_line && document.count &&
           document.items[document.count - 1].line >= document.error_line) {
        document.count--;
        free(document.items[document.count].name);
        text_wipe(document.items[document.count].value);
    }
    *ret_document = document;
    return 0;
}

void config_document_finish(struct config_document *document)
{
    for (size_t i = 0; i < document->count; i++) {
        free(document->items[i].name);
        text_wipe(document->items[i].value);
    }
    free(document->items);
    *document = (struct config_document){0};
}
