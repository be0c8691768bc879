/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <stdbool.h>
#include <nuncio/nuncio.h>
#include "deliver.h"
#include "output.h"
#include "runtime.h"
#include "waiting.h"

struct values {
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "json", NULL, "print the interaction as one JSON object, whatever came of it", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

/* The command did its job where the run was stopped, and failed where it ended otherwise. */
static int tell(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                const struct values *values)
{
    const struct deliver_form form = {.json = values->json};
    int status;

    switch (interaction->state) {
    case NUNCIO_INTERACTION_CANCELLED:
        return values->json && !deliver_object(nuncio, interaction->id) ? EXIT_FAILED : EXIT_GOOD;
    case NUNCIO_INTERACTION_COMPLETED:
        if (values->json)
            deliver_object(nuncio, interaction->id);
        output_error("interaction %s was completed before it could be cancelled", interaction->id);
        return EXIT_FAILED;
    default:
        status = deliver_result(nuncio, interaction, &form);
        return status ? status : EXIT_FAILED;
    }
}

static int wait_for_end(struct nuncio *nuncio, const char *id, const struct values *values)
{
    const struct deliver_form form = {.json = values->json};
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char ended[NUNCIO_ID_SIZE];
    struct waiting waiting;
    int status;

    if (!waiting_init(&waiting, nuncio))
        return EXIT_FAILED;
    if (!waiting_add(&waiting, id))
        status = EXIT_FAILED;
    else if (waiting_next(&waiting, ended, &interaction) == WAITING_ENDED)
        status = tell(nuncio, &interaction, values);
    else
        status = deliver_stopped(nuncio, id, &form);
    waiting_finish(&waiting);
    return status;
}

static int cancel(struct nuncio *nuncio, const char *id, const struct values *values)
{
    struct nuncio_failure failure;

    if (nuncio_take_up(nuncio, id, 0, 0, &failure) < 0)
        return runtime_failed(&failure);
    if (nuncio_cancel(nuncio, id, &failure) == 0)
        return wait_for_end(nuncio, id, values);
    /* Nothing has changed. */
    if (values->json)
        deliver_object(nuncio, id);
    output_error("%s", failure.text);
    return EXIT_FAILED;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    int status;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ONE, &status);

    if (!nuncio)
        return status;
    status = cancel(nuncio, operands[0], options);
    nuncio_destroy(nuncio);
    return status;
}

const struct command cancel_command = {
    .name = "cancel",
    .operands = "ID",
    .summary = "stop a run at the vendor, where the vendor can do that",
    .details = "Exit code 0: it is cancelled. 1: nothing has changed, since the vendor cannot\n"
               "stop a run, or since it has ended.\n\n",
    .least_operands = 1,
    .most_operands = 1,
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
