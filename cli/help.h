/* SPDX-License-Identifier: MIT */
/* The help texts, all made from the tables. */
#ifndef NUNCIO_CLI_HELP_H
#define NUNCIO_CLI_HELP_H

#include "commands.h"

/* nuncio --help, nuncio COMMAND --help, nuncio --version: on standard output. */
void help_program(void);
void help_command(const struct command *command);
void help_version(void);

#endif
