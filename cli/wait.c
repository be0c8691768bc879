/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "deliver.h"
#include "output.h"
#include "runtime.h"
#include "waiting.h"

struct values {
    bool any, json;
    int64_t timeout_ms;
};

static const struct option_row rows[] = {
    {'\0', "any", NULL, "wait for the first one that ends", OPTION_FLAG, offsetof(struct values, any)},
    {'\0', "timeout", "DURATION", "patience: 500ms, 10s, 5m, 1h", OPTION_DURATION,
     offsetof(struct values, timeout_ms)},
    {'\0', "json", NULL, "print each interaction as one JSON object, whatever came of it", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

static int greater(int one, int two)
{
    return one > two ? one : two;
}

/* Nobody waits any more for those that are left. */
static int stop_all(struct waiting *waiting, const struct deliver_form *form)
{
    int status = EXIT_GOOD, cause = errno;

    for (size_t i = 0; i < waiting->count; i++) {
        errno = cause;
        status = greater(status, deliver_stopped(waiting->nuncio, waiting->ids[i], form));
    }
    return status;
}

/* With `any` what ends later goes on. Returns the greatest exit code, or that of the first. */
static int wait_for_ends(struct waiting *waiting, const struct values *values,
                         const struct deliver_form *form)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char id[NUNCIO_ID_SIZE];
    int status = EXIT_GOOD;

    for (;;) {
        switch (waiting_next(waiting, id, &interaction)) {
        case WAITING_ENDED:
            status = greater(status, deliver_result(waiting->nuncio, &interaction, form));
            if (values->any)
                return status;
            break;
        case WAITING_NONE:
            return status;
        default:
            return greater(status, stop_all(waiting, form));
        }
    }
}

static bool is_repeated(char *const *ids, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(ids[i], ids[index]) == 0)
            return true;
    return false;
}

/* Takes up all that can be taken up, each once; *ret_status is the exit code of what cannot. */
static bool take_up(struct waiting *waiting, const struct values *values, char *const *ids, int *ret_status)
{
    struct nuncio_failure failure;

    *ret_status = EXIT_GOOD;
    for (size_t i = 0; ids[i]; i++) {
        if (is_repeated(ids, i))
            continue;
        if (nuncio_take_up(waiting->nuncio, ids[i], values->timeout_ms, 0, &failure) < 0)
            *ret_status = greater(*ret_status,
                                  ids[1] ? runtime_failed_for(ids[i], &failure) : runtime_failed(&failure));
        else if (!waiting_add(waiting, ids[i]))
            return false;
    }
    return true;
}

static int wait_for(struct nuncio *nuncio, const struct values *values, char *const *ids)
{
    const struct deliver_form form = {.json = values->json, .several = ids[1] != NULL};
    struct waiting waiting;
    int refused, status;

    if (!waiting_init(&waiting, nuncio))
        return EXIT_FAILED;
    if (!take_up(&waiting, values, ids, &refused)) {
        status = EXIT_FAILED;
    } else if (waiting.count == 0) {
        status = refused;
    } else {
        status = wait_for_ends(&waiting, values, &form);
        if (!values->any)
            status = greater(status, refused);
    }
    waiting_finish(&waiting);
    return status;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    int status;
    struct nuncio *nuncio = runtime_create(globals, operands[1] ? RUNTIME_ANY : RUNTIME_ONE, &status);

    if (!nuncio)
        return status;
    status = wait_for(nuncio, options, operands);
    nuncio_destroy(nuncio);
    return status;
}

const struct command wait_command = {
    .name = "wait",
    .operands = "ID...",
    .summary = "take up interactions again, and print their replies",
    .details = "An interaction that has ended is answered from the journal; an unknown one is\n"
               "looked for once more. Where several are given, 'ID: ' stands before each reply,\n"
               "they come in the order in which they end, and the exit code is the greatest;\n"
               "with --any it is that of the first.\n\n",
    .least_operands = 1,
    .most_operands = INT_MAX,
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
