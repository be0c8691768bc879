/* SPDX-License-Identifier: MIT */
/* The commands, one file each. */
#ifndef NUNCIO_CLI_COMMANDS_H
#define NUNCIO_CLI_COMMANDS_H

#include <stddef.h>
#include "options.h"

/* Exit codes that the program gives itself; those of interactions come from nuncio_exit_code(). */
enum exit_status {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3,
    EXIT_AUTH = 4,
    EXIT_LIMIT = 6,
    EXIT_SIGNAL = 128 /* plus the signal's number */
};

struct command {
    const char *name;     /* all its words: "journal prune" */
    const char *operands; /* as in the usage line; "" for none */
    const char *summary;  /* one line */
    const char *details;  /* more lines for the command's own help, each with its newline */
    const char *surplus;  /* what to do about an operand too many; NULL: nothing special */
    int least_operands, most_operands;
    struct option_table options;
    size_t values_size; /* of the struct that the options fill */
    int (*run)(const struct globals *globals, const void *values, char *const *operands); /* ends with NULL */
    /* Instead of operands and run: the commands below it, as below. */
    const struct command *const *commands;
};

extern const struct command send_command;
extern const struct command wait_command;
extern const struct command list_command;
extern const struct command show_command;
extern const struct command cancel_command;
extern const struct command settle_command;
extern const struct command resume_command;
extern const struct command conversations_command;
extern const struct command journal_command;
extern const struct command providers_command;
extern const struct command plugins_command;
extern const struct command check_command;

/* In the order of the help; ends with NULL. */
extern const struct command *const commands[];

/* Both look into a list that ends with NULL; the name is one word, the last one of a command's name. */
/* NULL: there is none. */
const struct command *commands_find(const struct command *const *list, const char *name);
/* The command that was probably meant; NULL: none is near. */
const struct command *commands_nearest(const struct command *const *list, const char *name);
/* "prune" of "journal prune" */
const char *commands_word(const struct command *command);

#endif
