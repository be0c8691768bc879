/* SPDX-License-Identifier: MIT */
/* A listing: a table, or with --json one object a line. */
#ifndef NUNCIO_CLI_LISTING_H
#define NUNCIO_CLI_LISTING_H

#include <stdbool.h>
#include <cjson/cJSON.h>
#include "table.h"

struct listing {
    bool json;
    struct table table;
    bool failed; /* an object is missing for lack of memory */
};

void listing_init(struct listing *listing, bool json, const char *const *headings, size_t columns);

/* Prints the object on one line and frees it; NULL is an object for which there was no memory. */
void listing_object(struct listing *listing, cJSON *object);

/* Ends the listing and returns the exit code. */
int listing_finish(struct listing *listing);

/* Add a member to the object, false without memory. An absent text is null; "a,b" becomes ["a","b"], an
   absent one []. */
bool listing_text(cJSON *object, const char *name, const char *text);
bool listing_words(cJSON *object, const char *name, const char *text);

#endif
