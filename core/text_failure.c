/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Formats into a text of bounded size, cut between characters. */
static void format_clean(char *ret_text, size_t capacity, const char *format, va_list arguments)
{
    char raw[2 * sizeof((struct nuncio_failure *)NULL)->text];
    int size = vsnprintf(raw, sizeof raw, format, arguments);
    text_clean(ret_text, capacity, raw, size < 0 ? 0 : strlen(raw));
}

int failure_set(struct nuncio_failure *failure, uint32_t error_class, const char *format, ...)
{
    if (!failure)
        return -1;
    /* The arguments may lie in the failure itself. */
    char text[sizeof failure->text];
    va_list arguments;
    va_start(arguments, format);
    format_clean(text, sizeof text, format, arguments);
    va_end(arguments);
    memset(failure, 0, sizeof *failure);
    failure->error_class = error_class;
    memcpy(failure->text, text, sizeof text);
    return -1;
}

int failure_prefix(struct nuncio_failure *failure, const char *format, ...)
{
    if (!failure)
        return -1;
    char context[sizeof failure->text];
    char joined[2 * sizeof failure->text + 2];
    va_list arguments;
    va_start(arguments, format);
    format_clean(context, sizeof context, format, arguments);
    va_end(arguments);
    int size = snprintf(joined, sizeof joined, "%s: %s", context, failure->text);
    text_clean(failure->text, sizeof failure->text, joined, size < 0 ? 0 : (size_t)size);
    return -1;
}
