/* SPDX-License-Identifier: MIT */
/* What vendors never document: answers that are cut, and values of another type. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must hold whatever the vendor answers. */
static bool sane(const struct golden_case *golden, const cJSON *response, const char *body, size_t size,
                 bool cut, char *why)
{
    struct response answer;
    struct outcome outcome;
    golden_read(golden, response, body, size, &answer, &outcome);
    bool success =
        outcome.verdict == NUNCIO_DONE || outcome.verdict == NUNCIO_WAIT || outcome.verdict == NUNCIO_NEXT;
    bool blamed = outcome.misuse[0] && outcome.misuse_class != NUNCIO_CLASS_PROTOCOL; /* the plugin is */
    bool good = !blamed && outcome.class_ != NUNCIO_CLASS_INTERNAL && !(cut && success);
    if (!good)
        snprintf(why, GOLDEN_WHY, "%s: verdict %d, class %u, %s: %.*s",
                 cut ? "a cut answer" : "a changed answer", outcome.verdict, outcome.class_, outcome.text,
                 (int)(size < 2048 ? size : 2048), body);
    outcome_finish(&outcome);
    response_finish(&answer);
    return good;
}

static bool cuts(const struct golden_case *golden, const cJSON *response, char *why)
{
    char *body = golden_body(golden, response);
    size_t size = strlen(body);
    bool good = true;
    for (size_t i = 0; i < size && good; i++)
        good = sane(golden, response, body, i, true, why);
    free(body);
    return good;
}

/* Puts `value` in the place of the nth value below `parent`; NULL takes it away. False where there is none.
 */
static bool replace(cJSON *parent, int *nth, const char *value)
{
    for (cJSON *item = parent->child; item; item = item->next) {
        if ((*nth)-- == 0) {
            cJSON *other = value ? cJSON_Parse(value) : NULL;
            if (other) {
                other->string = item->string ? strdup(item->string) : NULL;
                cJSON_ReplaceItemViaPointer(parent, item, other);
            } else {
                cJSON_Delete(cJSON_DetachItemViaPointer(parent, item));
            }
            return true;
        }
        if (replace(item, nth, value))
            return true;
    }
    return false;
}

static bool changes(const struct golden_case *golden, const cJSON *response, const cJSON *tree, char *why)
{
    static const char *const values[] = {NULL,    "null", "true",  "7",  "-1.5",     "\"\"",
                                         "\"x\"", "[]",   "[[7]]", "{}", "{\"x\":7}"};
    bool good = true, more = true;
    for (int place = 0; more; place++) {
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && more && good; i++) {
            cJSON *copy = cJSON_Duplicate(tree, true);
            int nth = place;
            more = replace(copy, &nth, values[i]);
            char *body = json_text(golden->document, copy);
            good = sane(golden, response, body, strlen(body), false, why);
            free(body);
            cJSON_Delete(copy);
        }
        more = more && good;
    }
    return good;
}

bool golden_mutations(const struct golden_case *golden, const cJSON *response, char *why)
{
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(response, "body");
    return !body || (cuts(golden, response, why) && changes(golden, response, body, why));
}
