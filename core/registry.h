/* SPDX-License-Identifier: MIT */
/* The plugins that are open, their descriptors brought to the latest layout, and what is installed where. */
#ifndef NUNCIO_CORE_REGISTRY_H
#define NUNCIO_CORE_REGISTRY_H

#include <stddef.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>
#include <nuncio/store.h>
#include "buffer.h"
#include "configuration.h"

struct registry;

/* A loaded plugin. `plugin` is a copy in the latest layout: its options and steps are arrays of this header's
   structs, option_size and step_size are their sizeof, strings point into the plugin file. */
struct registry_plugin {
    struct nuncio_plugin plugin;
    char *path;
};

/* The configuration must outlive the registry. Failure INVALID: a directory of plugin_path is not there. */
int registry_create(const struct config *config, struct registry **ret_registry,
                    struct nuncio_failure *failure);
void registry_destroy(struct registry *registry);

/* The plugin of that name from the first directory of the path that has NAME.so, opened at the first call.
   Failure: not found (names the directories looked through, "did you mean"), or why the file was refused:
   other major ("is for ABI 2, this nuncio has 1"), needs a newer minor, too short, name other than the
   file's, capability without its step, step or option twice, option named as one of nuncio's own keys, option
   element too short. A file that is there and was refused gives REGISTRY_REFUSED: that is the file's fault
   and not the configuration's. */
#define REGISTRY_REFUSED (-2)
int registry_plugin(struct registry *registry, const char *name, const struct registry_plugin **ret_plugin,
                    struct nuncio_failure *failure);

/* Whether stores/NAME.so is there; "memory" needs none. Failure as registry_store(). */
int registry_has_store(struct registry *registry, const char *name, struct nuncio_failure *failure);
/* The store of that name, from stores/NAME.so in the first directory of the path that has it, opened at the first call:
   a copy in the latest layout, the registry's. Failures as above. */
int registry_store(struct registry *registry, const char *name, const struct nuncio_store **ret_store,
                   struct nuncio_failure *failure);

/* Calls back for every NAME.so in the directories, sorted by directory and then name; opens each. A name that
   an earlier directory has already is reported with an error that says which file is used. */
int registry_each(struct registry *registry,
                  void (*callback)(void *context, const struct nuncio_plugin_info *info), void *context,
                  struct nuncio_failure *failure);

/* "SEND" …, NULL for a kind that this ABI does not define. Static. */
const char *registry_step_name(uint32_t kind);
/* The step of that kind, or NULL. */
const struct nuncio_step *registry_step(const struct nuncio_plugin *plugin, uint32_t kind);
/* Checks that every capability has its step; failure text names both. Also for traits after configure(). */
int registry_check_capabilities(const struct nuncio_plugin *plugin, uint64_t capabilities,
                                struct nuncio_failure *failure);
/* "queued,async-poll,threads" for output. */
void registry_capability_names(uint64_t capabilities, struct buffer *ret_names);

#endif
