/* SPDX-License-Identifier: MIT */
/* For another major version. */
#include "mock_store.h"

static const struct nuncio_store store = {
    .size = sizeof(struct nuncio_store),
    .abi_major = NUNCIO_STORE_ABI_MAJOR + 1,
    .abi_minor = NUNCIO_STORE_ABI_MINOR,
    MOCK_STORE("store_wrong_major"),
    .take = mock_take,
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store;
}
