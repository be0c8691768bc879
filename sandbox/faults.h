/* SPDX-License-Identifier: MIT */
/* Faults on order: `VENDOR.STEP:KIND[=VALUE][@before|@after][*COUNT]`. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "errors.h"
#include "names.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
    /* These spoil the exchange. */
    FAULT_DELAY,
    FAULT_STATUS,
    FAULT_ERROR,
    FAULT_DROP,
    FAULT_RESET,
    FAULT_CUT,
    FAULT_CUT_RESET,
    FAULT_GARBAGE,
    FAULT_HTML,
    FAULT_REDIRECT,
    FAULT_SLOW,
    FAULT_REUSED_CLOSE,
    FAULT_HOLD,
    /* These change how the vendor or its agent behaves. */
    FAULT_DUPLICATE_OLD,
    FAULT_APPROVAL,
    FAULT_LOST_TASK,
    FAULT_FAIL,
    FAULT_AGENT_ERROR,
    FAULT_KIND_COUNT
};

#define FAULT_FOREVER (-1)

struct fault {
    char *spec;
    enum vendor vendor;
    enum step step;
    enum fault_kind kind;
    long number;      /* of VALUE: milliseconds, status, bytes, bytes per second */
    long retry_after; /* seconds, -1: none */
    char *url;
    const struct vendor_error *error;
    bool before;
    long left; /* FAULT_FOREVER, or how often it still fires */
    unsigned long fired;
};

struct faults {
    struct fault *list;
    size_t count, capacity;
};

/* NULL, or what is wrong with the spec and what is allowed; the caller frees it. */
char *faults_add(struct faults *faults, const char *spec);
/* The fault that spoils this exchange, used up by one; false where there is none. The caller frees spec and
 * url of the copy. steps: bits, a route can stand for more than one step. */
bool faults_take_spoiler(struct faults *faults, enum vendor vendor, unsigned steps, bool reused_connection,
                         struct fault *taken);
bool fault_is_behaviour(enum fault_kind kind);
bool faults_take_behaviour(struct faults *faults, enum vendor vendor, enum fault_kind kind);
cJSON *faults_json(const struct faults *faults);
void faults_clear(struct faults *faults);
/* One line per kind for --help. */
const char *faults_help(void);

#endif
