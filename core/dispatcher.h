/* SPDX-License-Identifier: MIT */
/* Chooses how to interact: a pure function of capabilities and wishes. */
#ifndef NUNCIO_CORE_DISPATCHER_H
#define NUNCIO_CORE_DISPATCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/nuncio.h>

struct dispatcher_wish {
    uint64_t capabilities; /* of the provider */
    bool conversation;     /* the caller named a conversation */
    bool attachments;
    const char *delivery; /* "sync" "async-poll" "queued"; NULL: the dispatcher's choice */
};

struct strategy {
    uint64_t delivery; /* NUNCIO_SYNC, NUNCIO_ASYNC_POLL or NUNCIO_QUEUED */
    bool thread;
};

/* Failure INVALID lists what is possible. */
int dispatcher_choose(const struct dispatcher_wish *wish, struct strategy *ret_strategy,
                      struct nuncio_failure *failure);
/* "thread+async-poll". Static. */
const char *strategy_name(const struct strategy *strategy);
/* The strategy of that name. */
bool strategy_find(const char *name, struct strategy *ret_strategy);
/* Why that strategy: one sentence part. Static. */
const char *strategy_delivery_reason(const struct dispatcher_wish *wish, const struct strategy *strategy);
const char *strategy_thread_reason(const struct dispatcher_wish *wish, const struct strategy *strategy);

#endif
