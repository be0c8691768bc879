/* SPDX-License-Identifier: MIT */
/* nuncio's own keys: one table for parsing, for suggestions, and for what plugins may not use. */
#ifndef NUNCIO_CORE_CONFIGURATION_KEYS_H
#define NUNCIO_CORE_CONFIGURATION_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "configuration.h"
#include "configuration_tree.h"

enum config_type {
    CONFIG_TEXT,     /* char * */
    CONFIG_NAME,     /* char *, as a section's name */
    CONFIG_URL,      /* char * */
    CONFIG_PATH,     /* char *, made absolute */
    CONFIG_PATHS,    /* struct config.plugin_path */
    CONFIG_LEVEL,    /* int32_t, the index in `words` */
    CONFIG_BOOLEAN,  /* bool */
    CONFIG_COUNT,    /* int64_t */
    CONFIG_SIZE,     /* int64_t, bytes */
    CONFIG_DURATION, /* int64_t, ms */
    CONFIG_RATE      /* struct provider_config.rate_count and .rate_period_ms */
};

struct config_key {
    const char *section; /* the kind: "nuncio", "provider", "agent" */
    const char *name;
    enum config_type type;
    size_t offset;             /* in struct config, provider_config or agent_config */
    size_t place_offset;       /* of its struct config_place; 0: none is kept */
    const char *default_value; /* NULL: none */
    int64_t minimum, maximum;
    const char *const *words; /* NULL-terminated */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

const struct config_key *config_key_find(const char *section, const char *name);
/* "; did you mean X?" where one of the names is near, else "; allowed are A, B, C". */
void config_advice(const char *name, const char *const *names, size_t count, char *ret_text, size_t capacity);
/* The same for a key of that kind of section. */
void config_key_advice(const char *section, const char *name, char *ret_text, size_t capacity);

/* Parses a value into the struct. Returns 0 (mistakes are in the report, the target is untouched then), or -1
   without memory. */
int config_key_set(const struct config_key *key, void *target, const struct config_entry *entry,
                   struct config_report *report, struct nuncio_failure *failure);
/* Sets all keys of that kind of section to their defaults. */
int config_key_defaults(const char *section, void *target, struct nuncio_failure *failure);

#define CONFIG_NAME_RULE "a name has letters, digits, '.', '_' and '-', and begins with a letter or a digit"

/* [A-Za-z0-9][A-Za-z0-9._-]* */
bool config_is_name(const char *text);

/* "30s", in the greatest unit that divides it; also what text_duration() reads. */
void config_duration_text(int64_t ms, char ret_text[32]);

#endif
