/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "clock.h"
#include "problem.h"
#include "text.h"

#define CHECK_MS 60000

typedef void check_callback(void *context, const struct nuncio_check_info *info);

/* One request outside of any interaction, waited for. */
struct probe {
    struct response response;
    struct http_result result;
    char text[512];
    char location[301];
    const struct option_values *values;
    bool over;
};

static void probe_over(void *context, const struct http_result *result)
{
    struct probe *probe = context;
    probe->result = *result;
    snprintf(probe->text, sizeof(probe->text), "%s", result->text);
    options_show_location(probe->values, result->location, probe->location, sizeof(probe->location));
    probe->over = true;
}

static int run_probe(struct nuncio *nuncio, const struct provider *provider,
                     const struct http_request *request, struct probe *probe, struct nuncio_failure *failure)
{
    const struct attachments none = {0};
    const struct http_terms terms = {
        .allow_http = provider->config->allow_http,
        .connect_timeout_ms = provider->config->connect_timeout_ms,
        .timeout_ms = CHECK_MS,
        .proxy = provider->config->proxy,
        .ca_file = provider->config->ca_file,
    };
    const struct http_events events = {.over = probe_over, .context = probe};
    struct http_transfer *transfer;
    if (http_start(nuncio->engine.http, request, &none, &terms, &events, &probe->response, &transfer,
                   failure) < 0)
        return -1;
    while (!probe->over) {
        if (http_step(nuncio->engine.http, clock_monotonic()) < 0)
            return failure_set(failure, NUNCIO_ERROR_INTERNAL, "the event loop failed: %s", strerror(errno));
        int64_t wait = http_timeout(nuncio->engine.http, clock_monotonic());
        struct pollfd entry = {.fd = http_fd(nuncio->engine.http), .events = POLLIN};
        if (!probe->over)
            (void)poll(&entry, 1, wait < 0 || wait > 1000 ? 1000 : (int)wait);
    }
    return 0;
}

static void judge_probe(const struct provider *provider, const struct nuncio_step *step,
                        const struct nuncio_call *call, struct probe *probe, struct problem *ret_problem)
{
    problem_init(ret_problem);
    if (probe->result.end == HTTP_REDIRECT) {
        problem_set(ret_problem, NUNCIO_ERROR_INVALID,
                    "the vendor points to %.300s; is base_url %.100s right?", probe->location,
                    provider->base_url);
        return;
    }
    if (probe->result.end != HTTP_ANSWERED) {
        bool answered = probe->result.end == HTTP_BROKEN && probe->result.too_large;
        problem_set(ret_problem, answered ? NUNCIO_ERROR_PROTOCOL : NUNCIO_ERROR_UNREACHABLE, "%s",
                    probe->text);
        return;
    }
    struct outcome outcome;
    outcome_init(&outcome, (uint64_t)provider->config->max_reply);
    probe->response.http_status = probe->result.status;
    if (probe->result.status >= 400)
        options_hide(&provider->values, probe->response.body.data, &probe->response.body.size);
    response_parse(&probe->response);
    if (probe->result.status >= 400)
        options_hide_strings(&provider->values, probe->response.document);
    outcome_read(provider->plugin, step, provider->instance, call, &probe->response, &outcome);
    options_hide_text(&provider->values, outcome.text);
    if (outcome.verdict != NUNCIO_DONE) {
        problem_set(ret_problem, outcome.verdict == NUNCIO_FAILED ? outcome.class_ : NUNCIO_ERROR_INTERNAL,
                    "%s", outcome.text);
        ret_problem->status = probe->result.status;
    }
    outcome_finish(&outcome);
}

static void tell(check_callback *callback, void *context, const char *subject, const char *what,
                 uint32_t error_class, const char *text)
{
    const struct nuncio_check_info info = {subject, what, error_class, text};
    callback(context, &info);
}

static void check_online(struct nuncio *nuncio, const struct provider *provider, const char *subject,
                         check_callback *callback, void *context)
{
    const struct nuncio_step *step = registry_step(provider->plugin, NUNCIO_STEP_CHECK);
    const struct request_values values = provider_request_values(&provider->values, false);
    const struct nuncio_call call = {.size = sizeof(call),
                                     .step = NUNCIO_STEP_CHECK,
                                     .left_ms = CHECK_MS,
                                     .attachment_size = sizeof(struct nuncio_attachment)};
    struct nuncio_failure failure = {0};
    struct http_request request = {0};
    struct problem problem;
    struct probe probe = {.values = &provider->values};

    if (!step) {
        tell(callback, context, subject, "online", 0,
             "this vendor has no harmless request that proves a key");
        return;
    }
    response_init(&probe.response, (uint64_t)provider->config->max_reply);
    int built =
        request_build(step, provider->instance, &call, provider->base_url, &values, &request, &failure);
    if (built == NUNCIO_CANNOT) {
        tell(callback, context, subject, "online", 0, "there is no harmless request that proves this key");
        response_finish(&probe.response);
        return;
    }
    if (built != NUNCIO_OK || run_probe(nuncio, provider, &request, &probe, &failure) < 0)
        problem_set(&problem, failure.error_class, "%s", failure.text);
    else
        judge_probe(provider, step, &call, &probe, &problem);
    char text[1024] = "the vendor accepts the key";
    if (problem.error_class)
        problem_sentence(&problem, provider->config->name, NULL, text, sizeof(text));
    tell(callback, context, subject, "online", problem.error_class, text);
    response_finish(&probe.response);
    request_finish(&request);
}

/* Returns false where it cannot be read. */
static bool check_ca_file(const struct provider *provider, const char *subject, check_callback *callback,
                          void *context)
{
    const char *path = provider->config->ca_file;
    struct nuncio_failure found;
    if (!path || access(path, R_OK) == 0)
        return true;
    config_error(&found, &provider->config->place, "ca_file %s cannot be read: %s", path, strerror(errno));
    tell(callback, context, subject, "ca_file", found.error_class, found.text);
    return false;
}

static void check_provider(struct nuncio *nuncio, struct provider *provider, const char *subject, bool online,
                           check_callback *callback, void *context)
{
    struct nuncio_failure found;
    if (provider->refused) {
        tell(callback, context, subject, "plugin file", NUNCIO_ERROR_INVALID, provider->refused);
        return;
    }
    bool connects = check_ca_file(provider, subject, callback, context);
    if (options_resolve(&provider->values, &found) < 0) {
        tell(callback, context, subject, "key", found.error_class, found.text);
        return;
    }
    tell(callback, context, subject, "key", 0, "every key can be read");
    if (online && connects)
        check_online(nuncio, provider, subject, callback, context);
}

int32_t nuncio_check(struct nuncio *nuncio, uint32_t online, check_callback *callback, void *context,
                     struct nuncio_failure *failure)
{
    (void)failure;
    for (size_t i = 0; i < nuncio->directory.provider_count; i++) {
        struct provider *provider = &nuncio->directory.providers[i];
        struct buffer subject;
        buffer_init(&subject, 1024);
        buffer_append_format(&subject, "provider %s", provider->config->name);
        check_provider(nuncio, provider, buffer_text(&subject), online != 0, callback, context);
        buffer_finish(&subject);
    }
    return 0;
}
