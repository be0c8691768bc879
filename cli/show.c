/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "listing.h"
#include "output.h"
#include "runtime.h"
#include "words.h"

struct values {
    bool json;
};

static const struct option_row rows[] = {
    {'\0', "json", NULL, "print it as one JSON object, with the keys steps and events too", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

/* "key: value"; further lines of the value begin with two blanks. Nothing where the value is unknown. */
static void put_text_of(const char *key, const char *text, size_t size)
{
    if (!text)
        return;
    output_text(key, strlen(key));
    output_text(": ", 2);
    for (const char *end; (end = memchr(text, '\n', size)); text = end + 1) {
        size -= (size_t)(end - text) + 1;
        output_text(text, (size_t)(end - text));
        output_text("\n  ", 3);
    }
    output_text(text, size);
    output_text("\n", 1);
}

static void put_text(const char *key, const char *text)
{
    put_text_of(key, text, text ? strlen(text) : 0);
}

static void put_whole(const char *key, int64_t number)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, number);
    put_text(key, number >= 0 ? text : NULL);
}

static void put_number(const char *key, double number)
{
    char text[64];

    snprintf(text, sizeof(text), "%.15g", number);
    put_text(key, number >= 0 ? text : NULL);
}

static void put_time(const char *key, int64_t ms)
{
    char text[WORDS_TIME_SIZE];

    if (ms >= 0)
        words_time(ms, text);
    put_text(key, ms >= 0 ? text : NULL);
}

static int32_t on_event(void *context, const struct nuncio_event *event)
{
    char at[WORDS_TIME_SIZE], line[160];

    (void)context;
    words_time(event->at, at);
    snprintf(line, sizeof(line), "%s %s%s%.64s", at, nuncio_state_name(event->state), event->step ? " " : "",
             event->step ? event->step : "");
    put_text("event", line);
    return 0;
}

static void put_error(const struct nuncio_interaction *interaction)
{
    if (interaction->error_class == NUNCIO_ERROR_NONE)
        return;
    put_text("error", nuncio_error_class_name(interaction->error_class));
    put_text("error_message", interaction->error_text);
    put_whole("error_status", interaction->error_status > 0 ? interaction->error_status : -1);
    put_text("vendor_code", interaction->error_code);
}

static int print_lines(struct nuncio *nuncio, const char *id, const struct nuncio_interaction *interaction,
                       struct nuncio_failure *failure)
{
    int result;

    put_text("id", interaction->id);
    put_text("state", nuncio_state_name(interaction->state));
    put_text("agent", interaction->agent);
    put_text("provider", interaction->provider);
    put_text("plugin", interaction->plugin);
    put_text("strategy", interaction->strategy);
    put_text("conversation", interaction->conversation_name);
    put_text("remote_id", interaction->remote_id);
    put_text("ticket", interaction->ticket);
    put_whole("queue_position", interaction->queue_position);
    put_text("again_of", interaction->again_of);
    put_time("created_at", interaction->created_at);
    put_time("finished_at", interaction->finished_at);
    put_whole("duration_ms", interaction->duration_ms);
    result = nuncio_each_event(nuncio, id, on_event, NULL, failure);
    put_whole("sends", interaction->sends);
    put_whole("polls", interaction->polls);
    put_whole("steps", interaction->steps);
    put_whole("input_tokens", interaction->input_tokens);
    put_whole("output_tokens", interaction->output_tokens);
    put_whole("total_tokens", interaction->total_tokens);
    put_number("cost_usd", interaction->cost_usd);
    put_number("credits", interaction->credits);
    put_error(interaction);
    put_text("warning", interaction->warning);
    put_text("message", interaction->message);
    put_text_of("reply", interaction->reply_text, interaction->reply_size);
    return result;
}

/* NULL: an event is missing for lack of memory. */
static int32_t add_event(void *context, const struct nuncio_event *event)
{
    cJSON *array = context, *object = cJSON_CreateObject();
    char at[WORDS_TIME_SIZE];

    words_time(event->at, at);
    if (object && listing_text(object, "at", at) &&
        listing_text(object, "state", nuncio_state_name(event->state)) &&
        listing_text(object, "step", event->step) && cJSON_AddItemToArray(array, object))
        return 0;
    cJSON_Delete(object);
    return 1;
}

/* The events as JSON text; NULL: no memory, or *ret_result tells that they cannot be read. cJSON_free() */
static char *events_text(struct nuncio *nuncio, const char *id, int *ret_result,
                         struct nuncio_failure *failure)
{
    cJSON *array = cJSON_CreateArray();
    char *text = NULL;

    *ret_result = array ? nuncio_each_event(nuncio, id, add_event, array, failure) : 0;
    if (array && *ret_result >= 0)
        text = cJSON_PrintUnformatted(array);
    cJSON_Delete(array);
    return text;
}

/* The interaction's object and more keys before its last brace: numbers in a reply must stay as they are, so it is
   not parsed. */
static bool print_object(const struct nuncio_interaction *interaction, const char *events)
{
    char steps[48], *json;

    if (!events || nuncio_interaction_json(interaction, &json) < 0)
        return false;
    snprintf(steps, sizeof(steps), ",\"steps\":%" PRId64 ",\"events\":", interaction->steps);
    output_text(json, strlen(json) - 1);
    output_text(steps, strlen(steps));
    output_text(events, strlen(events));
    output_line("}");
    free(json);
    return true;
}

static int show(struct nuncio *nuncio, const char *id, const struct values *values)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    struct nuncio_failure failure;
    char *events;
    int result;

    if (nuncio_load(nuncio, id, &failure) < 0)
        return runtime_failed(&failure);
    if (nuncio_get(nuncio, id, &interaction) < 0) {
        output_error("interaction %s is gone", id);
        return EXIT_FAILED;
    }
    if (!values->json) {
        result = print_lines(nuncio, id, &interaction, &failure);
        return result < 0 ? runtime_failed(&failure) : EXIT_GOOD;
    }
    events = events_text(nuncio, id, &result, &failure);
    if (result < 0)
        return runtime_failed(&failure);
    if (!print_object(&interaction, events)) {
        output_error("out of memory");
        result = -1;
    }
    cJSON_free(events);
    return result < 0 ? EXIT_FAILED : EXIT_GOOD;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    int status;
    struct nuncio *nuncio = runtime_create(globals, RUNTIME_ANY, &status);

    if (!nuncio)
        return status;
    status = show(nuncio, operands[0], options);
    nuncio_destroy(nuncio);
    return status;
}

const struct command show_command = {
    .name = "show",
    .operands = "ID",
    .summary = "show one interaction: its states, steps, usage and reply",
    .details = "What the journal knows of it, a line each; further lines of a text begin with\n"
               "two blanks. The exit code is 0 whatever its state.\n\n",
    .least_operands = 1,
    .most_operands = 1,
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
