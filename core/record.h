/* SPDX-License-Identifier: MIT */
/* What is durable of an interaction. Everything that may outlive the process is here, and nothing else. */
#ifndef NUNCIO_CORE_RECORD_H
#define NUNCIO_CORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>
#include "dispatcher.h"
#include "outcome.h"

struct record {
    char id[NUNCIO_ID_SIZE];
    char *agent;    /* the name it was asked by */
    char *agent_id; /* the vendor's; NULL: none */
    char *provider;
    char *plugin;
    struct strategy strategy;
    uint32_t state; /* enum nuncio_state */
    char *message;  /* NULL: not kept (keep_content = no) */
    int64_t message_size;
    char *message_hash; /* SHA-256 in hexadecimal digits; NULL: not made */
    char *attachments;  /* JSON, as attachments_names() makes it; NULL: none */
    char *reply;        /* NULL: none, or not kept */
    uint64_t reply_size;
    char *reply_hash;        /* as message_hash */
    char *reply_json;        /* NULL: none */
    char *conversation_name; /* NULL: none */
    char *conversation;      /* the vendor's id; NULL: not yet known */
    char *ticket;            /* NULL: none */
    char *cursor;            /* from before our SEND; see cursor_state */
    uint32_t cursor_state;   /* NUNCIO_CURSOR_… */
    char *last_cursor; /* where the conversation stood at the final verdict; NULL: it holds no message */
    bool last_cursor_set;
    bool continued; /* the conversation existed before */
    bool fresh;     /* the conversation's name starts afresh */
    bool remote;    /* the caller told the vendor's id of the conversation */
    bool opening;   /* an OPEN that costs something may have left */
    bool want_json;
    bool repeatable;        /* the vendor recognises a repeat of the SEND by its key */
    uint32_t key_number;    /* refusals so far: the key is new after each */
    int64_t queue_position; /* -1: none */
    struct usage usage;
    int64_t sends, polls, steps;
    int64_t created_at, finished_at; /* ms since 1970; finished_at -1: not final */
    char *again_of;
    uint32_t error_class; /* enum nuncio_error_class */
    int32_t error_status;
    char *error_code; /* NULL: none */
    char *error_text;
    char *warning; /* NULL: none */
};

void record_init(struct record *record);
void record_finish(struct record *record);
bool record_is_final(const struct record *record);

/* Fills in the hashes of message and reply, for a journal that keeps no more of them. False without memory. */
bool record_hash_content(struct record *record);

/* The idempotency key of the next SEND. */
#define RECORD_KEY_SIZE (NUNCIO_ID_SIZE + 12)
void record_key(const struct record *record, char ret_key[RECORD_KEY_SIZE]);

#endif
