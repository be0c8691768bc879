/* SPDX-License-Identifier: MIT */
/* The runtime behind nuncio.h: everything that one struct nuncio owns. */
#ifndef NUNCIO_CORE_RUNTIME_H
#define NUNCIO_CORE_RUNTIME_H

#include <stdbool.h>
#include <nuncio/nuncio.h>
#include "configuration.h"
#include "engine.h"
#include "provider.h"
#include "registry.h"
#include "ulid.h"

struct nuncio {
    struct config config;
    struct registry *registry;
    struct directory directory;
    struct engine engine;
    struct ulid_state ids;
    void *jobs;  /* by id, of tsearch(3) */
    bool warned; /* of the providers whose plugin is refused */
};

/* The job of that id, or NULL. */
struct job *runtime_job(const struct nuncio *nuncio, const char *id);

/* What a message asks for, checked against the configuration: whom, how, and all that needs no vendor.
   Strings point into the message and the runtime. */
struct plan {
    struct nuncio_message message; /* in the latest layout */
    struct destination destination;
    struct dispatcher_wish wish;
    struct strategy strategy;
};

int plan_make(struct nuncio *nuncio, const struct nuncio_message *message, struct plan *ret_plan,
              struct nuncio_failure *failure);
/* A job of the plan, with its attachments open, not yet in the engine; job_destroy() frees it. */
int plan_job(struct nuncio *nuncio, const struct plan *plan, struct job **ret_job,
             struct nuncio_failure *failure);

#endif
