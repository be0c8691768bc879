/* SPDX-License-Identifier: MIT */
/* One loop for all interactions: when each takes its next step, what leaves, and what came back. */
#ifndef NUNCIO_CORE_ENGINE_H
#define NUNCIO_CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include "admission.h"
#include "attachment.h"
#include "conversation.h"
#include "heap.h"
#include "http.h"
#include "interaction.h"
#include "journal.h"
#include "provider.h"
#include "request.h"
#include "response.h"

struct engine;

/* An interaction with all that it needs while it lives in this process. */
struct job {
    struct interaction machine;
    struct engine *engine;
    struct destination destination;
    struct attachments attachments;
    struct conversation *conversation; /* whose gate it holds or waits for; NULL: a conversation of its own */
    bool gated;                        /* waits for the gate */
    struct conversation_entry gate;
    struct admission_entry admission;
    struct heap_entry timer;
    uint32_t step, purpose; /* to be run, or under way */
    struct http_request request;
    struct response response;
    struct http_transfer *transfer; /* NULL: none is under way */
    bool reported;                  /* its end was counted by engine_step() */
    bool journal_failed;            /* its SEND was stopped because it could not be recorded */
    struct job *next_ended, *next_entering;
};

struct engine_log {
    void (*write)(void *context, int32_t level, const char *line); /* NULL: nobody listens */
    void *context;
    int32_t level;
};

struct engine {
    struct http *http;
    struct journal journal;
    struct conversations conversations;
    struct heap timers;
    struct directory *directory;
    struct engine_log log;
    struct job *ended;    /* since the last engine_step() */
    struct job *entering; /* whose turn in their conversation has come */
    bool letting_in;
    int64_t live; /* jobs that have not ended */
};

int engine_init(struct engine *engine, const struct http_settings *settings, struct directory *directory,
                const struct engine_log *log, struct nuncio_failure *failure);
/* All jobs must have been destroyed. */
void engine_finish(struct engine *engine);

/* The job's record, policy, destination, attachments and conversation are filled. It is the engine's until it
   ended. On failure nothing was started, and the job may be destroyed. */
int engine_submit(struct engine *engine, struct job *job, int64_t timeout_ms, uint64_t random,
                  struct nuncio_failure *failure);
int64_t engine_timeout(struct engine *engine);
/* Returns how many jobs ended, or -1 with errno. */
int engine_step(struct engine *engine);
void engine_detach(struct engine *engine, struct job *job);
/* False where the run cannot be cancelled now. */
bool engine_cancel(struct engine *engine, struct job *job);
/* Takes it out of the engine (aborting its transfer) and frees it. NULL is allowed. */
void job_destroy(struct job *job);

/* exchange.c: one step of a job. */
/* Builds the request and starts it. 0: under way. Else *ret_result says how it ended. */
int exchange_start(struct job *job, int64_t now, struct step_result *ret_result);
/* Judges what came back; outcome must be initialised and is finished by the caller. */
void exchange_read(struct job *job, int64_t now, const struct http_result *http, struct outcome *outcome,
                   struct step_result *ret_result);
void exchange_call(const struct job *job, int64_t now, char key[RECORD_KEY_SIZE],
                   struct nuncio_call *ret_call);

#endif
