/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "text.h"

/* What stands after "PROVIDER/" reaches JSON, logs and terminals. */
static int check_agent(const struct nuncio_message *message, struct nuncio_failure *failure)
{
    const char *agent = message->agent;
    if (!agent)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the message names no agent");
    if (text_has_control(agent, strlen(agent)) || !text_is_utf8(agent, strlen(agent)))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the agent's name is not UTF-8 text without control characters");
    return 0;
}

static int check_text(const struct nuncio_message *message, struct nuncio_failure *failure)
{
    if (!message->text && message->text_size > 0)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the message has a size and no text");
    if (message->text_size > 0 && memchr(message->text, 0, message->text_size))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "the message holds a NUL byte; only text can be sent");
    if (!text_is_utf8(message->text, message->text_size))
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the message is not valid UTF-8; convert it first");
    if (message->text_size == 0 && message->attachment_count == 0 && !message->again_of)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the message is empty");
    return 0;
}

static int check_conversation(const struct nuncio_message *message, struct nuncio_failure *failure)
{
    int ways =
        (message->conversation != NULL) + (message->remote_id != NULL) + (message->continue_of != NULL);
    if (ways > 1)
        return failure_set(
            failure, NUNCIO_ERROR_INVALID,
            "a conversation is continued by its name, by the vendor's id or by an earlier interaction; "
            "choose one of them");
    if (message->fresh && !message->conversation)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "to start afresh takes the name of a conversation");
    if (message->again_of && (message->text_size > 0 || message->attachment_count > 0))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "what is sent again has its own text and attachments; give no others");
    const char *given = message->conversation ? message->conversation : message->remote_id;
    if (!given)
        return 0;
    if (given[0] == '\0' || strlen(given) > OUTCOME_ID_LIMIT || text_has_control(given, strlen(given)) ||
        !text_is_utf8(given, strlen(given)))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "a conversation's name or id is 1 to %d bytes of text without control characters",
                           OUTCOME_ID_LIMIT);
    return 0;
}

int plan_make(struct nuncio *nuncio, const struct nuncio_message *message, struct plan *ret_plan,
              struct nuncio_failure *failure)
{
    struct plan plan = {.message = {.size = sizeof(plan.message)}};
    size_t size = message->size < sizeof(plan.message) ? (size_t)message->size : sizeof(plan.message);
    memcpy(&plan.message, message, size);
    message = &plan.message;
    if (check_agent(message, failure) < 0 ||
        directory_find(&nuncio->directory, message->agent, &plan.destination, failure) < 0)
        return -1;
    if (check_text(message, failure) < 0 || check_conversation(message, failure) < 0)
        return -1;

    plan.wish = (struct dispatcher_wish){
        .capabilities = plan.destination.traits->capabilities,
        .conversation = message->conversation || message->remote_id || message->continue_of,
        .attachments = message->attachment_count > 0,
        .delivery = message->strategy,
    };
    if (dispatcher_choose(&plan.wish, &plan.strategy, failure) < 0)
        return failure_prefix(failure, "%s", message->agent);
    *ret_plan = plan;
    return 0;
}

static bool fill_record(struct record *record, const struct plan *plan)
{
    const struct nuncio_message *message = &plan->message;
    const struct provider *provider = plan->destination.provider;
    const char *conversation = message->remote_id ? message->remote_id : plan->continued;
    const struct nuncio_slice text = {.data = message->text ? message->text : "", .size = message->text_size};
    record->strategy = plan->strategy;
    record->want_json = message->parse_json != 0;
    record->fresh = message->fresh != 0;
    record->remote = message->remote_id != NULL;
    record->message_size = (int64_t)message->text_size;
    record->created_at = clock_wall();
    return text_assign(&record->agent, nuncio_slice(message->agent)) &&
           text_assign(&record->agent_id, nuncio_slice(plan->destination.agent_id)) &&
           text_assign(&record->provider, nuncio_slice(provider->config->name)) &&
           text_assign(&record->plugin, nuncio_slice(provider->plugin->name)) &&
           text_assign(&record->message, text) &&
           text_assign(&record->again_of, nuncio_slice(message->again_of)) &&
           text_assign(&record->conversation_name, nuncio_slice(message->conversation)) &&
           text_assign(&record->conversation, nuncio_slice(conversation)) &&
           attachments_names(message->attachments, message->attachment_count, &record->attachments);
}

static struct interaction_policy policy_of(const struct nuncio *nuncio, const struct destination *destination)
{
    const struct provider *provider = destination->provider;
    const struct nuncio_step *open = registry_step(provider->plugin, NUNCIO_STEP_OPEN);
    return (struct interaction_policy){
        .capabilities = destination->traits->capabilities,
        .open_harmless = open && (open->flags & NUNCIO_HARMLESS),
        .learn_first = destination->traits->gate != NULL,
        .durable = strcmp(nuncio->config.store, "memory") != 0,
        .keeps_text = nuncio->config.keep_content,
        .poll_min_ms = provider->config->poll_min_ms,
        .poll_max_ms = provider->config->poll_max_ms,
        .reconcile_ms = provider->config->reconcile_ms,
        .give_up_ms = provider->config->give_up_ms,
        .origin = provider->origin,
    };
}

struct job *plan_job_of(struct nuncio *nuncio, const struct destination *destination, struct record *record)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->machine.record = *record;
    record_init(record);
    job->machine.policy = policy_of(nuncio, destination);
    job->destination = *destination;
    job->destination.agent_id = job->machine.record.agent_id;
    return job;
}

int plan_job(struct nuncio *nuncio, const struct plan *plan, struct job **ret_job,
             struct nuncio_failure *failure)
{
    struct record record;
    record_init(&record);
    struct job *job = fill_record(&record, plan) ? plan_job_of(nuncio, &plan->destination, &record) : NULL;
    record_finish(&record);
    if (!job)
        return failure_memory(failure);
    job->machine.no_wait = plan->message.no_wait != 0;
    if (ulid_make(&nuncio->ids, job->machine.record.created_at, job->machine.record.id) < 0) {
        job_destroy(job);
        return failure_set(failure, NUNCIO_ERROR_INTERNAL, "the kernel gives no random bytes");
    }
    if (attachments_open(plan->message.attachments, plan->message.attachment_count, &job->attachments,
                         failure) < 0) {
        job_destroy(job);
        return -1;
    }
    *ret_job = job;
    return 0;
}
