/* SPDX-License-Identifier: MIT */
/* Waits for an interaction and prints what came of it. */
#ifndef NUNCIO_CLI_DELIVER_H
#define NUNCIO_CLI_DELIVER_H

#include <stdbool.h>
#include <nuncio/nuncio.h>

struct deliver_form {
    bool json;       /* print the interaction as JSON, whatever came of it */
    bool parse_json; /* print the reply's JSON rather than its text, where there is one */
};

/* Returns the exit code. */
int deliver(struct nuncio *nuncio, const char *id, const struct deliver_form *form);

#endif
