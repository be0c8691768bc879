/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <nuncio/nuncio.h>
#include "output.h"

#ifndef SYSCONF_DIR
#define SYSCONF_DIR "/etc"
#endif

enum { HELP_COLUMN = 26 };

static const char files[] = "Files, later ones win key by key:\n"
                            "  " SYSCONF_DIR "/nuncio/nuncio.ini\n"
                            "  " SYSCONF_DIR "/nuncio/conf.d/*.ini\n"
                            "  ${XDG_CONFIG_HOME:-~/.config}/nuncio/nuncio.ini\n"
                            "  --config FILE, or $NUNCIO_CONFIG, is read instead of all of them.\n";

static const char exit_codes[] = "Exit codes:\n"
                                 "  0  the reply is here, or the command did its job\n"
                                 "  1  the agent or the vendor failed or refused\n"
                                 "  2  usage or configuration; not valid before sending\n"
                                 "  3  unreachable\n"
                                 "  4  the vendor refuses the key, or it has no right to the agent\n"
                                 "  5  patience ended, the run goes on; or it waits for a person\n"
                                 "  6  too many requests, or no quota or credits left\n"
                                 "  7  it may have been sent, and nobody can say whether it ran\n"
                                 "  130, 143  interrupted by SIGINT, SIGTERM\n";

/* "  -a, --attach FILE|URL    help"; where the left side is too wide the help has a line of its own. */
static void print_option(const struct option_row *row)
{
    char left[80], line[240];
    int width = snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s", row->letter ? '-' : ' ',
                         row->letter ? row->letter : ' ', row->letter && row->name ? ", " : "  ",
                         row->name ? "--" : "", row->name ? row->name : "",
                         row->argument && row->name ? " " : "", row->argument ? row->argument : "");

    if (width < HELP_COLUMN)
        snprintf(line, sizeof(line), "%-*s%s", HELP_COLUMN, left, row->help);
    else
        snprintf(line, sizeof(line), "%s\n%*s%s", left, HELP_COLUMN, "", row->help);
    output_line(line);
}

static void print_options(const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        print_option(&table->rows[i]);
}

static void print_commands(const struct command *const *list)
{
    char line[240];

    for (size_t i = 0; list[i]; i++) {
        snprintf(line, sizeof(line), "  %-13s %-16s %s", commands_word(list[i]), list[i]->operands,
                 list[i]->summary);
        output_line(line);
    }
}

void help_program(void)
{
    output_line("Usage: nuncio [OPTION]... COMMAND ...\n"
                "Carries one message to an AI agent at any vendor and brings back the reply.\n"
                "\n"
                "Commands; nuncio COMMAND --help tells more:");
    print_commands(commands);
    output_line("\nOptions before the command:");
    print_options(&global_options);
    output_line("");
    output_line(files);
    output_line("");
    output_line(exit_codes);
}

void help_command(const struct command *command)
{
    char line[240];

    snprintf(line, sizeof(line), "Usage: nuncio [OPTION]... %s [OPTION]...%s%s", command->name,
             *command->operands ? " " : "", command->operands);
    output_line(line);
    snprintf(line, sizeof(line), "%s.", command->summary);
    *line = (char)toupper((unsigned char)*line);
    output_line(line);
    output_line("");
    if (command->commands) {
        snprintf(line, sizeof(line), "Commands; nuncio %s COMMAND --help tells more:", command->name);
        output_line(line);
        print_commands(command->commands);
        output_line("");
    }
    output_text(command->details, strlen(command->details));
    output_line("Options; -- ends them:");
    print_options(&command->options);
}

void help_version(void)
{
    char line[80];

    snprintf(line, sizeof(line), "nuncio %s", nuncio_version());
    output_line(line);
}
