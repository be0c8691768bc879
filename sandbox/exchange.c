/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "exchange.h"
#include "api.h"
#include "deadlines.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

struct exchange *exchange_create(struct sandbox *box, struct MHD_Connection *connection, const char *target)
{
    struct exchange *x = mem_zero(1, sizeof *x);
    const char *mark = strchr(target, '?');
    x->box = box;
    x->connection = connection;
    x->path = mark ? text_copy_n(target, (size_t)(mark - target)) : text_copy(target);
    x->query = text_copy(mark ? mark + 1 : "");
    return x;
}

void exchange_destroy(struct exchange *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < MAX_CAPTURES; i++)
        free(x->captures[i]);
    answer_clear(&x->answer);
    cJSON_Delete(x->json);
    free(x->spoiler.spec);
    free(x->spoiler.url);
    free(x->conversation_id);
    free(x->method);
    free(x->path);
    free(x->query);
    free(x->body);
    free(x);
}

void exchange_add_body(struct exchange *x, const char *bytes, size_t length)
{
    if (x->too_large || length > MAX_BODY - x->body_length) {
        x->too_large = true;
        return;
    }
    x->body = mem_grow(x->body, &x->body_capacity, x->body_length + length, 1);
    memcpy(x->body + x->body_length, bytes, length);
    x->body_length += length;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    cJSON *headers = cls;
    char *text = text_printable(value ? value : "", value ? strlen(value) : 0);
    (void)kind;
    cJSON_DeleteItemFromObject(headers, name);
    cJSON_AddStringToObject(headers, name, text);
    free(text);
    return MHD_YES;
}

static void keep_request(struct exchange *x)
{
    cJSON *kept = cJSON_CreateObject();
    char *path = text_printable(x->path, strlen(x->path));
    char *query = text_printable(x->query, strlen(x->query));
    char *body = text_printable(x->body_length ? x->body : "",
                                x->body_length < KEPT_BODY ? x->body_length : KEPT_BODY);
    json_put_text(kept, "vendor", x->api ? vendor_name(x->api->vendor) : NULL);
    json_put_text(kept, "step", x->route ? step_name(x->route->step) : NULL);
    cJSON_AddStringToObject(kept, "method", x->method);
    cJSON_AddStringToObject(kept, "path", path);
    cJSON_AddStringToObject(kept, "query", query);
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, add_header,
                              cJSON_AddObjectToObject(kept, "headers"));
    cJSON_AddStringToObject(kept, "body", body);
    cJSON_AddNumberToObject(kept, "body_size", (double)x->body_length);
    stats_keep_request(&x->box->stats, kept);
    free(path);
    free(query);
    free(body);
}

/* Finds out who is asked for what, and which fault was ordered for it. */
static void arrive(struct exchange *x)
{
    bool bad_method;
    if (text_starts_with(x->path, "/_") || strcmp(x->path, "/") == 0) {
        admin_handle(x);
        x->stage = STAGE_DELIVER;
        return;
    }
    api_route(x, &bad_method);
    keep_request(x);
    if (!x->route) {
        if (!x->api)
            answer_text(x, MHD_HTTP_NOT_FOUND, "text/plain", "no vendor lives here; GET / says what does\n");
        else if (bad_method)
            x->api->bad_method(x);
        else
            x->api->no_route(x);
        x->stage = STAGE_DELIVER;
        return;
    }
    x->box->stats.requests[x->api->vendor][x->route->step]++;
    x->spoiled =
        faults_take_spoiler(&x->box->faults, x->api->vendor, STEP_BIT(x->route->step) | x->route->also,
                            x->reused_connection, &x->spoiler);
    x->stage = STAGE_ACCEPT;
    if (!x->spoiled || !x->spoiler.before)
        return;
    if (x->spoiler.kind != FAULT_DELAY && x->spoiler.kind != FAULT_HOLD)
        x->stage = STAGE_DELIVER;
}

static void accept_request(struct exchange *x)
{
    x->stage = STAGE_WORK;
    x->started_at = x->now;
    x->generation = x->box->generation;
    if (x->too_large)
        answer_text(x, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain", "the sandbox takes at most 32 MiB\n");
    else if (x->api->admit(x))
        x->route->handler(x);
}

static void finish_work(struct exchange *x)
{
    exchange_step finish = x->finish;
    x->finish = NULL;
    if (x->generation != x->box->generation)
        answer_text(x, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "the sandbox was reset\n");
    else
        finish(x);
}

/* True where the exchange has to wait for the delay or the hold that was ordered. */
static bool ordered_wait(struct exchange *x, bool before)
{
    if (!x->spoiled || x->spoiler.before != before)
        return false;
    if (x->spoiler.kind != FAULT_DELAY && x->spoiler.kind != FAULT_HOLD)
        return false;
    x->spoiled = false;
    x->held = x->spoiler.kind == FAULT_HOLD;
    x->deadline = x->held ? DEADLINE_NEVER : x->now + x->spoiler.number;
    return true;
}

bool exchange_advance(struct exchange *x)
{
    x->now = clock_ms();
    if (x->stage == STAGE_ARRIVE)
        arrive(x);
    if (x->stage == STAGE_ACCEPT) {
        if (ordered_wait(x, true))
            return false;
        accept_request(x);
    }
    if (x->stage == STAGE_WORK) {
        if (x->finish && x->wait_until > x->now && x->generation == x->box->generation) {
            x->deadline = x->wait_until;
            return false;
        }
        if (x->finish)
            finish_work(x);
        x->stage = STAGE_SPOIL;
    }
    if (x->stage == STAGE_SPOIL) {
        x->stage = STAGE_DELIVER;
        if (ordered_wait(x, false))
            return false;
    }
    return true;
}

bool exchange_behaves(struct exchange *x, enum fault_kind kind)
{
    return faults_take_behaviour(&x->box->faults, x->api->vendor, kind);
}

struct run_plan exchange_plan(struct exchange *x)
{
    return (struct run_plan){
        .work_ms = x->box->settings.work_ms[x->api->vendor],
        .fails = exchange_behaves(x, FAULT_FAIL),
        .wants_human = exchange_behaves(x, FAULT_APPROVAL),
        .speaks_error = exchange_behaves(x, FAULT_AGENT_ERROR),
    };
}

size_t exchange_run(struct exchange *x, struct conversation *conversation, const char *text,
                    const struct run_plan *plan)
{
    stats_count_run(&x->box->stats, conversation->vendor, conversation->id, text);
    size_t run = world_run(&x->box->world, conversation, text, plan, x->now);
    world_settle(&x->box->world, conversation, x->now);
    return run;
}
