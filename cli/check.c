/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "output.h"
#include "runtime.h"

struct values {
    bool online;
};

static const struct option_row rows[] = {
    {'\0', "online", NULL, "prove each key at the vendor where it can be done", OPTION_FLAG,
     offsetof(struct values, online)},
    OPTION_ROW_HELP,
};

struct summary {
    uint64_t looked, bad;
    int status;
};

static int exit_of(uint32_t error_class)
{
    switch (error_class) {
    case NUNCIO_ERROR_NONE:
        return EXIT_GOOD;
    case NUNCIO_ERROR_INVALID:
        return EXIT_USAGE;
    case NUNCIO_ERROR_AUTH:
    case NUNCIO_ERROR_FORBIDDEN:
        return EXIT_AUTH;
    case NUNCIO_ERROR_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case NUNCIO_ERROR_CREDITS:
    case NUNCIO_ERROR_QUOTA:
    case NUNCIO_ERROR_RATE:
        return EXIT_LIMIT;
    default:
        return EXIT_FAILED;
    }
}

/* Of two exit codes the one that must be mended first: what comes later may be its consequence. */
static int first_to_mend(int one, int two)
{
    static const int order[] = {EXIT_USAGE, EXIT_AUTH, EXIT_UNREACHABLE, EXIT_LIMIT, EXIT_FAILED};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (order[i] == one || order[i] == two)
            return order[i];
    return EXIT_GOOD;
}

static void print_word(const char *word, const char *end)
{
    output_text(word, strlen(word));
    output_text(end, strlen(end));
}

static void on_check(void *context, const struct nuncio_check_info *info)
{
    struct summary *summary = context;
    bool bad = info->error_class != NUNCIO_ERROR_NONE;

    summary->looked++;
    summary->bad += bad;
    summary->status = first_to_mend(summary->status, exit_of(info->error_class));
    if (bad)
        output_tinted(OUTPUT_BAD, "error ");
    else
        output_tinted(OUTPUT_GOOD, "ok    ");
    print_word(info->subject, ": ");
    print_word(info->what, ": ");
    print_word(info->text ? info->text : "", "\n");
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    const struct values *values = options;
    struct summary summary = {0};
    struct nuncio_failure failure;
    int status;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ANY, &status);

    (void)operands;
    if (!nuncio)
        return status;
    if (nuncio_check(nuncio, values->online, on_check, &summary, &failure) < 0) {
        status = runtime_failed(&failure);
    } else {
        status = summary.status;
        if (summary.bad > 0)
            output_error("%" PRIu64 " of %" PRIu64 " checks failed", summary.bad, summary.looked);
    }
    nuncio_destroy(nuncio);
    return status;
}

const struct command check_command = {
    .name = "check",
    .operands = "",
    .summary = "check the configuration, file permissions and keys",
    .details = "Resolves every key. Nothing is sent without --online, and nothing that costs with\n"
               "it. The exit code is that of what must be mended first: 2 the configuration,\n"
               "4 a key that the vendor refuses, 3 the connection, 6 a limit, 1 anything else.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
