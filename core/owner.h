/* SPDX-License-Identifier: MIT */
/* Who works on an interaction. Every runtime holds a kernel lock on one byte of a file that all share; its
   number is the runtime's name in the journal. The kernel frees the byte when the process ends, however it ends, so a
   dead owner is known at once, and there is nothing to tidy up. */
#ifndef NUNCIO_CORE_OWNER_H
#define NUNCIO_CORE_OWNER_H

#include <stdbool.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

#define OWNER_ID_SIZE 24

struct owner {
    int descriptor; /* -1: none */
    char id[OWNER_ID_SIZE];
};

void owner_init(struct owner *owner);
/* Takes a byte of DIRECTORY/owners.lock, which is made where it is not there. */
int owner_create(const char *directory, struct owner *ret_owner, struct nuncio_failure *failure);
/* Frees the byte. */
void owner_finish(struct owner *owner);

bool owner_is(const struct owner *owner, struct nuncio_slice id);
/* Whether the process of that owner lives; of what is no owner's id it is not known, and it counts as alive. */
bool owner_lives(const struct owner *owner, struct nuncio_slice id);

#endif
