/* SPDX-License-Identifier: MIT */
/* Waits for interactions until each has ended, shows on a terminal how they stand, and listens to signals. */
#ifndef NUNCIO_CLI_WAITING_H
#define NUNCIO_CLI_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <nuncio/nuncio.h>
#include "spinner.h"

struct waiting {
    struct nuncio *nuncio;
    char (*ids)[NUNCIO_ID_SIZE]; /* of those that have not ended, in the order in which they were added */
    size_t count, room;
    size_t next;  /* those before it were looked at since the last step */
    size_t ended; /* how many were told */
    size_t later; /* how many will be added: set by the caller, for the eye */
    struct spinner spinner;
};

/* From now on signals are caught. False: the error is printed, and nothing needs to be freed. */
bool waiting_init(struct waiting *waiting, struct nuncio *nuncio);
/* Signals have their default effect again. */
void waiting_finish(struct waiting *waiting);

/* Adds one that was submitted or taken up, each only once. False: no memory, the error is printed. */
bool waiting_add(struct waiting *waiting, const char *id);

enum waiting_end {
    WAITING_ENDED,  /* one has ended, and is no longer watched */
    WAITING_NONE,   /* there is nothing to wait for */
    WAITING_SIGNAL, /* signals_caught() tells which; it comes first */
    WAITING_FAILED  /* the runtime cannot go on; errno tells why */
};

/* Waits for the next end. Only with WAITING_ENDED the outputs are set; strings live as those of nuncio_get(). */
enum waiting_end waiting_next(struct waiting *waiting, char ret_id[NUNCIO_ID_SIZE],
                              struct nuncio_interaction *ret_interaction);

#endif
