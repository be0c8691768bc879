/* SPDX-License-Identifier: MIT */
/* A message that refers to an earlier interaction: sent again, or in its conversation. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <stdlib.h>
#include <string.h>
#include "text.h"

/* A copy by way of the form that it has in a store. */
static bool copy(const struct record *record, struct record *ret_record)
{
    const struct journal_entry none = {0};
    struct nuncio_store_interaction row;
    journal_row(record, &none, NULL, &row);
    return journal_row_read(&row, ret_record);
}

int recall_record(struct nuncio *nuncio, const char *id, struct record *ret_record,
                  struct nuncio_failure *failure)
{
    struct journal_view view;
    const struct job *job = runtime_job(nuncio, id);
    if (job)
        return copy(&job->machine.record, ret_record) ? 1 : failure_memory(failure);
    return journal_get(&nuncio->journal, id, ret_record, &view, failure);
}

static int find(struct nuncio *nuncio, const char *id, struct record *ret_record,
                struct nuncio_failure *failure)
{
    int found = recall_record(nuncio, id, ret_record, failure);
    if (found == 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "there is no interaction %s; see 'nuncio list'",
                           id);
    return found < 0 ? -1 : 0;
}

void recalled_finish(struct recalled *recalled)
{
    attachments_sources_finish(recalled->attachments);
    recalled->attachments = NULL;
    record_finish(&recalled->again);
    record_finish(&recalled->continued);
}

static int recall_text(struct nuncio *nuncio, struct plan *plan, struct recalled *recalled,
                       struct nuncio_failure *failure)
{
    struct nuncio_message *message = &plan->message;
    struct record *again = &recalled->again;
    if (find(nuncio, message->again_of, again, failure) < 0)
        return -1;
    if (!record_is_final(again))
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "interaction %s is still %s; 'nuncio wait %s' brings its reply, 'nuncio cancel %s' stops it",
            again->id, nuncio_state_name(again->state), again->id, again->id);
    if (again->state == NUNCIO_INTERACTION_UNKNOWN && !message->again_unknown)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "interaction %s may have run, and sending it again may cost twice; look at the vendor's own "
            "history, then say --yes",
            again->id);
    if (!again->message)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the text of interaction %s was not kept (keep_content = no); send it by hand",
                           again->id);
    if (!attachments_sources(again->attachments, &recalled->attachments, &message->attachment_count))
        return failure_memory(failure);
    if (message->attachment_count > 0 && !(plan->wish.capabilities & NUNCIO_ATTACHMENTS))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "interaction %s has attachments, which the vendor of %s does not take", again->id,
                           message->agent);
    message->text = again->message;
    message->text_size = (uint64_t)again->message_size;
    message->attachments = recalled->attachments;
    return 0;
}

static int recall_conversation(struct nuncio *nuncio, struct plan *plan, struct recalled *recalled,
                               struct nuncio_failure *failure)
{
    struct nuncio_message *message = &plan->message;
    const struct record *earlier = &recalled->continued;
    if (find(nuncio, message->continue_of, &recalled->continued, failure) < 0)
        return -1;
    if (strcmp(earlier->provider, plan->destination.provider->config->name) != 0)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "interaction %s was sent with provider %s, and %s is an agent of %s; a conversation stays "
            "with its provider",
            earlier->id, earlier->provider, message->agent, plan->destination.provider->config->name);
    if (!earlier->conversation)
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the vendor has told no conversation of interaction %s, which is %s", earlier->id,
                           nuncio_state_name(earlier->state));
    return 0;
}

int recall(struct nuncio *nuncio, struct plan *plan, struct recalled *ret_recalled,
           struct nuncio_failure *failure)
{
    struct recalled recalled = {0};
    record_init(&recalled.again);
    record_init(&recalled.continued);
    if ((plan->message.again_of || plan->message.continue_of) &&
        journal_open(&nuncio->journal, JOURNAL_READ, failure) < 0)
        return -1;
    if ((plan->message.again_of && recall_text(nuncio, plan, &recalled, failure) < 0) ||
        (plan->message.continue_of && recall_conversation(nuncio, plan, &recalled, failure) < 0)) {
        recalled_finish(&recalled);
        return -1;
    }
    if (plan->message.continue_of)
        plan->continued = recalled.continued.conversation;
    *ret_recalled = recalled;
    return 0;
}
