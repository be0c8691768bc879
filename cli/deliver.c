/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "deliver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "output.h"
#include "signals.h"
#include "waiting.h"

static bool is_sync(const struct nuncio_interaction *interaction)
{
    const char *strategy = interaction->strategy ? interaction->strategy : "";
    size_t size = strlen(strategy);

    return size >= 4 && strcmp(strategy + size - 4, "sync") == 0;
}

/* Nobody waits any more, yet the vendor's run is not known to be over. */
static bool goes_on(const struct nuncio_interaction *interaction)
{
    return interaction->state > NUNCIO_INTERACTION_NEW && interaction->state < NUNCIO_INTERACTION_COMPLETED;
}

/* What is wrong, in the library's words where it has some. */
static const char *trouble(const struct nuncio_interaction *interaction)
{
    if (interaction->error_text)
        return interaction->error_text;
    switch (interaction->state) {
    case NUNCIO_INTERACTION_COMPLETED:
        return NULL;
    case NUNCIO_INTERACTION_NEW:
    case NUNCIO_INTERACTION_FAILED:
        return interaction->sends > 0 ? "the message failed" : "nothing was sent";
    case NUNCIO_INTERACTION_CANCELLED:
        return "the run was stopped";
    case NUNCIO_INTERACTION_QUEUED:
    case NUNCIO_INTERACTION_PROCESSING:
        return "the run goes on at the vendor";
    default:
        return "the message may have been sent, and nobody can say whether it runs";
    }
}

/* The one line about an interaction that brought no reply; `start` says what came in between, or is "". */
static void complain(const struct nuncio_interaction *interaction, const char *start)
{
    const char *text = trouble(interaction);
    bool add_command;

    if (!text && *start == '\0')
        return;
    if (!text)
        text = "the reply is here";
    /* The library names the command itself, or says that without a journal there is none. */
    add_command = goes_on(interaction) && !strstr(text, "nuncio wait") && !strstr(text, "journal");
    output_error("%s%s%s%s", start, text, add_command ? "; nuncio wait " : "",
                 add_command ? interaction->id : "");
}

static void print_reply(const struct nuncio_interaction *interaction, const struct deliver_form *form)
{
    if (!interaction->reply_text) {
        output_warning("the journal holds no reply of interaction %s", interaction->id);
        return;
    }
    if (form->several) {
        output_text(interaction->id, strlen(interaction->id));
        output_line(": ");
    }
    if (form->parse_json && interaction->reply_json)
        output_line(interaction->reply_json);
    else
        output_line_of(interaction->reply_text, interaction->reply_size);
}

bool deliver_object(struct nuncio *nuncio, const char *id)
{
    char *json;

    if (nuncio_get_json(nuncio, id, &json) < 0) {
        output_error("out of memory for the JSON object of interaction %s", id);
        return false;
    }
    output_line(json);
    free(json);
    return true;
}

/* Standard output: the object, or the id, or the reply where there is one. */
static bool print_result(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                         const struct deliver_form *form, int status)
{
    if (form->json)
        return deliver_object(nuncio, interaction->id);
    if (form->id_only) {
        if (status == EXIT_GOOD)
            output_line(interaction->id);
    } else if (interaction->state == NUNCIO_INTERACTION_COMPLETED && !form->no_reply) {
        print_reply(interaction, form);
    }
    return true;
}

static bool is_accepted(const struct nuncio_interaction *interaction)
{
    return interaction->error_class == NUNCIO_ERROR_NONE &&
           (interaction->state == NUNCIO_INTERACTION_QUEUED ||
            interaction->state == NUNCIO_INTERACTION_PROCESSING);
}

static int print_ended(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                       const struct deliver_form *form, const char *start)
{
    int status = nuncio_exit_code(interaction);
    char lead[DELIVER_REASON_SIZE + NUNCIO_ID_SIZE + 40] = "";
    bool silent;

    if (form->id_only && is_accepted(interaction))
        status = EXIT_GOOD;
    silent = status == EXIT_GOOD && *start == '\0';
    if (*start != '\0')
        snprintf(lead, sizeof(lead), "%s; interaction %s: ", start, interaction->id);
    else if (form->several)
        snprintf(lead, sizeof(lead), "%s: ", interaction->id);
    if (interaction->warning)
        output_warning("%s%s", form->several ? lead : "", interaction->warning);
    output_about(interaction->id);
    /* What became of the message is worth more than that it could not be told in full. */
    if (!print_result(nuncio, interaction, form, status) && status == EXIT_GOOD)
        status = EXIT_FAILED;
    if (!silent)
        complain(interaction, lead);
    return status;
}

int deliver_result(struct nuncio *nuncio, const struct nuncio_interaction *interaction,
                   const struct deliver_form *form)
{
    return print_ended(nuncio, interaction, form, "");
}

void deliver_reason(char ret_text[DELIVER_REASON_SIZE])
{
    if (signals_caught())
        snprintf(ret_text, DELIVER_REASON_SIZE, "interrupted");
    else
        snprintf(ret_text, DELIVER_REASON_SIZE, "cannot wait on (%s)", strerror(errno));
}

int deliver_stopped(struct nuncio *nuncio, const char *id, const struct deliver_form *form)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char reason[DELIVER_REASON_SIZE];
    int status;

    deliver_reason(reason);
    if (nuncio_get(nuncio, id, &interaction) == 0 && !interaction.ended) {
        if (interaction.state != NUNCIO_INTERACTION_NEW && !interaction.held && is_sync(&interaction))
            output_warning("the reply of %s arrives only on this connection, which ends now",
                           interaction.provider ? interaction.provider : "the vendor");
        nuncio_detach(nuncio, id);
        nuncio_get(nuncio, id, &interaction);
    }
    status = print_ended(nuncio, &interaction, form, reason);
    if (signals_caught())
        return EXIT_SIGNAL + signals_caught();
    return status == EXIT_GOOD ? EXIT_FAILED : status;
}

/* Where the vendor accepts a message only by answering it, --no-wait means to wait. */
static void announce(struct nuncio *nuncio, const char *id)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};

    if (nuncio_get(nuncio, id, &interaction) == 0 && is_sync(&interaction))
        output_note("%s accepts a message only by answering it; waiting for the reply",
                    interaction.provider ? interaction.provider : "the vendor");
}

int deliver(struct nuncio *nuncio, const char *id, const struct deliver_form *form)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char ended[NUNCIO_ID_SIZE];
    struct waiting waiting;
    int status;

    /* Until now nothing has left, and a signal ended the program. */
    if (!waiting_init(&waiting, nuncio))
        return EXIT_FAILED;
    if (form->id_only)
        announce(nuncio, id);
    if (!waiting_add(&waiting, id)) {
        status = EXIT_FAILED;
    } else if (waiting_next(&waiting, ended, &interaction) == WAITING_ENDED) {
        signals_release(); /* there is nothing left to be stopped but the output */
        status = deliver_result(nuncio, &interaction, form);
    } else {
        status = deliver_stopped(nuncio, id, form);
    }
    waiting_finish(&waiting);
    return status;
}
