/* SPDX-License-Identifier: MIT */
/* From a case file to a call. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOP_MEMBERS                                                                                          \
    "name step purpose options call gate printing request cannot invalid response outcome rows"
#define CALL_MEMBERS                                                                                         \
    "text agent conversation ticket cursor cursor_state interaction key want_json continued cancelling "     \
    "polls age_ms left_ms attachments"

bool golden_fail(char *why, const char *what, const char *name)
{
    snprintf(why, GOLDEN_WHY, "%s: %s", what, name ? name : "(nothing)");
    return false;
}

const char *golden_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool golden_only(const cJSON *object, const char *names, char *why)
{
    const cJSON *item;
    if (object && !cJSON_IsObject(object))
        return golden_fail(why, "must be an object", object->string);
    cJSON_ArrayForEach(item, object)
    {
        size_t size = strlen(item->string);
        const char *found = names;
        while ((found = strstr(found, item->string)) != NULL) {
            if ((found == names || found[-1] == ' ') && (found[size] == ' ' || found[size] == '\0'))
                break;
            found += size;
        }
        if (!found)
            return golden_fail(why, "unknown member", item->string);
    }
    return true;
}

/* ---- The call ------------------------------------------------------------------------------------------ */

static cJSON *overlay(const cJSON *below, const cJSON *above, const char *name)
{
    cJSON *result = cJSON_CreateObject();
    const cJSON *layers[] = {cJSON_GetObjectItemCaseSensitive(below, name),
                             cJSON_GetObjectItemCaseSensitive(above, name)};
    const cJSON *item;
    for (size_t i = 0; i < 2; i++)
        cJSON_ArrayForEach(item, layers[i])
        {
            cJSON_DeleteItemFromObjectCaseSensitive(result, item->string);
            if (!cJSON_IsNull(item))
                cJSON_AddItemToObject(result, item->string, cJSON_Duplicate(item, true));
        }
    return result;
}

void golden_expand(cJSON *object)
{
    for (cJSON *item = object->child; item; item = item->next) {
        const char *piece = golden_text(item, "repeat");
        struct buffer text;
        int64_t times;
        if (!piece || !json_integer(json_member(item, "times"), &times)) {
            if (cJSON_IsObject(item) || cJSON_IsArray(item))
                golden_expand(item);
            continue;
        }
        buffer_init(&text, SIZE_MAX);
        for (int64_t i = 0; i < times; i++)
            buffer_append_text(&text, piece);
        cJSON *string = cJSON_CreateString(buffer_text(&text));
        string->string = item->string ? strdup(item->string) : NULL;
        buffer_finish(&text);
        cJSON_ReplaceItemViaPointer(object, item, string);
        item = string;
    }
}

/* Files are written into a directory of their own, opened and removed again. */
static bool open_attachments(struct golden_case *golden, const cJSON *list, char *why)
{
    char directory[] = "/tmp/golden.XXXXXX", paths[16][4096];
    const char *sources[16];
    const cJSON *item;
    uint64_t count = 0;
    struct nuncio_failure failure;

    if (!mkdtemp(directory))
        return golden_fail(why, "cannot be made", directory);
    cJSON_ArrayForEach(item, list)
    {
        const char *name = golden_text(item, "file"), *content = golden_text(item, "content");
        if (!golden_only(item, name ? "file content" : "url", why) || count == 16)
            return false;
        if (name) {
            snprintf(paths[count], sizeof(paths[count]), "%s/%s", directory, name);
            FILE *file = fopen(paths[count], "wb");
            if (!file || fputs(content ? content : "", file) < 0 || fclose(file) != 0)
                return golden_fail(why, "cannot be written", paths[count]);
        }
        sources[count] = name ? paths[count] : golden_text(item, "url");
        count++;
    }
    int opened = attachments_open(sources, count, &golden->attachments, &failure);
    for (uint64_t i = 0; i < count; i++)
        if (sources[i] == paths[i])
            unlink(paths[i]);
    rmdir(directory);
    if (opened < 0)
        return golden_fail(why, "attachments", failure.text);
    golden->call.attachments = golden->attachments.items;
    golden->call.attachment_count = golden->attachments.count;
    golden->call.attachment_size = sizeof(struct nuncio_attachment);
    return true;
}

static int64_t number(const cJSON *call, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(call, name);
    int64_t value = cJSON_IsTrue(item);
    json_integer(item, &value);
    return value;
}

/* The place of the text in the list, 0 where it is not there. */
static uint32_t word(const char *text, const char *const words[], uint32_t count)
{
    for (uint32_t i = 1; text && i < count; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return 0;
}

static bool make_call(struct golden_case *golden, char *why)
{
    static const char *const states[] = {"unknown", "empty", "known"};
    static const char *const steps[] = {"", "OPEN", "SEND", "POLL", "FETCH", "HISTORY", "CANCEL", "CHECK"};
    static const char *const purposes[] = {"", "LEARN", "RECONCILE"};
    const struct nuncio_plugin *plugin = golden->plugin->descriptor;
    const cJSON *call = cJSON_GetObjectItemCaseSensitive(golden->values, "call");

    if (!golden_only(call, CALL_MEMBERS, why))
        return false;
    golden->call = (struct nuncio_call){
        .size = sizeof(golden->call),
        .step = word(golden_text(golden->root, "step"), steps, 8),
        .purpose = word(golden_text(golden->root, "purpose"), purposes, 3),
        .text = nuncio_slice(golden_text(call, "text")),
        .agent = nuncio_slice(golden_text(call, "agent")),
        .conversation = nuncio_slice(golden_text(call, "conversation")),
        .ticket = nuncio_slice(golden_text(call, "ticket")),
        .cursor = nuncio_slice(golden_text(call, "cursor")),
        .interaction = nuncio_slice(golden_text(call, "interaction")),
        .key = nuncio_slice(golden_text(call, "key")),
        .cursor_state = word(golden_text(call, "cursor_state"), states, 3),
        .want_json = (uint32_t)number(call, "want_json"),
        .continued = (uint32_t)number(call, "continued"),
        .cancelling = (uint32_t)number(call, "cancelling"),
        .polls = number(call, "polls"),
        .age_ms = number(call, "age_ms"),
        .left_ms = number(call, "left_ms"),
    };
    for (uint32_t i = 0; i < plugin->step_count; i++)
        if (plugin->steps[i].kind == golden->call.step)
            golden->step = &plugin->steps[i];
    if (!golden->step)
        return golden_fail(why, "the plugin has no step", golden_text(golden->root, "step"));
    if ((golden->call.step == NUNCIO_STEP_HISTORY) != (golden->call.purpose != 0))
        return golden_fail(why, "purpose is for HISTORY, and needed there",
                           golden_text(golden->root, "purpose"));
    return open_attachments(golden, cJSON_GetObjectItemCaseSensitive(call, "attachments"), why);
}

bool golden_prepare(const struct golden_plugin *plugin, const struct json_document *document,
                    struct golden_case *ret_case, char *why)
{
    const cJSON *defaults = json_root(plugin->defaults);
    memset(ret_case, 0, sizeof(*ret_case));
    ret_case->plugin = plugin;
    ret_case->document = document;
    ret_case->root = json_root(document);
    ret_case->values = cJSON_CreateObject();
    cJSON_AddItemToObject(ret_case->values, "options", overlay(defaults, ret_case->root, "options"));
    cJSON_AddItemToObject(ret_case->values, "call", overlay(defaults, ret_case->root, "call"));
    golden_expand(ret_case->values);
    return golden_only(defaults, "options call", why) && golden_only(ret_case->root, TOP_MEMBERS, why) &&
           golden_configure(ret_case, why) && make_call(ret_case, why);
}

void golden_finish(struct golden_case *golden)
{
    attachments_finish(&golden->attachments);
    cJSON_Delete(golden->values);
    free(golden->instance);
}
