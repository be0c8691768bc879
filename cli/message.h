/* SPDX-License-Identifier: MIT */
/* The text of a message or a reply. */
#ifndef NUNCIO_CLI_MESSAGE_H
#define NUNCIO_CLI_MESSAGE_H

#include <stddef.h>

enum { MESSAGE_MOST_BYTES = 64 * 1024 * 1024 };

/* Reads the file, or with "-" standard input, to its end without one final newline; `what` is it that is read:
   "message". NULL: the error is printed, *ret_status is the exit code. *ret_size bytes, free(). */
char *message_read(const char *file, const char *what, size_t *ret_size, int *ret_status);

#endif
