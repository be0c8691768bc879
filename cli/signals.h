/* SPDX-License-Identifier: MIT */
/* SIGINT and SIGTERM while a message is on its way: the first one stops the waiting, the second the program.
 */
#ifndef NUNCIO_CLI_SIGNALS_H
#define NUNCIO_CLI_SIGNALS_H

#include <stdbool.h>

/* From now on signals are caught. False: errno tells why not. */
bool signals_catch(void);

/* A descriptor that becomes readable when one has been caught. */
int signals_fd(void);

/* The signal that was caught; 0: none. */
int signals_caught(void);

/* Signals have their default effect again. */
void signals_release(void);

#endif
