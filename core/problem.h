/* SPDX-License-Identifier: MIT */
/* A failure of a step, as the state machine passes it on and as a person reads it. */
#ifndef NUNCIO_CORE_PROBLEM_H
#define NUNCIO_CORE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem {
    uint32_t error_class; /* enum nuncio_error_class; 0: none */
    int32_t status;       /* HTTP status; 0: none */
    char vendor_code[128];
    char text[512];
    int64_t retry_after_ms; /* -1: not told */
    bool permanent;         /* trying again will not help (a certificate that is not trusted) */
    bool ours;              /* the text says all: neither the vendor nor the class has a part in it */
};

void problem_init(struct problem *problem);
void problem_set(struct problem *problem, uint32_t error_class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The journal's trouble: its text says what is wrong and what to do. */
void problem_set_ours(struct problem *problem, const char *text);

/* One line: who, what in plain words, the vendor's own text, status and code, and what to do. `ending` (may
   be NULL) is what became of the message and takes the place of the class's own advice. */
void problem_sentence(const struct problem *problem, const char *provider, const char *ending, char *ret_text,
                      size_t size);

#endif
