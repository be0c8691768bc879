/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "exchange.h"

#include <stdio.h>

#define DEFAULT_PORT 8808

enum options_result { OPTIONS_SERVE, OPTIONS_DONE, OPTIONS_WRONG };

/* Fills settings and faults. OPTIONS_DONE: it has printed what was asked for. OPTIONS_WRONG: it has said what
 * is wrong. */
enum options_result options_read(int argc, char **argv, struct sandbox *box);

/* The configuration with which nuncio uses this sandbox. */
void print_ini(FILE *out, long port);

#endif
