/* SPDX-License-Identifier: MIT */
/* Needs a minor version that there is not yet. */
#include "mock_store.h"

static const struct nuncio_store store = {
    .size = sizeof(struct nuncio_store),
    .abi_major = NUNCIO_STORE_ABI_MAJOR,
    .abi_minor = NUNCIO_STORE_ABI_MINOR + 1,
    MOCK_STORE("store_newer_minor"),
    .take = mock_take,
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store;
}
