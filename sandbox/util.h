/* SPDX-License-Identifier: MIT */
/* Memory, text, time and chance. Memory that cannot be had ends the program with one line: a test server has
 * nothing better to do, and so every caller may rely on what it is given. */
#ifndef SANDBOX_UTIL_H
#define SANDBOX_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *mem_alloc(size_t size);
void *mem_zero(size_t count, size_t size);
/* Makes room for `wanted` elements of `element` bytes, at least doubling. */
void *mem_grow(void *array, size_t *capacity, size_t wanted, size_t element);

char *text_copy(const char *text);
char *text_copy_n(const char *text, size_t length);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A copy without ASCII white space at both ends. */
char *text_trimmed(const char *text);
/* A copy that is valid UTF-8 without NUL: every byte that does not fit becomes '?'. */
char *text_printable(const char *bytes, size_t length);
bool text_starts_with(const char *text, const char *prefix);
bool text_is_uuid(const char *text);
bool text_is_base64(const char *text);
size_t text_characters(const char *text);
bool utf8_valid(const char *bytes, size_t length);
/* Digits only, without sign; false where it does not fit in 0..max. */
bool number_parse(const char *text, size_t length, long max, long *number);
/* `500ms`, `10s`, `5m`, `1h`, or `0`; at most 1000000 of a unit. */
bool duration_parse(const char *text, int64_t *milliseconds);

int64_t clock_ms(void);
#define TIME_TEXT 32
/* Writes a moment of clock_ms() as ISO 8601 in UTC with milliseconds. */
void clock_text(int64_t moment, char text[TIME_TEXT]);

#define UUID_TEXT 37
void random_uuid(char text[UUID_TEXT]);
/* Appends `count` letters and digits to a prefix; size holds both and the NUL. */
void random_id(char *text, size_t size, const char *prefix, size_t count);

#endif
