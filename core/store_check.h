/* SPDX-License-Identifier: MIT */
/* Judges what a store's file says of itself and brings it to the layout of this nuncio. */
#ifndef NUNCIO_CORE_STORE_CHECK_H
#define NUNCIO_CORE_STORE_CHECK_H

#include <nuncio/nuncio.h>
#include <nuncio/store.h>

/* Copies the descriptor into the latest layout; strings stay the store's. `name` is the file's name without ".so".
   Failure INVALID: what was found and what is wanted, without the path. */
int store_check_descriptor(const struct nuncio_store *found, const char *name, struct nuncio_store *ret_store,
                           struct nuncio_failure *failure);

#endif
