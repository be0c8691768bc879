/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "ulid.h"

#include <errno.h>
#include <sys/random.h>

/* Adds one to the random part; 80 bits do not overflow in a millisecond in practice, and if they did they
 * wrap. */
static void increment(unsigned char random[10])
{
    for (int i = 9; i >= 0; i--) {
        if (++random[i] != 0)
            return;
    }
}

static int draw(unsigned char random[10])
{
    ssize_t got;
    do
        got = getrandom(random, 10, 0);
    while (got < 0 && errno == EINTR);
    return got == 10 ? 0 : -1;
}

int ulid_make(struct ulid_state *state, int64_t now_ms, char ret_id[NUNCIO_ID_SIZE])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    if (now_ms <= state->last_ms) {
        increment(state->random);
    } else {
        if (draw(state->random) < 0)
            return -1;
        state->last_ms = now_ms;
    }

    uint64_t time = (uint64_t)state->last_ms & UINT64_C(0xFFFFFFFFFFFF);
    for (int i = 9; i >= 0; i--) {
        ret_id[i] = digits[time & 31];
        time >>= 5;
    }
    for (int half = 0; half < 2; half++) {
        uint64_t bits = 0;
        for (int i = 0; i < 5; i++)
            bits = bits << 8 | state->random[half * 5 + i];
        for (int i = 7; i >= 0; i--) {
            ret_id[10 + half * 8 + i] = digits[bits & 31];
            bits >>= 5;
        }
    }
    ret_id[NUNCIO_ID_SIZE - 1] = '\0';
    return 0;
}
