/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_OF_MEMORY 1
#define OVER_LIMIT    2

void buffer_init(struct buffer *buffer, size_t limit)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->limit = limit < SIZE_MAX - 1 ? limit : SIZE_MAX - 1;
}

void buffer_finish(struct buffer *buffer)
{
    if (buffer->secret && buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    free(buffer->data);
    buffer->data = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
    buffer->failed = 0;
}

void buffer_reset(struct buffer *buffer)
{
    if (buffer->secret && buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer->size = 0;
    buffer->failed = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* realloc() would leave a copy of a secret behind. */
static char *resize(struct buffer *buffer, size_t capacity)
{
    if (!buffer->secret)
        return realloc(buffer->data, capacity);
    char *data = malloc(capacity);
    if (!data)
        return NULL;
    if (buffer->data) {
        memcpy(data, buffer->data, buffer->size + 1);
        explicit_bzero(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    return data;
}

/* Makes room for `size` more bytes and the NUL. */
static bool reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    if (size > buffer->limit - buffer->size) {
        buffer->failed = OVER_LIMIT;
        return false;
    }
    size_t needed = buffer->size + size + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < needed)
        capacity = capacity <= SIZE_MAX / 2 ? capacity * 2 : needed;
    if (capacity > buffer->limit + 1)
        capacity = buffer->limit + 1;
    char *data = resize(buffer, capacity);
    if (!data) {
        buffer->failed = OUT_OF_MEMORY;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (!reserve(buffer, size))
        return;
    if (size > 0)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_char(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        buffer->failed = OUT_OF_MEMORY;
        return;
    }
    if (!reserve(buffer, (size_t)size))
        return;
    va_start(arguments, format);
    (void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)size;
}

static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void buffer_append_percent(struct buffer *buffer, const char *data, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (is_unreserved(byte)) {
            buffer_append(buffer, &byte, 1);
        } else {
            const char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15u]};
            buffer_append(buffer, encoded, sizeof encoded);
        }
    }
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

int buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

void buffer_trim(struct buffer *buffer)
{
    char *data = buffer->data && !buffer->secret ? realloc(buffer->data, buffer->size + 1) : NULL;
    if (!data)
        return;
    data[buffer->size] = '\0';
    buffer->data = data;
    buffer->capacity = buffer->size + 1;
}

char *buffer_take(struct buffer *buffer)
{
    char *data = NULL;
    if (reserve(buffer, 0)) {
        data = buffer->data;
        data[buffer->size] = '\0';
        buffer->data = NULL;
    }
    buffer_finish(buffer);
    return data;
}
