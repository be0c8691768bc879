/* SPDX-License-Identifier: MIT */
/* From a later minor version, whose descriptor has grown; it needs none of it. */
#include "mock_store.h"

struct later_store {
    struct nuncio_store store;
    uint64_t added;
};

static const struct later_store store = {
    {
        .size = sizeof(struct later_store),
        .abi_major = NUNCIO_STORE_ABI_MAJOR,
        .abi_minor = NUNCIO_STORE_ABI_MINOR,
        MOCK_STORE("store_longer"),
        .take = mock_take,
    },
    3,
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store.store;
}
