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
    struct journal journal;
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
    const char *continued; /* the vendor's id of the conversation of message.continue_of; NULL: none */
};

int plan_make(struct nuncio *nuncio, const struct nuncio_message *message, struct plan *ret_plan,
              struct nuncio_failure *failure);
/* A job of the plan, with its attachments open, not yet in the engine; job_destroy() frees it. */
int plan_job(struct nuncio *nuncio, const struct plan *plan, struct job **ret_job,
             struct nuncio_failure *failure);
/* A job of that record, which is taken over (and left empty). NULL without memory. */
struct job *plan_job_of(struct nuncio *nuncio, const struct destination *destination, struct record *record);

/* recall.c: what a message refers to in the journal. */
struct recalled {
    struct record again, continued;
    const char **attachments; /* of `again` */
};
void recalled_finish(struct recalled *recalled);
/* Reads it and puts it into the plan's message, which then points into ret_recalled. */
int recall(struct nuncio *nuncio, struct plan *plan, struct recalled *ret_recalled,
           struct nuncio_failure *failure);
/* An interaction as it stands, of this runtime or of the journal, which must be open. 1: there, 0: not there, -1. */
int recall_record(struct nuncio *nuncio, const char *id, struct record *ret_record,
                  struct nuncio_failure *failure);

/* runtime.c, for take_up.c. */
int runtime_add(struct nuncio *nuncio, struct job *job, struct nuncio_failure *failure);
void runtime_remove(struct nuncio *nuncio, struct job *job);
uint64_t runtime_random(struct nuncio *nuncio);
int64_t runtime_timeout(const struct job *job, int64_t wanted_ms);

/* take_up.c, for the engine. */
bool take_up_helper(void *context, const char *id);

/* result.c: what a client sees of a record; `interaction` points into it. */
void result_of(const struct record *record, struct nuncio_interaction *ret_interaction);

#endif
