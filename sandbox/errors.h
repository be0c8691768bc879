/* SPDX-License-Identifier: MIT */
/* The documented errors of every vendor, as data: what the imitation answers of itself, and what `error=NAME`
 * forces. */
#ifndef SANDBOX_ERRORS_H
#define SANDBOX_ERRORS_H

#include "names.h"

#include <cjson/cJSON.h>

struct vendor_error {
    enum vendor vendor;
    enum step step; /* where the vendor documents it; it may be forced at any step of the vendor */
    const char *name;
    unsigned status;
    const char *body;
};

/* NULL where the vendor has no error of that name. */
const struct vendor_error *error_find(enum vendor vendor, const char *name);
cJSON *errors_json(void);
/* The names of one vendor, joined by a comma; the caller frees it. */
char *error_names(enum vendor vendor);

#endif
