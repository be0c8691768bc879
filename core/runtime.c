/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <errno.h>
#include <poll.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "text.h"

const char *nuncio_version(void)
{
    return PACKAGE_VERSION;
}

/* ---- Creation ---------------------------------------------------------------------------------------------
 */

static int choose_log(const struct nuncio_settings *settings, const struct config *config,
                      struct engine_log *ret_log, struct nuncio_failure *failure)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    *ret_log = (struct engine_log){settings->log, settings->log_context, config->log_level};
    if (!settings->log_level)
        return 0;
    for (int32_t i = 0; i < 4; i++) {
        if (strcmp(settings->log_level, levels[i]) == 0) {
            ret_log->level = i;
            return 0;
        }
    }
    return failure_set(failure, NUNCIO_ERROR_INVALID, "log level '%s'; it is error, warning, info or debug",
                       settings->log_level);
}

/* The pool must hold a connection for each request that may be under way, or keep-alive silently ends. */
static uint32_t connections_needed(const struct config *config)
{
    int64_t sum = 16;
    for (size_t i = 0; i < config->provider_count && sum < 4096; i++)
        sum += config->providers[i].max_in_flight;
    return (uint32_t)(sum < 4096 ? sum : 4096);
}

static struct job *find_job(void *context, const char *id)
{
    return runtime_job(context, id);
}

static int start(struct nuncio *nuncio, const struct nuncio_settings *settings,
                 struct nuncio_failure *failure)
{
    const struct http_settings http = {
        .single_message = settings->single_message,
        .connections = connections_needed(&nuncio->config),
    };
    struct engine_log log;
    if (choose_log(settings, &nuncio->config, &log, failure) < 0)
        return -1;
    const struct config_place *store = &nuncio->config.store_place;
    if (registry_create(&nuncio->config, &nuncio->registry, failure) < 0)
        return -1;
    if (store->file && registry_has_store(nuncio->registry, nuncio->config.store, failure) < 0) {
        registry_destroy(nuncio->registry);
        return config_locate(failure, store);
    }
    if (!settings->without_plugins &&
        directory_create(&nuncio->config, nuncio->registry, &nuncio->directory, failure) < 0) {
        registry_destroy(nuncio->registry);
        return -1;
    }
    const struct engine_host host = {find_job, take_up_helper, nuncio};
    journal_init(&nuncio->journal, &nuncio->config, nuncio->registry);
    if (engine_init(&nuncio->engine, &http, &nuncio->directory, &nuncio->journal, &log, &host, failure) < 0) {
        directory_finish(&nuncio->directory);
        registry_destroy(nuncio->registry);
        return -1;
    }
    return 0;
}

/* Once. A provider that nobody asks for stops nobody, but it should not go unseen. */
static void warn_of_refused(struct nuncio *nuncio)
{
    const struct engine_log *log = &nuncio->engine.log;
    for (size_t i = 0; i < nuncio->directory.provider_count && !nuncio->warned; i++) {
        const struct provider *provider = &nuncio->directory.providers[i];
        char line[sizeof(((struct nuncio_failure *)0)->text) + 256];
        if (!provider->refused || !log->write || log->level < NUNCIO_LOG_WARNING)
            continue;
        snprintf(line, sizeof(line), "provider %.128s cannot be used: %s", provider->config->name,
                 provider->refused);
        log->write(log->context, NUNCIO_LOG_WARNING, line);
    }
    nuncio->warned = true;
}

int32_t nuncio_create(const struct nuncio_settings *settings, struct nuncio **ret_nuncio,
                      struct nuncio_failure *failure)
{
    struct nuncio_settings known = {.size = sizeof(known)};
    memcpy(&known, settings, settings->size < sizeof(known) ? (size_t)settings->size : sizeof(known));
    const struct config_request request = {
        .file = known.config_file,
        .overrides = known.overrides,
        .override_count = (size_t)known.override_count,
        .optional = known.without_plugins != 0,
    };
    struct nuncio *nuncio = calloc(1, sizeof(*nuncio));
    if (!nuncio)
        return failure_memory(failure);
    if (config_read(&request, &nuncio->config, failure) < 0) {
        free(nuncio);
        return -1;
    }
    if (start(nuncio, &known, failure) < 0) {
        config_finish(&nuncio->config);
        free(nuncio);
        return -1;
    }
    /* Who sends a single message is told that its own provider is refused by the failure. */
    if (!known.single_message)
        warn_of_refused(nuncio);
    *ret_nuncio = nuncio;
    return 0;
}

static void destroy_job(void *job)
{
    job_destroy(job);
}

void nuncio_destroy(struct nuncio *nuncio)
{
    if (!nuncio)
        return;
    tdestroy(nuncio->jobs, destroy_job);
    engine_finish(&nuncio->engine);
    journal_close(&nuncio->journal);
    directory_finish(&nuncio->directory);
    registry_destroy(nuncio->registry);
    config_finish(&nuncio->config);
    free(nuncio);
}

/* ---- Sending ----------------------------------------------------------------------------------------------
 */

static int compare_ids(const void *left, const void *right)
{
    return strcmp(((const struct job *)left)->machine.record.id,
                  ((const struct job *)right)->machine.record.id);
}

struct job *runtime_job(const struct nuncio *nuncio, const char *id)
{
    struct job probe;
    if (!id || strlen(id) != NUNCIO_ID_SIZE - 1)
        return NULL;
    memcpy(probe.machine.record.id, id, NUNCIO_ID_SIZE);
    void *found = tfind(&probe, &nuncio->jobs, compare_ids);
    return found ? *(struct job **)found : NULL;
}

/* The request as far as it can be known: what a plugin refuses (too long, too many) is refused before an
   interaction exists. */
static int try_request(struct job *job, const struct plan *plan, struct nuncio_failure *failure)
{
    const struct provider *provider = plan->destination.provider;
    const struct request_values values = provider_request_values(plan->destination.values, true);
    const struct nuncio_step *step = registry_step(provider->plugin, NUNCIO_STEP_SEND);
    struct nuncio_call call;
    char key[RECORD_KEY_SIZE];
    job->step = NUNCIO_STEP_SEND;
    job->machine.patience_end = INT64_MAX;
    exchange_call(job, 0, key, &call);
    int built = request_build(step, plan->destination.instance, &call, provider->base_url, &values,
                              &job->request, failure);
    if (built == NUNCIO_CANNOT)
        failure_set(failure, NUNCIO_ERROR_INTERNAL, "plugin %s cannot build SEND", provider->plugin->name);
    if (built != NUNCIO_OK)
        return failure_prefix(failure, "%s", plan->message.agent);
    request_finish(&job->request);
    return 0;
}

int runtime_add(struct nuncio *nuncio, struct job *job, struct nuncio_failure *failure)
{
    return tsearch(job, &nuncio->jobs, compare_ids) ? 0 : failure_memory(failure);
}

void runtime_remove(struct nuncio *nuncio, struct job *job)
{
    tdelete(job, &nuncio->jobs, compare_ids);
}

uint64_t runtime_random(struct nuncio *nuncio)
{
    uint64_t random;
    memcpy(&random, nuncio->ids.random, sizeof(random));
    return random;
}

int64_t runtime_timeout(const struct job *job, int64_t wanted_ms)
{
    return wanted_ms > 0 ? wanted_ms : job->destination.provider->config->timeout_ms;
}

static int submit(struct nuncio *nuncio, const struct plan *plan, struct job *job,
                  struct nuncio_failure *failure)
{
    int64_t timeout = runtime_timeout(job, plan->message.timeout_ms);
    if (try_request(job, plan, failure) < 0 ||
        options_resolve(&plan->destination.provider->values, failure) < 0 ||
        journal_open(&nuncio->journal, JOURNAL_WRITE, failure) < 0 || runtime_add(nuncio, job, failure) < 0)
        return -1;
    if (engine_submit(&nuncio->engine, job, timeout, runtime_random(nuncio), failure) < 0) {
        runtime_remove(nuncio, job);
        return -1;
    }
    return 0;
}

static int submit_plan(struct nuncio *nuncio, const struct plan *plan, char ret_id[NUNCIO_ID_SIZE],
                       struct nuncio_failure *failure)
{
    struct job *job;
    if (plan_job(nuncio, plan, &job, failure) < 0)
        return -1;
    if (submit(nuncio, plan, job, failure) < 0) {
        job_destroy(job);
        return -1;
    }
    memcpy(ret_id, job->machine.record.id, NUNCIO_ID_SIZE);
    return 0;
}

int32_t nuncio_submit(struct nuncio *nuncio, const struct nuncio_message *message,
                      char ret_id[NUNCIO_ID_SIZE], struct nuncio_failure *failure)
{
    struct plan plan;
    struct recalled recalled;
    if (plan_make(nuncio, message, &plan, failure) < 0)
        return -1;
    warn_of_refused(nuncio);
    if (recall(nuncio, &plan, &recalled, failure) < 0)
        return -1;
    int result = submit_plan(nuncio, &plan, ret_id, failure);
    recalled_finish(&recalled);
    return result;
}

/* ---- Waiting ----------------------------------------------------------------------------------------------
 */

int32_t nuncio_fd(const struct nuncio *nuncio)
{
    return http_fd(nuncio->engine.http);
}

int64_t nuncio_timeout(struct nuncio *nuncio)
{
    return engine_timeout(&nuncio->engine);
}

int32_t nuncio_step(struct nuncio *nuncio)
{
    return engine_step(&nuncio->engine);
}

/* Sleeps until there is work or the time is up. False with errno. */
static bool sleep_until(struct nuncio *nuncio, int64_t end)
{
    int64_t wait = nuncio_timeout(nuncio);
    int64_t left = end == INT64_MAX ? -1 : end - clock_monotonic();
    if (left >= 0 && (wait < 0 || left < wait))
        wait = left;
    struct pollfd entry = {.fd = nuncio_fd(nuncio), .events = POLLIN};
    return poll(&entry, 1, wait > INT32_MAX ? INT32_MAX : (int)wait) >= 0;
}

int32_t nuncio_wait(struct nuncio *nuncio, const char *id, int64_t milliseconds)
{
    const struct job *job = id ? runtime_job(nuncio, id) : NULL;
    int64_t end = milliseconds < 0 ? INT64_MAX : clock_monotonic() + milliseconds;
    if (id && !job) {
        errno = ENOENT;
        return -1;
    }
    for (;;) {
        int ended = nuncio_step(nuncio);
        if (ended < 0)
            return -1;
        if (job ? job->stage == JOB_OVER : ended > 0)
            return 1;
        if (nuncio->engine.live == 0 || clock_monotonic() >= end)
            return 0;
        if (!sleep_until(nuncio, end)) {
            if (errno == EINTR)
                return 0;
            return -1;
        }
    }
}

int32_t nuncio_detach(struct nuncio *nuncio, const char *id)
{
    struct job *job = runtime_job(nuncio, id);
    if (!job)
        return -1;
    if (job->engine)
        engine_detach(&nuncio->engine, job);
    return 0;
}

int32_t nuncio_cancel(struct nuncio *nuncio, const char *id, struct nuncio_failure *failure)
{
    struct job *job = runtime_job(nuncio, id);
    if (!job)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "no interaction %s is known here", id);
    if (job->stage == JOB_OVER)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "interaction %s has ended", id);
    if (!engine_cancel(&nuncio->engine, job))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "%s cannot be cancelled at this vendor; the run goes on", id);
    return 0;
}

int32_t nuncio_forget(struct nuncio *nuncio, const char *id)
{
    struct job *job = runtime_job(nuncio, id);
    if (!job || job->stage != JOB_OVER)
        return -1;
    runtime_remove(nuncio, job);
    job_destroy(job);
    return 0;
}
