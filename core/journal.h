/* SPDX-License-Identifier: MIT */
/* What is durable. Every state change of an interaction goes through journal_commit(). */
#ifndef NUNCIO_CORE_JOURNAL_H
#define NUNCIO_CORE_JOURNAL_H

#include <stdint.h>
#include <nuncio/nuncio.h>
#include "record.h"

/* The store behind it. `memory` keeps nothing beyond the process: the records live in the engine. */
struct journal {
    uint64_t commits; /* state changes taken */
};

int journal_open(struct journal *journal, struct nuncio_failure *failure);
void journal_close(struct journal *journal);

/* The record as it is now is durable when this returns 0: before a SEND leaves (state sending), before anyone
   is told of a ticket or a next step starts, and at the end. On failure nothing may be sent. */
int journal_commit(struct journal *journal, const struct record *record, struct nuncio_failure *failure);

#endif
