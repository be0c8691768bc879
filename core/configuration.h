/* SPDX-License-Identifier: MIT */
/* The configuration: what files, overrides and environment say, merged and checked, with the place of every
 * value. */
#ifndef NUNCIO_CORE_CONFIGURATION_H
#define NUNCIO_CORE_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <nuncio/nuncio.h>

/* A file that was read, or an override. */
struct config_source {
    char *name;       /* as it stands in messages: the file's name, or "-o" */
    char *directory;  /* absolute; what relative paths in it are relative to: the file's, or the current one.
                         NULL  where there is no current directory any more */
    size_t order;     /* later sources win */
    bool is_override; /* -o: may set no secret */
    struct stat info; /* of a file, taken from the open descriptor that was read */
};

/* Where something was said. Owned by the config. All NULL and 0: nowhere, a default. */
struct config_place {
    const char *file;    /* the source's name; "-o" (line 0) for an override */
    unsigned line;       /* 0: the file as a whole */
    const char *section; /* "provider sales" */
    const struct config_source *source;
};

/* A key that belongs to the provider's plugin (secret forms included: "api_key_env" …). */
struct config_entry {
    char *key;
    char *value;
    struct config_place place;
};

struct config_entries {
    struct config_entry *items;
    size_t count;
};

struct provider_config {
    char *title; /* "provider sales", for places */
    char *name;
    char *plugin;   /* the plugin's name; default: name */
    char *base_url; /* NULL: the plugin's default */
    int64_t timeout_ms, connect_timeout_ms, poll_min_ms, poll_max_ms, give_up_ms, reconcile_ms;
    int64_t max_in_flight;
    int64_t rate_count, rate_period_ms; /* at most rate_count requests per period; 0: no limit */
    int64_t max_reply;                  /* bytes */
    char *proxy, *ca_file;              /* NULL: none */
    bool allow_http;
    struct config_entries options; /* keys that are none of the above: checked when the plugin is known */
    struct config_place place;     /* of the section's (first) header */
    struct config_place plugin_place, base_url_place;
};

struct agent_config {
    char *title; /* "agent research", for places */
    char *name;
    char *provider;
    char *id; /* NULL: none */
    size_t provider_index;
    struct config_entries options; /* overrides of the plugin's options */
    struct config_place place, provider_place, id_place;
};

struct config {
    char **plugin_path; /* directories, then the built-in one */
    size_t plugin_path_count;
    struct config_place plugin_path_place;
    char *state_dir; /* absolute; not created */
    char *store;     /* "memory", or the name of a store plugin */
    struct config_place store_place;
    bool keep_content;
    int64_t keep_ms;   /* how long the journal keeps what is final */
    int32_t log_level; /* enum nuncio_log_level */
    struct provider_config *providers;
    size_t provider_count;
    struct agent_config *agents;
    size_t agent_count;
    struct config_source **sources; /* all that were read, then the overrides; for places */
    size_t source_count;
};

/*
 * An empty value is as good as a key left out; so a later file or -o can take back what an earlier file says.
 * Values of nuncio's own keys are checked after the merge: a wrong value that a later file replaces does no
 * harm. All else (a broken line, a duplicate key, an unknown section) is an error wherever it stands. Of
 * several mistakes the first is reported, by order of the files and their lines.
 */
struct config_request {
    const char *file; /* --config; NULL: $NUNCIO_CONFIG, else the usual files */
    const char *const *overrides;
    size_t override_count;
    bool optional; /* nothing configured at all is no error */
};

/* Reads everything. Failure INVALID: "FILE:LINE: what is wrong; what is allowed". Nothing is half-applied. */
int config_read(const struct config_request *request, struct config *ret_config,
                struct nuncio_failure *failure);
/* The same with another directory in place of the built-in SYSCONF_DIR. */
int config_read_in(const char *sysconf_dir, const struct config_request *request, struct config *ret_config,
                   struct nuncio_failure *failure);
void config_finish(struct config *config);

/* Fills *failure with "FILE:LINE: …" ("FILE: …" for line 0) and returns -1. */
int config_error(struct nuncio_failure *failure, const struct config_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "FILE:LINE: " before the text of a failure, whatever its class; returns -1. */
int config_locate(struct nuncio_failure *failure, const struct config_place *place);

/* The absolute path for a path that was written there: "~/" is the home directory, a relative one in a file
   is relative to the file's directory, one in -o to the current directory. Failure as config_error(); `key`
   is what to name. */
int config_resolve_path(const struct config_place *place, const char *key, const char *value, char **ret_path,
                        struct nuncio_failure *failure);

/* The keys of [provider] and [agent] that are nuncio's own, so that no plugin may take them. NULL-terminated,
 * static. */
const char *const *config_provider_keys(void);

#endif
