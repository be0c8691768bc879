/* SPDX-License-Identifier: MIT */
/* Interaction ids: ULIDs, 48 bits of time and 80 random bits in Crockford's base 32. */
#ifndef NUNCIO_CORE_ULID_H
#define NUNCIO_CORE_ULID_H

#include <stdint.h>
#include <nuncio/nuncio.h>

/* Returns 0, or -1 with errno where the kernel gives no random bytes. Ids of one process made in the same
   millisecond still sort in the order in which they were made, which `state` keeps. */
struct ulid_state {
    int64_t last_ms;
    unsigned char random[10];
};

int ulid_make(struct ulid_state *state, int64_t now_ms, char ret_id[NUNCIO_ID_SIZE]);

#endif
