/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "interaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "text.h"

/* Whoever is to mend a plugin, or to replace it, needs to know which file that is. */
static void name_plugin(const struct interaction_policy *policy, struct problem *problem)
{
    static const char lead[] = "plugin: ";
    char what[sizeof(problem->text)];
    if (!policy->origin || strncmp(problem->text, lead, sizeof(lead) - 1) != 0)
        return;
    memcpy(what, problem->text, sizeof(what));
    snprintf(problem->text, sizeof(problem->text), "plugin %.340s: %.160s", policy->origin,
             what + sizeof(lead) - 1);
}

/* Texts are best effort: without memory the class and the state still tell. */
static void note_error(struct interaction *interaction, const struct problem *cause, const char *ending)
{
    struct record *record = &interaction->record;
    struct problem named = *cause;
    const struct problem *problem = &named;
    char text[1024];
    name_plugin(&interaction->policy, &named);
    problem_sentence(problem, record->provider, ending, text, sizeof(text));
    record->error_class = problem->error_class;
    record->error_status = problem->status;
    (void)text_assign(&record->error_code,
                      nuncio_slice(problem->vendor_code[0] ? problem->vendor_code : NULL));
    (void)text_assign(&record->error_text, nuncio_slice(text));
}

static void end(struct interaction *interaction, int64_t now, uint32_t state)
{
    interaction->record.state = state;
    interaction->record.queue_position = -1;
    interaction->record.finished_at = interaction->record.created_at + (now - interaction->started);
    interaction->ended = true;
}

void interaction_warn(struct interaction *interaction, const char *text)
{
    (void)text_assign(&interaction->record.warning, nuncio_slice(text));
}

void interaction_out_of_memory(struct interaction *interaction, int64_t now)
{
    struct problem problem;
    problem_set(&problem, NUNCIO_ERROR_INTERNAL, "out of memory");
    if (interaction->record.state == NUNCIO_INTERACTION_NEW)
        interaction_end_failed(interaction, now, &problem);
    else if (interaction->record.state == NUNCIO_INTERACTION_SENDING)
        interaction_end_unknown(interaction, now, &problem);
    else
        interaction_end_stopped(interaction, &problem);
}

/* The vendor has no switch for it, or did not parse: then the core does. */
static void parse_reply(struct interaction *interaction)
{
    struct record *record = &interaction->record;
    struct json_document *document = NULL;
    if (json_parse(record->reply, record->reply_size, &document) != JSON_GOOD) {
        interaction_warn(interaction, "the reply is not JSON; reply.json is null");
        return;
    }
    record->reply_json = json_text(document, json_root(document));
    json_destroy(document);
}

/* Not every vendor adds them up. */
static void complete_usage(struct usage *usage)
{
    if (usage->total_tokens < 0 && usage->input_tokens >= 0 && usage->output_tokens >= 0 &&
        usage->output_tokens <= INT64_MAX - usage->input_tokens)
        usage->total_tokens = usage->input_tokens + usage->output_tokens;
}

void interaction_clear_error(struct interaction *interaction)
{
    struct record *record = &interaction->record;
    record->error_class = NUNCIO_ERROR_NONE;
    record->error_status = 0;
    free(record->error_code);
    free(record->error_text);
    record->error_code = record->error_text = NULL;
}

void interaction_complete(struct interaction *interaction, int64_t now, struct outcome *outcome)
{
    struct record *record = &interaction->record;
    uint64_t size = outcome->reply.size;
    char *reply = buffer_take(&outcome->reply);
    if (!reply) {
        interaction_out_of_memory(interaction, now);
        return;
    }
    free(record->reply);
    record->reply = reply;
    record->reply_size = size;
    record->usage = outcome->usage;
    complete_usage(&record->usage);
    free(record->reply_json);
    record->reply_json = outcome->reply_json;
    outcome->reply_json = NULL;
    if (record->want_json && !record->reply_json)
        parse_reply(interaction);
    interaction_clear_error(interaction);
    end(interaction, now, NUNCIO_INTERACTION_COMPLETED);
}

/* What to add where the class alone does not say that nothing ran. */
static const char *failed_ending(const struct interaction *interaction, const struct problem *problem)
{
    if (interaction->record.sends > 0)
        return NULL;
    if (problem->ours)
        return "nothing was sent";
    switch (problem->error_class) {
    case NUNCIO_ERROR_UNREACHABLE:
        return "nothing was sent; check base_url and the network";
    case NUNCIO_ERROR_RATE:
    case NUNCIO_ERROR_BUSY:
    case NUNCIO_ERROR_TIMEOUT:
    case NUNCIO_ERROR_UNAVAILABLE:
        return "nothing was sent; send again later";
    case NUNCIO_ERROR_PROTOCOL:
        return "nothing was sent; check base_url";
    default:
        return NULL;
    }
}

void interaction_end_failed(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    note_error(interaction, problem, failed_ending(interaction, problem));
    end(interaction, now, NUNCIO_INTERACTION_FAILED);
}

void interaction_end_cancelled(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    struct problem cancelled;
    problem_set(&cancelled, NUNCIO_ERROR_CANCELLED, "%s", "");
    note_error(interaction, problem ? problem : &cancelled, NULL);
    end(interaction, now, NUNCIO_INTERACTION_CANCELLED);
}

/* What to do about a message of which nobody knows whether it ran. */
static void unknown_ending(const struct interaction *interaction, char *ret_text, size_t size)
{
    const struct record *record = &interaction->record;
    const char *lead =
        interaction->accepted_at >= 0
            ? "the message was accepted; look at the vendor's own history"
            : "it may have been sent and is never sent again by itself: look at the vendor's own history";
    if (interaction->policy.durable && interaction->policy.keeps_text)
        snprintf(ret_text, size,
                 "%s, then say 'nuncio settle %s --ran' or '--not-run', or send it anew with 'nuncio send "
                 "%.128s --again %s --yes'",
                 lead, record->id, record->agent, record->id);
    else if (interaction->policy.durable)
        snprintf(ret_text, size, "%s, then say 'nuncio settle %s --ran' or '--not-run'", lead, record->id);
    else
        snprintf(ret_text, size, "%s%s", lead,
                 interaction->accepted_at >= 0 ? "" : " before you send it anew");
}

void interaction_end_unknown(struct interaction *interaction, int64_t now, const struct problem *problem)
{
    char ending[512];
    unknown_ending(interaction, ending, sizeof(ending));
    if (!interaction->was_unknown)
        note_error(interaction, problem, ending);
    end(interaction, now, NUNCIO_INTERACTION_UNKNOWN);
}

/* Asking is of no use at the moment; the state stays. */
void interaction_end_stopped(struct interaction *interaction, const struct problem *problem)
{
    char ending[256];
    if (interaction->policy.durable)
        snprintf(ending, sizeof(ending), "the run goes on at the vendor; 'nuncio wait %s' takes it up again",
                 interaction->record.id);
    else
        snprintf(
            ending, sizeof(ending),
            "the run goes on at the vendor (ticket %.128s); without a journal nuncio cannot take it up again",
            interaction->record.ticket ? interaction->record.ticket : "unknown");
    note_error(interaction, problem, ending);
    interaction->ended = true;
}

void interaction_stop_watching(struct interaction *interaction, int64_t now)
{
    struct problem waiting;
    if (interaction->ended)
        return;
    problem_set(&waiting, NUNCIO_ERROR_TIMEOUT, "waited %.1f s",
                (double)(now - interaction->waiting_since) / 1000);
    note_error(interaction, &waiting, "another process works on it");
    interaction->ended = true;
}

/* The run goes on. Where the last look at it failed, that is what must be mended. */
static void stop_waiting(struct interaction *interaction, const struct problem *waiting)
{
    struct problem both = *waiting;
    const struct problem *last = &interaction->problem;
    if (last->error_class != NUNCIO_ERROR_NONE) {
        both = *last;
        both.error_class = waiting->error_class;
        snprintf(both.text, sizeof(both.text), "%.64s, and the last look failed: %.400s", waiting->text,
                 last->text);
    }
    interaction_end_stopped(interaction, &both);
}

/* What was left behind by another process stays to be sent; only who has just given the message is told that it was
   not. */
static void stay_unsent(struct interaction *interaction, const struct problem *waiting,
                        const struct problem *why)
{
    struct problem both = *waiting;
    char ending[128];
    if (why->text[0])
        snprintf(both.text, sizeof(both.text), "%.400s", why->text);
    both.error_class = NUNCIO_ERROR_TIMEOUT;
    snprintf(ending, sizeof(ending), "nothing was sent yet; 'nuncio wait %s' sends it",
             interaction->record.id);
    note_error(interaction, &both, ending);
    interaction->ended = true;
}

/* Nobody waits any more, for the reason in `waiting`; an earlier problem says more about what never left. */
static void end_waiting(struct interaction *interaction, int64_t now, const struct problem *waiting)
{
    const struct problem *earlier = &interaction->problem;
    bool told = earlier->error_class != NUNCIO_ERROR_NONE;
    switch (interaction->record.state) {
    case NUNCIO_INTERACTION_NEW:
        if (interaction->taken_up)
            stay_unsent(interaction, waiting, earlier);
        else
            interaction_end_failed(interaction, now, told ? earlier : waiting);
        break;
    case NUNCIO_INTERACTION_SENDING:
        interaction_end_unknown(interaction, now, told ? earlier : waiting);
        break;
    default:
        stop_waiting(interaction, waiting);
        break;
    }
}

void interaction_end_patience(struct interaction *interaction, int64_t now)
{
    struct problem waiting;
    bool nothing_left = interaction->record.state == NUNCIO_INTERACTION_NEW;
    problem_set(&waiting, nothing_left ? NUNCIO_ERROR_UNREACHABLE : NUNCIO_ERROR_TIMEOUT, "waited %.1f s",
                (double)(now - interaction->waiting_since) / 1000);
    end_waiting(interaction, now, &waiting);
}

void interaction_detach(struct interaction *interaction, int64_t now)
{
    struct problem waiting;
    if (interaction->ended)
        return;
    problem_set(&waiting, NUNCIO_ERROR_TIMEOUT, "%s", "");
    end_waiting(interaction, now, &waiting);
}
