/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <inttypes.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include "output.h"
#include "runtime.h"

static const struct option_row rows[] = {
    OPTION_ROW_HELP,
};

static int32_t on_problem(void *context, const char *problem)
{
    uint64_t *count = context;

    (*count)++;
    output_tinted(OUTPUT_BAD, "error ");
    output_line(problem);
    return output_failed();
}

static int check(struct nuncio *nuncio)
{
    struct nuncio_failure failure;
    uint64_t count = 0;

    if (nuncio_journal_check(nuncio, on_problem, &count, &failure) < 0) {
        runtime_failed(&failure);
        return EXIT_FAILED;
    }
    if (count > 0) {
        output_error("the journal is damaged: %" PRIu64 " place%s; what can be read: nuncio journal export",
                     count, count == 1 ? "" : "s");
        return EXIT_FAILED;
    }
    output_line("the journal is good");
    return EXIT_GOOD;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    (void)options;
    (void)operands;
    return runtime_do(globals, RUNTIME_ANY, check);
}

const struct command journal_check = {
    .name = "journal check",
    .operands = "",
    .summary = "look for damage in the whole journal",
    .details = "Prints a line for each thing that is damaged; the exit code is 1 then.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = 1,
    .run = run,
};
