/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void *checked(void *memory)
{
    if (!memory) {
        fputs("nuncio-sandbox: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *mem_alloc(size_t size)
{
    return checked(malloc(size ? size : 1));
}

void *mem_zero(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *array, size_t *capacity, size_t wanted, size_t element)
{
    if (wanted <= *capacity)
        return array;
    size_t bigger = *capacity ? *capacity : 4;
    while (bigger < wanted)
        bigger = bigger > SIZE_MAX / 2 ? wanted : bigger * 2;
    array = checked(bigger > SIZE_MAX / element ? NULL : realloc(array, bigger * element));
    *capacity = bigger;
    return array;
}

char *text_copy_n(const char *text, size_t length)
{
    char *copy = mem_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *text_copy(const char *text)
{
    return text_copy_n(text, strlen(text));
}

char *text_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return checked(length < 0 ? NULL : text);
}

char *text_trimmed(const char *text)
{
    size_t length = strlen(text);
    while (length && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    return text_copy_n(text, length);
}

/* Overlong forms, surrogates, and what lies beyond U+10FFFF show in the second byte. */
static bool utf8_forbidden(unsigned char first, unsigned char second)
{
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
           (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

/* Length of the UTF-8 sequence at the start of bytes, 0 where there is none. */
static size_t utf8_sequence(const unsigned char *bytes, size_t length)
{
    unsigned char first = bytes[0];
    if (first < 0x80)
        return 1;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || size > length)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return utf8_forbidden(first, bytes[1]) ? 0 : size;
}

bool utf8_valid(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;
    while (length) {
        size_t size = utf8_sequence(at, length);
        if (!size)
            return false;
        at += size;
        length -= size;
    }
    return true;
}

char *text_printable(const char *bytes, size_t length)
{
    char *copy = text_copy_n(bytes, length);
    for (size_t i = 0; i < length;) {
        size_t size = copy[i] ? utf8_sequence((const unsigned char *)copy + i, length - i) : 0;
        if (!size)
            copy[i] = '?';
        i += size ? size : 1;
    }
    return copy;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_is_uuid(const char *text)
{
    for (size_t i = 0; i < UUID_TEXT - 1; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[UUID_TEXT - 1] == '\0';
}

bool text_is_base64(const char *text)
{
    size_t length = strlen(text), padding = 0;
    while (padding < 2 && length > padding && text[length - 1 - padding] == '=')
        padding++;
    /* cppcheck-suppress knownConditionTrueFalse ; it takes the text for empty */
    for (size_t i = 0; i < length - padding; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '+' && text[i] != '/')
            return false;
    return length % 4 == 0;
}

size_t text_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

bool number_parse(const char *text, size_t length, long max, long *number)
{
    long value = 0;
    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool duration_parse(const char *text, int64_t *milliseconds)
{
    static const struct {
        const char *unit;
        int64_t factor;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    size_t digits = strspn(text, "0123456789");
    long number;
    if (!number_parse(text, digits, 1000000, &number))
        return false;
    if (number == 0 && !text[digits]) {
        *milliseconds = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(text + digits, units[i].unit) == 0) {
            *milliseconds = number * units[i].factor;
            return true;
        }
    return false;
}

static int64_t read_clock(clockid_t which)
{
    struct timespec now = {0, 0};
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_text(int64_t moment, char text[TIME_TEXT])
{
    int64_t wall = moment + read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
    time_t seconds = (time_t)(wall / 1000);
    struct tm parts;
    char date[24];
    if (!gmtime_r(&seconds, &parts) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        date[0] = '\0';
    snprintf(text, TIME_TEXT, "%s.%03dZ", date, (int)(wall % 1000));
}

static void random_bytes(unsigned char *bytes, size_t count)
{
    if (getrandom(bytes, count, 0) != (ssize_t)count) {
        fputs("nuncio-sandbox: the system gives no random numbers\n", stderr);
        exit(1);
    }
}

void random_uuid(char text[UUID_TEXT])
{
    unsigned char b[16];
    random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(text, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

void random_id(char *text, size_t size, const char *prefix, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[32];
    size_t used = strlen(prefix);
    if (used >= size)
        used = size - 1;
    memcpy(text, prefix, used);
    if (count > sizeof bytes)
        count = sizeof bytes;
    if (count > size - 1 - used)
        count = size - 1 - used;
    random_bytes(bytes, count);
    for (size_t i = 0; i < count; i++)
        text[used + i] = letters[bytes[i] % (sizeof letters - 1)];
    text[used + count] = '\0';
}
