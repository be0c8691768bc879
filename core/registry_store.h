#ifndef X
#define X
#include "registry.h"
#include <nuncio/store.h>
int registry_store(struct registry *registry, const char *name, const struct nuncio_store **ret_store,
                   struct nuncio_failure *failure);
#endif
