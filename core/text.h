/* SPDX-License-Identifier: MIT */
/* Small helpers for text, durations and failures. */
#ifndef NUNCIO_CORE_TEXT_H
#define NUNCIO_CORE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF; NUL is allowed here. */
bool text_is_utf8(const char *data, size_t size);
/* Has a byte below 0x20 or 0x7f. */
bool text_has_control(const char *data, size_t size);
/* Copies text that came from outside so that it can be shown: control characters (C1 too), what
   reverses the writing, and what is not UTF-8 become '?', and what does not fit is cut between characters. capacity counts the NUL and is at
   least 1. */
void text_clean(char *ret_text, size_t capacity, const char *data, size_t size);
/* Narrows the slice to what is left without leading and trailing white space (ASCII and U+00A0, U+2028 … as
   Python's str.strip() sees it need not be covered: ASCII white space is). */
struct nuncio_slice text_trim(struct nuncio_slice slice);
struct nuncio_slice text_trim_start(struct nuncio_slice slice);
/* Two absent slices are not equal: nothing is known of either. */
bool text_slice_equal(struct nuncio_slice left, struct nuncio_slice right);
/* A terminated copy, NULL where the slice is absent or memory is short. */
char *text_copy(struct nuncio_slice slice);
/* Replaces *target by a copy of the slice (absent: NULL). False without memory, *target stays. */
bool text_assign(char **target, struct nuncio_slice slice);
/* "500ms" "10s" "5m" "1h" "30d"; a bare number is refused. What does not fit becomes the greatest there is, or with a
   '-' the least. False: *ret_ms stays. */
bool text_duration(const char *text, int64_t *ret_ms);
/* "512" "64K" "16M" "1G" bytes. */
bool text_size(const char *text, int64_t *ret_bytes);
/* yes no true false on off 1 0, without case. */
bool text_boolean(const char *text, bool *ret_value);
/* Decimal with an optional sign, the whole text. */
bool text_integer(const char *text, int64_t *ret_value);
/* The candidate nearest to `text` by edit distance if near enough to be meant, else NULL. */
const char *text_nearest(const char *text, const char *const *candidates, size_t count);
/* Milliseconds since 1970 as "2026-11-22T10:00:00.123Z". */
void text_timestamp(int64_t ms, char ret_text[32]);
/* Overwrites and frees a secret; NULL is allowed. */
void text_wipe(char *secret);

/* Fills *failure (may be NULL) and returns -1. The text is cut at the struct's bounds, control characters
   become '?'. */
int failure_set(struct nuncio_failure *failure, uint32_t error_class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "CONTEXT: " before the text, returns -1. */
int failure_prefix(struct nuncio_failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Here, so that every reader, the analysers too, sees what it returns. */
static inline int failure_memory(struct nuncio_failure *ret_failure)
{
    (void)failure_set(ret_failure, NUNCIO_ERROR_INTERNAL, "out of memory");
    return -1;
}

#endif
