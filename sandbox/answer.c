/* SPDX-License-Identifier: MIT */
/* Making an answer. */
#include "config.h"

#include "api.h"
#include "errors.h"
#include "exchange.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

void answer_clear(struct answer *answer)
{
    free(answer->body);
    for (size_t i = 0; i < answer->header_count; i++)
        free(answer->headers[i].value);
    *answer = (struct answer){0};
}

void answer_text(struct exchange *x, unsigned status, const char *type, const char *text)
{
    answer_clear(&x->answer);
    x->answer.status = status;
    x->answer.type = type;
    x->answer.body = text_copy(text);
    x->answer.length = strlen(text);
}

void answer_json(struct exchange *x, unsigned status, cJSON *tree)
{
    answer_clear(&x->answer);
    x->answer.status = status;
    x->answer.type = "application/json";
    x->answer.body = cJSON_PrintUnformatted(tree);
    x->answer.length = strlen(x->answer.body);
    cJSON_Delete(tree);
}

void answer_header(struct exchange *x, const char *name, const char *value)
{
    if (x->answer.header_count == MAX_HEADERS)
        return;
    x->answer.headers[x->answer.header_count].name = name;
    x->answer.headers[x->answer.header_count++].value = text_copy(value);
}

void answer_error(struct exchange *x, const char *name)
{
    const struct vendor_error *error = error_find(x->api->vendor, name);
    if (!error) {
        answer_text(x, MHD_HTTP_NOT_IMPLEMENTED, "text/plain", "the sandbox lacks an error of this name\n");
        return;
    }
    answer_text(x, error->status, "application/json", error->body);
    if (x->api->vendor != DUMPLING || !x->box->settings.dumpling_flat_errors)
        return;
    cJSON *nested = cJSON_Parse(error->body), *flat = cJSON_CreateObject();
    const cJSON *inner = json_get(nested, "error");
    cJSON_AddStringToObject(flat, "error", json_text(inner, "message"));
    cJSON_AddStringToObject(flat, "code", json_text(inner, "code"));
    cJSON_AddStringToObject(flat, "message", json_text(inner, "message"));
    cJSON_Delete(nested);
    answer_json(x, error->status, flat);
}
