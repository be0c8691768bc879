/* SPDX-License-Identifier: MIT */
/* Pure helpers for words: durations, near misses, and text that must not command a terminal. */
#ifndef NUNCIO_CLI_WORDS_H
#define NUNCIO_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "500ms" "10s" "5m" "1h" "30d", at least 1 ms and at most 100 years. False: *ret_ms stays. */
bool words_duration(const char *text, int64_t *ret_ms);

/* Digits alone, at most 1,000,000,000. False: *ret_number stays. */
bool words_number(const char *text, int64_t *ret_number);

enum { WORDS_TIME_SIZE = 32 };

/* "2026-11-22T10:00:00.123Z" of ms since 1970. */
void words_time(int64_t ms, char ret_text[WORDS_TIME_SIZE]);

/* Is `word` so near to `candidate` that it was probably meant? *distance gets the number of edits. */
bool words_near(const char *word, const char *candidate, size_t *ret_distance);

/* Copies text without what a terminal obeys: control characters but newline and tab, whole escape sequences,
   what reverses the writing, and bytes that are no UTF-8. Returns the size of what is in ret, which has room for `size` bytes and may be
   the text itself. */
size_t words_clean(const char *text, size_t size, char *ret);

/* Cleans the terminated text in place and makes it one line. */
void words_one_line(char *text);

/* Cuts the terminated text after so many columns, never within a character. */
void words_cut(char *text, size_t columns);

/* How many columns the terminated text takes, counting each character as one. */
size_t words_width(const char *text);

#endif
