/* SPDX-License-Identifier: MIT */
/* The one place that knows cJSON: a strict reader over it, and what the core needs to write. */
#ifndef NUNCIO_CORE_JSON_H
#define NUNCIO_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>
#include <nuncio/plugin.h>
#include "buffer.h"

#define JSON_DEPTH_LIMIT 200
#define JSON_VALUE_LIMIT 250000 /* values in a document: each takes JSON_VALUE_SIZE besides its text */
#define JSON_VALUE_SIZE  sizeof(cJSON)

/* A parsed document. Numbers keep their text, which a double would not: they are cJSON's raw items. Only json*.c
   look into items. */
struct json_document;

enum json_problem {
    JSON_GOOD,
    JSON_NOT_UTF8,
    JSON_TOO_DEEP,
    JSON_MALFORMED,
    JSON_NUL,
    JSON_TOO_MANY,
    JSON_NO_MEMORY
};

/* Strict RFC 8259: the whole text is one value (white space around it), valid UTF-8, no BOM, no \u0000, no
   lone surrogates, numbers finite, nesting at most JSON_DEPTH_LIMIT, at most
   JSON_VALUE_LIMIT values. */
enum json_problem json_parse(const char *data, size_t size, struct json_document **ret_document);
/* The same with another limit of values. */
enum json_problem json_parse_within(const char *data, size_t size, size_t values,
                                    struct json_document **ret_document);
/* That in the caller's own text: text[size] is NUL, and it lives as long as the
   document. All strings stay where they are, so that a document takes no more than its values besides. Only JSON_GOOD
   and JSON_NO_MEMORY spoil the text; in between its items it is undefined then. */
enum json_problem json_parse_in_place(char *text, size_t size, size_t values,
                                      struct json_document **ret_document);
void json_destroy(struct json_document *document);
/* Shows every string and every name of the document, which may be made shorter in place. */
void json_edit(struct json_document *document, void (*edit)(void *context, char *text), void *context);
const char *json_problem_text(enum json_problem problem);

/* json_scan.c: checks the syntax, and counts the values, of which there may be `limit`. */
enum json_problem json_scan(const char *data, size_t size, size_t limit, size_t *ret_values);
/* json_build.c: makes the tree of a text that json_scan() found good, in items of the caller's: as many as it counted,
   zeroed. The first is the root. */
void json_build(char *text, size_t size, cJSON *items);
/* The value of a number in JSON syntax, whatever the locale; false where it is not finite or absurdly long.
 */
bool json_scan_number(const char *text, size_t size, double *ret_value);

/* All take NULL and give absent then. */
const cJSON *json_root(const struct json_document *document);
/* json_pointer.c: RFC 6901 from `item`. NULL where it is absent, or where a name on the way is there more
 * than once. */
const cJSON *json_at(const cJSON *item, const char *pointer);
/* Is nothing there because a name on the way is there more than once? */
bool json_is_twice(const cJSON *item, const char *pointer);
/* The member of that very name, without pointer syntax; NULL where it is absent or there more than once. */
const cJSON *json_member(const cJSON *item, const char *name);
/* The items of an array or the members of an object, in order. After the last of an array: NULL. */
const cJSON *json_first(const cJSON *item);
const cJSON *json_next(const cJSON *item);
bool json_is_array(const cJSON *item);
bool json_is_object(const cJSON *item);
struct nuncio_slice json_string(const cJSON *item);
/* A string's text or an integer's digits, all of them. */
struct nuncio_slice json_id(const cJSON *item);
bool json_integer(const cJSON *item, int64_t *ret_value);
bool json_number(const cJSON *item, double *ret_value);
/* NUNCIO_TYPE_… of plugin.h. */
uint32_t json_type(const cJSON *item);
bool json_is_null(const cJSON *item);
/* Compact JSON text, numbers as they came; free(). NULL without memory. */
char *json_text(const struct json_document *document, const cJSON *item);

/* Writing by pointer into *root (made where NULL: an object, or what the pointer asks for); what is there
   already is replaced. Takes ownership of `value` also on failure. Returns NULL or a static text that says
   what is wrong with the pointer. */
const char *json_put(cJSON **root, const char *pointer, cJSON *value);
/* json_put() returns this where memory is short, also for value NULL. */
extern const char json_put_no_memory[];

#endif
