/* SPDX-License-Identifier: MIT */
/* Runs a plugin's read() and judges its verdict. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "outcome.h"
#include "text.h"

#include <string.h>

static bool has_step(const struct nuncio_plugin *plugin, uint32_t kind)
{
    for (uint32_t i = 0; plugin && plugin->steps && i < plugin->step_count; i++) {
        const struct nuncio_step *step =
            (const struct nuncio_step *)(const void *)((const char *)plugin->steps +
                                                       (size_t)plugin->step_size * i);
        if (step->kind == kind)
            return true;
    }
    return false;
}

static const char *step_name(uint32_t kind)
{
    static const char *const names[] = {"",        "OPEN",   "SEND",  "POLL",  "FETCH",
                                        "HISTORY", "CANCEL", "CHECK", "UPLOAD"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : "";
}

/* Whether DONE of this step promises a reply. */
static bool wants_reply(const struct nuncio_call *call)
{
    switch (call->step) {
    case NUNCIO_STEP_SEND:
    case NUNCIO_STEP_POLL:
    case NUNCIO_STEP_FETCH:
        return true;
    case NUNCIO_STEP_HISTORY:
        return call->purpose == NUNCIO_RECONCILE;
    default:
        return false;
    }
}

static void judge_done(const struct nuncio_call *call, struct outcome *outcome)
{
    if (wants_reply(call) && !outcome->reply_set)
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL,
                       "plugin: DONE from %s without a reply; set one, be it empty", step_name(call->step));
    else if (call->step == NUNCIO_STEP_OPEN && !outcome->conversation)
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: DONE from OPEN without a conversation");
}

static void judge_wait(const struct nuncio_call *call, struct outcome *outcome)
{
    /* Without a ticket WAIT means this step again, and SEND leaves at most once. */
    if (call->step == NUNCIO_STEP_SEND && !outcome->ticket && !nuncio_given(call->ticket))
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: WAIT from SEND without a ticket");
    else if (outcome->wait_state == 0)
        outcome->wait_state = NUNCIO_STATE_PROCESSING;
}

static void judge(const struct nuncio_plugin *plugin, const struct nuncio_call *call, struct outcome *outcome)
{
    switch (outcome->verdict) {
    case NUNCIO_DONE:
        judge_done(call, outcome);
        break;
    case NUNCIO_NEXT:
        if (!has_step(plugin, outcome->next_step))
            outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL,
                           "plugin: NEXT to step %u %s, which it does not have", outcome->next_step,
                           step_name(outcome->next_step));
        break;
    case NUNCIO_WAIT:
        judge_wait(call, outcome);
        break;
    case NUNCIO_FAILED:
        if (outcome->class_ == 0)
            outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL, "plugin: FAILED from %s without a class",
                           step_name(call->step));
        break;
    case NUNCIO_UNSEEN:
        if (call->step != NUNCIO_STEP_HISTORY || call->purpose != NUNCIO_RECONCILE)
            outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL,
                           "plugin: UNSEEN is for HISTORY that reconciles, not for %s",
                           step_name(call->step));
        break;
    default:
        outcome_misuse(outcome, NUNCIO_CLASS_INTERNAL,
                       "plugin: read of %s returned %d, which is undefined; a verdict is %d to %d",
                       step_name(call->step), outcome->verdict, NUNCIO_DONE, NUNCIO_UNSEEN);
    }
}

/* A wrong verdict makes all that came with it doubtful: nothing of it is kept. */
static void reject(struct outcome *outcome)
{
    char misuse[sizeof outcome->misuse];
    uint32_t misuse_class = outcome->misuse_class;
    memcpy(misuse, outcome->misuse, sizeof misuse);
    outcome_finish(outcome);
    memcpy(outcome->misuse, misuse, sizeof misuse);
    outcome->misuse_class = misuse_class;
    outcome->verdict = NUNCIO_FAILED;
    outcome->class_ = misuse_class;
    text_clean(outcome->text, sizeof outcome->text, misuse, strlen(misuse));
}

static void describe(const struct response *response, struct outcome *outcome)
{
    struct nuncio_slice code = response_vendor_code(&response->abi);
    text_clean(outcome->vendor_code, sizeof outcome->vendor_code, code.data, (size_t)code.size);
    if (!outcome->text[0])
        outcome_describe(outcome->class_, response, outcome->text, sizeof outcome->text);
}

void outcome_read(const struct nuncio_plugin *plugin, const struct nuncio_step *step, const void *instance,
                  const struct nuncio_call *call, struct response *response, struct outcome *ret_outcome)
{
    outcome_finish(ret_outcome);
    ret_outcome->source = response;
    if (!step || !step->read)
        outcome_misuse(ret_outcome, NUNCIO_CLASS_INTERNAL, "plugin: %s cannot be read",
                       step_name(call->step));
    else
        ret_outcome->verdict = step->read(instance, call, &response->abi, &ret_outcome->abi);
    /* What was not found for want of memory may well be there. */
    if (response->problem == JSON_NO_MEMORY)
        outcome_misuse(ret_outcome, NUNCIO_CLASS_INTERNAL, "out of memory");
    /* Two values for what the verdict may stand on. */
    if (response->ambiguous && ret_outcome->verdict != NUNCIO_FAILED)
        outcome_misuse(ret_outcome, NUNCIO_CLASS_PROTOCOL, "a name is twice in the vendor's answer");
    judge(plugin, call, ret_outcome);
    if (ret_outcome->misuse[0])
        reject(ret_outcome);
    if (ret_outcome->verdict != NUNCIO_WAIT)
        ret_outcome->input_required = false;
    if (ret_outcome->verdict == NUNCIO_FAILED)
        describe(response, ret_outcome);
    else
        outcome_reply_settle(ret_outcome);
    ret_outcome->source = NULL;
}
