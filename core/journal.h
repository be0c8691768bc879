/* SPDX-License-Identifier: MIT */
/* What is durable: the interactions, their conversations, and the lines before these, in a store (store.h).
   Failures read "the journal …" and are INTERNAL. */
#ifndef NUNCIO_CORE_JOURNAL_H
#define NUNCIO_CORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include <nuncio/store.h>
#include "configuration.h"
#include "owner.h"
#include "record.h"
#include "registry.h"

enum journal_access {
    JOURNAL_CLOSED,
    JOURNAL_READ, /* nothing is made or changed */
    JOURNAL_WRITE
};

struct journal {
    const struct config *config;
    struct registry *registry;
    const struct nuncio_store *store; /* NULL: not open */
    void *handle;                     /* NULL where it is open for reading and nothing is there */
    enum journal_access access;
    struct owner owner; /* we; only with access to write */
    bool shared;        /* other processes may have it open: false for memory */
    uint64_t commits;
};

/* How far an interaction is durable. Zeroed: not at all. */
struct journal_entry {
    bool
        intended; /* its SEND may leave at any time from now on: it counts as sent, whatever the record says */
    const char *step; /* what led to the present state, for the history; NULL: none */
    uint32_t parts;   /* NUNCIO_STORE_… that are there */
    bool there;       /* its row is there, with this state */
    uint32_t state;
    bool
        out_of_line; /* it was unknown, so others may have gone past; it stands in line again once it is found */
    bool lined_up;      /* it stands in a line, or has stood there */
    char *conversation; /* the vendor's id under which it stands in line; NULL: none yet */
    struct {
        bool there, lined_up;
        uint32_t parts, state;
        char *conversation;
    } pending; /* as above once the transaction is committed */
    struct journal_entry *next;
};
void journal_entry_finish(struct journal_entry *entry);

/* Opens nothing yet. Config and registry must outlive it. */
void journal_init(struct journal *journal, const struct config *config, struct registry *registry);
void journal_close(struct journal *journal);
/* Opens it, at the first call or for more than before. Opening to write makes state_dir, takes an owner's name, and
   removes what is older than `keep`. */
int journal_open(struct journal *journal, enum journal_access access, struct nuncio_failure *failure);

/* ---- Writing: all between begin and commit is one transaction; access to write is needed ---- */

int journal_begin(struct journal *journal, bool lazy, struct nuncio_failure *failure);
int journal_commit(struct journal *journal, struct nuncio_failure *failure);
void journal_rollback(struct journal *journal);

/* The interaction as it is now. owned: we work on it; else nobody does. A conversation that it has become known to be
   in is locked for others and given its name. The entry changes with journal_settled(). */
int journal_put(struct journal *journal, struct record *record, struct journal_entry *entry, bool owned,
                struct nuncio_failure *failure);
/* The transaction of journal_put() was committed, or not. */
void journal_settled(struct journal_entry *entry, bool committed);

int journal_enter(struct journal *journal, const char *gate, const char *id, struct nuncio_failure *failure);
int journal_leave(struct journal *journal, const char *id, struct nuncio_failure *failure);

/* Makes us the owner where `from` is it; a transaction of its own. 1: done, 0: another has it, -1. */
int journal_take(struct journal *journal, const char *id, struct nuncio_slice from,
                 struct nuncio_failure *failure);
/* Nobody works on it any more, where we did; a transaction of its own. Where that fails it stays ours until we end. */
void journal_give_back(struct journal *journal, const char *id, bool out_of_line);
int journal_prune(struct journal *journal, int64_t finished_before, int64_t limit, int64_t *ret_count,
                  struct nuncio_failure *failure);

/* ---- Reading ---- */

/* What a row says of who works on it. */
enum journal_holder {
    JOURNAL_NOBODY, /* or a process that is no more */
    JOURNAL_US,
    JOURNAL_OTHER /* a process that lives */
};

struct journal_view {
    char id[NUNCIO_ID_SIZE];
    uint32_t state;
    enum journal_holder holder;
    char owner[OWNER_ID_SIZE]; /* "": nobody */
};

/* Fills *ret_record (initialised, freed by the caller) and *ret_view. 1: there, 0: not there, -1. */
int journal_get(struct journal *journal, const char *id, struct record *ret_record,
                struct journal_view *ret_view, struct nuncio_failure *failure);
/* Who is first in the line. 1: *ret_view is filled, 0: nobody, -1. */
int journal_first(struct journal *journal, const char *gate, struct journal_view *ret_view,
                  struct nuncio_failure *failure);

/* Where a conversation stands. Finished by the caller. */
struct conversation_place {
    char *remote_id; /* NULL: not yet known */
    char *cursor;
    uint32_t cursor_state; /* UNKNOWN: HISTORY must be asked before the next SEND */
};
void conversation_place_finish(struct conversation_place *place);

/* By the vendor's id, or (remote_id NULL) by its name with an agent of the vendor's. What is not there leaves all
   unknown. */
int journal_conversation(struct journal *journal, const struct record *record, const char *remote_id,
                         struct conversation_place *ret_place, struct nuncio_failure *failure);

/* The line before a conversation: by the vendor's id, by name, or by what a plugin says is one for all. NULL without
   memory; free(). */
char *journal_gate_remote(const struct record *record, const char *remote_id);
char *journal_gate_named(const struct record *record, const char *name);
char *journal_gate_common(const struct record *record, const char *common);

/* Somebody has asked the vendor to stop a run that another process follows. That one must know: a vendor may call such
   a run failed. Noted as a line of its own, which ends with the interaction. */
int journal_note_cancel(struct journal *journal, const struct record *record, struct nuncio_failure *failure);
bool journal_cancel_noted(struct journal *journal, const struct record *record);

/* What the store says becomes our failure; returns -1. For the journal's own files. */
struct plugin_error;
int journal_failed(const struct plugin_error *error, struct nuncio_failure *failure);

/* ---- journal_row.c: a record as the store sees it ---- */

/* The row points into record, entry and owner. */
void journal_row(const struct record *record, const struct journal_entry *entry, const char *owner,
                 struct nuncio_store_interaction *ret_row);
/* False without memory, or for what no nuncio has written; *ret_record is finished then. */
bool journal_row_read(const struct nuncio_store_interaction *row, struct record *ret_record);
/* A row in the latest layout. */
struct nuncio_store_interaction journal_row_known(const struct nuncio_store_interaction *row);

/* The store of `store = memory`: lines, conversations and names, as long as the process lives. */
extern const struct nuncio_store store_memory;

#endif
