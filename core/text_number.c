/* SPDX-License-Identifier: MIT */
/* Numbers, sizes and durations as people write them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"

#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* Digits followed by one of the units. What is negative or does not fit is a number all the same, so that the caller
   can say which range is allowed. */
static bool read_quantity(const char *text, const struct unit *units, size_t count, int64_t *ret_value)
{
    int64_t value = 0;
    bool large = false;
    const char *start = text + (*text == '-');
    const char *at = start;
    for (; *at >= '0' && *at <= '9'; at++)
        large = __builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, *at - '0', &value) || large;
    if (at == start)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(at, units[i].name) != 0)
            continue;
        large = __builtin_mul_overflow(value, units[i].factor, &value) || large;
        value = large ? INT64_MAX : value;
        *ret_value = start > text ? -value : value;
        return true;
    }
    return false;
}

bool text_duration(const char *text, int64_t *ret_ms)
{
    static const struct unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"d", 24 * 60 * 60 * 1000}};
    return read_quantity(text, units, sizeof units / sizeof units[0], ret_ms);
}

bool text_size(const char *text, int64_t *ret_bytes)
{
    static const struct unit units[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
    return read_quantity(text, units, sizeof units / sizeof units[0], ret_bytes);
}

bool text_boolean(const char *text, bool *ret_value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret_value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

bool text_integer(const char *text, int64_t *ret_value)
{
    bool negative = *text == '-';
    int64_t value = 0;
    if (*text == '-' || *text == '+')
        text++;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        /* Counted downwards, since the least integer has no positive twin. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *text - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *ret_value = negative ? value : -value;
    return true;
}
