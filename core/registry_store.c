#include <config.h>
#include "registry_store.h"
#include "text.h"
int registry_store(struct registry *registry, const char *name, const struct nuncio_store **ret_store, struct nuncio_failure *failure)
{
    (void)registry; (void)name; (void)ret_store;
    return failure_set(failure, NUNCIO_ERROR_INTERNAL, "not yet");
}
