/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "store_check.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include "registry_check.h"
#include "text.h"

/* The layout of ABI 1.0: up to and including the member. It stays as it is when the struct grows. */
#define SIZE_UP_TO(member)                                                                                   \
    (offsetof(struct nuncio_store, member) + sizeof(((struct nuncio_store *)0)->member))
#define HEAD_SIZE  SIZE_UP_TO(abi_minor)
#define STORE_SIZE SIZE_UP_TO(check)

#define INVALID(...) failure_set(failure, NUNCIO_ERROR_INVALID, __VA_ARGS__)

static int check_version(const struct nuncio_store *found, struct nuncio_failure *failure)
{
    if (found->size >= HEAD_SIZE && found->abi_major != NUNCIO_STORE_ABI_MAJOR)
        return INVALID("is for store ABI %" PRIu32 ", this nuncio has %d; build or install it for ABI %d",
                       found->abi_major, NUNCIO_STORE_ABI_MAJOR, NUNCIO_STORE_ABI_MAJOR);
    if (found->size >= HEAD_SIZE && found->abi_minor > NUNCIO_STORE_ABI_MINOR)
        return INVALID("needs store ABI %" PRIu32 ".%" PRIu32
                       ", this nuncio has %d.%d; install a newer nuncio",
                       found->abi_major, found->abi_minor, NUNCIO_STORE_ABI_MAJOR, NUNCIO_STORE_ABI_MINOR);
    if (found->size < STORE_SIZE)
        return INVALID("the descriptor has %" PRIu32
                       " bytes, store ABI 1.0 has %zu; build it against nuncio/store.h",
                       found->size, STORE_SIZE);
    return 0;
}

static int check_texts(const struct nuncio_store *store, const char *name, struct nuncio_failure *failure)
{
    if (!store->name || !store->version || !store->summary)
        return INVALID("the descriptor has no %s; set it", !store->name      ? "name"
                                                           : !store->version ? "version"
                                                                             : "summary");
    if (strcmp(store->name, name) != 0)
        return INVALID(
            "the descriptor's name is %s, the file's %s; set .name to that, or rename the file to %s.so",
            store->name, name, store->name);
    return 0;
}

static int check_functions(const struct nuncio_store *store, struct nuncio_failure *failure)
{
    const struct {
        const char *name;
        int is_there;
    } functions[] = {
        {"open", store->open != NULL},
        {"close", store->close != NULL},
        {"begin", store->begin != NULL},
        {"commit", store->commit != NULL},
        {"rollback", store->rollback != NULL},
        {"put", store->put != NULL},
        {"take", store->take != NULL},
        {"enter", store->enter != NULL},
        {"leave", store->leave != NULL},
        {"put_conversation", store->put_conversation != NULL},
        {"put_name", store->put_name != NULL},
        {"prune", store->prune != NULL},
        {"get", store->get != NULL},
        {"each", store->each != NULL},
        {"events", store->events != NULL},
        {"first", store->first != NULL},
        {"get_conversation", store->get_conversation != NULL},
        {"get_name", store->get_name != NULL},
        {"names", store->names != NULL},
        {"check", store->check != NULL},
    };

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (!functions[i].is_there)
            return INVALID("has no function %s; set it", functions[i].name);
    return 0;
}

int store_check_descriptor(const struct nuncio_store *found, const char *name, struct nuncio_store *ret_store,
                           struct nuncio_failure *failure)
{
    struct nuncio_store store = {0};

    if (check_version(found, failure) < 0)
        return -1;
    memcpy(&store, found, found->size < sizeof(store) ? found->size : sizeof(store));
    store.size = sizeof(store);
    if (check_texts(&store, name, failure) < 0 || check_functions(&store, failure) < 0)
        return -1;
    *ret_store = store;
    return 0;
}
