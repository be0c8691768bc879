/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include "text.h"

#define PREVIEW_LIMIT (64u * 1024 * 1024)

int32_t nuncio_explain(struct nuncio *nuncio, const struct nuncio_message *message, char **ret_text,
                       struct nuncio_failure *failure)
{
    struct plan plan;
    struct nuncio_message asked = {.size = sizeof(asked)};
    memcpy(&asked, message, MIN((size_t)message->size, sizeof(asked)));
    asked.size = sizeof(asked);
    if (asked.text_size == 0) { /* the choice does not depend on the text */
        asked.text = "?";
        asked.text_size = 1;
    }
    if (plan_make(nuncio, &asked, &plan, failure) < 0)
        return -1;
    struct buffer text;
    buffer_init(&text, PREVIEW_LIMIT);
    buffer_append_format(&text, "%s: %s; %s", strategy_name(&plan.strategy),
                         strategy_delivery_reason(&plan.wish, &plan.strategy),
                         strategy_thread_reason(&plan.wish, &plan.strategy));
    char *taken = buffer_take(&text);
    buffer_finish(&text);
    if (!taken)
        return failure_memory(failure);
    *ret_text = taken;
    return 0;
}

/* ---- The requests of a message ----------------------------------------------------------------------------
 */

static void print_headers(struct buffer *text, const struct http_request *request)
{
    const char *host = strstr(request->url, "://");
    host = host ? host + 3 : request->url;
    size_t length = strcspn(host, "/?");
    buffer_append_format(text, "%s %s HTTP/1.1\nHost: %.*s\n", request->method,
                         host[length] ? host + length : "/", (int)length, host);
    buffer_append_text(text, "Accept: application/json\n");
    if (request->body_text)
        buffer_append_format(text, "Content-Type: application/json\nContent-Length: %" PRIu64 "\n",
                             request->body_size);
    for (uint32_t i = 0; i < request->header_count; i++) /* built for printing: secrets are masked already */
        buffer_append_format(text, "%s\n", request->headers[i].line);
    buffer_append_char(text, '\n');
}

static void print_request(struct buffer *text, const struct http_request *request)
{
    print_headers(text, request);
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct request_segment *segment = &request->segments[i];
        if (segment->data)
            buffer_append(text, segment->data, segment->size);
        else
            buffer_append_format(text, "{%" PRIu64 " bytes of base64}", segment->size);
    }
    if (request->segment_count > 0)
        buffer_append_char(text, '\n');
}

static int preview_step(struct job *job, const struct plan *plan, uint32_t kind, uint32_t purpose,
                        const char *title, struct buffer *text, struct nuncio_failure *failure)
{
    const struct provider *provider = plan->destination.provider;
    const struct nuncio_step *step = registry_step(provider->plugin, kind);
    const struct request_values values = provider_request_values(plan->destination.values, true);
    struct nuncio_call call;
    char key[RECORD_KEY_SIZE];
    if (!step)
        return 0;
    job->step = kind;
    job->purpose = purpose;
    int64_t timeout = plan->message.timeout_ms > 0 ? plan->message.timeout_ms : provider->config->timeout_ms;
    job->machine.patience_end = timeout;
    exchange_call(job, 0, key, &call);
    if (kind == NUNCIO_STEP_FETCH && !nuncio_given(call.conversation)) /* by then it is known */
        call.conversation = nuncio_slice("{conversation}");
    int built = request_build(step, plan->destination.instance, &call, provider->base_url, &values,
                              &job->request, failure);
    if (built < 0)
        return failure_prefix(failure, "%s", plan->message.agent);
    if (built == NUNCIO_OK) {
        buffer_append_format(text, "%s# %s\n", text->size ? "\n" : "", title);
        print_request(text, &job->request);
        request_finish(&job->request);
    }
    return 0;
}

static int preview_steps(struct job *job, const struct plan *plan, struct buffer *text,
                         struct nuncio_failure *failure)
{
    uint64_t capabilities = plan->wish.capabilities;
    bool polls = plan->strategy.delivery != NUNCIO_SYNC;
    bool opens = (capabilities & NUNCIO_THREADS_REQUIRED) && !plan->message.remote_id;
    bool learns =
        (capabilities & NUNCIO_HISTORY) && (plan->message.remote_id || job->machine.policy.learn_first);
    if (learns && preview_step(job, plan, NUNCIO_STEP_HISTORY, NUNCIO_LEARN,
                               "HISTORY: where the conversation stands", text, failure) < 0)
        return -1;
    if (opens && preview_step(job, plan, NUNCIO_STEP_OPEN, 0, "OPEN: make a conversation", text, failure) < 0)
        return -1;
    if (preview_step(job, plan, NUNCIO_STEP_SEND, 0, "SEND: the message", text, failure) < 0)
        return -1;
    if (!polls)
        return 0;
    if (preview_step(job, plan, NUNCIO_STEP_POLL, 0, "POLL: until the run is final", text, failure) < 0)
        return -1;
    return preview_step(job, plan, NUNCIO_STEP_FETCH, 0, "FETCH: the reply", text, failure);
}

int32_t nuncio_dry_run(struct nuncio *nuncio, const struct nuncio_message *message, char **ret_text,
                       struct nuncio_failure *failure)
{
    struct plan plan;
    struct job *job;
    if (plan_make(nuncio, message, &plan, failure) < 0 || plan_job(nuncio, &plan, &job, failure) < 0)
        return -1;
    struct record *record = &job->machine.record;
    record->cursor_state = NUNCIO_CURSOR_UNKNOWN;
    struct buffer text;
    buffer_init(&text, PREVIEW_LIMIT);
    int result = 0;
    if (plan.message.remote_id) {
        record->continued = true;
        if (!text_assign(&record->conversation, nuncio_slice(plan.message.remote_id)))
            result = failure_memory(failure);
    }
    if (result == 0)
        result = preview_steps(job, &plan, &text, failure);
    char *taken = result == 0 ? buffer_take(&text) : NULL;
    buffer_finish(&text);
    job_destroy(job);
    if (result < 0)
        return -1;
    if (!taken)
        return failure_memory(failure);
    *ret_text = taken;
    return 0;
}
