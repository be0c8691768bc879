/* SPDX-License-Identifier: MIT */
/* Reading a request: headers, key, query. */
#include "config.h"

#include "exchange.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *exchange_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *percent_decoded(const char *text, size_t length, bool plus_is_blank)
{
    char *decoded = mem_alloc(length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0)) {
                free(decoded);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        decoded[used++] = c;
    }
    decoded[used] = '\0';
    if (utf8_valid(decoded, used))
        return decoded;
    free(decoded);
    return NULL;
}

char *exchange_query(const struct exchange *x, const char *name)
{
    size_t wanted = strlen(name);
    for (const char *at = x->query; *at;) {
        size_t length = strcspn(at, "&");
        if (length > wanted && memcmp(at, name, wanted) == 0 && at[wanted] == '=')
            return percent_decoded(at + wanted + 1, length - wanted - 1, true);
        at += length + (at[length] == '&');
    }
    return NULL;
}

bool exchange_query_number(const struct exchange *x, const char *name, long min, long max, long *number)
{
    char *text = exchange_query(x, name);
    if (!text)
        return true;
    bool good = number_parse(text, strlen(text), max, number) && *number >= min;
    free(text);
    return good;
}

int exchange_query_bool(const struct exchange *x, const char *name)
{
    char *text = exchange_query(x, name);
    int value = !text ? -1 : strcmp(text, "true") == 0 ? 1 : strcmp(text, "false") == 0 ? 0 : 2;
    free(text);
    return value;
}

const char *exchange_authorization(const struct exchange *x, const char *word)
{
    const char *value = exchange_header(x, MHD_HTTP_HEADER_AUTHORIZATION);
    size_t length = strlen(word);
    if (!value || strncasecmp(value, word, length) != 0 || value[length] != ' ')
        return NULL;
    value += length;
    while (*value == ' ')
        value++;
    return *value ? value : NULL;
}

bool exchange_is_json(const struct exchange *x)
{
    const char *type = exchange_header(x, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!type || strncasecmp(type, "application/json", 16) != 0)
        return false;
    return type[16] == '\0' || type[16] == ';' || type[16] == ' ';
}
