/* SPDX-License-Identifier: MIT */
/* cJSON takes much that is not JSON (trailing garbage, invalid UTF-8, cut strings, rounded integers), so what is
   JSON is decided here, and json_build.c only ever sees what is strictly valid. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "text.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LIMIT 400 /* characters: the longest double written out has 309 digits before the point */

struct scanner {
    const char *at, *end;
    size_t depth;
    size_t values;               /* that may still come */
    char open[JSON_DEPTH_LIMIT]; /* '{' or '[' per level: no recursion over what a vendor sends */
};

static bool is_digit(const struct scanner *scanner)
{
    return scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9';
}

static bool take(struct scanner *scanner, char character)
{
    if (scanner->at == scanner->end || *scanner->at != character)
        return false;
    scanner->at++;
    return true;
}

static void skip_space(struct scanner *scanner)
{
    while (scanner->at < scanner->end &&
           (*scanner->at == ' ' || *scanner->at == '\t' || *scanner->at == '\n' || *scanner->at == '\r'))
        scanner->at++;
}

static bool skip_digits(struct scanner *scanner)
{
    if (!is_digit(scanner))
        return false;
    while (is_digit(scanner))
        scanner->at++;
    return true;
}

bool json_scan_number(const char *text, size_t size, double *ret_value)
{
    /* strtod() wants the locale's decimal point, and an embedding program may have set any. */
    const char *point = localeconv()->decimal_point;
    char number[NUMBER_LIMIT + 16];
    size_t used = 0;
    if (size > NUMBER_LIMIT || strlen(point) > 15)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '.') {
            number[used++] = text[i];
            continue;
        }
        memcpy(number + used, point, strlen(point));
        used += strlen(point);
    }
    number[used] = '\0';
    char *end;
    double value = strtod(number, &end);
    if (*end || !isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

static enum json_problem scan_number(struct scanner *scanner)
{
    const char *start = scanner->at;
    (void)take(scanner, '-');
    if (!take(scanner, '0') && !skip_digits(scanner))
        return JSON_MALFORMED;
    if (take(scanner, '.') && !skip_digits(scanner))
        return JSON_MALFORMED;
    if (take(scanner, 'e') || take(scanner, 'E')) {
        if (!take(scanner, '+'))
            (void)take(scanner, '-');
        if (!skip_digits(scanner))
            return JSON_MALFORMED;
    }
    size_t size = (size_t)(scanner->at - start);
    double value;
    return json_scan_number(start, size, &value) ? JSON_GOOD : JSON_MALFORMED;
}

/* The four digits after \u, or -1. */
static int scan_hex(struct scanner *scanner)
{
    int value = 0;
    if (scanner->end - scanner->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char digit = *scanner->at++;
        value *= 16;
        if (digit >= '0' && digit <= '9')
            value += digit - '0';
        else if (digit >= 'a' && digit <= 'f')
            value += digit - 'a' + 10;
        else if (digit >= 'A' && digit <= 'F')
            value += digit - 'A' + 10;
        else
            return -1;
    }
    return value;
}

static enum json_problem scan_escape(struct scanner *scanner)
{
    if (scanner->at == scanner->end)
        return JSON_MALFORMED;
    char kind = *scanner->at++;
    if (kind != 'u')
        return kind && strchr("\"\\/bfnrt", kind) ? JSON_GOOD : JSON_MALFORMED;
    int unit = scan_hex(scanner);
    if (unit == 0)
        return JSON_NUL;
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return JSON_MALFORMED;
    if (unit < 0xD800 || unit > 0xDBFF)
        return JSON_GOOD;
    if (!take(scanner, '\\') || !take(scanner, 'u'))
        return JSON_MALFORMED;
    unit = scan_hex(scanner);
    return unit >= 0xDC00 && unit <= 0xDFFF ? JSON_GOOD : JSON_MALFORMED;
}

static enum json_problem scan_string(struct scanner *scanner)
{
    if (!take(scanner, '"'))
        return JSON_MALFORMED;
    while (scanner->at < scanner->end) {
        unsigned char byte = (unsigned char)*scanner->at++;
        if (byte == '"')
            return JSON_GOOD;
        if (byte < 0x20)
            return JSON_MALFORMED;
        if (byte == '\\') {
            enum json_problem problem = scan_escape(scanner);
            if (problem)
                return problem;
        }
    }
    return JSON_MALFORMED;
}

static enum json_problem scan_word(struct scanner *scanner)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t left = (size_t)(scanner->end - scanner->at);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);
        if (left >= length && memcmp(scanner->at, words[i], length) == 0) {
            scanner->at += length;
            return JSON_GOOD;
        }
    }
    return JSON_MALFORMED;
}

static enum json_problem scan_scalar(struct scanner *scanner)
{
    if (scanner->at == scanner->end)
        return JSON_MALFORMED;
    if (*scanner->at == '"')
        return scan_string(scanner);
    if (*scanner->at == '-' || is_digit(scanner))
        return scan_number(scanner);
    return scan_word(scanner);
}

static enum json_problem scan_name(struct scanner *scanner)
{
    skip_space(scanner);
    enum json_problem problem = scan_string(scanner);
    if (problem)
        return problem;
    skip_space(scanner);
    return take(scanner, ':') ? JSON_GOOD : JSON_MALFORMED;
}

/* From the start of a value to its end or, into a container, to the start of its first value. */
static enum json_problem scan_start(struct scanner *scanner, bool *ret_inside)
{
    *ret_inside = false;
    if (scanner->values == 0)
        return JSON_TOO_MANY;
    scanner->values--;
    skip_space(scanner);
    bool object = take(scanner, '{');
    if (!object && !take(scanner, '['))
        return scan_scalar(scanner);
    if (scanner->depth == JSON_DEPTH_LIMIT)
        return JSON_TOO_DEEP;
    skip_space(scanner);
    if (take(scanner, object ? '}' : ']'))
        return JSON_GOOD;
    scanner->open[scanner->depth++] = object ? '{' : '[';
    *ret_inside = true;
    return object ? scan_name(scanner) : JSON_GOOD;
}

/* After a value: closes what ends here, and goes on to the next value where there is one. */
static enum json_problem scan_after(struct scanner *scanner, bool *ret_more)
{
    *ret_more = false;
    while (scanner->depth > 0) {
        bool object = scanner->open[scanner->depth - 1] == '{';
        skip_space(scanner);
        if (take(scanner, ',')) {
            *ret_more = true;
            return object ? scan_name(scanner) : JSON_GOOD;
        }
        if (!take(scanner, object ? '}' : ']'))
            return JSON_MALFORMED;
        scanner->depth--;
    }
    skip_space(scanner);
    return scanner->at == scanner->end ? JSON_GOOD : JSON_MALFORMED;
}

enum json_problem json_scan(const char *data, size_t size, size_t limit, size_t *ret_values)
{
    if (!text_is_utf8(data, size))
        return JSON_NOT_UTF8;
    struct scanner scanner = {.at = data, .end = data + size, .values = limit};
    bool more = true;
    while (more) {
        bool inside;
        enum json_problem problem = scan_start(&scanner, &inside);
        if (!problem && !inside)
            problem = scan_after(&scanner, &more);
        if (problem)
            return problem;
    }
    *ret_values = limit - scanner.values;
    return JSON_GOOD;
}
