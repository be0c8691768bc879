/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <stdbool.h>
#include <stdlib.h>
#include <nuncio/nuncio.h>
#include "deliver.h"
#include "message.h"
#include "output.h"
#include "runtime.h"

struct values {
    bool ran, not_run, json;
    const char *reply;
};

static const struct option_row rows[] = {
    {'\0', "ran", NULL, "it ran: completed", OPTION_FLAG, offsetof(struct values, ran)},
    {'\0', "reply", "FILE", "with --ran: its reply; '-' is standard input", OPTION_TEXT,
     offsetof(struct values, reply)},
    {'\0', "not-run", NULL, "it did not run: failed", OPTION_FLAG, offsetof(struct values, not_run)},
    {'\0', "json", NULL, "print the interaction as one JSON object", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

/* The error is printed. */
static bool is_usable(const struct values *values)
{
    if (values->ran && values->not_run)
        output_error("--ran and --not-run exclude each other; give one of them");
    else if (!values->ran && !values->not_run)
        output_error("what did you see at the vendor? Give --ran or --not-run");
    else if (values->reply && !values->ran)
        output_error("--reply needs --ran");
    else if (values->reply && *values->reply == '\0')
        output_error("--reply names no file");
    else
        return true;
    return false;
}

static int print_object(struct nuncio *nuncio, const char *id)
{
    struct nuncio_failure failure;

    if (nuncio_load(nuncio, id, &failure) < 0)
        return runtime_failed(&failure);
    return deliver_object(nuncio, id) ? EXIT_GOOD : EXIT_FAILED;
}

static int settle(struct nuncio *nuncio, const struct values *values, const char *id, const char *reply,
                  size_t reply_size)
{
    struct nuncio_failure failure;

    if (nuncio_settle(nuncio, id, values->ran, reply, reply_size, &failure) < 0)
        return runtime_failed(&failure);
    return values->json ? print_object(nuncio, id) : EXIT_GOOD;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    const struct values *values = options;
    struct nuncio *nuncio;
    char *reply = NULL;
    size_t size = 0;
    int status;

    if (!is_usable(values))
        return EXIT_USAGE;
    if (values->reply) {
        reply = message_read(values->reply, "reply", &size, &status);
        if (!reply)
            return status;
    }
    nuncio = runtime_create(globals, RUNTIME_ANY, &status);
    if (nuncio)
        status = settle(nuncio, values, operands[0], reply, size);
    nuncio_destroy(nuncio);
    free(reply);
    return status;
}

const struct command settle_command = {
    .name = "settle",
    .operands = "ID",
    .summary = "decide an unknown interaction by what you saw at the vendor",
    .details = "Give --ran or --not-run. Nothing is sent. To send the message of one that did\n"
               "not run anew: nuncio send AGENT --again ID.\n\n",
    .least_operands = 1,
    .most_operands = 1,
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
