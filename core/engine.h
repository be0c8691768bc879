/* SPDX-License-Identifier: MIT */
/* One loop for all interactions: when each takes its next step, what leaves, what came back, and what of it is
   durable. All that changes in one turn of the loop is one transaction of the journal: nothing leaves, and nobody is
   told of anything, before it is committed. */
#ifndef NUNCIO_CORE_ENGINE_H
#define NUNCIO_CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include "admission.h"
#include "attachment.h"
#include "heap.h"
#include "http.h"
#include "interaction.h"
#include "journal.h"
#include "provider.h"
#include "request.h"
#include "response.h"

struct engine;

enum job_stage {
    JOB_RUNNING,  /* takes its steps, as the machine says */
    JOB_ENTERING, /* its place in a line is not yet committed */
    JOB_IN_LINE,  /* waits before a conversation */
    JOB_WATCHING, /* another process works on it */
    JOB_OVER      /* has ended */
};

/* What a job waits for before it may send: first the line of a name (or of a plugin's own gate), then that of the
   vendor's conversation, once that is known. */
enum job_line { LINE_NONE, LINE_NAME, LINE_REMOTE };

/* An interaction with all that it needs while it lives in this process. */
struct job {
    struct interaction machine;
    struct engine *engine;
    struct destination destination;
    struct attachments attachments;
    struct journal_entry entry;
    enum job_stage stage;
    enum job_line line;
    char *gate;           /* the line in which it stands; NULL: none */
    int64_t look_at;      /* in line and watching: when the journal is looked at again */
    int64_t look_pause;   /* ms; grows */
    bool helper;          /* taken up for the sake of a job in line; nobody asks for it */
    bool cancel_borrowed; /* cancels what another process works on */
    struct admission_entry admission;
    struct heap_entry timer;
    uint32_t step, purpose; /* to be run, or under way */
    struct http_request request;
    struct response response;
    struct http_transfer *transfer; /* NULL: none is under way */
    bool journal_failed;            /* its SEND was stopped because it could not be recorded */
    bool changed;                   /* the journal must be told */
    bool starting;                  /* its step begins in this turn */
    uint64_t durable_sum;           /* of what the journal was told last */
    struct job *next_ended, *next_changed, *next_flushed, *next_starting, *next_helper;
};

struct engine_log {
    void (*write)(void *context, int32_t level, const char *line); /* NULL: nobody listens */
    void *context;
    int32_t level;
};

/* What the engine asks of the runtime that it belongs to. */
struct engine_host {
    /* The job of that id that is in this engine; NULL: none. */
    struct job *(*find)(void *context, const char *id);
    /* Takes up an interaction that nobody works on any more, as a helper; the engine frees it. False: that is not
       possible. */
    bool (*adopt)(void *context, const char *id);
    void *context;
};

struct engine {
    struct http *http;
    struct journal *journal;
    struct engine_host host;
    struct heap timers;
    struct directory *directory;
    struct engine_log log;
    bool single;                   /* one message: its intent is committed at the moment when it leaves */
    struct job *ended;             /* since the last engine_step() */
    struct job *helpers;           /* that are over */
    struct job *helping;           /* all helpers */
    struct job *changed;           /* what the journal must be told */
    struct job *starting;          /* whose steps begin once it is told */
    struct nuncio_failure failure; /* the journal's last one */
    int64_t live;                  /* jobs that have not ended */
    bool turning;
};

int engine_init(struct engine *engine, const struct http_settings *settings, struct directory *directory,
                struct journal *journal, const struct engine_log *log, const struct engine_host *host,
                struct nuncio_failure *failure);
/* All jobs must have been destroyed. */
void engine_finish(struct engine *engine);

/* The job's record, policy, destination and attachments are filled. It is the engine's until it ended. On failure
   nothing was started, and the job may be destroyed. */
int engine_submit(struct engine *engine, struct job *job, int64_t timeout_ms, uint64_t random,
                  struct nuncio_failure *failure);
/* The same for one that was read from the journal. `view` says who works on it: we (it is taken up), or another (it
   is watched). A final one is over at once. */
int engine_take_up(struct engine *engine, struct job *job, const struct journal_view *view,
                   int64_t timeout_ms, uint64_t random, struct nuncio_failure *failure);
/* Nobody asks for it: the engine frees it when it is over, or ends itself. */
void engine_adopt(struct engine *engine, struct job *job);
int64_t engine_timeout(struct engine *engine);
/* Returns how many jobs ended, or -1 with errno. */
int engine_step(struct engine *engine);
void engine_detach(struct engine *engine, struct job *job);
/* False where the run cannot be cancelled now. */
bool engine_cancel(struct engine *engine, struct job *job);
/* Goes on with what was read from the journal, and is ours now. */
void engine_go_on(struct job *job, int64_t now);
/* Takes it out of the engine (aborting its transfer) and frees it. NULL is allowed. */
void job_destroy(struct job *job);

/* ---- For the engine's own files ---- */

/* The journal must be told of it in this turn (engine_journal.c). */
void engine_changed(struct job *job);
/* What the machine wants now. */
void engine_advance(struct job *job, int64_t now);
/* It has ended: out of all waiting. */
void engine_end(struct job *job);
/* engine_journal.c. */
/* Of what must be durable: where it is as it was, the journal knows already. */
uint64_t engine_durable_sum(const struct job *job);
/* Tells the journal all that has changed, and goes on with what waited for that. */
void engine_flush(struct engine *engine, int64_t now);
/* Its end may be known now. */
void engine_publish(struct job *job, int64_t now);
/* Tells the journal of this job alone, at once. */
int engine_commit(struct job *job, bool lazy, struct nuncio_failure *failure);
/* The journal's last failure as this job's. */
void engine_journal_problem(const struct job *job, struct problem *ret_problem);
void engine_log(const struct engine *engine, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* line.c: waiting before a conversation. */
/* Puts it in the line that it needs first; none: it starts. */
void line_begin(struct job *job, int64_t now);
/* Its place is committed (or it may be its turn now): is it the first? */
void line_look(struct job *job, int64_t now);
/* Out of the lines that it stood in, which were left in the journal: who is next? */
void line_left(struct job *job, int64_t now);

/* watch.c: what another process works on. */
void watch_begin(struct job *job, int64_t now);
void watch_look(struct job *job, int64_t now);
/* A CANCEL on behalf of it; false where that is not possible. */
bool watch_cancel(struct job *job, int64_t now);
void watch_cancelled(struct job *job, int64_t now);

/* exchange.c: one step of a job. */
/* Builds the request and starts it. 0: under way. Else *ret_result says how it ended. */
int exchange_start(struct job *job, int64_t now, struct step_result *ret_result);
/* Learns what the journal must know of its SEND before that leaves. False: it will not leave. */
bool exchange_look_ahead(struct job *job, int64_t now);
/* Judges what came back; outcome must be initialised and is finished by the caller. */
void exchange_read(struct job *job, int64_t now, const struct http_result *http, struct outcome *outcome,
                   struct step_result *ret_result);
void exchange_call(const struct job *job, int64_t now, char key[RECORD_KEY_SIZE],
                   struct nuncio_call *ret_call);

#endif
