/* SPDX-License-Identifier: MIT */
/* Judges what a plugin file says of itself and brings it to the layout of this nuncio. */
#ifndef NUNCIO_CORE_REGISTRY_CHECK_H
#define NUNCIO_CORE_REGISTRY_CHECK_H

#include <stdbool.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

/* What a sound descriptor stays below; more than that is taken for a wrong count. */
#define REGISTRY_STEPS_LIMIT    64u
#define REGISTRY_OPTIONS_LIMIT  256u
#define REGISTRY_INSTANCE_LIMIT (UINT64_C(64) * 1024)

/* Copies the descriptor into the latest layout, with arrays of steps and options of its own; strings stay the
   plugin's. `name` is the file's name without ".so". Failure INVALID: what was found and what is wanted,
   without the path. */
int registry_check_descriptor(const struct nuncio_plugin *found, const char *name,
                              struct nuncio_plugin *ret_plugin, struct nuncio_failure *failure);
/* Frees the arrays. */
void registry_check_finish(struct nuncio_plugin *plugin);

/* [a-z][a-z0-9_]*, as names of plugins and of their options are. */
bool registry_check_name(const char *name);

#endif
