/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "api.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

/* The sessions API has the prefix of the agents API, and answers for every path that neither knows. */
static const struct api *const apis[] = {&gumloop_agents_api, &gumloop_sessions_api, &gennia_api,
                                         &dumpling_api, &enthusiast_api};
#define API_COUNT (sizeof apis / sizeof *apis)

static void drop_captures(struct exchange *x)
{
    for (size_t i = 0; i < MAX_CAPTURES; i++) {
        free(x->captures[i]);
        x->captures[i] = NULL;
    }
}

/* Segment by segment; what stands for '*' is decoded, so that an encoded slash stays within its segment. */
static bool match(struct exchange *x, const char *pattern, const char *path)
{
    size_t captured = 0;
    for (;;) {
        size_t wanted = strcspn(pattern, "/"), given = strcspn(path, "/");
        if (wanted == 1 && *pattern == '*') {
            if (!given || captured == MAX_CAPTURES)
                return false;
            x->captures[captured] = percent_decoded(path, given, false);
            if (!x->captures[captured++])
                return false;
        } else if (wanted != given || memcmp(pattern, path, wanted) != 0) {
            return false;
        }
        pattern += wanted;
        path += given;
        if (!*pattern || !*path)
            return !*pattern && !*path;
        pattern++;
        path++;
    }
}

void api_route(struct exchange *x, bool *bad_method)
{
    *bad_method = false;
    for (size_t i = 0; i < API_COUNT; i++) {
        size_t length = strlen(apis[i]->prefix);
        if (strncmp(x->path, apis[i]->prefix, length) != 0)
            continue;
        if (!*bad_method)
            x->api = apis[i];
        for (size_t r = 0; r < apis[i]->route_count; r++) {
            const struct route *route = &apis[i]->routes[r];
            if (match(x, route->pattern, x->path + length)) {
                x->api = apis[i];
                if (strcmp(route->method, x->method) == 0) {
                    x->route = route;
                    return;
                }
                *bad_method = true;
            }
            drop_captures(x);
        }
    }
}

static unsigned steps_of(enum vendor vendor)
{
    unsigned steps = 0;
    for (size_t i = 0; i < API_COUNT; i++)
        for (size_t r = 0; apis[i]->vendor == vendor && r < apis[i]->route_count; r++)
            steps |= STEP_BIT(apis[i]->routes[r].step) | apis[i]->routes[r].also;
    return steps;
}

bool api_has_step(enum vendor vendor, enum step step)
{
    return steps_of(vendor) & STEP_BIT(step);
}

char *api_step_names(enum vendor vendor)
{
    unsigned steps = steps_of(vendor);
    char *names = text_copy("");
    for (int step = 0; step < STEP_COUNT; step++) {
        if (!(steps & STEP_BIT(step)))
            continue;
        char *longer = text_format("%s%s%s", names, *names ? ", " : "", step_name((enum step)step));
        free(names);
        names = longer;
    }
    return names;
}
