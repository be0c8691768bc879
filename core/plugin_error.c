/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "plugin_error.h"
#include "text.h"

#include <string.h>

static void set_text(struct nuncio_error *abi, const char *text)
{
    struct plugin_error *error = (struct plugin_error *)(void *)abi;
    if (error && text && !error->text[0])
        text_clean(error->text, sizeof error->text, text, strlen(text));
}

void plugin_error_init(struct plugin_error *error)
{
    static const struct nuncio_error_services services = {sizeof services, set_text};
    error->abi.size = sizeof error->abi;
    error->abi.services = &services;
    error->text[0] = '\0';
}
