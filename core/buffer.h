/* SPDX-License-Identifier: MIT */
/* A growing, bounded byte buffer. Failures are sticky: after one, appends do nothing and buffer_failed()
 * tells.
 */
#ifndef NUNCIO_CORE_BUFFER_H
#define NUNCIO_CORE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* NUL-terminated where size > 0 or something was appended; else may be NULL */
    size_t size;
    size_t capacity;
    size_t limit; /* most bytes that it may hold, without the NUL */
    int failed;   /* 1: out of memory, 2: over the limit */
    bool secret;  /* set after buffer_init(): memory is overwritten before it is given back */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_finish(struct buffer *buffer);
/* Empties it and forgets a failure; keeps the memory. */
void buffer_reset(struct buffer *buffer);
void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_char(struct buffer *buffer, char character);
void buffer_append_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Percent-encodes all but RFC 3986's unreserved characters. */
void buffer_append_percent(struct buffer *buffer, const char *data, size_t size);
/* "" where empty. */
const char *buffer_text(const struct buffer *buffer);
int buffer_failed(const struct buffer *buffer);
/* Gives back the memory that it does not need. */
void buffer_trim(struct buffer *buffer);
/* The bytes, terminated, now the caller's (free()); NULL after a failure. The buffer is empty then. */
char *buffer_take(struct buffer *buffer);

#endif
