/* SPDX-License-Identifier: MIT */
/* Where a secret comes from: environment, file, command, systemd credential. */
#ifndef NUNCIO_CORE_SECRET_H
#define NUNCIO_CORE_SECRET_H

#include <stddef.h>
#include <stdint.h>
#include <nuncio/nuncio.h>

#define SECRET_SIZE_LIMIT      8192  /* bytes of a secret */
#define SECRET_COMMAND_TIMEOUT 30000 /* ms */

enum secret_form { SECRET_NONE, SECRET_LITERAL, SECRET_ENV, SECRET_FILE, SECRET_COMMAND, SECRET_CREDENTIAL };

/* What an option's name gets as an ini key of that form: "" "_env" "_file" "_command" "_credential". */
const char *secret_suffix(enum secret_form form);

/*
 * Fetches a secret; one newline at its end goes. A command's is its first line; it is run without a shell,
 * its words split at white space outside of quotes ('…' as it stands, "…" with \" and \\), standard input and
 * error are /dev/null. Failure AUTH where there is no value, INVALID for a file that others may read, a
 * broken command line, or a value with control characters; the text names the source, never the value.
 * *ret_secret: text_wipe().
 */
int secret_read(enum secret_form form, const char *source, char **ret_secret, struct nuncio_failure *failure);

/* One line of a command's output, into a buffer of that size; secret_read() for SECRET_COMMAND with its own
 * limits. */
int secret_run(const char *command, int64_t timeout_ms, char *ret_text, size_t capacity,
               struct nuncio_failure *failure);

#endif
