/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

static const struct option_row rows[] = {
    OPTION_ROW_HELP,
};

static const struct command *const below[] = {&journal_prune, &journal_check, &journal_export, NULL};

const struct command journal_command = {
    .name = "journal",
    .operands = "COMMAND",
    .summary = "look after the journal: prune, check, export",
    .details = "",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = 1,
    .commands = below,
};
