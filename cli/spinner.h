/* SPDX-License-Identifier: MIT */
/* A line on the terminal that shows how an interaction stands. */
#ifndef NUNCIO_CLI_SPINNER_H
#define NUNCIO_CLI_SPINNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <nuncio/nuncio.h>

enum { SPINNER_INTERVAL_MS = 100, SPINNER_LINE_SIZE = 512 };

struct spinner {
    bool enabled; /* false: nothing is shown, no need to wake up for it */
    bool unicode;
    int64_t turn; /* the last one that was shown */
};

/* It is enabled where standard error is a terminal that can do it. */
void spinner_init(struct spinner *spinner);

/* Shows the interaction, which stands for several where `all` is more than 1, of which `ended` have ended; to be
   called at least every SPINNER_INTERVAL_MS. */
void spinner_show(struct spinner *spinner, const struct nuncio_interaction *interaction, size_t ended,
                  size_t all);

/* "research: queued, position 2 (3 s)", in at most so many columns; of several "1 of 3 ended; research: …". */
void spinner_describe(const struct nuncio_interaction *interaction, size_t ended, size_t all, size_t columns,
                      char ret_line[SPINNER_LINE_SIZE]);

#endif
