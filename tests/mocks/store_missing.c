/* SPDX-License-Identifier: MIT */
/* Has no take(). */
#include "mock_store.h"

static const struct nuncio_store store = {
    .size = sizeof(struct nuncio_store),
    .abi_major = NUNCIO_STORE_ABI_MAJOR,
    .abi_minor = NUNCIO_STORE_ABI_MINOR,
    MOCK_STORE("store_missing"),
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store;
}
