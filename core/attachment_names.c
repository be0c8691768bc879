/* SPDX-License-Identifier: MIT */
/* The attachments of a message as the journal keeps them: by name. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "attachment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cjson/cJSON.h>

/* The source as it is found from everywhere; free(). */
static char *absolute(const char *source)
{
    char *directory, *path;
    if (source[0] == '/' || strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0)
        return strdup(source);
    directory = getcwd(NULL, 0);
    if (!directory)
        return NULL;
    if (asprintf(&path, "%s/%s", directory, source) < 0)
        path = NULL;
    free(directory);
    return path;
}

static bool add(cJSON *array, const char *source)
{
    char *path = absolute(source);
    cJSON *item = path ? cJSON_CreateString(path) : NULL;
    free(path);
    if (item && cJSON_AddItemToArray(array, item))
        return true;
    cJSON_Delete(item);
    return false;
}

bool attachments_names(const char *const *sources, uint64_t count, char **ret_json)
{
    cJSON *array;
    bool good;
    if (count == 0)
        return true;
    array = cJSON_CreateArray();
    good = array != NULL;
    for (uint64_t i = 0; good && i < count; i++)
        good = add(array, sources[i]);
    char *text = good ? cJSON_PrintUnformatted(array) : NULL;
    cJSON_Delete(array);
    if (!text)
        return false;
    free(*ret_json);
    *ret_json = text;
    return true;
}

void attachments_sources_finish(const char **sources)
{
    for (const char **source = sources; source && *source; source++)
        free((char *)(uintptr_t)*source);
    free(sources);
}

bool attachments_sources(const char *json, const char ***ret_sources, uint64_t *ret_count)
{
    cJSON *array = json ? cJSON_Parse(json) : cJSON_CreateArray();
    int size = cJSON_GetArraySize(array);
    const char **sources = calloc((size_t)size + 1, sizeof(*sources));
    bool good = array && sources;
    for (int i = 0; good && i < size; i++) {
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(array, i));
        sources[i] = text ? strdup(text) : NULL;
        good = sources[i] != NULL;
    }
    cJSON_Delete(array);
    if (!good) {
        attachments_sources_finish(sources);
        return false;
    }
    *ret_sources = sources;
    *ret_count = (uint64_t)size;
    return true;
}
