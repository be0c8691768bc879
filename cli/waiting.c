/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "waiting.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "output.h"
#include "signals.h"

bool waiting_init(struct waiting *waiting, struct nuncio *nuncio)
{
    *waiting = (struct waiting){.nuncio = nuncio};
    spinner_init(&waiting->spinner);
    if (signals_catch())
        return true;
    output_error("cannot catch signals, nothing was sent: %s", strerror(errno));
    return false;
}

void waiting_finish(struct waiting *waiting)
{
    output_erase_status();
    signals_release();
    free(waiting->ids);
}

bool waiting_add(struct waiting *waiting, const char *id)
{
    if (waiting->count == waiting->room) {
        size_t room = waiting->room ? 2 * waiting->room : 16;
        char(*ids)[NUNCIO_ID_SIZE] = realloc(waiting->ids, room * sizeof(*ids));

        if (!ids) {
            output_error("out of memory");
            return false;
        }
        waiting->ids = ids;
        waiting->room = room;
    }
    snprintf(waiting->ids[waiting->count++], NUNCIO_ID_SIZE, "%s", id);
    return true;
}

static void take_out(struct waiting *waiting, size_t index)
{
    waiting->count--;
    memmove(waiting->ids[index], waiting->ids[index + 1], (waiting->count - index) * sizeof(waiting->ids[0]));
}

/* One of those that were not looked at since the last step has ended. */
static bool look(struct waiting *waiting, char ret_id[NUNCIO_ID_SIZE],
                 struct nuncio_interaction *ret_interaction)
{
    for (; waiting->next < waiting->count; waiting->next++) {
        if (nuncio_get(waiting->nuncio, waiting->ids[waiting->next], ret_interaction) < 0 ||
            !ret_interaction->ended)
            continue;
        memcpy(ret_id, waiting->ids[waiting->next], NUNCIO_ID_SIZE);
        take_out(waiting, waiting->next);
        waiting->ended++;
        return true;
    }
    return false;
}

static void show(struct waiting *waiting)
{
    struct nuncio_interaction first = {.size = sizeof(first)};

    if (waiting->spinner.enabled && nuncio_get(waiting->nuncio, waiting->ids[0], &first) == 0)
        spinner_show(&waiting->spinner, &first, waiting->ended,
                     waiting->ended + waiting->count + waiting->later);
}

/* Sleeps until there is work, a signal, or the spinner's next turn. False: errno tells why not. */
static bool sleep_until_work(const struct waiting *waiting)
{
    struct pollfd watched[] = {{.fd = nuncio_fd(waiting->nuncio), .events = POLLIN},
                               {.fd = signals_fd(), .events = POLLIN}};
    int64_t limit = nuncio_timeout(waiting->nuncio);

    if (waiting->spinner.enabled && (limit < 0 || limit > SPINNER_INTERVAL_MS))
        limit = SPINNER_INTERVAL_MS;
    if (limit > INT_MAX)
        limit = INT_MAX;
    return poll(watched, sizeof(watched) / sizeof(watched[0]), limit < 0 ? -1 : (int)limit) >= 0 ||
           errno == EINTR || errno == EAGAIN;
}

enum waiting_end waiting_next(struct waiting *waiting, char ret_id[NUNCIO_ID_SIZE],
                              struct nuncio_interaction *ret_interaction)
{
    for (;;) {
        if (signals_caught())
            return WAITING_SIGNAL;
        if (waiting->count == 0)
            return WAITING_NONE;
        if (look(waiting, ret_id, ret_interaction))
            return WAITING_ENDED;
        show(waiting);
        if (!sleep_until_work(waiting) || nuncio_step(waiting->nuncio) < 0)
            return WAITING_FAILED;
        waiting->next = 0;
    }
}
