/* SPDX-License-Identifier: MIT */
/* Some vendors repeat the key that they refuse, in one form or another. What they say is shown and kept without it. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

#define SHORTEST 8 /* bytes: less may be an ordinary word */

static const char stars[] = {'*', '*', '*'};

/* The next secret after number *position of these values and those below them; NULL: there are no more. */
static const char *next_secret(const struct option_values **values, uint32_t *position)
{
    for (; *values; *values = (*values)->base, *position = 0) {
        while (*position < (*values)->plugin->option_count) {
            const struct option_value *item = &(*values)->items[(*position)++];
            if (item->form != SECRET_NONE && item->text && strlen(item->text) >= SHORTEST)
                return item->text;
        }
    }
    return NULL;
}

static void hide(const char *secret, char *text, size_t *size)
{
    size_t length = strlen(secret);
    size_t shift = length - sizeof stars;
    char *at = text;
    while ((at = memmem(at, *size - (size_t)(at - text), secret, length))) {
        memcpy(at, stars, sizeof stars);
        at += sizeof stars;
        memmove(at, at + shift, *size - (size_t)(at - text) - shift);
        *size -= shift;
    }
    text[*size] = '\0';
}

void options_hide(const struct option_values *values, char *text, size_t *size)
{
    uint32_t position = 0;
    for (const char *secret; *size && (secret = next_secret(&values, &position));)
        hide(secret, text, size);
}

static void hide_string(void *context, char *text)
{
    size_t size = strlen(text);
    options_hide(context, text, &size);
}

void options_hide_strings(const struct option_values *values, struct json_document *document)
{
    json_edit(document, hide_string, (void *)(uintptr_t)values);
}

/* A text that was cut may end within a secret. */
static void hide_end(const char *secret, char *text)
{
    size_t size = strlen(text);
    size_t most = strlen(secret) - 1;
    for (size_t length = size < most ? size : most; length >= SHORTEST; length--) {
        if (memcmp(text + size - length, secret, length) != 0)
            continue;
        memcpy(text + size - length, stars, sizeof stars);
        text[size - length + sizeof stars] = '\0';
        return;
    }
}

void options_hide_text(const struct option_values *values, char *text)
{
    size_t size = strlen(text);
    uint32_t position = 0;
    options_hide(values, text, &size);
    for (const char *secret; (secret = next_secret(&values, &position));)
        hide_end(secret, text);
}

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = character ? strchr(digits, character) : NULL;
    return found ? (int)(found - digits) % 16 : -1;
}

/* In place. */
static void decode_percent(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        int high = *from == '%' ? digit(from[1]) : -1;
        int low = high >= 0 ? digit(from[2]) : -1;
        *to = low > 0 || (low == 0 && high > 0) ? (char)(high * 16 + low) : *from;
        from += low >= 0 ? 3 : 1;
    }
    *to = '\0';
}

static bool reveals(const struct option_values *values, const char *text)
{
    uint32_t position = 0;
    for (const char *secret; (secret = next_secret(&values, &position));) {
        if (strstr(text, secret))
            return true;
    }
    return false;
}

void options_show_location(const struct option_values *values, const char *location, char *ret_text,
                           size_t capacity)
{
    char *decoded = location ? text_copy(nuncio_slice(location)) : NULL;
    if (decoded)
        decode_percent(decoded);
    if (!decoded)
        (void)snprintf(ret_text, capacity, "another place");
    else if (reveals(values, location) || reveals(values, decoded))
        (void)snprintf(ret_text, capacity, "a URL with the key in it");
    else
        text_clean(ret_text, capacity, location, strlen(location));
    free(decoded);
}
