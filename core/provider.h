/* SPDX-License-Identifier: MIT */
/* A configured provider, ready for use: its plugin, the plugin's instance, its options and agents. */
#ifndef NUNCIO_CORE_PROVIDER_H
#define NUNCIO_CORE_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>
#include "admission.h"
#include "configuration.h"
#include "options.h"
#include "registry.h"

/* Where `refused` is set, the provider and its agents have a configuration and nothing else. */
struct provider {
    const struct provider_config *config;
    char *refused; /* why its plugin cannot be used, "FILE:LINE: …"; NULL: it can */
    const struct nuncio_plugin *plugin;
    const char *file; /* the plugin's */
    char *origin;     /* its file and where it is configured, for messages */
    void *instance;   /* the plugin's; NULL where it needs none */
    struct nuncio_traits traits;
    char *base_url;
    struct option_values values;
    struct admission admission;
};

struct agent {
    const struct agent_config *config;
    struct provider *provider;
    struct option_values values; /* its own, over the provider's */
    void *instance;              /* the plugin's, configured with these values */
    struct nuncio_traits traits;
};

struct directory {
    struct provider *providers; /* in the order of the configuration */
    size_t provider_count;
    struct agent *agents;
    size_t agent_count;
};

/* Opens the plugin of every configured provider and binds its options. Failure "FILE:LINE: …" for a mistake
   in the configuration; a plugin that is refused is its provider's trouble alone. Config and registry must
   outlive it. */
int directory_create(const struct config *config, struct registry *registry, struct directory *ret_directory,
                     struct nuncio_failure *failure);
void directory_finish(struct directory *directory);

/* Whom a message goes to. */
struct destination {
    struct provider *provider;
    const char *agent_id; /* the vendor's; NULL: none */
    const struct option_values *values;
    const void *instance;
    const struct nuncio_traits *traits;
};

/* A configured name, or "PROVIDER/AGENT_ID"; the destination points into the directory and into `name`.
   Failure INVALID with "did you mean", or why the provider's plugin is refused. */
int directory_find(const struct directory *directory, const char *name, struct destination *ret_destination,
                   struct nuncio_failure *failure);

/* The values that the provider's requests may name. */
struct request_values provider_request_values(const struct option_values *values, bool printing);

#endif
