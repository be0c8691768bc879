/* SPDX-License-Identifier: MIT */
/* What follows from a failure: the rules of "one message, one charge" as one table. */
#ifndef NUNCIO_CORE_DECISION_H
#define NUNCIO_CORE_DECISION_H

#include <stdint.h>

/* Where an interaction stands when a step fails. */
enum phase {
    PHASE_LEARN,     /* HISTORY before SEND */
    PHASE_OPEN,      /* making a conversation */
    PHASE_SEND,      /* handing over the message */
    PHASE_RECONCILE, /* HISTORY after a SEND that may have left */
    PHASE_ASK,       /* accepted: POLL, FETCH or HISTORY until the run is final */
    PHASE_CANCEL,    /* asking the vendor to stop the run */
    PHASE_COUNT
};

enum decision {
    DECISION_FAIL,      /* final: nothing ran, or the agent failed */
    DECISION_CANCELLED, /* final: the run was stopped */
    DECISION_RETRY,     /* nothing ran: the same step again, later */
    DECISION_ONCE_MORE, /* the step may be repeated once, if it is harmless; then failed */
    DECISION_AMBIGUOUS, /* the message may have been sent: never send it again, look for it */
    DECISION_ACCEPTED,  /* the vendor has it from before: look for it */
    DECISION_ASK_AGAIN, /* says nothing about the run: ask again, later */
    DECISION_UNSEEN,    /* looking for it shows that it is not there (yet) */
    DECISION_STOP       /* asking is of no use now; the run goes on */
};

/* error_class is enum nuncio_error_class; values that are none decide as INTERNAL. */
enum decision decision_for(enum phase phase, uint32_t error_class);

#endif
