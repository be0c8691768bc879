/* SPDX-License-Identifier: MIT */
/*
 * nuncio/store.h: the store interface, ABI 1.0.
 *
 * A store keeps nuncio's journal: what is durable of every interaction. It is a plugin like a provider's: a
 * shared object DIRECTORY/stores/NAME.so that exports one function, nuncio_store_v1(), which returns one constant
 * descriptor. `store = NAME` in [nuncio] chooses it.
 *
 * What nuncio promises, one message is one charge, rests on three things that a store does:
 *  - What was written between begin() and a commit() that returned NUNCIO_STORE_OK survives the end of the
 *    process and of the machine, all of it or nothing. It is on the disk when commit() returns.
 *  - take() is one atomic step among all processes: of several that take the same interaction from the same
 *    owner one is told that it has it.
 *  - enter() gives places in a line that are the same for all processes.
 *
 * Rules for a store:
 *  - One handle is used by one thread at a time; other processes have handles of their own on the same data.
 *  - A function that fails leaves no change behind, sets the error's text (one line: what is wrong, what to do)
 *    and returns NUNCIO_STORE_FAILED. What it returned before stays as it was. A writing function that fails may end the
 *    whole transaction: what else is tried in it then fails too, and so does commit().
 *  - It may wait for another process, for at most `busy_ms`, and must fail then.
 *  - Slices and rows that come in are valid during the call, those that go out during the callback.
 *  - Callbacks call no function of the same handle.
 *  - Link nothing of nuncio.
 *
 * Compatibility is plugin.h's: structs start with their size and grow only at the end; the reader takes what both
 * know. A member that the other side does not have reads as zero: an absent slice, a 0.
 *
 * The header is valid C99 and C++. Everything here exists since ABI 1.0.
 */
#ifndef NUNCIO_STORE_H
#define NUNCIO_STORE_H

#include <stdint.h>
#include <nuncio/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NUNCIO_STORE_ABI_MAJOR 1
#define NUNCIO_STORE_ABI_MINOR 0

/* What the functions return. */
#define NUNCIO_STORE_OK     0  /* done */
#define NUNCIO_STORE_FOUND  1  /* it is there; take(): it is yours now */
#define NUNCIO_STORE_FAILED -1 /* the error says why */

/* Sets the error's text and returns NUNCIO_STORE_FAILED, to be returned. */
static inline int32_t nuncio_store_fail(struct nuncio_error *err, const char *text)
{
    err->services->set(err, text);
    return NUNCIO_STORE_FAILED;
}

/* An interaction. Texts are UTF-8 without NUL unless it says otherwise; absent and empty differ and both are
   kept. Numbers are kept as they are; -1 mostly means unknown. */
struct nuncio_store_interaction {
    uint64_t size;             /* sizeof(struct nuncio_store_interaction) */
    struct nuncio_slice id;    /* the key; 26 characters that sort by the time of creation */
    struct nuncio_slice owner; /* who works on it; absent: nobody does */
    struct nuncio_slice agent; /* the name it was asked by */
    struct nuncio_slice agent_id;
    struct nuncio_slice provider;
    struct nuncio_slice plugin;
    struct nuncio_slice strategy; /* "thread+queued" … */
    int64_t state;                /* enum nuncio_state of nuncio.h */
    struct nuncio_slice step;     /* what led to the state; for NUNCIO_STORE_EVENT, and else not kept */
    struct nuncio_slice conversation_name; /* absent: it was not named */
    struct nuncio_slice conversation;      /* the vendor's id */
    struct nuncio_slice ticket;
    struct nuncio_slice cursor;      /* where the conversation stood before the message; see cursor_state */
    int64_t cursor_state;            /* NUNCIO_CURSOR_… of plugin.h */
    struct nuncio_slice last_cursor; /* where it stood at the end */
    int64_t last_cursor_state;
    int64_t flags;      /* nuncio's own */
    int64_t key_number; /* nuncio's own */
    int64_t queue_position;
    int64_t input_tokens, output_tokens, total_tokens;
    double cost_usd, credits;
    int64_t sends, polls, steps;
    int64_t created_at, changed_at, finished_at; /* ms since 1970; finished_at -1: not final */
    struct nuncio_slice again_of;                /* the id of another interaction, which may be gone */
    int64_t error_class;                         /* enum nuncio_error_class of nuncio.h */
    int64_t error_status;
    struct nuncio_slice error_code, error_text;
    struct nuncio_slice warning;
    int64_t message_size;
    struct nuncio_slice message_hash; /* SHA-256 in hexadecimal digits */
    int64_t reply_size;
    struct nuncio_slice reply_hash;
    /* Content: written once, up to megabytes; see NUNCIO_STORE_MESSAGE and NUNCIO_STORE_REPLY. */
    struct nuncio_slice message;
    struct nuncio_slice attachments; /* JSON */
    struct nuncio_slice reply;
    struct nuncio_slice reply_json;
};

/* Which content put() writes and each() reads; without its flag it is neither changed nor read (absent). */
#define NUNCIO_STORE_MESSAGE 1u /* message and attachments */
#define NUNCIO_STORE_REPLY   2u /* reply and reply_json */
/* For put(): adds {changed_at, state, step} to the interaction's history. */
#define NUNCIO_STORE_EVENT 4u

/* For begin(): what is committed must survive the end of the process, not that of the machine; so it may still be on
   its way to the disk when commit() returns. */
#define NUNCIO_STORE_LAZY 1u

/* A line of an interaction's history. */
struct nuncio_store_event {
    uint64_t size;            /* sizeof(struct nuncio_store_event) */
    int64_t at;               /* ms since 1970 */
    int64_t state;            /* enum nuncio_state */
    struct nuncio_slice step; /* what led there: "SEND" … */
};

/* A conversation at the vendor: key is (provider, remote_id). */
struct nuncio_store_conversation {
    uint64_t size; /* sizeof(struct nuncio_store_conversation) */
    struct nuncio_slice provider;
    struct nuncio_slice remote_id;
    struct nuncio_slice cursor; /* where it stands; see cursor_state */
    int64_t cursor_state;       /* NUNCIO_CURSOR_… of plugin.h */
    struct nuncio_slice last;   /* the id of the interaction that was there last */
    int64_t changed_at;         /* ms since 1970 */
};

/* A name that a user gave to a conversation: key is (provider, agent_id, name); an absent agent_id is as good as an
   empty one. */
struct nuncio_store_name {
    uint64_t size; /* sizeof(struct nuncio_store_name) */
    struct nuncio_slice provider;
    struct nuncio_slice agent_id;
    struct nuncio_slice name;
    struct nuncio_slice agent;     /* the name the agent was asked by last */
    struct nuncio_slice remote_id; /* absent: the vendor has told none yet */
    struct nuncio_slice last;      /* the id of the interaction that used the name last */
    int64_t changed_at;            /* ms since 1970 */
};

/* What each() looks for. */
struct nuncio_store_filter {
    uint64_t size;             /* sizeof(struct nuncio_store_filter) */
    uint64_t states;           /* bit (1 << state) for each state wanted; 0: all */
    struct nuncio_slice agent; /* absent: all */
    int64_t limit;             /* at most so many; 0: all */
    uint64_t parts;            /* NUNCIO_STORE_MESSAGE | NUNCIO_STORE_REPLY: content to be read too */
};

/* Where the data lies. */
struct nuncio_store_place {
    uint64_t size; /* sizeof(struct nuncio_store_place) */
    const char
        *directory;     /* state_dir, absolute, without '/' at its end; it exists and is the user's alone */
    int64_t busy_ms;    /* how long to wait for other processes */
    uint32_t read_only; /* 1: nothing may be created or changed, and only reading functions are called */
    uint32_t reserved;  /* 0 */
};

/* Called for each row; non-zero ends the reading, which is no failure. */
typedef int32_t (*nuncio_store_on_interaction)(void *context, const struct nuncio_store_interaction *row);
typedef int32_t (*nuncio_store_on_event)(void *context, const struct nuncio_store_event *row);
typedef int32_t (*nuncio_store_on_conversation)(void *context, const struct nuncio_store_conversation *row);
typedef int32_t (*nuncio_store_on_name)(void *context, const struct nuncio_store_name *row);
typedef int32_t (*nuncio_store_on_text)(void *context, const char *text);

/* The descriptor: constant, static. All functions must be there. They return NUNCIO_STORE_OK or
   NUNCIO_STORE_FAILED unless it says otherwise. */
struct nuncio_store {
    uint32_t size; /* sizeof(struct nuncio_store) */
    uint32_t abi_major;
    uint32_t abi_minor; /* the least minor that this store needs */
    uint32_t reserved;  /* 0 */
    const char *name;   /* of its file without ".so" */
    const char *version;
    const char *summary; /* one line */

    /* Opens the data, or makes it where nothing is there; brings an older layout to the latest. Must have proved, by
       a write, that it can write. Fails for a layout that is newer than it knows, for damaged data, for a file system
       on which it cannot keep its promises. read_only: NUNCIO_STORE_FOUND, or NUNCIO_STORE_OK and no handle where
       nothing is there. Data that is damaged in part may be opened read-only. */
    int32_t (*open)(const struct nuncio_store_place *place, void **ret_handle, struct nuncio_error *err);
    void (*close)(void *handle);

    /* A transaction: put(), take(), enter(), leave() and the other writing functions between begin() and commit()
       become durable together. begin() has waited for other writers when it returns. A commit() that fails has
       changed nothing; rollback() gives up, and is not called after a commit(). flags: 0 or NUNCIO_STORE_LAZY. */
    int32_t (*begin)(void *handle, uint32_t flags, struct nuncio_error *err);
    int32_t (*commit)(void *handle, struct nuncio_error *err);
    void (*rollback)(void *handle);

    /* Writing; always inside a transaction. */

    /* Writes the row, new or over what is there. parts: NUNCIO_STORE_… flags. */
    int32_t (*put)(void *handle, const struct nuncio_store_interaction *row, uint64_t parts,
                   struct nuncio_error *err);
    /* Makes `to` the owner where `from` (absent: nobody) is it. NUNCIO_STORE_FOUND: done; NUNCIO_STORE_OK: it is not
       there, or another is its owner. */
    int32_t (*take)(void *handle, struct nuncio_slice id, struct nuncio_slice from, struct nuncio_slice to,
                    struct nuncio_error *err);
    /* Puts the interaction at the end of the line before `gate` (a text of up to a few kilobytes), unless it stands
       there already. */
    int32_t (*enter)(void *handle, struct nuncio_slice gate, struct nuncio_slice id,
                     struct nuncio_error *err);
    /* Takes the interaction out of every line. */
    int32_t (*leave)(void *handle, struct nuncio_slice id, struct nuncio_error *err);
    int32_t (*put_conversation)(void *handle, const struct nuncio_store_conversation *row,
                                struct nuncio_error *err);
    int32_t (*put_name)(void *handle, const struct nuncio_store_name *row, struct nuncio_error *err);
    /* Removes interactions that finished before that time, with content and history: completed, failed and cancelled
       ones, not unknown ones, nor any that stands in a line; at most `limit` of them (0: all). *ret_count: how many.
       Conversations and names stay. */
    int32_t (*prune)(void *handle, int64_t finished_before, int64_t limit, int64_t *ret_count,
                     struct nuncio_error *err);

    /* Reading; inside a transaction or outside. */

    /* NUNCIO_STORE_FOUND after the callback, or NUNCIO_STORE_OK: not there. All content is read. */
    int32_t (*get)(void *handle, struct nuncio_slice id, nuncio_store_on_interaction callback, void *context,
                   struct nuncio_error *err);
    /* Newest first. What can be read of damaged data is told before it fails. */
    int32_t (*each)(void *handle, const struct nuncio_store_filter *filter,
                    nuncio_store_on_interaction callback, void *context, struct nuncio_error *err);
    /* The history of an interaction, oldest first. */
    int32_t (*events)(void *handle, struct nuncio_slice id, nuncio_store_on_event callback, void *context,
                      struct nuncio_error *err);
    /* Who stands first in the line before `gate`: its row without content. NUNCIO_STORE_FOUND or NUNCIO_STORE_OK. */
    int32_t (*first)(void *handle, struct nuncio_slice gate, nuncio_store_on_interaction callback,
                     void *context, struct nuncio_error *err);
    /* NUNCIO_STORE_FOUND or NUNCIO_STORE_OK. */
    int32_t (*get_conversation)(void *handle, struct nuncio_slice provider, struct nuncio_slice remote_id,
                                nuncio_store_on_conversation callback, void *context,
                                struct nuncio_error *err);
    int32_t (*get_name)(void *handle, struct nuncio_slice provider, struct nuncio_slice agent_id,
                        struct nuncio_slice name, nuncio_store_on_name callback, void *context,
                        struct nuncio_error *err);
    /* All names, sorted by agent and name. */
    int32_t (*names)(void *handle, nuncio_store_on_name callback, void *context, struct nuncio_error *err);
    /* Looks through all data and calls back with one line for each thing that is damaged. */
    int32_t (*check)(void *handle, nuncio_store_on_text callback, void *context, struct nuncio_error *err);
};

/* What the shared object exports. */
NUNCIO_EXPORT const struct nuncio_store *nuncio_store_v1(void);

#ifdef __cplusplus
}
#endif

#endif
