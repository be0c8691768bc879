/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* The number of bytes of the UTF-8 sequence at `at`, 0 where it is not valid. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    /* First bytes, how long, and the range of the second, which keeps out overlong forms, surrogates and what
       lies above U+10FFFF: the Unicode standard's table of well-formed sequences. */
    static const struct {
        unsigned char first, last, length, low, high;
    } forms[] = {
        {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF},
        {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF},
        {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
    };
    size_t form = 0;
    while (form < sizeof forms / sizeof forms[0] && at[0] > forms[form].last)
        form++;
    if (form == sizeof forms / sizeof forms[0] || at[0] < forms[form].first || left < forms[form].length ||
        at[1] < forms[form].low || at[1] > forms[form].high)
        return 0;
    for (size_t i = 2; i < forms[form].length; i++) {
        if (at[i] < 0x80 || at[i] > 0xBF)
            return 0;
    }
    return forms[form].length;
}

bool text_is_utf8(const char *data, size_t size)
{
    const unsigned char *at = (const unsigned char *)data;
    while (size > 0) {
        size_t length = utf8_length(at, size);
        if (length == 0)
            return false;
        at += length;
        size -= length;
    }
    return true;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7F;
}

bool text_has_control(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (is_control((unsigned char)data[i]))
            return true;
    }
    return false;
}

/* C1 controls, U+0080 to U+009F, move the cursor of some terminals too; U+202A to U+202E and U+2066 to U+2069 change
   the order in which the rest of the line is shown. */
static bool is_shown(const unsigned char *at, size_t length)
{
    if (length < 2)
        return length == 1 && !is_control(at[0]);
    if (at[0] == 0xC2 && at[1] < 0xA0)
        return false;
    return !(at[0] == 0xE2 && ((at[1] == 0x80 && at[2] >= 0xAA && at[2] <= 0xAE) ||
                               (at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9)));
}

void text_clean(char *ret_text, size_t capacity, const char *data, size_t size)
{
    const unsigned char *at = (const unsigned char *)data;
    size_t used = 0;
    while (size > 0) {
        size_t length = utf8_length(at, size);
        bool shown = is_shown(at, length);
        if (used + (shown ? length : 1) >= capacity)
            break;
        if (shown)
            memcpy(ret_text + used, at, length);
        else
            ret_text[used] = '?';
        used += shown ? length : 1;
        length = length ? length : 1;
        at += length;
        size -= length;
    }
    ret_text[used] = '\0';
}

static bool is_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

struct nuncio_slice text_trim_start(struct nuncio_slice slice)
{
    while (slice.size > 0 && is_space(slice.data[0])) {
        slice.data++;
        slice.size--;
    }
    return slice;
}

struct nuncio_slice text_trim(struct nuncio_slice slice)
{
    slice = text_trim_start(slice);
    while (slice.size > 0 && is_space(slice.data[slice.size - 1]))
        slice.size--;
    return slice;
}

bool text_slice_equal(struct nuncio_slice left, struct nuncio_slice right)
{
    return left.data && right.data && left.size == right.size &&
           memcmp(left.data, right.data, left.size) == 0;
}

char *text_copy(struct nuncio_slice slice)
{
    if (!slice.data || slice.size >= SIZE_MAX)
        return NULL;
    char *copy = malloc((size_t)slice.size + 1);
    if (!copy)
        return NULL;
    memcpy(copy, slice.data, (size_t)slice.size);
    copy[slice.size] = '\0';
    return copy;
}

bool text_assign(char **target, struct nuncio_slice slice)
{
    char *copy = text_copy(slice);
    if (!copy && slice.data)
        return false;
    free(*target);
    *target = copy;
    return true;
}

/* Edit distance; the caller has bounded both lengths. */
#define NEAREST_LIMIT 64

static size_t edit_distance(const char *left, const char *right)
{
    size_t row[NEAREST_LIMIT + 1];
    size_t width = strlen(right);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; left[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = diagonal + (left[i - 1] != right[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[width];
}

const char *text_nearest(const char *text, const char *const *candidates, size_t count)
{
    size_t length = strlen(text);
    if (length > NEAREST_LIMIT)
        return NULL;
    const char *nearest = NULL;
    size_t bound = length / 3 > 1 ? length / 3 : 1;
    for (size_t i = 0; i < count; i++) {
        if (!candidates[i] || strlen(candidates[i]) > NEAREST_LIMIT)
            continue;
        size_t distance = edit_distance(text, candidates[i]);
        if (distance > bound || (nearest && distance == bound))
            continue;
        nearest = candidates[i];
        bound = distance;
    }
    return nearest;
}

void text_timestamp(int64_t ms, char ret_text[32])
{
    int64_t seconds = ms / 1000;
    int milliseconds = (int)(ms % 1000);
    if (milliseconds < 0) {
        milliseconds += 1000;
        seconds--;
    }
    time_t time = (time_t)seconds;
    struct tm parts;
    char date[24];
    ret_text[0] = '\0';
    if (!gmtime_r(&time, &parts) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        return;
    (void)snprintf(ret_text, 32, "%s.%03dZ", date, milliseconds);
}

void text_wipe(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
