/* SPDX-License-Identifier: MIT */
/* The commands below `nuncio journal`, one file each. */
#ifndef NUNCIO_CLI_JOURNAL_H
#define NUNCIO_CLI_JOURNAL_H

#include "commands.h"

extern const struct command journal_prune;
extern const struct command journal_check;
extern const struct command journal_export;

#endif
