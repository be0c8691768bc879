/* SPDX-License-Identifier: MIT */
/* The values of nuncio's own keys: from text to what struct config holds. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "configuration_reader.h"
#include "text.h"

/* All that setting a value takes. */
struct setting {
    const struct config_key *key;
    void *slot;
    const char *value;
    const struct config_place *place;
    struct config_report *report;
    struct nuncio_failure *failure;
};

/* "NAME = VALUE is …": what all complaints about values have in common. Cuts long values. */
static int complain(const struct setting *setting, const char *what)
{
    int size = strlen(setting->value) > 80 ? 80 : (int)strlen(setting->value);
    while (size == 80 && ((unsigned char)setting->value[size] & 0xC0u) == 0x80u)
        size--;
    config_complain(setting->report, setting->place, "%s = %.*s%s %s", setting->key->name, size,
                    setting->value, size < (int)strlen(setting->value) ? "..." : "", what);
    return 0;
}

void config_duration_text(int64_t ms, char ret_text[32])
{
    static const struct {
        const char *name;
        int64_t factor;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;
    while (units[i].factor > 1 && (ms == 0 || ms % units[i].factor != 0))
        i++;
    (void)snprintf(ret_text, 32, "%" PRId64 "%s", ms / units[i].factor, units[i].name);
}

static void size_text(int64_t bytes, char ret_text[32])
{
    static const char units[] = {'\0', 'K', 'M', 'G'};
    size_t i = 0;
    while (i + 1 < sizeof units && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    (void)snprintf(ret_text, 32, "%" PRId64 "%.1s", bytes, &units[i]);
}

static void number_text(int64_t number, char ret_text[32])
{
    (void)snprintf(ret_text, 32, "%" PRId64, number);
}

static int set_number(const struct setting *setting, bool read, int64_t number, const char *not_read,
                      void (*write)(int64_t, char[32]))
{
    if (!read)
        return complain(setting, not_read);
    if (number < setting->key->minimum || number > setting->key->maximum) {
        char low[32];
        char high[32];
        char text[96];
        write(setting->key->minimum, low);
        write(setting->key->maximum, high);
        (void)snprintf(text, sizeof text, "is out of range; allowed are %s to %s", low, high);
        return complain(setting, text);
    }
    *(int64_t *)setting->slot = number;
    return 0;
}

/* A whole number; one that does not fit becomes the greatest there is, or with a '-' the least. */
static bool read_count(const char *text, int64_t *ret_count)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (text_integer(text, ret_count))
        return true;
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false;
    *ret_count = *text == '-' ? INT64_MIN : INT64_MAX;
    return true;
}

/* "60/m" */
static int set_rate(const struct setting *setting)
{
    static const struct {
        const char *name;
        int64_t period;
    } units[] = {{"/s", 1000}, {"/m", 60000}, {"/h", 3600000}};
    struct provider_config *provider =
        (struct provider_config *)(void *)((char *)setting->slot - setting->key->offset);
    char number[84];
    int64_t count = 0;
    size_t size = strcspn(setting->value, "/");
    size_t unit = 0;
    while (unit < 3 && strcmp(setting->value + size, units[unit].name) != 0)
        unit++;
    (void)snprintf(number, sizeof number, "%.*s", (int)(size < sizeof number ? size : 0), setting->value);
    if (unit == 3 || !read_count(number, &count))
        return complain(setting, "is no rate; write N/s, N/m or N/h, such as 60/m");
    if (count < setting->key->minimum || count > setting->key->maximum)
        return complain(setting, "is out of range; allowed are 1 to 1000000 in a second, minute or hour");
    provider->rate_count = count;
    provider->rate_period_ms = units[unit].period;
    return 0;
}

static int set_text(const struct setting *setting, const char *value)
{
    return text_assign(setting->slot, nuncio_slice(value)) ? 0 : failure_memory(setting->failure);
}

/* The index of one of the key's words. */
static int set_level(const struct setting *setting)
{
    const char *const *words = setting->key->words;
    size_t count = 0;
    for (; words[count]; count++) {
        if (strcmp(words[count], setting->value) != 0)
            continue;
        *(int32_t *)setting->slot = (int32_t)count;
        return 0;
    }
    char advice[256];
    char text[300];
    config_advice(setting->value, words, count, advice, sizeof advice);
    (void)snprintf(text, sizeof text, "is unknown%s", advice);
    return complain(setting, text);
}

/* ":PORT" up to `end`. */
static bool is_port(const char *port, const char *end)
{
    size_t digits = strspn(port + 1, "0123456789");
    int64_t number = digits > 0 && digits <= 5 ? strtol(port + 1, NULL, 10) : 0;
    return *port == ':' && port + 1 + digits == end && number >= 1 && number <= 65535;
}

/* What is wrong with HOST[:PORT]; NULL where nothing is. */
static const char *host_mistake(const char *host, size_t size)
{
    if (memchr(host, '@', size))
        return "holds a user name or password; remove what stands before '@', keys have options of their own";
    if (size == 0 || *host == ':')
        return "has no host; write https://HOST/PATH";
    const char *end = host + size;
    const char *close = *host == '[' ? memchr(host, ']', size) : NULL;
    if (*host == '[' && !close)
        return "has no ']' after the address; write https://[ADDRESS]/PATH";
    const char *port = close ? close + 1 : memchr(host, ':', size);
    if (port && port != end && !is_port(port, end))
        return "has no valid port; allowed are 1 to 65535";
    return NULL;
}

/* What is wrong with a base URL; NULL where nothing is. The value is not shown: it may hold a password. */
static const char *url_mistake(const char *url)
{
    const char *host = NULL;
    if (strncasecmp(url, "https://", 8) == 0)
        host = url + 8;
    else if (strncasecmp(url, "http://", 7) == 0)
        host = url + 7;
    if (!host)
        return "is no http(s) URL; it must start with https:// or http://";
    if (strpbrk(url, " \"<>\\^`{|}"))
        return "has a character that URLs do not have; percent-encode it";
    if (strpbrk(url, "?#"))
        return "has a query or a fragment; give only what stands before '?' or '#'";
    return host_mistake(host, strcspn(host, "/"));
}

static int set_url(const struct setting *setting)
{
    const char *mistake = url_mistake(setting->value);
    if (!mistake)
        return set_text(setting, setting->value);
    config_complain(setting->report, setting->place, "%s %s", setting->key->name, mistake);
    return 0;
}

/* Returns 0 with *ret_path NULL after a mistake. */
static int resolve(const struct setting *setting, const char *value, char **ret_path)
{
    struct nuncio_failure failure;
    *ret_path = NULL;
    if (config_resolve_path(setting->place, setting->key->name, value, ret_path, &failure) == 0)
        return 0;
    if (failure.error_class != NUNCIO_ERROR_INVALID)
        return failure_memory(setting->failure);
    config_complain_failure(setting->report, setting->place, &failure);
    return 0;
}

static int set_path(const struct setting *setting)
{
    char *path;
    if (resolve(setting, setting->value, &path) < 0)
        return -1;
    if (path) {
        free(*(char **)setting->slot);
        *(char **)setting->slot = path;
    }
    return 0;
}

/* ':' between directories. */
static int set_paths(const struct setting *setting)
{
    struct config *config = (struct config *)(void *)((char *)setting->slot - setting->key->offset);
    const char *at = setting->value;
    while (*at) {
        struct nuncio_slice part = text_trim((struct nuncio_slice){at, strcspn(at, ":")});
        at += strcspn(at, ":");
        at += *at == ':';
        if (part.size == 0)
            continue;
        char *text = text_copy(part);
        char *path = NULL;
        if (!text)
            return failure_memory(setting->failure);
        int result = resolve(setting, text, &path);
        free(text);
        if (result < 0)
            return -1;
        if (!path)
            continue;
        char **paths = config_grow(config->plugin_path, config->plugin_path_count, sizeof(*paths));
        if (!paths) {
            free(path);
            return failure_memory(setting->failure);
        }
        config->plugin_path = paths;
        paths[config->plugin_path_count++] = path;
    }
    return 0;
}

static int set_value(const struct setting *setting)
{
    int64_t number = 0;
    bool read;
    switch (setting->key->type) {
    case CONFIG_NAME:
        if (!config_is_name(setting->value))
            return complain(setting, "is no name; " CONFIG_NAME_RULE);
        return set_text(setting, setting->value);
    case CONFIG_TEXT:
        return set_text(setting, setting->value);
    case CONFIG_URL:
        return set_url(setting);
    case CONFIG_PATH:
        return set_path(setting);
    case CONFIG_PATHS:
        return set_paths(setting);
    case CONFIG_LEVEL:
        return set_level(setting);
    case CONFIG_BOOLEAN:
        if (!text_boolean(setting->value, setting->slot))
            return complain(setting,
                            "is neither yes nor no; allowed are yes, no, true, false, on, off, 1, 0");
        return 0;
    case CONFIG_COUNT:
        read = read_count(setting->value, &number);
        return set_number(setting, read, number, "is no whole number; write one such as 64", number_text);
    case CONFIG_SIZE:
        read = text_size(setting->value, &number);
        return set_number(setting, read, number,
                          "is no size; write a number of bytes, or with K, M or G, such as 16M", size_text);
    case CONFIG_DURATION:
        read = text_duration(setting->value, &number);
        return set_number(setting, read, number,
                          "is no duration; write a number with ms, s, m, h or d, such as 10s",
                          config_duration_text);
    case CONFIG_RATE:
        return set_rate(setting);
    }
    return 0;
}

int config_key_set(const struct config_key *key, void *target, const struct config_entry *entry,
                   struct config_report *report, struct nuncio_failure *failure)
{
    struct setting setting = {.key = key,
                              .slot = (char *)target + key->offset,
                              .value = entry->value,
                              .place = &entry->place,
                              .report = report,
                              .failure = failure};
    if (key->place_offset)
        *(struct config_place *)(void *)((char *)target + key->place_offset) = entry->place;
    if (!*entry->value)
        return 0;
    if (text_has_control(entry->value, strlen(entry->value))) {
        config_complain(report, &entry->place, "%s takes one line without control characters%s", key->name,
                        strchr(entry->value, '\n') ? "; the indented line below continues its value" : "");
        return 0;
    }
    return set_value(&setting);
}
