/* SPDX-License-Identifier: MIT */
/* What the mock stores have in common: nothing works, since only their descriptors are looked at. Each has one fault. */
#ifndef NUNCIO_TESTS_MOCK_STORE_H
#define NUNCIO_TESTS_MOCK_STORE_H

#include <nuncio/store.h>

static inline int32_t mock_open(const struct nuncio_store_place *place, void **ret_handle,
                                struct nuncio_error *err)
{
    (void)place;
    (void)ret_handle;
    return nuncio_store_fail(err, "a mock");
}

static inline void mock_end(void *handle)
{
    (void)handle;
}

static inline int32_t mock_begin(void *handle, uint32_t flags, struct nuncio_error *err)
{
    (void)handle;
    (void)flags;
    return nuncio_store_fail(err, "a mock");
}

static inline int32_t mock_commit(void *handle, struct nuncio_error *err)
{
    (void)handle;
    return nuncio_store_fail(err, "a mock");
}

static inline int32_t mock_put(void *handle, const struct nuncio_store_interaction *row, uint64_t parts,
                               struct nuncio_error *err)
{
    (void)handle;
    (void)row;
    (void)parts;
    return nuncio_store_fail(err, "a mock");
}

static inline int32_t mock_take(void *handle, struct nuncio_slice id, struct nuncio_slice from,
                                struct nuncio_slice to, struct nuncio_error *err)
{
    (void)handle;
    (void)id;
    (void)from;
    (void)to;
    return nuncio_store_fail(err, "a mock");
}

static inline int32_t mock_enter(void *handle, struct nuncio_slice gate, struct nuncio_slice id,
                                 struct nuncio_error *err)
{
    (void)gate;
    return mock_take(handle, id, id, id, err);
}

static inline int32_t mock_leave(void *handle, struct nuncio_slice id, struct nuncio_error *err)
{
    return mock_take(handle, id, id, id, err);
}

static inline int32_t mock_put_conversation(void *handle, const struct nuncio_store_conversation *row,
                                            struct nuncio_error *err)
{
    (void)row;
    return mock_commit(handle, err);
}

static inline int32_t mock_put_name(void *handle, const struct nuncio_store_name *row,
                                    struct nuncio_error *err)
{
    (void)row;
    return mock_commit(handle, err);
}

static inline int32_t mock_prune(void *handle, int64_t finished_before, int64_t limit, int64_t *ret_count,
                                 struct nuncio_error *err)
{
    (void)finished_before;
    (void)limit;
    (void)ret_count;
    return mock_commit(handle, err);
}

static inline int32_t mock_get(void *handle, struct nuncio_slice id, nuncio_store_on_interaction callback,
                               void *context, struct nuncio_error *err)
{
    (void)id;
    (void)callback;
    (void)context;
    return mock_commit(handle, err);
}

static inline int32_t mock_each(void *handle, const struct nuncio_store_filter *filter,
                                nuncio_store_on_interaction callback, void *context, struct nuncio_error *err)
{
    (void)filter;
    return mock_get(handle, nuncio_slice(NULL), callback, context, err);
}

static inline int32_t mock_events(void *handle, struct nuncio_slice id, nuncio_store_on_event callback,
                                  void *context, struct nuncio_error *err)
{
    (void)id;
    (void)callback;
    (void)context;
    return mock_commit(handle, err);
}

static inline int32_t mock_get_conversation(void *handle, struct nuncio_slice provider,
                                            struct nuncio_slice remote_id,
                                            nuncio_store_on_conversation callback, void *context,
                                            struct nuncio_error *err)
{
    (void)provider;
    (void)remote_id;
    (void)callback;
    (void)context;
    return mock_commit(handle, err);
}

static inline int32_t mock_names(void *handle, nuncio_store_on_name callback, void *context,
                                 struct nuncio_error *err)
{
    (void)callback;
    (void)context;
    return mock_commit(handle, err);
}

static inline int32_t mock_get_name(void *handle, struct nuncio_slice provider, struct nuncio_slice agent_id,
                                    struct nuncio_slice name, nuncio_store_on_name callback, void *context,
                                    struct nuncio_error *err)
{
    (void)provider;
    (void)agent_id;
    (void)name;
    return mock_names(handle, callback, context, err);
}

static inline int32_t mock_check(void *handle, nuncio_store_on_text callback, void *context,
                                 struct nuncio_error *err)
{
    (void)callback;
    (void)context;
    return mock_commit(handle, err);
}

/* All members but size and the versions of the ABI, and but take. */
#define MOCK_STORE(its_name)                                                                                 \
    .name = its_name, .version = "1", .summary = "A mock", .open = mock_open, .close = mock_end,             \
    .begin = mock_begin, .commit = mock_commit, .rollback = mock_end, .put = mock_put, .enter = mock_enter,  \
    .leave = mock_leave, .put_conversation = mock_put_conversation, .put_name = mock_put_name,               \
    .prune = mock_prune, .get = mock_get, .each = mock_each, .events = mock_events, .first = mock_get,       \
    .get_conversation = mock_get_conversation, .get_name = mock_get_name, .names = mock_names,               \
    .check = mock_check

#endif
