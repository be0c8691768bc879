/* SPDX-License-Identifier: MIT */
/* What a vendor's file offers: routes under a prefix. */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "exchange.h"

struct route {
    const char *method;
    const char *pattern; /* below the prefix; '*' stands for one segment that is captured */
    enum step step;      /* as which it is counted */
    unsigned also;       /* STEP_BITs of other steps that use the same call: faults for them fire too */
    exchange_step handler;
};

struct api {
    enum vendor vendor;
    const char *prefix;
    const struct route *routes;
    size_t route_count;
    /* Key, content type, and body; false: it has answered. Runs before every handler. */
    bool (*admit)(struct exchange *);
    exchange_step no_route;   /* 404, or what the vendor does instead */
    exchange_step bad_method; /* the path exists, the method does not */
};

extern const struct api gumloop_agents_api, gumloop_sessions_api, gennia_api, dumpling_api, enthusiast_api;

/* Finds x->api, x->route and x->captures. api without route: wrong method or path, see bad_method. */
void api_route(struct exchange *x, bool *bad_method);
bool api_has_step(enum vendor vendor, enum step step);
/* Joined by a comma; the caller frees it. */
char *api_step_names(enum vendor vendor);

/* The sandbox's own calls, below "/_". */
void admin_handle(struct exchange *x);

#endif
