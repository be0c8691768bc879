/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "json.h"
#include "text.h"

const char *nuncio_state_name(uint32_t state)
{
    static const char *const names[] = {
        [NUNCIO_INTERACTION_NEW] = "new",
        [NUNCIO_INTERACTION_SENDING] = "sending",
        [NUNCIO_INTERACTION_QUEUED] = "queued",
        [NUNCIO_INTERACTION_PROCESSING] = "processing",
        [NUNCIO_INTERACTION_COMPLETED] = "completed",
        [NUNCIO_INTERACTION_FAILED] = "failed",
        [NUNCIO_INTERACTION_CANCELLED] = "cancelled",
        [NUNCIO_INTERACTION_UNKNOWN] = "unknown",
    };
    return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

/* Names and exit codes of the classes; the code is that of a final or stopped interaction. */
static const struct error_class {
    const char *name;
    int32_t exit_code;
} error_classes[] = {
    [NUNCIO_ERROR_NONE] = {"none", 1},
    [NUNCIO_ERROR_INVALID] = {"invalid", 1},
    [NUNCIO_ERROR_AUTH] = {"auth", 4},
    [NUNCIO_ERROR_FORBIDDEN] = {"forbidden", 4},
    [NUNCIO_ERROR_CREDITS] = {"credits", 6},
    [NUNCIO_ERROR_QUOTA] = {"quota", 6},
    [NUNCIO_ERROR_RATE] = {"rate", 6},
    [NUNCIO_ERROR_NOT_FOUND] = {"not_found", 1},
    [NUNCIO_ERROR_BUSY] = {"busy", 1},
    [NUNCIO_ERROR_EXISTS] = {"exists", 1},
    [NUNCIO_ERROR_TIMEOUT] = {"timeout", 1},
    [NUNCIO_ERROR_UNAVAILABLE] = {"unavailable", 1},
    [NUNCIO_ERROR_AGENT] = {"agent", 1},
    [NUNCIO_ERROR_CANCELLED] = {"cancelled", 1},
    [NUNCIO_ERROR_INPUT_REQUIRED] = {"input_required", 5},
    [NUNCIO_ERROR_PROTOCOL] = {"protocol", 1},
    [NUNCIO_ERROR_INTERNAL] = {"internal", 1},
    [NUNCIO_ERROR_UNREACHABLE] = {"unreachable", 3},
};
#define CLASS_COUNT (sizeof(error_classes) / sizeof(error_classes[0]))

/* plugin.h and nuncio.h each list the classes, so that neither needs the other. */
#define SAME(plugin_class, error_class)                                                                      \
    _Static_assert((int)(plugin_class) == (int)(error_class), "plugin.h and nuncio.h disagree on a class")
SAME(NUNCIO_CLASS_INVALID, NUNCIO_ERROR_INVALID);
SAME(NUNCIO_CLASS_AUTH, NUNCIO_ERROR_AUTH);
SAME(NUNCIO_CLASS_FORBIDDEN, NUNCIO_ERROR_FORBIDDEN);
SAME(NUNCIO_CLASS_CREDITS, NUNCIO_ERROR_CREDITS);
SAME(NUNCIO_CLASS_QUOTA, NUNCIO_ERROR_QUOTA);
SAME(NUNCIO_CLASS_RATE, NUNCIO_ERROR_RATE);
SAME(NUNCIO_CLASS_NOT_FOUND, NUNCIO_ERROR_NOT_FOUND);
SAME(NUNCIO_CLASS_BUSY, NUNCIO_ERROR_BUSY);
SAME(NUNCIO_CLASS_EXISTS, NUNCIO_ERROR_EXISTS);
SAME(NUNCIO_CLASS_TIMEOUT, NUNCIO_ERROR_TIMEOUT);
SAME(NUNCIO_CLASS_UNAVAILABLE, NUNCIO_ERROR_UNAVAILABLE);
SAME(NUNCIO_CLASS_AGENT, NUNCIO_ERROR_AGENT);
SAME(NUNCIO_CLASS_CANCELLED, NUNCIO_ERROR_CANCELLED);
SAME(NUNCIO_CLASS_INPUT_REQUIRED, NUNCIO_ERROR_INPUT_REQUIRED);
SAME(NUNCIO_CLASS_PROTOCOL, NUNCIO_ERROR_PROTOCOL);
SAME(NUNCIO_CLASS_INTERNAL, NUNCIO_ERROR_INTERNAL);
SAME(NUNCIO_CLASS_UNREACHABLE, NUNCIO_ERROR_UNREACHABLE);

const char *nuncio_error_class_name(uint32_t error_class)
{
    return error_classes[error_class < CLASS_COUNT ? error_class : NUNCIO_ERROR_NONE].name;
}

int32_t nuncio_exit_code(const struct nuncio_interaction *interaction)
{
    switch (interaction->state) {
    case NUNCIO_INTERACTION_COMPLETED:
        return 0;
    case NUNCIO_INTERACTION_UNKNOWN:
        return 7;
    case NUNCIO_INTERACTION_FAILED:
    case NUNCIO_INTERACTION_CANCELLED:
        break;
    default:
        if (interaction->error_class == NUNCIO_ERROR_TIMEOUT || interaction->error_class == NUNCIO_ERROR_NONE)
            return 5;
        break;
    }
    return interaction->error_class < CLASS_COUNT ? error_classes[interaction->error_class].exit_code : 1;
}

void result_of(const struct record *record, struct nuncio_interaction *ret_interaction)
{
    *ret_interaction = (struct nuncio_interaction){
        .size = sizeof(*ret_interaction),
        .id = record->id,
        .agent = record->agent,
        .provider = record->provider,
        .plugin = record->plugin,
        .strategy = strategy_name(&record->strategy),
        .state = record->state,
        .ended = 1,
        .message = record->message,
        .reply_text = record->reply,
        .reply_size = record->reply ? record->reply_size : 0,
        .reply_json = record->reply_json,
        .conversation_name = record->conversation_name,
        .remote_id = record->conversation,
        .ticket = record->ticket,
        .queue_position = record->queue_position,
        .input_tokens = record->usage.input_tokens,
        .output_tokens = record->usage.output_tokens,
        .total_tokens = record->usage.total_tokens,
        .cost_usd = record->usage.cost_usd,
        .credits = record->usage.credits,
        .sends = record->sends,
        .polls = record->polls,
        .steps = record->steps,
        .created_at = record->created_at,
        .finished_at = record->finished_at,
        .duration_ms = (record->finished_at >= 0 ? record->finished_at : clock_wall()) - record->created_at,
        .again_of = record->again_of,
        .error_class = record->error_class,
        .error_status = record->error_status,
        .error_code = record->error_code,
        .error_text = record->error_text,
        .warning = record->warning,
    };
}

static void fill(const struct nuncio *nuncio, const struct job *job, struct nuncio_interaction *ret)
{
    const struct interaction *machine = &job->machine;
    result_of(&machine->record, ret);
    if (!nuncio->config.keep_content)
        ret->message = NULL;
    ret->ended = job->stage == JOB_OVER;
    ret->held = job->stage == JOB_WATCHING;
    ret->trouble = !ret->ended && machine->problem.text[0] ? machine->problem.text : NULL;
    if (job->engine && machine->record.finished_at < 0)
        ret->duration_ms = clock_monotonic() - machine->started;
}

int32_t nuncio_get(struct nuncio *nuncio, const char *id, struct nuncio_interaction *ret_interaction)
{
    const struct job *job = runtime_job(nuncio, id);
    struct nuncio_interaction latest;
    if (!job)
        return -1;
    fill(nuncio, job, &latest);
    uint64_t size = ret_interaction->size;
    memcpy(ret_interaction, &latest, size < sizeof(latest) ? (size_t)size : sizeof(latest));
    ret_interaction->size = size;
    return 0;
}

/* ---- JSON -------------------------------------------------------------------------------------------------
 */

/* A writer whose failures are sticky. */
struct writer {
    cJSON *object;
    bool failed;
};

static void put(struct writer *writer, const char *name, cJSON *value)
{
    if (!value || !writer->object || !cJSON_AddItemToObject(writer->object, name, value)) {
        cJSON_Delete(value);
        writer->failed = true;
    }
}

static void put_text(struct writer *writer, const char *name, const char *text)
{
    put(writer, name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void put_number(struct writer *writer, const char *name, double number)
{
    put(writer, name, number >= 0 && isfinite(number) ? cJSON_CreateNumber(number) : cJSON_CreateNull());
}

static void put_time(struct writer *writer, const char *name, int64_t ms)
{
    char text[32];
    if (ms >= 0)
        text_timestamp(ms, text);
    put_text(writer, name, ms >= 0 ? text : NULL);
}

static void put_object(struct writer *writer, const char *name, struct writer *object)
{
    writer->failed = writer->failed || object->failed;
    put(writer, name, object->object);
}

static struct writer object(void)
{
    cJSON *made = cJSON_CreateObject();
    return (struct writer){.object = made, .failed = made == NULL};
}

static void put_reply(struct writer *writer, const struct nuncio_interaction *interaction)
{
    struct writer reply = object();
    /* It may be large, and outlives this. */
    const char *text = interaction->reply_text;
    put(&reply, "text", text ? cJSON_CreateStringReference(text) : cJSON_CreateNull());
    put(&reply, "json",
        interaction->reply_json ? cJSON_CreateRaw(interaction->reply_json) : cJSON_CreateNull());
    put_object(writer, "reply", &reply);
}

static void put_conversation(struct writer *writer, const struct nuncio_interaction *interaction)
{
    struct writer conversation = object();
    put_text(&conversation, "name", interaction->conversation_name);
    put_text(&conversation, "remote_id", interaction->remote_id);
    put_object(writer, "conversation", &conversation);
}

static void put_usage(struct writer *writer, const struct nuncio_interaction *interaction)
{
    struct writer usage = object();
    put_number(&usage, "input_tokens", (double)interaction->input_tokens);
    put_number(&usage, "output_tokens", (double)interaction->output_tokens);
    put_number(&usage, "total_tokens", (double)interaction->total_tokens);
    put_number(&usage, "cost_usd", interaction->cost_usd);
    put_number(&usage, "credits", interaction->credits);
    put_object(writer, "usage", &usage);
}

static void put_error(struct writer *writer, const struct nuncio_interaction *interaction)
{
    if (interaction->error_class == NUNCIO_ERROR_NONE) {
        put(writer, "error", cJSON_CreateNull());
        return;
    }
    struct writer error = object();
    put_text(&error, "class", nuncio_error_class_name(interaction->error_class));
    put_text(&error, "message", interaction->error_text);
    put_number(&error, "status", interaction->error_status > 0 ? interaction->error_status : -1);
    put_text(&error, "vendor_code", interaction->error_code);
    put_object(writer, "error", &error);
}

static struct writer interaction_object(const struct nuncio_interaction *interaction)
{
    struct writer writer = object();
    put_text(&writer, "id", interaction->id);
    put_text(&writer, "agent", interaction->agent);
    put_text(&writer, "provider", interaction->provider);
    put_text(&writer, "plugin", interaction->plugin);
    put_text(&writer, "strategy", interaction->strategy);
    put_text(&writer, "state", nuncio_state_name(interaction->state));
    put_text(&writer, "message", interaction->message);
    put_reply(&writer, interaction);
    put_conversation(&writer, interaction);
    put_text(&writer, "ticket", interaction->ticket);
    put_number(&writer, "queue_position", (double)interaction->queue_position);
    put_usage(&writer, interaction);
    put_number(&writer, "sends", (double)interaction->sends);
    put_number(&writer, "polls", (double)interaction->polls);
    put_time(&writer, "created_at", interaction->created_at);
    put_time(&writer, "finished_at", interaction->finished_at);
    put_number(&writer, "duration_ms", (double)interaction->duration_ms);
    put_text(&writer, "again_of", interaction->again_of);
    put_error(&writer, interaction);
    return writer;
}

int32_t nuncio_get_json(struct nuncio *nuncio, const char *id, char **ret_json)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    if (nuncio_get(nuncio, id, &interaction) < 0)
        return -1;
    return nuncio_interaction_json(&interaction, ret_json);
}

int32_t nuncio_interaction_json(const struct nuncio_interaction *interaction, char **ret_json)
{
    struct writer writer = interaction_object(interaction);
    char *text = writer.failed ? NULL : cJSON_PrintUnformatted(writer.object);
    cJSON_Delete(writer.object);
    if (!text)
        return -1;
    *ret_json = text;
    return 0;
}
