/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "deliver.h"
#include "output.h"
#include "runtime.h"
#include "signals.h"
#include "waiting.h"

enum { MOST_AT_A_TIME = 1000 };

struct values {
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "json", NULL, "print each interaction as one JSON object", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

/* What may be left to do, newest first. */
struct work {
    char (*ids)[NUNCIO_ID_SIZE];
    size_t count, room;
    bool failed; /* no memory */
};

static int32_t on_interaction(void *context, const struct nuncio_interaction *interaction)
{
    struct work *work = context;

    if (work->count == work->room) {
        size_t room = work->room ? 2 * work->room : 64;
        char(*ids)[NUNCIO_ID_SIZE] = realloc(work->ids, room * sizeof(*ids));

        work->failed = !ids;
        if (!ids)
            return 1;
        work->ids = ids;
        work->room = room;
    }
    snprintf(work->ids[work->count++], NUNCIO_ID_SIZE, "%s", interaction->id);
    return 0;
}

static int find_work(struct nuncio *nuncio, struct work *ret_work)
{
    static const uint64_t states =
        UINT64_C(1) << NUNCIO_INTERACTION_NEW | UINT64_C(1) << NUNCIO_INTERACTION_SENDING |
        UINT64_C(1) << NUNCIO_INTERACTION_QUEUED | UINT64_C(1) << NUNCIO_INTERACTION_PROCESSING |
        UINT64_C(1) << NUNCIO_INTERACTION_UNKNOWN;
    const struct nuncio_filter filter = {.size = sizeof(filter), .states = states};
    struct nuncio_failure failure;

    if (nuncio_each_interaction(nuncio, &filter, on_interaction, ret_work, &failure) < 0)
        return runtime_failed(&failure);
    if (!ret_work->failed)
        return EXIT_GOOD;
    output_error("out of memory");
    return EXIT_FAILED;
}

static int greater(int one, int two)
{
    return one > two ? one : two;
}

/* Takes up the next ones, oldest first, until enough are under way. Returns the exit code of what cannot be. */
static int take_up(struct waiting *waiting, struct work *work)
{
    struct nuncio_failure failure;
    int status = EXIT_GOOD;

    while (work->count > 0 && waiting->count < MOST_AT_A_TIME) {
        const char *id = work->ids[--work->count];
        /* 1: another process works on it, or nothing can be found out. */
        int result = nuncio_take_up(waiting->nuncio, id, 0, NUNCIO_RESUME, &failure);

        if (result < 0)
            status = greater(status, runtime_failed_for(id, &failure));
        else if (result == 0 && !waiting_add(waiting, id))
            return EXIT_FAILED;
    }
    return status;
}

static void print_line(const struct nuncio_interaction *interaction)
{
    char line[NUNCIO_ID_SIZE + 20];

    snprintf(line, sizeof(line), "%s  %-10s  ", interaction->id, nuncio_state_name(interaction->state));
    output_text(line, strlen(line));
    output_line(interaction->agent ? interaction->agent : "-");
}

/* With text the reply stays in the journal. */
static int tell(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                const struct values *values)
{
    const struct deliver_form form = {.json = values->json, .several = true, .no_reply = true};

    if (!values->json)
        print_line(interaction);
    return deliver_result(nuncio, interaction, &form);
}

/* Nothing needs to be written: the next resume finds the journal as after a crash. */
static int stop(const struct waiting *waiting, const struct work *work)
{
    char reason[DELIVER_REASON_SIZE];

    deliver_reason(reason);
    output_error("%s; %zu are left as they are: nuncio resume", reason, waiting->count + work->count);
    return signals_caught() ? EXIT_SIGNAL + signals_caught() : EXIT_FAILED;
}

static int resume(struct waiting *waiting, struct work *work, const struct values *values)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char id[NUNCIO_ID_SIZE];
    int status = EXIT_GOOD;

    for (;;) {
        status = greater(status, take_up(waiting, work));
        waiting->later = work->count;
        switch (waiting_next(waiting, id, &interaction)) {
        case WAITING_ENDED:
            status = greater(status, tell(waiting->nuncio, &interaction, values));
            nuncio_forget(waiting->nuncio, id);
            break;
        case WAITING_NONE:
            return status;
        default:
            return greater(status, stop(waiting, work));
        }
    }
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    struct work work = {0};
    struct waiting waiting;
    int status;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ANY, &status);

    (void)operands;
    if (!nuncio)
        return status;
    status = find_work(nuncio, &work);
    if (status == EXIT_GOOD && work.count > 0) {
        status = EXIT_FAILED;
        if (waiting_init(&waiting, nuncio)) {
            status = resume(&waiting, &work, options);
            waiting_finish(&waiting);
        }
    }
    free(work.ids);
    nuncio_destroy(nuncio);
    return status;
}

const struct command resume_command = {
    .name = "resume",
    .operands = "",
    .summary = "take up everything that has not ended, and what may be found",
    .details = "After a crash, or where nobody waits any more. Each is waited for as long as its\n"
               "provider's timeout says, and printed when it ends; its reply is in the journal:\n"
               "nuncio wait ID. What another process works on is left to that one. The exit code\n"
               "is the greatest.\n\n",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
