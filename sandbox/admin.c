/* SPDX-License-Identifier: MIT */
/* The sandbox's own calls: faults, statistics, and a fresh start. */
#include "config.h"

#include "api.h"
#include "errors.h"
#include "json.h"
#include "server.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

static void answer_problem(struct exchange *x, unsigned status, const char *text)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "error", text);
    answer_json(x, status, json);
}

static void show_faults(struct exchange *x)
{
    answer_json(x, MHD_HTTP_OK, faults_json(&x->box->faults));
}

/* A spec is a string, or an object that holds one. */
static char *add_fault(struct faults *faults, const cJSON *item)
{
    const char *spec = cJSON_IsObject(item) ? json_text(item, "spec") : cJSON_GetStringValue(item);
    return spec ? faults_add(faults, spec) : text_copy("a fault reads {\"spec\":\"VENDOR.STEP:KIND...\"}");
}

/* All of a list, or none: the list is tried on the side first. */
static void add_faults(struct exchange *x)
{
    x->json = x->body ? json_parse(x->body, x->body_length) : NULL;
    struct faults trial = {NULL, 0, 0};
    char *wrong = NULL;
    if (cJSON_IsArray(x->json)) {
        const cJSON *item;
        cJSON_ArrayForEach(item, x->json)
        {
            if (!wrong)
                wrong = add_fault(&trial, item);
        }
        cJSON_ArrayForEach(item, x->json)
        {
            if (!wrong)
                free(add_fault(&x->box->faults, item));
        }
    } else {
        wrong = x->json
                    ? add_fault(&x->box->faults, x->json)
                    : text_copy("the body is JSON: {\"spec\":\"VENDOR.STEP:KIND...\"}, or an array of such");
    }
    faults_clear(&trial);
    if (wrong)
        answer_problem(x, MHD_HTTP_BAD_REQUEST, wrong);
    else
        show_faults(x);
    free(wrong);
}

static void remove_faults(struct exchange *x)
{
    faults_clear(&x->box->faults);
    deadlines_release(&x->box->server->deadlines, true);
    show_faults(x);
}

static void show_errors(struct exchange *x)
{
    answer_json(x, MHD_HTTP_OK, errors_json());
}

static void show_stats(struct exchange *x)
{
    answer_json(x, MHD_HTTP_OK, stats_json(&x->box->stats));
}

static void show_requests(struct exchange *x)
{
    char *text = stats_requests_json(&x->box->stats);
    answer_text(x, MHD_HTTP_OK, "application/json", text);
    free(text);
}

/* Whoever waits is answered at once: what they wait for is gone. */
static void reset(struct exchange *x)
{
    faults_clear(&x->box->faults);
    stats_clear(&x->box->stats);
    world_clear(&x->box->world);
    x->box->generation++;
    deadlines_release(&x->box->server->deadlines, false);
    answer_json(x, MHD_HTTP_OK, cJSON_CreateObject());
}

static void show_help(struct exchange *x)
{
    answer_text(x, MHD_HTTP_OK, "text/plain",
                "nuncio-sandbox imitates:\n"
                "  /gumloop/api/v1  /gennia/public/api/v1  /dumpling/api/v1  /enthusiast\n"
                "and is steered by:\n"
                "  GET /_faults /_errors /_stats /_requests, POST /_faults /_reset, DELETE /_faults\n");
}

void admin_handle(struct exchange *x)
{
    static const struct {
        const char *method, *path;
        exchange_step handler;
    } calls[] = {
        {"GET", "/", show_help},
        {"GET", "/_faults", show_faults},
        {"POST", "/_faults", add_faults},
        {"DELETE", "/_faults", remove_faults},
        {"GET", "/_errors", show_errors},
        {"GET", "/_stats", show_stats},
        {"GET", "/_requests", show_requests},
        {"POST", "/_reset", reset},
    };
    bool known = false;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].path, x->path) != 0)
            continue;
        known = true;
        if (strcmp(calls[i].method, x->method) == 0) {
            calls[i].handler(x);
            return;
        }
    }
    answer_problem(x, known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
                   known ? "this method is not for this path; GET / lists the calls"
                         : "no such call; GET / lists them");
}
