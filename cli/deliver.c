/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "deliver.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "output.h"
#include "signals.h"
#include "spinner.h"

/* Sleeps until there is work, a signal, or the spinner's next turn. False: errno tells why not. */
static bool sleep_until_work(struct nuncio *nuncio, const struct spinner *spinner)
{
    struct pollfd watched[] = {{.fd = nuncio_fd(nuncio), .events = POLLIN},
                               {.fd = signals_fd(), .events = POLLIN}};
    int64_t limit = nuncio_timeout(nuncio);

    if (spinner->enabled && (limit < 0 || limit > SPINNER_INTERVAL_MS))
        limit = SPINNER_INTERVAL_MS;
    if (limit > INT_MAX)
        limit = INT_MAX;
    return poll(watched, sizeof(watched) / sizeof(watched[0]), limit < 0 ? -1 : (int)limit) >= 0 ||
           errno == EINTR || errno == EAGAIN;
}

/* Fills *ret_interaction with the interaction as it stands at last. Returns 0 where it ended, the number of
   the signal that came first, or -1 with errno where the runtime cannot go on. */
static int watch(struct nuncio *nuncio, const char *id, struct nuncio_interaction *ret_interaction)
{
    struct spinner spinner;
    int result = 0;

    spinner_init(&spinner);
    while (!result) {
        result = signals_caught();
        if (result)
            break;
        if (nuncio_step(nuncio) < 0 || nuncio_get(nuncio, id, ret_interaction) < 0)
            result = -1;
        else if (ret_interaction->ended)
            break;
        else
            spinner_show(&spinner, ret_interaction);
        if (!result && !sleep_until_work(nuncio, &spinner))
            result = -1;
    }
    output_erase_status();
    return result;
}

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
    const char *ticket = interaction->ticket;
    bool add_ticket, add_journal;

    if (!text && *start == '\0')
        return;
    if (!text)
        text = "the reply is here";
    add_ticket = goes_on(interaction) && ticket && !strstr(text, ticket);
    add_journal = goes_on(interaction) && !strstr(text, "journal");
    output_error("%s%s%s%s%s", start, text, add_ticket ? "; its ticket is " : "", add_ticket ? ticket : "",
                 add_journal ? "; without a journal nuncio cannot take it up again" : "");
}

/* Standard output: the object, or the reply where there is one. */
static bool print_result(struct nuncio *nuncio, const char *id, const struct nuncio_interaction *interaction,
                         const struct deliver_form *form)
{
    char *json;

    if (form->json) {
        if (nuncio_get_json(nuncio, id, &json) < 0) {
            output_error("out of memory for the JSON object of interaction %s", id);
            return false;
        }
        output_line(json);
        free(json);
    } else if (interaction->state == NUNCIO_INTERACTION_COMPLETED) {
        if (form->parse_json && interaction->reply_json)
            output_line(interaction->reply_json);
        else
            output_line_of(interaction->reply_text ? interaction->reply_text : "", interaction->reply_size);
    }
    return true;
}

/* Why the waiting came to an end before the interaction: a signal, or with -1 an error in errno. */
static void describe_stop(int result, const char *id, char ret_start[128])
{
    if (result > 0)
        snprintf(ret_start, 128, "interrupted; interaction %s: ", id);
    else
        snprintf(ret_start, 128, "cannot wait on (%s); interaction %s: ", strerror(errno), id);
}

/* Fills *ret_interaction with what is known when nobody waits any more. */
static void stop_waiting(struct nuncio *nuncio, const char *id, struct nuncio_interaction *ret_interaction)
{
    if (nuncio_get(nuncio, id, ret_interaction) == 0 && ret_interaction->ended)
        return;
    if (ret_interaction->state != NUNCIO_INTERACTION_NEW && is_sync(ret_interaction))
        output_warning("the reply of %s arrives only on this connection, which ends now",
                       ret_interaction->provider ? ret_interaction->provider : "the vendor");
    nuncio_detach(nuncio, id);
    nuncio_get(nuncio, id, ret_interaction);
}

int deliver(struct nuncio *nuncio, const char *id, const struct deliver_form *form)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char start[128] = "";
    int result, status;

    /* Until now nothing has left, and a signal ended the program. */
    if (!signals_catch()) {
        output_error("cannot catch signals, nothing was sent: %s", strerror(errno));
        return EXIT_FAILED;
    }
    result = watch(nuncio, id, &interaction);
    if (result != 0) {
        describe_stop(result, id, start);
        stop_waiting(nuncio, id, &interaction);
    }
    signals_release();

    if (interaction.warning)
        output_warning("%s", interaction.warning);
    status = nuncio_exit_code(&interaction);
    /* What became of the message is worth more than that it could not be told in full. */
    if ((!print_result(nuncio, id, &interaction, form) || result < 0) && !status)
        status = EXIT_FAILED;
    complain(&interaction, start);
    return result > 0 ? EXIT_SIGNAL + result : status;
}
