/* SPDX-License-Identifier: MIT */
/* Golden transcripts: what a provider plugin makes of a call and of a response, as JSON files. */
#ifndef NUNCIO_TESTS_GOLDEN_H
#define NUNCIO_TESTS_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>
#include <nuncio/plugin.h>
#include "attachment.h"
#include "json.h"
#include "outcome.h"
#include "request.h"
#include "response.h"

#define GOLDEN_WHY 8192 /* bytes of a reason */

/* The plugin that the cases in tests/golden/<name>/ are about. */
struct golden_plugin {
    char name[64];
    const struct nuncio_plugin *descriptor;
    struct json_document *defaults; /* defaults.json: options and call, where a case does not set its own */
    uint32_t requests, responses;   /* bits of the steps that have a case */
};

/* One case, ready to run. */
struct golden_case {
    struct nuncio_options options; /* first: what configure() gets a pointer to */
    const struct golden_plugin *plugin;
    const struct json_document *document;
    const cJSON *root;
    const struct nuncio_step *step;
    struct nuncio_call call; /* its slices point into `values` */
    cJSON *values;           /* {"options","call"}: the defaults, overlaid with the case's own */
    struct attachments attachments;
    void *instance;
    struct nuncio_traits traits;
};

/* All that return bool put the reason into `why`, of GOLDEN_WHY bytes, where they return false. */

/* Opens $PLUGIN_DIR/<name>.so, and <directory>/defaults.json. */
bool golden_open(const char *name, const char *directory, struct golden_plugin *ret_plugin, char *why);
void golden_close(struct golden_plugin *plugin);
struct json_document *golden_load(const char *path, char *why);

/* Makes the options' services, checks the names of the options, and runs configure(). */
bool golden_configure(struct golden_case *golden, char *why);
/* For request_values.option; context is the case. */
bool golden_option(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                   uint32_t *ret_flags);

/* Makes call and options of a case and configures the plugin. A member of an unknown name is an error. */
bool golden_prepare(const struct golden_plugin *plugin, const struct json_document *document,
                    struct golden_case *ret_case, char *why);
void golden_finish(struct golden_case *golden);

/* Builds the request twice, and compares it with what the case has in "request", "cannot" or "invalid". */
bool golden_request(const struct golden_case *golden, char *why);

/* Reads the response {status, headers, body or raw} twice, and compares the outcome. */
bool golden_outcome(const struct golden_case *golden, const cJSON *response, const cJSON *expected,
                    char *why);

/* Cuts the response at every byte and changes the type of every value: read() must never misuse a service,
   and must never take a cut answer for a success. */
bool golden_mutations(const struct golden_case *golden, const cJSON *response, char *why);

/* Runs read(); the caller finishes both. `body` as text. */
void golden_read(const struct golden_case *golden, const cJSON *response, const char *body, size_t size,
                 struct response *ret_response, struct outcome *ret_outcome);
/* The body of a response as text; free(). */
char *golden_body(const struct golden_case *golden, const cJSON *response);

/* Makes "xxx" of {"repeat":"x","times":3}, anywhere below the object, so that limits can be tested. */
void golden_expand(cJSON *object);
/* Writes "what: name" and returns false. */
bool golden_fail(char *why, const char *what, const char *name);
/* The object has no other members than these, which are separated by blanks. */
bool golden_only(const cJSON *object, const char *names, char *why);
const char *golden_text(const cJSON *object, const char *name);

#endif
