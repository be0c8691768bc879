/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <string.h>
#include "commands.h"
#include "output.h"

static int exit_of(const struct nuncio_failure *failure)
{
    return failure->error_class == NUNCIO_ERROR_INTERNAL ? EXIT_FAILED : EXIT_USAGE;
}

int runtime_failed(const struct nuncio_failure *failure)
{
    output_error("%s", failure->text);
    return exit_of(failure);
}

int runtime_failed_for(const char *id, const struct nuncio_failure *failure)
{
    if (strstr(failure->text, id))
        return runtime_failed(failure);
    output_error("%s: %s", id, failure->text);
    return exit_of(failure);
}

struct nuncio *runtime_create(const struct globals *globals, enum runtime_purpose purpose, int *ret_status)
{
    struct nuncio_settings settings = {
        .size = sizeof(settings),
        .config_file = globals->config_file,
        .overrides = globals->overrides.items,
        .override_count = globals->overrides.count,
        .log_level = globals->log_level,
        .log = output_log,
        .single_message = purpose == RUNTIME_ONE,
        .without_plugins = purpose == RUNTIME_PLUGINS,
    };
    struct nuncio_failure failure;
    struct nuncio *nuncio;

    if (nuncio_create(&settings, &nuncio, &failure) == 0)
        return nuncio;
    *ret_status = runtime_failed(&failure);
    return NULL;
}

int runtime_do(const struct globals *globals, enum runtime_purpose purpose,
               int (*action)(struct nuncio *nuncio))
{
    int status = EXIT_FAILED;
    struct nuncio *nuncio = runtime_create(globals, purpose, &status);

    if (!nuncio)
        return status;
    status = action(nuncio);
    nuncio_destroy(nuncio);
    return status;
}
