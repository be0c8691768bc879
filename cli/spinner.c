/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "spinner.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "output.h"
#include "words.h"

static const char *const dots[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
static const char *const strokes[] = {"|", "/", "-", "\\"};

void spinner_init(struct spinner *spinner)
{
    *spinner = (struct spinner){
        .enabled = output_has_status(),
        .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .turn = -1,
    };
}

void spinner_describe(const struct nuncio_interaction *interaction, size_t ended, size_t all, size_t columns,
                      char ret_line[SPINNER_LINE_SIZE])
{
    char position[40] = "", several[64] = "";

    if (all > 1)
        snprintf(several, sizeof(several), "%zu of %zu ended; ", ended, all);
    if (interaction->state == NUNCIO_INTERACTION_QUEUED && interaction->queue_position >= 0)
        snprintf(position, sizeof(position), ", position %" PRId64, interaction->queue_position);
    snprintf(ret_line, SPINNER_LINE_SIZE, "%s%s: %s%s (%" PRId64 " s)%s%s%s", several,
             interaction->agent ? interaction->agent : "", nuncio_state_name(interaction->state), position,
             interaction->duration_ms / 1000, interaction->held ? "; another process works on it" : "",
             interaction->trouble ? "; trying again: " : "",
             interaction->trouble ? interaction->trouble : "");
    words_one_line(ret_line);
    words_cut(ret_line, columns);
}

static size_t terminal_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

void spinner_show(struct spinner *spinner, const struct nuncio_interaction *interaction, size_t ended,
                  size_t all)
{
    char line[SPINNER_LINE_SIZE];
    int64_t turn = interaction->duration_ms / SPINNER_INTERVAL_MS;
    size_t columns;

    if (!spinner->enabled || turn == spinner->turn || turn < 0)
        return;
    spinner->turn = turn;
    /* A line that reaches the last column may wrap, and then it could not be erased. */
    columns = terminal_columns();
    spinner_describe(interaction, ended, all, columns > 3 ? columns - 3 : 0, line);
    if (spinner->unicode)
        output_status(dots[turn % (int64_t)(sizeof(dots) / sizeof(dots[0]))], line);
    else
        output_status(strokes[turn % (int64_t)(sizeof(strokes) / sizeof(strokes[0]))], line);
}
