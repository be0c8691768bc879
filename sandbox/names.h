/* SPDX-License-Identifier: MIT */
/* The words of the sandbox: vendors and steps, as they appear in options, fault specs and statistics. */
#ifndef SANDBOX_NAMES_H
#define SANDBOX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum vendor { GUMLOOP_AGENTS, GUMLOOP_SESSIONS, GENNIA, DUMPLING, ENTHUSIAST, VENDOR_COUNT };

/* STEP_OTHER: calls of a vendor that are no step of an interaction (files, approvals, deletions). */
enum step {
    STEP_OPEN,
    STEP_SEND,
    STEP_POLL,
    STEP_FETCH,
    STEP_HISTORY,
    STEP_CANCEL,
    STEP_CHECK,
    STEP_OTHER,
    STEP_COUNT
};

#define STEP_BIT(step) (1u << (step))

const char *vendor_name(enum vendor vendor);
const char *step_name(enum step step);
bool vendor_from_name(const char *name, size_t length, enum vendor *vendor);
bool step_from_name(const char *name, size_t length, enum step *step);

/* All names joined by a comma, for messages that say what is allowed. */
#define VENDOR_NAMES "gumloop_agents, gumloop_sessions, gennia, dumpling, enthusiast"
#define STEP_NAMES   "open, send, poll, fetch, history, cancel, check, other"

#endif
