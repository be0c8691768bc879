/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "listing.h"

#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "output.h"

void listing_init(struct listing *listing, bool json, const char *const *headings, size_t columns)
{
    *listing = (struct listing){.json = json};
    table_init(&listing->table, headings, columns);
}

void listing_object(struct listing *listing, cJSON *object)
{
    char *line = object ? cJSON_PrintUnformatted(object) : NULL;

    if (line)
        output_line(line);
    else
        listing->failed = true;
    cJSON_free(line);
    cJSON_Delete(object);
}

int listing_finish(struct listing *listing)
{
    bool failed = listing->failed || listing->table.failed;

    if (!failed && !listing->json)
        table_print(&listing->table);
    table_finish(&listing->table);
    if (failed)
        output_error("out of memory");
    return failed ? EXIT_FAILED : EXIT_GOOD;
}

bool listing_text(cJSON *object, const char *name, const char *text)
{
    if (!text)
        return cJSON_AddNullToObject(object, name) != NULL;
    return cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool add_word(cJSON *array, const char *word, size_t size)
{
    char *copy = strndup(word, size);
    cJSON *item = copy ? cJSON_CreateString(copy) : NULL;

    free(copy);
    if (item && cJSON_AddItemToArray(array, item))
        return true;
    cJSON_Delete(item);
    return false;
}

bool listing_words(cJSON *object, const char *name, const char *text)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);

    if (!array)
        return false;
    while (text && *text != '\0') {
        size_t size = strcspn(text, ",");

        if (!add_word(array, text, size))
            return false;
        text += size;
        text += *text == ',';
    }
    return true;
}
