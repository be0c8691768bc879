/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "names.h"

#include <string.h>

static const char *const vendor_names[VENDOR_COUNT] = {
    [GUMLOOP_AGENTS] = "gumloop_agents",
    [GUMLOOP_SESSIONS] = "gumloop_sessions",
    [GENNIA] = "gennia",
    [DUMPLING] = "dumpling",
    [ENTHUSIAST] = "enthusiast",
};

static const char *const step_names[STEP_COUNT] = {
    [STEP_OPEN] = "open",       [STEP_SEND] = "send",     [STEP_POLL] = "poll",   [STEP_FETCH] = "fetch",
    [STEP_HISTORY] = "history", [STEP_CANCEL] = "cancel", [STEP_CHECK] = "check", [STEP_OTHER] = "other",
};

static int find_name(const char *const *names, int count, const char *name, size_t length)
{
    for (int i = 0; i < count; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return i;
    return -1;
}

const char *vendor_name(enum vendor vendor)
{
    return vendor_names[vendor];
}

const char *step_name(enum step step)
{
    return step_names[step];
}

bool vendor_from_name(const char *name, size_t length, enum vendor *vendor)
{
    int found = find_name(vendor_names, VENDOR_COUNT, name, length);
    if (found < 0)
        return false;
    *vendor = (enum vendor)found;
    return true;
}

bool step_from_name(const char *name, size_t length, enum step *step)
{
    int found = find_name(step_names, STEP_COUNT, name, length);
    if (found < 0)
        return false;
    *step = (enum step)found;
    return true;
}
