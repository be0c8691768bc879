/* SPDX-License-Identifier: MIT */
/* Gennia's strict reading of a message: an unknown field is an error. */
#include "config.h"

#include "gennia.h"
#include "json.h"
#include "util.h"

#include <string.h>

#define MAX_CONTENT     32000
#define MAX_ATTACHMENTS 10

static const char *check_attachment_field(const cJSON *item)
{
    static const struct {
        const char *name;
        size_t max; /* characters, 0: no limit */
    } fields[] = {{"base64", 0}, {"url", 2048}, {"filename", 512}, {"mediaType", 255}};
    size_t i = 0;
    while (i < sizeof fields / sizeof *fields && strcmp(fields[i].name, item->string) != 0)
        i++;
    if (i == sizeof fields / sizeof *fields)
        return "unknown field in attachments";
    if (!cJSON_IsString(item))
        return "the fields of an attachment must be strings";
    if (fields[i].max && text_characters(item->valuestring) > fields[i].max)
        return "a field of an attachment is too long";
    return NULL;
}

static const char *check_attachment(const cJSON *attachment)
{
    const cJSON *item;
    if (!cJSON_IsObject(attachment))
        return "attachments must hold objects";
    cJSON_ArrayForEach(item, attachment)
    {
        const char *wrong = check_attachment_field(item);
        if (wrong)
            return wrong;
    }
    const char *base64 = json_text(attachment, "base64"), *url = json_text(attachment, "url");
    if (!base64 && !url)
        return "an attachment needs base64 or url";
    if (base64 && (!*base64 || !text_is_base64(base64)))
        return "base64 of an attachment is malformed";
    if (url && !text_starts_with(url, "https://") && !text_starts_with(url, "http://"))
        return "url of an attachment is malformed";
    return NULL;
}

static const char *check_attachments(const cJSON *list)
{
    const cJSON *item;
    if (!list)
        return NULL;
    if (!cJSON_IsArray(list))
        return "attachments must be an array";
    if (cJSON_GetArraySize(list) > MAX_ATTACHMENTS)
        return "attachments must hold at most 10 items";
    cJSON_ArrayForEach(item, list)
    {
        const char *wrong = check_attachment(item);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *check_names(const cJSON *body)
{
    static const char *const known[] = {"content", "attachments", "conversationId", "externalUserId",
                                        "isTest",  "metadata",    "timeoutSeconds"};
    const cJSON *item;
    cJSON_ArrayForEach(item, body)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], item->string) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return "unknown field";
    }
    return NULL;
}

static const char *check_text(const cJSON *body)
{
    const cJSON *content = json_get(body, "content"), *id = json_get(body, "conversationId"),
                *user = json_get(body, "externalUserId");
    bool attached = cJSON_GetArraySize(json_get(body, "attachments")) > 0;
    if (content && !cJSON_IsString(content))
        return "content must be a string";
    if ((!content || !*content->valuestring) && !attached)
        return "content is required where there is no attachment";
    if (content && text_characters(content->valuestring) > MAX_CONTENT)
        return "content must have at most 32000 characters";
    if (id && (!cJSON_IsString(id) || !text_is_uuid(id->valuestring)))
        return "conversationId must be a UUID";
    if (user && (!cJSON_IsString(user) || !*user->valuestring || text_characters(user->valuestring) > 255))
        return "externalUserId must be a string of 1 to 255 characters";
    return NULL;
}

static const char *check_rest(const cJSON *body)
{
    const cJSON *test = json_get(body, "isTest"), *metadata = json_get(body, "metadata"),
                *timeout = json_get(body, "timeoutSeconds");
    long seconds;
    if (test && !cJSON_IsBool(test))
        return "isTest must be a boolean";
    if (metadata && !cJSON_IsObject(metadata))
        return "metadata must be an object";
    if (timeout && (!json_integer(timeout, &seconds) || seconds < 1 || seconds > 300))
        return "timeoutSeconds must be an integer from 1 to 300";
    return NULL;
}

const char *gennia_check_body(const cJSON *body)
{
    const char *wrong = check_names(body);
    if (!wrong)
        wrong = check_attachments(json_get(body, "attachments"));
    if (!wrong)
        wrong = check_text(body);
    return wrong ? wrong : check_rest(body);
}
