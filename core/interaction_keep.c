/* SPDX-License-Identifier: MIT */
/* What an interaction learns from an answer. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "interaction.h"

#include <stdlib.h>

static void take(char **target, char **source)
{
    if (!*source)
        return;
    free(*target);
    *target = *source;
    *source = NULL;
}

/* The cursor from before our SEND never changes after; later ones are the conversation's. */
void interaction_keep(struct interaction *interaction, struct outcome *outcome)
{
    struct record *record = &interaction->record;
    if (interaction->phase == PHASE_LEARN && outcome->conversation)
        record->continued = true;
    take(&record->conversation, &outcome->conversation);
    take(&record->ticket, &outcome->ticket);
    if (outcome->cursor_set && (interaction->phase == PHASE_LEARN || interaction->phase == PHASE_OPEN)) {
        free(record->cursor);
        record->cursor = outcome->cursor;
        record->cursor_state = outcome->cursor ? NUNCIO_CURSOR_KNOWN : NUNCIO_CURSOR_EMPTY;
        outcome->cursor = NULL;
    } else if (outcome->cursor_set) {
        free(record->last_cursor);
        record->last_cursor = outcome->cursor;
        record->last_cursor_set = true;
        outcome->cursor = NULL;
    }
    record->queue_position = -1;
}
