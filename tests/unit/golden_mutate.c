/* SPDX-License-Identifier: MIT */
/* What vendors never document: answers that are cut, and values of another type. */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must hold whatever the vendor answers. */
static bool sane(const struct golden_case *golden, const cJSON *response, const char *body, size_t size, bool cut,
                 char *why)
{
    struct response answer;
    struct outcome outcome;
    golden_read(golden, response, body, size, &answer, &outcome);
    bool success = outcome.verdict == NUNCIO_DONE || outcome.verdict == NUNCIO_WAIT || outcome.verdict == NUNCIO_NEXT;
    bool good = !outcome.misuse[0] && outcome.class_ != NUNCIO_CLASS_INTERNAL && !(cut && success);
    if (!good)
        snprintf(why, GOLDEN_WHY, "%s: verdict %d, class %u, %s: %.*s", cut ? "a cut answer" : "a changed answer",
                 outcome.verdict, outcome.class_, outcome.text, (int)(size < 2048 ? size : 2048), body);
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

static bool changed(const struct golden_case *golden, const cJSON *response, const cJSON *tree, char *why)
{
    char *body = json_text(golden->document, tree);
    bool good = sane(golden, response, body, strlen(body), false, why);
    free(body);
    return good;
}

/* Puts each other type in the place of `item`, and takes it away. */
static bool change(const struct golden_case *golden, const cJSON *response, cJSON *tree, cJSON *parent, cJSON *item,
                   char *why)
{
    static const char *const values[] = {"null", "true", "7", "-1.5", "\"\"", "\"x\"", "[]", "[7]", "{}", "{\"x\":7}"};
    cJSON *place = cJSON_CreateNull();
    bool good = true;
    place->string = item->string ? strdup(item->string) : NULL;
    cJSON *current = item;
    /* `item` stays outside of the tree until the end, and goes back to its place. */
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && good; i++) {
        cJSON *other = cJSON_Parse(values[i]);
        other->string = item->string ? strdup(item->string) : NULL;
        if (current == item) {
            /* Only unhook it: replacing would free it. */
            cJSON *copy = cJSON_Duplicate(item, true);
            copy->string = copy->string ? copy->string : NULL;
            cJSON_ReplaceItemViaPointer(parent, item, other);
            item = copy;
        } else {
            cJSON_ReplaceItemViaPointer(parent, current, other);
        }
        current = other;
        good = changed(golden, response, tree, why);
    }
    cJSON_Delete(place);
    cJSON_ReplaceItemViaPointer(parent, current, item);
    return good;
}
