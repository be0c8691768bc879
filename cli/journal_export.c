/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <nuncio/nuncio.h>
#include "output.h"
#include "runtime.h"

static const struct option_row rows[] = {
    OPTION_ROW_HELP,
};

static int32_t on_interaction(void *context, const struct nuncio_interaction *interaction)
{
    bool *failed = context;
    char *json;

    if (nuncio_interaction_json(interaction, &json) < 0) {
        *failed = true;
        return 1;
    }
    output_line(json);
    free(json);
    return output_failed();
}

/* Line by line, since a journal may be larger than memory. Of a damaged one all that can be read comes first. */
static int export(struct nuncio *nuncio)
{
    const struct nuncio_filter filter = {.size = sizeof(filter), .content = 1};
    struct nuncio_failure failure;
    bool failed = false;

    if (nuncio_each_interaction(nuncio, &filter, on_interaction, &failed, &failure) < 0) {
        runtime_failed(&failure);
        return EXIT_FAILED;
    }
    if (failed)
        output_error("out of memory");
    return failed ? EXIT_FAILED : EXIT_GOOD;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    (void)options;
    (void)operands;
    return runtime_do(globals, RUNTIME_ANY, export);
}

const struct command journal_export = {
    .name = "journal export",
    .operands = "",
    .summary = "print every interaction as a JSON object, newest first",
    .details = "One object a line, with messages and replies. Of a damaged journal all that can\n"
               "be read is printed; the exit code is 1 then.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = 1,
    .run = run,
};
