/* SPDX-License-Identifier: MIT */
/* What every command does with the runtime. */
#ifndef NUNCIO_CLI_RUNTIME_H
#define NUNCIO_CLI_RUNTIME_H

#include <nuncio/nuncio.h>
#include "options.h"

enum runtime_purpose {
    RUNTIME_ONE,    /* one message is sent or taken up */
    RUNTIME_ANY,    /* none or many */
    RUNTIME_PLUGINS /* the plugins alone are looked at */
};

/* Creates the runtime, which nuncio_destroy() ends. NULL: the error is printed, *ret_status is the exit code.
 */
struct nuncio *runtime_create(const struct globals *globals, enum runtime_purpose purpose, int *ret_status);

/* Prints why a call failed and returns the exit code. Nothing was sent. */
int runtime_failed(const struct nuncio_failure *failure);
/* The same of one of several interactions: says which. */
int runtime_failed_for(const char *id, const struct nuncio_failure *failure);

/* Makes a runtime for that purpose, does the action with it, and ends it. Returns the exit code. */
int runtime_do(const struct globals *globals, enum runtime_purpose purpose,
               int (*action)(struct nuncio *nuncio));

#endif
