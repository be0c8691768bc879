/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "decision.h"

#include <nuncio/nuncio.h>

#define FAIL   DECISION_FAIL
#define CANC   DECISION_CANCELLED
#define RETRY  DECISION_RETRY
#define ONCE   DECISION_ONCE_MORE
#define AMBIG  DECISION_AMBIGUOUS
#define ACCEPT DECISION_ACCEPTED
#define AGAIN  DECISION_ASK_AGAIN
#define UNSEEN DECISION_UNSEEN
#define STOP   DECISION_STOP

/* clang-format off */
static const enum decision table[][PHASE_COUNT] = {
    /*                               LEARN  OPEN   SEND    RECONCILE ASK    CANCEL */
    [NUNCIO_ERROR_NONE]           = {FAIL,  FAIL,  AMBIG,  AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_INVALID]        = {FAIL,  FAIL,  FAIL,   AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_AUTH]           = {FAIL,  FAIL,  FAIL,   STOP,     STOP,  STOP},
    [NUNCIO_ERROR_FORBIDDEN]      = {FAIL,  FAIL,  FAIL,   STOP,     STOP,  STOP},
    [NUNCIO_ERROR_CREDITS]        = {FAIL,  FAIL,  FAIL,   AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_QUOTA]          = {FAIL,  FAIL,  FAIL,   AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_RATE]           = {RETRY, RETRY, RETRY,  AGAIN,    AGAIN, AGAIN},
    [NUNCIO_ERROR_NOT_FOUND]      = {FAIL,  FAIL,  FAIL,   UNSEEN,   STOP,  STOP},
    [NUNCIO_ERROR_BUSY]           = {RETRY, RETRY, RETRY,  AGAIN,    AGAIN, AGAIN},
    [NUNCIO_ERROR_EXISTS]         = {FAIL,  FAIL,  ACCEPT, AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_TIMEOUT]        = {RETRY, ONCE,  AMBIG,  AGAIN,    AGAIN, AGAIN},
    [NUNCIO_ERROR_UNAVAILABLE]    = {RETRY, ONCE,  AMBIG,  AGAIN,    AGAIN, AGAIN},
    [NUNCIO_ERROR_AGENT]          = {FAIL,  FAIL,  FAIL,   FAIL,     FAIL,  STOP},
    [NUNCIO_ERROR_CANCELLED]      = {FAIL,  FAIL,  CANC,   CANC,     CANC,  CANC},
    [NUNCIO_ERROR_INPUT_REQUIRED] = {FAIL,  FAIL,  AMBIG,  AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_PROTOCOL]       = {RETRY, ONCE,  AMBIG,  AGAIN,    AGAIN, AGAIN},
    [NUNCIO_ERROR_INTERNAL]       = {FAIL,  FAIL,  AMBIG,  AGAIN,    AGAIN, STOP},
    [NUNCIO_ERROR_UNREACHABLE]    = {RETRY, RETRY, RETRY,  AGAIN,    AGAIN, AGAIN},
};
/* clang-format on */

enum decision decision_for(enum phase phase, uint32_t error_class)
{
    if (error_class >= sizeof(table) / sizeof(table[0]))
        error_class = NUNCIO_ERROR_INTERNAL;
    return table[error_class][phase];
}
