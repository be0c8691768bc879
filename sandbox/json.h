/* SPDX-License-Identifier: MIT */
/* Strict reading of JSON with cJSON, which by itself takes trailing garbage, bad UTF-8 and raw control
 * characters. */
#ifndef SANDBOX_JSON_H
#define SANDBOX_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Makes cJSON use our allocator, which never fails: the results of its Create and Add functions need no
 * check. */
void json_setup(void);
/* NULL unless the whole of text is one JSON value: UTF-8, no NUL in a string, at most 512 levels. */
cJSON *json_parse(const char *text, size_t length);
bool json_valid(const char *text, size_t length);

cJSON *json_get(const cJSON *object, const char *key);
/* The text of a string member, NULL where it is absent or something else. */
const char *json_text(const cJSON *object, const char *key);
/* Absent and null are the same to most vendors. */
bool json_given(const cJSON *object, const char *key);
/* A whole number that a long holds. */
bool json_integer(const cJSON *item, long *number);
void json_put_text(cJSON *object, const char *key, const char *text_or_null);
void json_put_time(cJSON *object, const char *key, long long moment);

#endif
