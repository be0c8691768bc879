/* SPDX-License-Identifier: MIT */
/* Prints what came of interactions. */
#ifndef NUNCIO_CLI_DELIVER_H
#define NUNCIO_CLI_DELIVER_H

#include <stdbool.h>
#include <nuncio/nuncio.h>

struct deliver_form {
    bool json;       /* print the interaction as JSON, whatever came of it */
    bool parse_json; /* print the reply's JSON rather than its text, where there is one */
    bool id_only;    /* print the id rather than the reply; that the vendor has accepted is success */
    bool no_reply;   /* print neither */
    bool several;    /* it is one of several: say which */
};

/* Waits for an interaction that was submitted and prints what came of it. Returns the exit code. */
int deliver(struct nuncio *nuncio, const char *id, const struct deliver_form *form);

/* Prints an interaction that has ended, and what is wrong with it. Returns its exit code. */
int deliver_result(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                   const struct deliver_form *form);

/* Prints the interaction's JSON object on one line. False: no memory, the error is printed. */
bool deliver_object(struct nuncio *nuncio, const char *id);

/* Stops waiting for an interaction and prints how it stands: because of the signal that was caught, or else because
   the runtime cannot go on, by errno. Returns the exit code. */
int deliver_stopped(struct nuncio *nuncio, const char *id, const struct deliver_form *form);

/* "interrupted" where a signal was caught, else why the runtime cannot go on, by errno. */
enum { DELIVER_REASON_SIZE = 128 };
void deliver_reason(char ret_text[DELIVER_REASON_SIZE]);

#endif
