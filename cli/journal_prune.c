/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <nuncio/nuncio.h>
#include "output.h"
#include "runtime.h"

struct values {
    int64_t older_than_ms;
};

static const struct option_row rows[] = {
    {'\0', "older-than", "AGE", "those that ended longer ago: 12h, 30d", OPTION_DURATION,
     offsetof(struct values, older_than_ms)},
    OPTION_ROW_HELP,
};

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    const struct values *values = options;
    struct nuncio_failure failure;
    struct nuncio *nuncio;
    int64_t count;
    char line[80];
    int status;

    (void)operands;
    if (values->older_than_ms == 0) {
        output_error(
            "something is missing: nuncio journal prune --older-than AGE; see nuncio journal prune --help");
        return EXIT_USAGE;
    }
    nuncio = runtime_create(globals, RUNTIME_ANY, &status);
    if (!nuncio)
        return status;
    if (nuncio_journal_prune(nuncio, values->older_than_ms, &count, &failure) < 0) {
        status = runtime_failed(&failure);
    } else {
        status = EXIT_GOOD;
        snprintf(line, sizeof(line), "%" PRId64 " interaction%s removed", count, count == 1 ? "" : "s");
        output_line(line);
    }
    nuncio_destroy(nuncio);
    return status;
}

const struct command journal_prune = {
    .name = "journal prune",
    .operands = "",
    .summary = "remove interactions that ended long ago",
    .details = "Give --older-than. Removes those that are completed, failed or cancelled, with\n"
               "their texts. Unknown ones stay until they are settled.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
