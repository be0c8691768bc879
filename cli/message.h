/* SPDX-License-Identifier: MIT */
/* The text of a message. */
#ifndef NUNCIO_CLI_MESSAGE_H
#define NUNCIO_CLI_MESSAGE_H

#include <stddef.h>

enum { MESSAGE_MOST_BYTES = 64 * 1024 * 1024 };

/* Reads standard input to its end without one final newline. NULL: the error is printed, *ret_status is the
   exit code. *ret_size bytes, free(). */
char *message_read(size_t *ret_size, int *ret_status);

#endif
