/* SPDX-License-Identifier: MIT */
/*
 * nuncio/nuncio.h: the client interface. It carries one message to an AI agent at any vendor and brings back
 * the reply.
 *
 * The shape of a program:
 *
 *     nuncio_create(&settings, &nuncio, &failure);
 *     nuncio_submit(nuncio, &message, id, &failure);
 *     nuncio_wait(nuncio, id, -1);
 *     nuncio_get(nuncio, id, &interaction);          … interaction.reply_text …
 *     nuncio_destroy(nuncio);
 *
 * A runtime works in the thread that calls it, and only inside nuncio_step() and nuncio_wait(). A program
 * with an event loop of its own watches nuncio_fd() for reading, sleeps at most nuncio_timeout(), and calls
 * nuncio_step(). Thousands of interactions may be in flight in one runtime. One runtime must not be used by
 * two threads at once; nuncio_create() and nuncio_destroy() must not run in two threads at once, since
 * libltdl is not thread-safe.
 *
 * Conventions. Functions that return int32_t give 0, or a negative value with the reason in the struct
 * nuncio_failure; outputs are untouched on failure. The library prints nothing. Strings are UTF-8,
 * terminated, and owned by the runtime unless a comment says otherwise. Structs that a caller fills start
 * with their size, so that they can grow at the end. Times are milliseconds; points in time count from
 * 1970-01-01 UTC.
 *
 * Everything here exists since 0.1.0.
 */
#ifndef NUNCIO_NUNCIO_H
#define NUNCIO_NUNCIO_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NUNCIO_API __attribute__((visibility("default")))
#else
#define NUNCIO_API
#endif

#define NUNCIO_ID_SIZE 27 /* bytes of an interaction's id with its final NUL: a ULID, 26 characters */

/* "0.1.0": of the library that is linked at run time. */
NUNCIO_API const char *nuncio_version(void);

/* ---- Failures --------------------------------------------------------------------------------------------
 */

/*
 * Classes of failures. Their names in lower case (nuncio_error_class_name()) stand as error.class in JSON. In
 * brackets the exit code of the nuncio program.
 */
enum nuncio_error_class {
    NUNCIO_ERROR_NONE = 0,
    NUNCIO_ERROR_INVALID = 1,   /* not valid: before sending (2), or in the vendor's eyes (1) */
    NUNCIO_ERROR_AUTH = 2,      /* the vendor refuses the key: wrong or expired (4) */
    NUNCIO_ERROR_FORBIDDEN = 3, /* the key has no right to the agent or the conversation (4) */
    NUNCIO_ERROR_CREDITS = 4,   /* no credits left (6) */
    NUNCIO_ERROR_QUOTA = 5,     /* a limit of a day or a month is reached (6) */
    NUNCIO_ERROR_RATE = 6,      /* too many requests, until patience ended (6) */
    NUNCIO_ERROR_NOT_FOUND = 7, /* no such agent, conversation or run (1) */
    NUNCIO_ERROR_BUSY = 8,      /* the conversation worked on an earlier message until patience ended (1) */
    NUNCIO_ERROR_EXISTS = 9,    /* accepted before; seen only where it cannot be found again (1) */
    NUNCIO_ERROR_TIMEOUT = 10,  /* patience ended (5), or the vendor stopped waiting (1) */
    NUNCIO_ERROR_UNAVAILABLE = 11,    /* the vendor does not work at the moment (1) */
    NUNCIO_ERROR_AGENT = 12,          /* the agent itself failed (1) */
    NUNCIO_ERROR_CANCELLED = 13,      /* the run was stopped (1) */
    NUNCIO_ERROR_INPUT_REQUIRED = 14, /* the run waits for a person (5) */
    NUNCIO_ERROR_PROTOCOL = 15,       /* the answer is not what the vendor documents (1) */
    NUNCIO_ERROR_INTERNAL = 16,       /* nuncio or a plugin is wrong (1) */
    NUNCIO_ERROR_UNREACHABLE = 17     /* no connection (3) */
};

/* "auth"; "none" for 0 and for values that are none of the above. Static. */
NUNCIO_API const char *nuncio_error_class_name(uint32_t error_class);

/* Why a call failed. Filled by the library; may be uninitialised before. */
struct nuncio_failure {
    uint32_t error_class;  /* enum nuncio_error_class; INVALID for usage and configuration errors */
    int32_t status;        /* HTTP status, 0 where there was none */
    char vendor_code[128]; /* "" where there is none */
    char text[1024];       /* one line, what is wrong and what to do */
};

/* ---- The runtime -----------------------------------------------------------------------------------------
 */

struct nuncio;

/* Log levels, least first. */
enum nuncio_log_level {
    NUNCIO_LOG_ERROR = 0,
    NUNCIO_LOG_WARNING = 1,
    NUNCIO_LOG_INFO = 2,
    NUNCIO_LOG_DEBUG = 3
};

struct nuncio_settings {
    uint64_t size;           /* sizeof(struct nuncio_settings) */
    const char *config_file; /* read instead of the usual files; NULL: $NUNCIO_CONFIG, else the usual files */
    const char *const *overrides; /* "SECTION.KEY=VALUE" each, override_count of them; may not set secrets */
    uint64_t override_count;
    const char *log_level; /* "error" "warning" "info" "debug"; NULL: as configured */
    /* Called for each log line (no newline at its end, no secret in it); NULL: no log. */
    void (*log)(void *log_context, int32_t level, const char *line);
    void *log_context;
    uint32_t single_message; /* 1: this process sends one message, so prefer a short start to a fast many */
    /* 1: do not open the plugins that providers name (for listing what is installed) */
    uint32_t without_plugins;
};

/* Reads the configuration and opens the plugins that its providers name. No key is resolved and nothing is
   sent. Errors: INVALID with "FILE:LINE: …" for a mistake in the configuration. A plugin file that is refused is
   the trouble of its provider alone: a warning in the log (with single_message: once another provider's message
   is submitted), an error of nuncio_each_agent() and nuncio_check(), and the failure of whoever asks for it.
   *ret_nuncio is destroyed by the caller. */
NUNCIO_API int32_t nuncio_create(const struct nuncio_settings *settings, struct nuncio **ret_nuncio,
                                 struct nuncio_failure *failure);

/* Drops every interaction that is still in flight and frees everything. The vendors' runs go on; what is in the
   journal can be taken up again. NULL is allowed. */
NUNCIO_API void nuncio_destroy(struct nuncio *nuncio);

/* ---- Sending ---------------------------------------------------------------------------------------------
 */

struct nuncio_message {
    uint64_t size;     /* sizeof(struct nuncio_message) */
    const char *agent; /* a name of the configuration, or "PROVIDER/AGENT_ID" */
    const char *text;  /* UTF-8 of text_size bytes, without NUL; need not be terminated */
    uint64_t text_size;
    const char *conversation; /* a name: continue that conversation with this agent, or start it; NULL */
    const char *remote_id;    /* the vendor's own id of a conversation to continue; NULL */
    const char *strategy;     /* "sync" "async-poll" "queued": overrides the dispatcher; NULL */
    const char *const
        *attachments; /* files and http(s) URLs, attachment_count of them; read until SEND is over */
    uint64_t attachment_count;
    int64_t timeout_ms;  /* patience; 0: the provider's `timeout` */
    uint32_t parse_json; /* 1: the reply is wanted parsed as JSON too */
    uint32_t no_wait; /* 1: the interaction ends (detached) as soon as the vendor has accepted the message */
    uint32_t fresh;   /* 1: with conversation: start afresh under that name */
    uint32_t again_unknown;  /* 1: with again_of: also where that one is unknown and may have run */
    const char *continue_of; /* the id of an interaction whose conversation is continued; NULL */
    const char
        *again_of; /* the id of an interaction whose text and attachments are sent anew, in place of text
                                and attachments; NULL */
};

/*
 * Takes a message; it leaves in nuncio_step() or nuncio_wait(). What can be checked without the vendor is
 * checked here (agent, strategy, limits, UTF-8, attachments, the key): errors are INVALID, nothing was sent,
 * no interaction exists. A journal that cannot be written is INTERNAL. ret_id gets the interaction's id. It is in the
 * journal before its first request with effects leaves, which is within the next nuncio_step().
 */
NUNCIO_API int32_t nuncio_submit(struct nuncio *nuncio, const struct nuncio_message *message,
                                 char ret_id[NUNCIO_ID_SIZE], struct nuncio_failure *failure);

/* Which strategy would be used, and why: "STRATEGY: reason". Resolves no key, sends nothing. *ret_text:
 * free(). */
NUNCIO_API int32_t nuncio_explain(struct nuncio *nuncio, const struct nuncio_message *message,
                                  char **ret_text, struct nuncio_failure *failure);

/* Every request that the message would take, as HTTP text: what is only known later as {conversation} …,
 *secrets as
 ***. Resolves no key, sends nothing. *ret_text: free(). */
NUNCIO_API int32_t nuncio_dry_run(struct nuncio *nuncio, const struct nuncio_message *message,
                                  char **ret_text, struct nuncio_failure *failure);

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

/* A descriptor that becomes readable when nuncio_step() has work. Owned by the runtime; the same all its
 * life. */
NUNCIO_API int32_t nuncio_fd(const struct nuncio *nuncio);

/* Milliseconds until nuncio_step() must be called even if nuncio_fd() stays quiet; -1: no limit. */
NUNCIO_API int64_t nuncio_timeout(struct nuncio *nuncio);

/* Does what can be done now, without blocking. Returns how many interactions ended (became final or were
   detached) in this call, or a negative value if the runtime cannot go on, with errno. */
#ifdef __cplusplus /* to g++ -Wshadow the function hides plugin.h's struct of that name, as in C it does not */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
NUNCIO_API int32_t nuncio_step(struct nuncio *nuncio);
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

/* Blocks until the interaction ends, for at most so many ms (-1: no limit); NULL as id: until any ends.
   Returns 1 if it ended, 0 if the time is up or a signal came in (EINTR), negative with errno as
   nuncio_step(), or for an unknown id with ENOENT. */
NUNCIO_API int32_t nuncio_wait(struct nuncio *nuncio, const char *id, int64_t milliseconds);

/* ---- Results ---------------------------------------------------------------------------------------------
 */

enum nuncio_state {
    NUNCIO_INTERACTION_NEW = 0,    /* nothing has left */
    NUNCIO_INTERACTION_SENDING,    /* the message may have left, the vendor has not yet accepted it */
    NUNCIO_INTERACTION_QUEUED,     /* accepted, waits at the vendor */
    NUNCIO_INTERACTION_PROCESSING, /* accepted, the agent works */
    NUNCIO_INTERACTION_COMPLETED,  /* final: the reply is here */
    NUNCIO_INTERACTION_FAILED,     /* final: there will be no reply */
    NUNCIO_INTERACTION_CANCELLED,  /* final: stopped */
    NUNCIO_INTERACTION_UNKNOWN     /* final: it may have been sent, and nobody can say whether it ran */
};

/* "new" "sending" "queued" "processing" "completed" "failed" "cancelled" "unknown". Static. */
NUNCIO_API const char *nuncio_state_name(uint32_t state);

/* An interaction as it stands. Filled by nuncio_get(); the strings live until the next call of nuncio_step(),
   nuncio_wait(), nuncio_forget() or nuncio_destroy(). Unknown strings are NULL, unknown numbers negative. */
struct nuncio_interaction {
    uint64_t size; /* sizeof(struct nuncio_interaction), set by the caller */
    const char *id;
    const char *agent; /* the name it was asked by */
    const char *provider;
    const char *plugin;
    const char *strategy; /* "thread+queued" … */
    uint32_t state;       /* enum nuncio_state */
    uint32_t ended;       /* 1: final, or nobody waits any more (patience ended, detached) */
    uint32_t held;        /* 1: another process works on it, and this one watches */
    const char *message;
    const char *reply_text; /* reply_size bytes and a NUL; may hold any UTF-8 */
    uint64_t reply_size;
    const char *reply_json; /* JSON text */
    const char *conversation_name;
    const char *remote_id; /* the vendor's id of the conversation */
    const char *ticket;    /* the vendor's handle to the accepted message */
    int64_t queue_position;
    int64_t input_tokens, output_tokens, total_tokens;
    double cost_usd;        /* negative: unknown */
    double credits;         /* the vendor's own unit; negative: unknown */
    int64_t sends;          /* how often the message may have left and was not definitely refused */
    int64_t polls;          /* how often the vendor was asked about the run */
    int64_t steps;          /* requests that were answered, of all kinds */
    int64_t created_at;     /* ms since 1970 */
    int64_t finished_at;    /* ms since 1970; negative: not final */
    int64_t duration_ms;    /* from creation to the end, or until now */
    const char *again_of;   /* the id of the interaction whose message this one sends anew */
    uint32_t error_class;   /* enum nuncio_error_class; 0: no error */
    int32_t error_status;   /* HTTP status; 0: none */
    const char *error_code; /* the vendor's error code */
    const char *error_text; /* one line, says what to do */
    /* one line: something that did not fail the message (the reply is no JSON, say); or NULL */
    const char *warning;
    const char *trouble; /* one line: what went wrong last and is tried again, while it lives; or NULL */
};

/* Fills *ret_interaction. Negative for an unknown id. */
NUNCIO_API int32_t nuncio_get(struct nuncio *nuncio, const char *id,
                              struct nuncio_interaction *ret_interaction);

/* The interaction as one JSON object on one line, all keys always there. Negative for an unknown id or
 *without memory. ret_json: free(). */
NUNCIO_API int32_t nuncio_get_json(struct nuncio *nuncio, const char *id, char **ret_json);

/* The exit code of the nuncio program for an interaction that ended: 0 to 7. */
NUNCIO_API int32_t nuncio_exit_code(const struct nuncio_interaction *interaction);

/* Stops waiting: the interaction has ended for this runtime, the vendor's run goes on. Where nothing has
   left, it becomes failed. Negative for an unknown id. */
NUNCIO_API int32_t nuncio_detach(struct nuncio *nuncio, const char *id);

/* Asks the vendor to stop the run; the interaction goes on until the vendor has answered. Where nothing has
   left it is cancelled at once. Errors: INVALID where the vendor cannot cancel (the run goes on) or the id is
   unknown. */
NUNCIO_API int32_t nuncio_cancel(struct nuncio *nuncio, const char *id, struct nuncio_failure *failure);

/* Frees what is kept of an interaction that has ended. Negative for an unknown id or one that has not ended.
 */
NUNCIO_API int32_t nuncio_forget(struct nuncio *nuncio, const char *id);

/* ---- The journal -----------------------------------------------------------------------------------------
 *
 * With `store = memory` nothing is there to be found, and what is asked for by id is unknown.
 */

/* For nuncio_take_up(). */
#define NUNCIO_RESUME 1u /* leave alone what needs nobody: final, held by a process that lives, hopeless */

/*
 * Takes up an interaction of the journal again, here or after a crash: from then on it is as one that was submitted
 * here, for nuncio_wait(), nuncio_get() and the others. What is final has ended at once; an unknown one is looked
 * for once more. While another process that lives works on it, this one watches, and takes over when that one ends.
 * timeout_ms: patience; 0: the provider's `timeout`. Returns 0, or with NUNCIO_RESUME 1 for one that was left alone.
 * Errors: INVALID for an id that is not in the journal, or whose provider is not configured any more.
 */
NUNCIO_API int32_t nuncio_take_up(struct nuncio *nuncio, const char *id, int64_t timeout_ms, uint32_t flags,
                                  struct nuncio_failure *failure);

/* Loads an interaction of the journal for nuncio_get() and nuncio_get_json(), as it stands there; nothing is
   done about it. nuncio_forget() frees it. Errors as nuncio_take_up(). */
NUNCIO_API int32_t nuncio_load(struct nuncio *nuncio, const char *id, struct nuncio_failure *failure);

/* What a person saw at the vendor decides an unknown interaction: it ran (completed; with that reply, if any), or
   it did not (failed). reply: UTF-8 of reply_size bytes without NUL, or NULL. Errors: INVALID where it is not
   unknown. */
NUNCIO_API int32_t nuncio_settle(struct nuncio *nuncio, const char *id, uint32_t ran, const char *reply,
                                 uint64_t reply_size, struct nuncio_failure *failure);

/* Which interactions nuncio_each_interaction() tells. */
struct nuncio_filter {
    uint64_t size;     /* sizeof(struct nuncio_filter) */
    uint64_t states;   /* bit (1 << state) for each state wanted; 0: all */
    const char *agent; /* the name it was asked by; NULL: all */
    int64_t limit;     /* at most so many; 0: all */
    uint32_t content;  /* 1: message and reply are wanted too, else they are NULL */
    uint32_t reserved; /* 0 */
};

/* Calls back for each interaction of the journal, newest first, as it stands there. Non-zero from the callback
   ends the reading. The callback must not call the runtime. */
NUNCIO_API int32_t nuncio_each_interaction(struct nuncio *nuncio, const struct nuncio_filter *filter,
                                           int32_t (*callback)(void *context,
                                                               const struct nuncio_interaction *interaction),
                                           void *context, struct nuncio_failure *failure);

/* The same object as nuncio_get_json() of an interaction that a callback got. *ret_json: free(). */
NUNCIO_API int32_t nuncio_interaction_json(const struct nuncio_interaction *interaction, char **ret_json);

/* A change of state. */
struct nuncio_event {
    uint64_t size; /* sizeof(struct nuncio_event) */
    int64_t at;    /* ms since 1970 */
    uint32_t state;
    uint32_t reserved;
    const char *step; /* the request that led there: "SEND"; NULL: none */
};

/* Calls back for each change of state of an interaction, oldest first. */
NUNCIO_API int32_t nuncio_each_event(struct nuncio *nuncio, const char *id,
                                     int32_t (*callback)(void *context, const struct nuncio_event *event),
                                     void *context, struct nuncio_failure *failure);

/* A conversation that was given a name. */
struct nuncio_conversation {
    uint64_t size; /* sizeof(struct nuncio_conversation) */
    const char *agent;
    const char *provider;
    const char *name;
    const char *remote_id;   /* the vendor's; NULL: not yet known */
    const char *interaction; /* the id of the last one; NULL: none */
    int64_t changed_at;      /* ms since 1970 */
};

NUNCIO_API int32_t nuncio_each_conversation(
    struct nuncio *nuncio, int32_t (*callback)(void *context, const struct nuncio_conversation *conversation),
    void *context, struct nuncio_failure *failure);

/* Removes completed, failed and cancelled interactions that finished longer ago than that. *ret_count: how
   many. */
NUNCIO_API int32_t nuncio_journal_prune(struct nuncio *nuncio, int64_t older_than_ms, int64_t *ret_count,
                                        struct nuncio_failure *failure);

/* Looks through the whole journal; calls back with one line for each thing that is damaged. */
NUNCIO_API int32_t nuncio_journal_check(struct nuncio *nuncio,
                                        int32_t (*callback)(void *context, const char *problem),
                                        void *context, struct nuncio_failure *failure);

/* ---- Looking around --------------------------------------------------------------------------------------
 */

/* An ini key that a plugin takes. */
struct nuncio_option_info {
    const char *name;
    const char *type;          /* "string" "integer" "boolean" */
    const char *default_value; /* NULL: none */
    const char *help;
    uint32_t required;
    uint32_t secret;
};

/* An installed plugin. */
struct nuncio_plugin_info {
    const char *name;
    const char *path;    /* the file */
    const char *version; /* NULL where it could not be loaded, as all below but error */
    const char *summary;
    const char *documentation_url;
    const char *base_url;     /* NULL: the configuration must have one */
    const char *capabilities; /* "queued,async-poll,threads,cancel,history" */
    uint32_t abi_major, abi_minor;
    const struct nuncio_option_info *options;
    uint64_t option_count;
    const char *error; /* why it could not be loaded; NULL: it could */
};

/* A configured agent, or a provider without one. */
struct nuncio_agent_info {
    const char *provider;
    const char *plugin;
    const char *agent;    /* NULL: the provider has no [agent] section */
    const char *agent_id; /* the vendor's id; NULL: none */
    const char *base_url;
    const char *capabilities; /* as struct nuncio_plugin_info; NULL where the plugin is refused */
    const char *strategy;     /* what the dispatcher would choose for a single message; NULL: none */
    const char *error;        /* why it cannot be used; NULL: healthy as far as can be seen without its key */
};

/* One thing that nuncio_check() looked at. */
struct nuncio_check_info {
    const char *subject;  /* "provider sales", "plugin acme" */
    const char *what;     /* "key", "plugin file", "online" */
    uint32_t error_class; /* 0: good */
    const char *text;     /* one line: what was found, or what is wrong and what to do */
};

/* Calls back for every plugin file in the plugin directories, sorted by directory and name. The pointers live
   during the call back. Opens each of them. */
NUNCIO_API int32_t nuncio_each_plugin(struct nuncio *nuncio,
                                      void (*callback)(void *context, const struct nuncio_plugin_info *info),
                                      void *context, struct nuncio_failure *failure);

/* Calls back for every configured provider and agent, in the order of the configuration. */
NUNCIO_API int32_t nuncio_each_agent(struct nuncio *nuncio,
                                     void (*callback)(void *context, const struct nuncio_agent_info *info),
                                     void *context, struct nuncio_failure *failure);

/* Resolves every secret; with online = 1 also asks each vendor that has a harmless request for it whether the
   key is good (blocks, at most 60 s each). Calls back for each thing looked
   at. */
NUNCIO_API int32_t nuncio_check(struct nuncio *nuncio, uint32_t online,
                                void (*callback)(void *context, const struct nuncio_check_info *info),
                                void *context, struct nuncio_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
