/* SPDX-License-Identifier: MIT */
/* Ends before check, which ABI 1.0 has. */
#include "mock_store.h"

#include <stddef.h>

static const struct nuncio_store store = {
    .size = offsetof(struct nuncio_store, check),
    .abi_major = NUNCIO_STORE_ABI_MAJOR,
    .abi_minor = NUNCIO_STORE_ABI_MINOR,
    MOCK_STORE("store_short"),
    .take = mock_take,
};

const struct nuncio_store *nuncio_store_v1(void)
{
    return &store;
}
