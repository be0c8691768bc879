/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const int64_t longest_ms = INT64_C(36500) * 24 * 3600 * 1000;

static int64_t unit_ms(const char *unit)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].ms;
    return 0;
}

/* The number at the start of the text, which *text is moved behind; -1: there is none, or it is above `most`. */
static int64_t leading_number(const char **text, int64_t most)
{
    int64_t number = 0;

    if (**text < '0' || **text > '9')
        return -1;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = number * 10 + (**text - '0');
        if (number > most)
            return -1;
    }
    return number;
}

bool words_number(const char *text, int64_t *ret_number)
{
    int64_t number = leading_number(&text, INT64_C(1000000000));

    if (number < 0 || *text != '\0')
        return false;
    *ret_number = number;
    return true;
}

void words_time(int64_t ms, char ret_text[WORDS_TIME_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts = {0};
    size_t size;

    gmtime_r(&seconds, &parts);
    size = strftime(ret_text, WORDS_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret_text + size, WORDS_TIME_SIZE - size, ".%03dZ", (int)(ms % 1000));
}

bool words_duration(const char *text, int64_t *ret_ms)
{
    int64_t number = leading_number(&text, longest_ms), unit;

    if (number < 0)
        return false;
    unit = unit_ms(text);
    if (!unit || number == 0 || number > longest_ms / unit)
        return false;
    *ret_ms = number * unit;
    return true;
}

enum { LONGEST_WORD = 32 };

static size_t least(size_t one, size_t two, size_t three)
{
    size_t smaller = one < two ? one : two;

    return smaller < three ? smaller : three;
}

/* Levenshtein's distance; both words are at most LONGEST_WORD long. */
static size_t edits(const char *left, const char *right)
{
    size_t row[LONGEST_WORD + 1];
    size_t width = strlen(right);

    for (size_t column = 0; column <= width; column++)
        row[column] = column;
    for (size_t line = 0; left[line] != '\0'; line++) {
        size_t diagonal = row[0];

        row[0] = line + 1;
        for (size_t column = 0; column < width; column++) {
            size_t above = row[column + 1];

            row[column + 1] =
                least(above + 1, row[column] + 1, diagonal + (left[line] == right[column] ? 0 : 1));
            diagonal = above;
        }
    }
    return row[width];
}

bool words_near(const char *word, const char *candidate, size_t *ret_distance)
{
    size_t length = strlen(candidate), distance;

    if (*word == '\0' || strlen(word) > LONGEST_WORD || length > LONGEST_WORD)
        return false;
    distance = edits(word, candidate);
    if (distance > (length < 4 ? 1U : 2U) || distance >= length)
        return false;
    *ret_distance = distance;
    return true;
}

/* The size of a UTF-8 character by its first byte; 0: none begins with it. */
static size_t size_by_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Overlong forms, surrogates, and what lies beyond U+10FFFF: the second byte tells. */
static bool is_forbidden(unsigned char first, unsigned char second)
{
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

/* The size of the UTF-8 character at the start of the text; 0: it is none. */
static size_t character_size(const unsigned char *text, size_t size)
{
    size_t length = size_by_first(text[0]);

    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length > 1 && is_forbidden(text[0], text[1]) ? 0 : length;
}

static size_t skip_range(const unsigned char *text, size_t size, size_t from, unsigned low, unsigned high)
{
    while (from < size && text[from] >= low && text[from] <= high)
        from++;
    return from;
}

/* A control string ends with BEL or ST. One that does not end hides nothing but its start. */
static size_t control_string_size(const unsigned char *text, size_t size, size_t start)
{
    for (size_t i = start; i < size; i++) {
        if (text[i] == 0x07)
            return i + 1;
        if (i + 1 < size &&
            ((text[i] == 0x1b && text[i + 1] == '\\') || (text[i] == 0xc2 && text[i + 1] == 0x9c)))
            return i + 2;
    }
    return start;
}

/* What follows the introducer of a sequence, which is `kind` as in ESC kind. Returns the end of all. */
static size_t sequence_end(const unsigned char *text, size_t size, size_t start, unsigned char kind)
{
    size_t end = start;

    if (kind == '[') {
        end = skip_range(text, size, end, 0x30, 0x3f);
        end = skip_range(text, size, end, 0x20, 0x2f);
        return end < size && text[end] >= 0x40 && text[end] <= 0x7e ? end + 1 : end;
    }
    if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_')
        return control_string_size(text, size, start);
    return start;
}

/* The size of the escape sequence at the start of the text, which begins with ESC. */
static size_t escape_size(const unsigned char *text, size_t size)
{
    size_t kind = skip_range(text, size, 1, 0x20, 0x2f);

    if (kind >= size || text[kind] < 0x30 || text[kind] > 0x7e)
        return kind;
    return kind > 1 ? kind + 1 : sequence_end(text, size, kind + 1, text[kind]);
}

/* U+202A to U+202E and U+2066 to U+2069 change the order in which what follows is shown: a path, say, or a command. */
static bool is_reordering(const unsigned char *text, size_t size)
{
    return size > 2 && text[0] == 0xe2 &&
           ((text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) ||
            (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9));
}

/* How much at the start of the text a terminal would obey; 0: nothing, it starts with a plain character. */
static size_t control_size(const unsigned char *text, size_t size)
{
    if (text[0] == 0x1b)
        return escape_size(text, size);
    if (text[0] == 0xc2 && size > 1 && text[1] >= 0x80 && text[1] < 0xa0)
        return sequence_end(text, size, 2, (unsigned char)(text[1] - 0x40));
    if (is_reordering(text, size))
        return 3;
    if (text[0] == 0x7f || (text[0] < 0x20 && text[0] != '\n' && text[0] != '\t'))
        return 1;
    return 0;
}

size_t words_clean(const char *text, size_t size, char *ret)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t written = 0, skip, length;

    for (size_t i = 0; i < size; i += skip ? skip : length) {
        skip = control_size(bytes + i, size - i);
        if (skip)
            continue;
        length = character_size(bytes + i, size - i);
        if (length)
            memmove(ret + written, text + i, length);
        else
            ret[written] = '?';
        if (!length)
            length = 1;
        written += length;
    }
    return written;
}

void words_one_line(char *text)
{
    text[words_clean(text, strlen(text), text)] = '\0';
    for (; *text != '\0'; text++)
        if (*text == '\n' || *text == '\t')
            *text = ' ';
}

void words_cut(char *text, size_t columns)
{
    for (; *text != '\0'; text++) {
        if (((unsigned char)*text & 0xc0) == 0x80)
            continue;
        if (columns == 0)
            break;
        columns--;
    }
    *text = '\0';
}

size_t words_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            width++;
    return width;
}
