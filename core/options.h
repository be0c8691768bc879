/* SPDX-License-Identifier: MIT */
/* The values of a plugin's own options for one provider and its agents: typed, checked, secrets resolved
 * late. */
#ifndef NUNCIO_CORE_OPTIONS_H
#define NUNCIO_CORE_OPTIONS_H

#include <stdbool.h>
#include <nuncio/plugin.h>
#include "configuration.h"
#include "json.h"
#include "request.h"
#include "secret.h"

struct option_value {
    char *text; /* canonical ("yes"/"no" for booleans); NULL: unset, or a secret not yet resolved */
    enum secret_form form; /* of a SECRET option */
    char *source;          /* of a SECRET option: variable, file, command, credential name, or the literal */
    struct config_place place;
};

/* One array for a provider, one more for each agent that overrides something. */
struct option_values {
    struct nuncio_options abi;          /* first: configure() holds a pointer to this */
    const struct nuncio_plugin *plugin; /* normalised descriptor, see registry.h */
    struct option_value *items;         /* plugin->option_count */
    const struct option_values
        *base; /* an agent's: the provider's values below its own; NULL for a provider's */
};

/* Binds the raw entries of a provider to the plugin's options. Failure: "FILE:LINE: …" for an unknown key
   (did you mean), a value that is no INTEGER or out of range, two forms of a secret in one file, a literal
   secret in a file that others may read. Required ones are checked by options_complete(). */
int options_bind(const struct nuncio_plugin *plugin, const struct config_entries *entries,
                 const struct option_values *base, struct option_values *ret_values,
                 struct nuncio_failure *failure);
void options_finish(struct option_values *values);
/* For options_bind() alone: values over zeroed items, of which options_finish() disposes. */
void options_init(struct option_values *values, const struct nuncio_plugin *plugin,
                  const struct option_values *base, struct option_value *items);

/* Every REQUIRED option and one of each group is set; `place` is the section to name where not. A REQUIRED
   option that is not SECRET may be missing in a provider if every agent of it sets it: the caller asks for
   agents then. */
int options_complete(const struct option_values *values, const struct config_place *place,
                     struct nuncio_failure *failure);

/* Resolves all secrets of a provider's values: environment variable, file (checked for owner and mode),
   command (no shell, 30 s, stderr passed through to nowhere, first line), systemd credential
   ($CREDENTIALS_DIRECTORY/NAME). One trailing newline goes; empty or with control characters is refused.
   Failure INVALID. Idempotent. The
   failure's text names provider key and source, never the value. */
int options_resolve(struct option_values *values, struct nuncio_failure *failure);

/* options_hide.c: replaces what resolved secrets of 8 bytes and more stand in these bytes by ***: some vendors repeat the key that
   they refuse. Shortens `size` accordingly and terminates. */
void options_hide(const struct option_values *values, char *text, size_t *size);

/* The same in all strings and names of a document, where an escape may have spelled a secret in another way. */
void options_hide_strings(const struct option_values *values, struct json_document *document);
/* The same in a terminated text that may have been cut within a secret. */
void options_hide_text(const struct option_values *values, char *text);
/* Where a redirect leads, cleaned; NULL: nobody knows. One that repeats a secret is not shown. */
void options_show_location(const struct option_values *values, const char *location, char *ret_text,
                           size_t capacity);

/* For request_values.option; context is a struct option_values. An agent's value falls back to its
   provider's. A secret that is set reads as "" until options_resolve(). */
bool options_lookup(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                    uint32_t *ret_flags);

#endif
