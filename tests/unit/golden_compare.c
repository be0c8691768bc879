/* SPDX-License-Identifier: MIT */
/* Requests and outcomes as JSON, and whether they are the expected ones. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text && *text)
        cJSON_AddStringToObject(object, name, text);
}

/* Takes `actual`. Says what was expected and what is there, where they differ. Both have gone through the
   core's parser, which keeps the digits of numbers in its own way. */
static bool compare(const struct golden_case *golden, cJSON *actual, const cJSON *expected, const char *what,
                    char *why)
{
    struct json_document *document = NULL;
    char *is = cJSON_PrintUnformatted(actual),
         *should = expected ? json_text(golden->document, expected) : NULL;
    json_parse(is, strlen(is), &document);
    bool same = cJSON_Compare(json_root(document), expected, true);
    if (!same)
        snprintf(why, GOLDEN_WHY, "%s should be\n%s\nand is\n%s", what, should ? should : "nothing", is);
    json_destroy(document);
    cJSON_Delete(actual);
    free(is);
    free(should);
    return same;
}

/* Twice the same, since build() and read() are pure. Takes both. */
static bool same_again(cJSON *first, cJSON *second, const char *what, char *why)
{
    bool same = cJSON_Compare(first, second, true);
    if (!same)
        snprintf(why, GOLDEN_WHY, "%s is another the second time", what);
    cJSON_Delete(second);
    if (!same)
        cJSON_Delete(first);
    return same;
}

/* Adds JSON text as it is. */
static void add_json(cJSON *object, const char *name, const char *text)
{
    struct json_document *document = NULL;
    if (json_parse(text, strlen(text), &document) == JSON_GOOD)
        cJSON_AddRawToObject(object, name, text);
    else
        cJSON_AddStringToObject(object, "broken", text);
    json_destroy(document);
}

/* ---- Requests ------------------------------------------------------------------------------------------ */

/* All segments together, the attachments' content in its place; free(). */
static char *whole_body(const struct golden_case *golden, const struct http_request *request)
{
    struct buffer body;
    char block[64];
    buffer_init(&body, SIZE_MAX);
    for (uint32_t i = 0; i < request->segment_count; i++) {
        const struct request_segment *segment = &request->segments[i];
        if (segment->data) {
            buffer_append(&body, segment->data, segment->size);
            continue;
        }
        for (uint64_t at = 0; at < segment->size;) {
            int64_t size =
                base64_read(golden->attachments.files[segment->attachment],
                            golden->attachments.items[segment->attachment].bytes, at, block, sizeof(block));
            if (size <= 0)
                break;
            buffer_append(&body, block, (size_t)size);
            at += (uint64_t)size;
        }
    }
    return body.size == request->body_size ? buffer_take(&body)
                                           : (buffer_finish(&body), strdup("(wrong size)"));
}

static void add_body(const struct golden_case *golden, const struct http_request *request, cJSON *ret_json)
{
    char *body = request->body_text ? whole_body(golden, request) : NULL;
    if (body)
        add_json(ret_json, "body", body);
    free(body);
}

static cJSON *request_json(const struct golden_case *golden, const struct http_request *request)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "method", request->method);
    cJSON_AddStringToObject(json, "url", request->url);
    for (int secret = 0; secret < 2; secret++) {
        cJSON *headers = cJSON_CreateArray();
        for (uint32_t i = 0; i < request->header_count; i++)
            if (request->headers[i].secret == secret)
                cJSON_AddItemToArray(headers, cJSON_CreateString(request->headers[i].line));
        if (cJSON_GetArraySize(headers) > 0)
            cJSON_AddItemToObject(json, secret ? "secret_headers" : "headers", headers);
        else
            cJSON_Delete(headers);
    }
    add_body(golden, request, json);
    if (request->patience_ms)
        cJSON_AddNumberToObject(json, "patience_ms", (double)request->patience_ms);
    add_text(json, "repeat_key", request->repeat_key);
    return json;
}

/* {"request":…}, {"cannot":true} or {"invalid":"…"}, as the case file has it. */
static cJSON *build(const struct golden_case *golden)
{
    struct request_values values = {.option = golden_option,
                                    .context = golden,
                                    .printing = cJSON_IsTrue(json_member(golden->root, "printing"))};
    const char *base_url = golden->traits.base_url ? golden->traits.base_url : "http://localhost:8000/";
    struct http_request request;
    struct nuncio_failure failure;
    cJSON *json = cJSON_CreateObject();
    int result =
        request_build(golden->step, golden->instance, &golden->call, base_url, &values, &request, &failure);
    if (result == NUNCIO_CANNOT)
        cJSON_AddTrueToObject(json, "cannot");
    else if (result < 0)
        cJSON_AddStringToObject(json, failure.error_class == NUNCIO_CLASS_INVALID ? "invalid" : "internal",
                                failure.text);
    else
        cJSON_AddItemToObject(json, "request", request_json(golden, &request));
    if (result == NUNCIO_OK)
        request_finish(&request);
    return json;
}

bool golden_request(const struct golden_case *golden, char *why)
{
    static const char *const names[] = {"request", "cannot", "invalid"};
    cJSON *expected = cJSON_CreateObject(), *actual = build(golden);
    for (size_t i = 0; i < 3; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(golden->root, names[i]);
        if (item)
            cJSON_AddItemToObject(expected, names[i], cJSON_Duplicate(item, true));
    }
    golden_expand(expected);
    bool same = same_again(actual, build(golden), "the request", why) &&
                compare(golden, actual, expected, "the request", why);
    cJSON_Delete(expected);
    return same;
}

/* ---- Outcomes ------------------------------------------------------------------------------------------ */

static const char *class_name(uint32_t class_)
{
    static const char *const names[] = {"none",     "invalid",     "auth",      "forbidden", "credits",
                                        "quota",    "rate",        "not_found", "busy",      "exists",
                                        "timeout",  "unavailable", "agent",     "cancelled", "input_required",
                                        "protocol", "internal"};
    return class_ < sizeof(names) / sizeof(names[0]) ? names[class_] : "?";
}

static void add_usage(const struct usage *usage, cJSON *ret_json)
{
    const struct {
        const char *name;
        double value;
    } kinds[] = {{"input_tokens", (double)usage->input_tokens},
                 {"output_tokens", (double)usage->output_tokens},
                 {"total_tokens", (double)usage->total_tokens},
                 {"cost_usd", usage->cost_usd},
                 {"credits", usage->credits}};
    cJSON *json = NULL;
    for (size_t i = 0; i < 5; i++) {
        if (kinds[i].value < 0)
            continue;
        if (!json)
            json = cJSON_AddObjectToObject(ret_json, "usage");
        cJSON_AddNumberToObject(json, kinds[i].name, kinds[i].value);
    }
}

static void add_reply(const struct outcome *outcome, cJSON *ret_json)
{
    if (outcome->reply_set)
        cJSON_AddStringToObject(ret_json, "reply", buffer_text(&outcome->reply));
    if (outcome->reply_json)
        add_json(ret_json, "reply_json", outcome->reply_json);
}

static cJSON *outcome_json(const struct outcome *outcome)
{
    static const char *const verdicts[] = {"?", "DONE", "NEXT", "WAIT", "FAILED", "UNSEEN"};
    static const char *const states[] = {"", "queued", "processing"};
    static const char *const steps[] = {"", "OPEN", "SEND", "POLL", "FETCH", "HISTORY", "CANCEL", "CHECK"};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "verdict",
                            verdicts[outcome->verdict > 0 && outcome->verdict < 6 ? outcome->verdict : 0]);
    if (outcome->class_)
        cJSON_AddStringToObject(json, "class", class_name(outcome->class_));
    add_text(json, "text", outcome->text);
    add_text(json, "vendor_code", outcome->vendor_code);
    add_text(json, "conversation", outcome->conversation);
    add_text(json, "ticket", outcome->ticket);
    if (outcome->cursor_set)
        cJSON_AddItemToObject(json, "cursor",
                              outcome->cursor ? cJSON_CreateString(outcome->cursor) : cJSON_CreateNull());
    add_reply(outcome, json);
    add_usage(&outcome->usage, json);
    add_text(json, "next", outcome->next_step < 8 ? steps[outcome->next_step] : "?");
    add_text(json, "wait_state", outcome->wait_state < 3 ? states[outcome->wait_state] : "?");
    if (outcome->queue_position >= 0)
        cJSON_AddNumberToObject(json, "queue_position", (double)outcome->queue_position);
    if (outcome->hint_ms > 0)
        cJSON_AddNumberToObject(json, "hint", (double)outcome->hint_ms);
    if (outcome->input_required)
        cJSON_AddTrueToObject(json, "input_required");
    return json;
}

char *golden_body(const struct golden_case *golden, const cJSON *response)
{
    const char *raw = golden_text(response, "raw");
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(response, "body");
    return raw ? strdup(raw) : body ? json_text(golden->document, body) : strdup("");
}

void golden_read(const struct golden_case *golden, const cJSON *response, const char *body, size_t size,
                 struct response *ret_response, struct outcome *ret_outcome)
{
    const cJSON *header;
    int64_t status = 0;
    json_integer(json_member(response, "status"), &status);
    response_init(ret_response, UINT64_MAX);
    outcome_init(ret_outcome, UINT64_MAX);
    ret_response->http_status = (int32_t)status;
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(response, "headers")) buffer_append_format(
        &ret_response->headers, "%s: %s\n", header->string, cJSON_GetStringValue(header));
    buffer_append(&ret_response->body, body, size);
    response_parse(ret_response);
    outcome_read(golden->plugin->descriptor, golden->step, golden->instance, &golden->call, ret_response,
                 ret_outcome);
}

static cJSON *read_json(const struct golden_case *golden, const cJSON *response)
{
    struct response answer;
    struct outcome outcome;
    char *body = golden_body(golden, response);
    golden_read(golden, response, body, strlen(body), &answer, &outcome);
    cJSON *json = outcome_json(&outcome);
    outcome_finish(&outcome);
    response_finish(&answer);
    free(body);
    return json;
}

bool golden_outcome(const struct golden_case *golden, const cJSON *response, const cJSON *expected, char *why)
{
    if (!golden_only(response, "status headers body raw", why))
        return false;
    cJSON *actual = read_json(golden, response);
    return same_again(actual, read_json(golden, response), "the outcome", why) &&
           compare(golden, actual, expected, "the outcome", why);
}
