/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "dispatcher.h"

#include <string.h>
#include <nuncio/plugin.h>
#include "buffer.h"
#include "text.h"

/* In the order of preference: a queue tells most about a run, a held request least. */
static const struct delivery {
    uint64_t capability;
    const char *name, *threaded_name, *reason;
} deliveries[] = {
    {NUNCIO_QUEUED, "queued", "thread+queued", "the vendor queues the message and tells its position"},
    {NUNCIO_ASYNC_POLL, "async-poll", "thread+async-poll",
     "the vendor accepts the message and is asked for the reply"},
    {NUNCIO_SYNC, "sync", "thread+sync", "the vendor's response holds the reply"},
};
#define DELIVERY_COUNT (sizeof(deliveries) / sizeof(deliveries[0]))

static int impossible(const struct dispatcher_wish *wish, struct nuncio_failure *failure)
{
    struct buffer possible;
    buffer_init(&possible, 256);
    for (size_t i = 0; i < DELIVERY_COUNT; i++) {
        if (wish->capabilities & deliveries[i].capability)
            buffer_append_format(&possible, "%s%s", possible.size ? ", " : "", deliveries[i].name);
    }
    failure_set(failure, NUNCIO_ERROR_INVALID, "strategy '%s' is not possible here; possible: %s",
                wish->delivery, buffer_text(&possible));
    buffer_finish(&possible);
    return -1;
}

int dispatcher_choose(const struct dispatcher_wish *wish, struct strategy *ret_strategy,
                      struct nuncio_failure *failure)
{
    if (wish->conversation && !(wish->capabilities & (NUNCIO_THREADS | NUNCIO_THREADS_REQUIRED)))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "this vendor has no conversations; send without naming one");
    if (wish->attachments && !(wish->capabilities & NUNCIO_ATTACHMENTS))
        return failure_set(failure, NUNCIO_ERROR_INVALID,
                           "this vendor takes no attachments; send without --attach");

    for (size_t i = 0; i < DELIVERY_COUNT; i++) {
        if (!(wish->capabilities & deliveries[i].capability))
            continue;
        if (wish->delivery && strcmp(wish->delivery, deliveries[i].name) != 0)
            continue;
        ret_strategy->delivery = deliveries[i].capability;
        ret_strategy->thread = wish->conversation || (wish->capabilities & NUNCIO_THREADS_REQUIRED);
        return 0;
    }
    if (wish->delivery)
        return impossible(wish, failure);
    return failure_set(failure, NUNCIO_ERROR_INVALID, "this provider has no way to deliver a message");
}

static const struct delivery *delivery_of(const struct strategy *strategy)
{
    for (size_t i = 0; i < DELIVERY_COUNT; i++) {
        if (deliveries[i].capability == strategy->delivery)
            return &deliveries[i];
    }
    return &deliveries[DELIVERY_COUNT - 1];
}

const char *strategy_name(const struct strategy *strategy)
{
    const struct delivery *delivery = delivery_of(strategy);
    return strategy->thread ? delivery->threaded_name : delivery->name;
}

bool strategy_find(const char *name, struct strategy *ret_strategy)
{
    for (size_t i = 0; i < DELIVERY_COUNT; i++) {
        bool thread = strcmp(name, deliveries[i].threaded_name) == 0;
        if (!thread && strcmp(name, deliveries[i].name) != 0)
            continue;
        *ret_strategy = (struct strategy){.delivery = deliveries[i].capability, .thread = thread};
        return true;
    }
    return false;
}

const char *strategy_delivery_reason(const struct dispatcher_wish *wish, const struct strategy *strategy)
{
    return wish->delivery ? "asked for by --strategy" : delivery_of(strategy)->reason;
}

const char *strategy_thread_reason(const struct dispatcher_wish *wish, const struct strategy *strategy)
{
    if (!strategy->thread)
        return "a conversation of its own";
    if (wish->capabilities & NUNCIO_THREADS_REQUIRED)
        return "the vendor requires a conversation";
    return "a conversation is continued";
}
