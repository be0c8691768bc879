/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "buffer.h"

static const struct wording {
    const char *lead, *advice;
} wordings[] = {
    [NUNCIO_ERROR_NONE] = {"something failed", "please report this"},
    [NUNCIO_ERROR_INVALID] = {"the request was refused", "check the message and the agent's configuration"},
    [NUNCIO_ERROR_AUTH] = {"the key was refused", "check the provider's key"},
    [NUNCIO_ERROR_FORBIDDEN] = {"the key has no right to this", "check the agent's id and whose key it is"},
    [NUNCIO_ERROR_CREDITS] = {"the account has no credits left", "top it up, then send again"},
    [NUNCIO_ERROR_QUOTA] = {"a limit of the account is reached",
                            "it will not pass soon: see the vendor's plan"},
    [NUNCIO_ERROR_RATE] = {"too many requests", "send again later"},
    [NUNCIO_ERROR_NOT_FOUND] = {"no such agent, conversation or run", "check the ids"},
    [NUNCIO_ERROR_BUSY] = {"the conversation still works on an earlier message",
                           "send again when it is done"},
    [NUNCIO_ERROR_EXISTS] = {"this message was accepted before", "look at the vendor's own history"},
    [NUNCIO_ERROR_TIMEOUT] = {"stopped waiting", "try again with more time"},
    [NUNCIO_ERROR_UNAVAILABLE] = {"the vendor does not work at the moment", "try again later"},
    [NUNCIO_ERROR_AGENT] = {"the agent failed", "see the agent's log at the vendor"},
    [NUNCIO_ERROR_CANCELLED] = {"the run was cancelled", "send again to start anew"},
    [NUNCIO_ERROR_INPUT_REQUIRED] = {"the run waits for a person", "answer it at the vendor"},
    [NUNCIO_ERROR_PROTOCOL] = {"the answer is not what the vendor documents", "check base_url"},
    [NUNCIO_ERROR_INTERNAL] = {"nuncio or the plugin is at fault", "please report this"},
    [NUNCIO_ERROR_UNREACHABLE] = {"no connection", "check base_url and the network"},
};

void problem_init(struct problem *problem)
{
    *problem = (struct problem){.retry_after_ms = -1};
}

void problem_set(struct problem *problem, uint32_t error_class, const char *format, ...)
{
    problem_init(problem);
    problem->error_class = error_class;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
}

void problem_set_ours(struct problem *problem, const char *text)
{
    problem_set(problem, NUNCIO_ERROR_INTERNAL, "%.500s", text);
    problem->ours = problem->permanent = true;
}

void problem_sentence(const struct problem *problem, const char *provider, const char *ending, char *ret_text,
                      size_t size)
{
    uint32_t index = problem->error_class < sizeof(wordings) / sizeof(wordings[0]) ? problem->error_class : 0;
    const struct wording *wording = &wordings[index];
    char details[192] = "";
    if (problem->ours) {
        snprintf(ret_text, size, "%s%s%s", problem->text, ending ? "; " : "", ending ? ending : "");
        return;
    }
    if (problem->status && problem->vendor_code[0] && strcmp(problem->vendor_code, problem->text) != 0)
        snprintf(details, sizeof(details), " (HTTP %d, %s)", problem->status, problem->vendor_code);
    else if (problem->status)
        snprintf(details, sizeof(details), " (HTTP %d)", problem->status);
    snprintf(ret_text, size, "%s: %s%s%s%s; %s", provider, wording->lead, problem->text[0] ? ": " : "",
             problem->text, details, ending ? ending : wording->advice);
}
