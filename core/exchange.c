/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "engine.h"

#include <string.h>
#include "clock.h"
#include "text.h"

#define ANSWER_MS 60000 /* for a request that is not held by the vendor */

void exchange_call(const struct job *job, int64_t now, char key[RECORD_KEY_SIZE],
                   struct nuncio_call *ret_call)
{
    const struct interaction *machine = &job->machine;
    const struct record *record = &machine->record;
    int64_t left = machine->patience_end - now;
    record_key(record, key);
    *ret_call = (struct nuncio_call){
        .size = sizeof(*ret_call),
        .step = job->step,
        .purpose = job->purpose,
        .delivery = record->strategy.delivery,
        .text = nuncio_slice(record->message),
        .agent = nuncio_slice(record->agent_id),
        .conversation = nuncio_slice(record->conversation),
        .ticket = nuncio_slice(record->ticket),
        .cursor = nuncio_slice(record->cursor),
        .interaction = nuncio_slice(record->id),
        .key = nuncio_slice(key),
        .attachments = job->attachments.items,
        .attachment_count = job->attachments.count,
        .attachment_size = sizeof(struct nuncio_attachment),
        .cursor_state = record->cursor_state,
        .want_json = record->want_json,
        .continued = record->continued,
        .cancelling = machine->cancelling,
        .polls = record->polls,
        .age_ms = now - machine->started,
        .left_ms = left > 1 ? left : 1,
    };
}

static void result_of(struct step_result *result, enum transport transport, uint32_t error_class,
                      const char *text)
{
    result->transport = transport;
    result->outcome = NULL;
    result->retry_after_ms = -1;
    problem_set(&result->problem, error_class, "%s", text);
}

static const struct nuncio_step *step_of(const struct job *job)
{
    return registry_step(job->destination.provider->plugin, job->step);
}

static bool has_effects(const struct job *job)
{
    return job->step == NUNCIO_STEP_SEND || job->step == NUNCIO_STEP_OPEN;
}

/* From now on it may have been sent: that must be durable before the first byte leaves. */
static bool leaves(void *context)
{
    struct job *job = context;
    if (job->step != NUNCIO_STEP_SEND)
        return true;
    struct record *record = &job->machine.record;
    int64_t sends = record->sends;
    uint32_t state = record->state;
    interaction_leaves(&job->machine);
    job->entry.step = registry_step_name(job->step);
    if (job->entry.intended || engine_commit(job, false, &job->engine->failure) == 0)
        return true;
    job->machine.left = false;
    job->journal_failed = true;
    record->sends = sends;
    record->state = state;
    return false;
}

/* Looking for a message whose fate is not known has little time, and one answer that hangs must leave room for more. */
static int64_t time_to_look(const struct interaction *machine, int64_t now)
{
    int64_t share = machine->policy.reconcile_ms / 3;
    int64_t left = machine->reconcile_end - now;
    int64_t limit = share < left ? share : left;
    return limit > 1 ? limit : 1;
}

static int64_t time_for(const struct job *job, int64_t now, int64_t left)
{
    if (job->machine.phase == PHASE_RECONCILE)
        return time_to_look(&job->machine, now);
    int64_t limit = job->request.patience_ms > 0 ? job->request.patience_ms : ANSWER_MS;
    return limit < left ? limit : left;
}

void job_over(void *context, const struct http_result *result);

static int start_transfer(struct job *job, int64_t now, const struct nuncio_call *call,
                          struct nuncio_failure *failure)
{
    const struct provider *provider = job->destination.provider;
    const struct http_terms terms = {
        .effects = has_effects(job),
        .allow_http = provider->config->allow_http,
        .connect_timeout_ms = provider->config->connect_timeout_ms,
        .timeout_ms = time_for(job, now, call->left_ms),
        .proxy = provider->config->proxy,
        .ca_file = provider->config->ca_file,
    };
    const struct http_events events = {.leaves = leaves, .over = job_over, .context = job};
    response_init(&job->response, (uint64_t)provider->config->max_reply);
    return http_start(job->engine->http, &job->request, &job->attachments, &terms, &events, &job->response,
                      &job->transfer, failure);
}

bool exchange_look_ahead(struct job *job, int64_t now)
{
    const struct request_values values = provider_request_values(job->destination.values, false);
    const struct nuncio_step *step = step_of(job);
    struct nuncio_call call;
    char key[RECORD_KEY_SIZE];
    exchange_call(job, now, key, &call);
    bool built =
        step && request_build(step, job->destination.instance, &call, job->destination.provider->base_url,
                              &values, &job->request, NULL) == NUNCIO_OK;
    if (built)
        job->machine.record.repeatable = job->request.repeat_key != NULL;
    request_finish(&job->request);
    return built;
}

int exchange_start(struct job *job, int64_t now, struct step_result *ret_result)
{
    const struct provider *provider = job->destination.provider;
    struct nuncio_call call;
    struct nuncio_failure failure;
    char key[RECORD_KEY_SIZE];
    const struct request_values values = provider_request_values(job->destination.values, false);
    const struct nuncio_step *step = step_of(job);

    if (!step) {
        result_of(ret_result, TRANSPORT_CANNOT, 0, "");
        return -1;
    }
    exchange_call(job, now, key, &call);
    int built = request_build(step, job->destination.instance, &call, provider->base_url, &values,
                              &job->request, &failure);
    if (built == NUNCIO_CANNOT) {
        result_of(ret_result, TRANSPORT_CANNOT, 0, "");
        return -1;
    }
    if (built == NUNCIO_OK && job->step == NUNCIO_STEP_SEND) {
        struct record *record = &job->machine.record;
        record->repeatable = job->request.repeat_key != NULL;
        if (record->sends > 0 && !record->repeatable) { /* never twice, whoever thought that it may */
            result_of(ret_result, TRANSPORT_CANNOT, 0, "");
            return -1;
        }
    }
    if (built != NUNCIO_OK || start_transfer(job, now, &call, &failure) < 0) {
        result_of(ret_result, TRANSPORT_NOT_SENT, failure.error_class, failure.text);
        ret_result->problem.permanent = true;
        return -1;
    }
    return 0;
}

static void read_answer(struct job *job, int64_t now, struct outcome *outcome, struct step_result *result)
{
    const struct provider *provider = job->destination.provider;
    struct nuncio_call call;
    char key[RECORD_KEY_SIZE];
    exchange_call(job, now, key, &call);
    /* A refusal that repeats the key would show it in errors and the journal. */
    if (job->response.http_status >= 400)
        options_hide(job->destination.values, job->response.body.data, &job->response.body.size);
    response_parse(&job->response);
    if (job->response.http_status >= 400)
        options_hide_strings(job->destination.values, job->response.document);
    outcome_read(provider->plugin, step_of(job), job->destination.instance, &call, &job->response, outcome);
    options_hide_text(job->destination.values, outcome->text);
    result->transport = TRANSPORT_ANSWERED;
    result->outcome = outcome;
    result->retry_after_ms = response_retry_after(&job->response, clock_wall());
    problem_init(&result->problem);
    result->problem.status = job->response.http_status;
}

static void read_redirect(const struct job *job, const struct http_result *http, struct step_result *result)
{
    char shown[301]; /* the vendor's bytes */
    options_show_location(job->destination.values, http->location, shown, sizeof(shown));
    result_of(result, TRANSPORT_REFUSED, NUNCIO_ERROR_INVALID, "");
    problem_set(&result->problem, NUNCIO_ERROR_INVALID, "the vendor points to %s; is base_url %.100s right?",
                shown, job->destination.provider->base_url);
    result->problem.status = http->status;
}

static void read_not_sent(struct job *job, const struct http_result *http, struct step_result *result)
{
    result_of(result, TRANSPORT_NOT_SENT, NUNCIO_ERROR_UNREACHABLE, http->text);
    result->problem.permanent = http->permanent;
    if (job->journal_failed)
        engine_journal_problem(job, &result->problem);
    job->journal_failed = false;
}

static uint32_t class_of_break(const struct http_result *http)
{
    if (http->too_large)
        return NUNCIO_ERROR_PROTOCOL;
    return http->timed_out ? NUNCIO_ERROR_TIMEOUT : NUNCIO_ERROR_UNAVAILABLE;
}

void exchange_read(struct job *job, int64_t now, const struct http_result *http, struct outcome *outcome,
                   struct step_result *ret_result)
{
    switch (http->end) {
    case HTTP_ANSWERED:
        job->response.http_status = http->status;
        read_answer(job, now, outcome, ret_result);
        break;
    case HTTP_REDIRECT:
        read_redirect(job, http, ret_result);
        break;
    case HTTP_NOT_SENT:
        read_not_sent(job, http, ret_result);
        break;
    case HTTP_BROKEN:
        result_of(ret_result, TRANSPORT_BROKEN, class_of_break(http), http->text);
        break;
    }
}
