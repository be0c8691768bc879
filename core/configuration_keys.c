/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_keys.h"

#include <stdio.h>
#include <string.h>
#include "text.h"

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static const char *const levels[] = {"error", "warning", "info", "debug", NULL};

#define AT(member)          .offset = offsetof(struct config, member)
#define PROVIDER(member)    .offset = offsetof(struct provider_config, member)
#define AGENT(member)       .offset = offsetof(struct agent_config, member)
#define PLACE(type, member) .place_offset = offsetof(struct type, member)
#define RANGE(low, high)    .minimum = (low), .maximum = (high)

/* clang-format off */
const struct config_key config_keys[] = {
    {"nuncio", "plugin_path", CONFIG_PATHS, AT(plugin_path), PLACE(config, plugin_path_place)},
    {"nuncio", "state_dir", CONFIG_PATH, AT(state_dir)},
    {"nuncio", "store", CONFIG_NAME, AT(store), PLACE(config, store_place), .default_value = "sqlite"},
    {"nuncio", "log_level", CONFIG_LEVEL, AT(log_level), .default_value = "warning", .words = levels},
    {"nuncio", "keep", CONFIG_DURATION, AT(keep_ms), .default_value = "30d", RANGE(HOUR, 36500 * DAY)},
    {"nuncio", "keep_content", CONFIG_BOOLEAN, AT(keep_content), .default_value = "yes"},
    {"provider", "plugin", CONFIG_NAME, PROVIDER(plugin), PLACE(provider_config, plugin_place)},
    {"provider", "base_url", CONFIG_URL, PROVIDER(base_url), PLACE(provider_config, base_url_place)},
    {"provider", "timeout", CONFIG_DURATION, PROVIDER(timeout_ms), .default_value = "10m", RANGE(1, 365 * DAY)},
    {"provider", "connect_timeout", CONFIG_DURATION, PROVIDER(connect_timeout_ms), .default_value = "10s", RANGE(1, HOUR)},
    {"provider", "poll_min", CONFIG_DURATION, PROVIDER(poll_min_ms), .default_value = "250ms", RANGE(1, DAY)},
    {"provider", "poll_max", CONFIG_DURATION, PROVIDER(poll_max_ms), .default_value = "30s", RANGE(1, DAY)},
    {"provider", "give_up", CONFIG_DURATION, PROVIDER(give_up_ms), .default_value = "24h", RANGE(1, 365 * DAY)},
    {"provider", "reconcile", CONFIG_DURATION, PROVIDER(reconcile_ms), .default_value = "10s", RANGE(0, DAY)},
    {"provider", "max_in_flight", CONFIG_COUNT, PROVIDER(max_in_flight), .default_value = "64", RANGE(1, 100000)},
    {"provider", "rate", CONFIG_RATE, PROVIDER(rate_count), RANGE(1, 1000000)},
    {"provider", "max_reply", CONFIG_SIZE, PROVIDER(max_reply), .default_value = "16M", RANGE(1, INT64_C(1) << 30)},
    {"provider", "proxy", CONFIG_TEXT, PROVIDER(proxy)},
    {"provider", "ca_file", CONFIG_PATH, PROVIDER(ca_file)},
    {"provider", "allow_http", CONFIG_BOOLEAN, PROVIDER(allow_http), .default_value = "no"},
    {"agent", "provider", CONFIG_NAME, AGENT(provider), PLACE(agent_config, provider_place)},
    {"agent", "id", CONFIG_TEXT, AGENT(id), PLACE(agent_config, id_place)},
};
/* clang-format on */
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

const char *const *config_provider_keys(void)
{
    static const char *const names[] = {
        "plugin",    "base_url", "timeout",   "connect_timeout", "poll_min",
        "poll_max",  "give_up",  "reconcile", "max_in_flight",   "rate",
        "max_reply", "proxy",    "ca_file",   "allow_http",      "provider",
        "id",        NULL,
    };
    return names;
}

const struct config_key *config_key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].section, section) == 0 && strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    }
    return NULL;
}

void config_key_advice(const char *section, const char *name, char *ret_text, size_t capacity)
{
    const char *names[sizeof config_keys / sizeof config_keys[0]];
    size_t count = 0;
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].section, section) == 0)
            names[count++] = config_keys[i].name;
    }
    config_advice(name, names, count, ret_text, capacity);
}

int config_key_defaults(const char *section, void *target, struct nuncio_failure *failure)
{
    struct config_report report = {0};
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (strcmp(key->section, section) != 0 || !key->default_value)
            continue;
        char value[32];
        (void)snprintf(value, sizeof value, "%s", key->default_value);
        struct config_entry entry = {.value = value};
        if (config_key_set(key, target, &entry, &report, failure) < 0)
            return -1;
    }
    return report.failed ? failure_set(failure, NUNCIO_ERROR_INTERNAL, "%s", report.failure.text) : 0;
}

bool config_is_name(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return *text && strchr(letters, *text) &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

void config_advice(const char *name, const char *const *names, size_t count, char *ret_text, size_t capacity)
{
    const char *near = text_nearest(name, names, count);
    if (near) {
        (void)snprintf(ret_text, capacity, "; did you mean %s?", near);
        return;
    }
    size_t size = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < count && size < capacity; i++) {
        int more =
            snprintf(ret_text + size, capacity - size, "%s%s", i == 0 ? "; allowed are " : ", ", names[i]);
        size += more > 0 ? (size_t)more : 0;
    }
}
