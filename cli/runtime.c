/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include "commands.h"
#include "output.h"

int runtime_failed(const struct nuncio_failure *failure)
{
    output_error("%s", failure->text);
    switch (failure->error_class) {
    case NUNCIO_ERROR_INTERNAL:
        return EXIT_FAILED;
    default:
        return EXIT_USAGE;
    }
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
