/* SPDX-License-Identifier: MIT */
/* Options: one table a command, from which both the parser and the help are made. */
#ifndef NUNCIO_CLI_OPTIONS_H
#define NUNCIO_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a row's member is in the struct of values that the command gets. */
enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_LIST,     /* struct option_list */
    OPTION_DURATION, /* int64_t, milliseconds */
    OPTION_NUMBER,   /* struct option_number, from 0 on */
    OPTION_HELP,     /* none: prints the help */
    OPTION_VERSION   /* none: prints the version */
};

struct option_list {
    const char **items;
    size_t count;
};

struct option_number {
    bool given;
    int64_t value;
};

struct option_row {
    char letter;          /* '\0': it has none */
    const char *name;     /* without "--"; NULL: it has a letter only */
    const char *argument; /* as the help calls it; NULL: none is taken */
    const char *help;     /* where the argument is one of some words it begins with them: "a, b or c" */
    enum option_kind kind;
    size_t offset; /* of the member */
};

/* In the table of every command. */
#define OPTION_ROW_HELP                                                                                      \
    {                                                                                                        \
        'h', "help", NULL, "show this help", OPTION_HELP, 0                                                  \
    }

enum { OPTIONS_MOST_ROWS = 32 };

struct option_table {
    const struct option_row *rows;
    size_t count;
};

/* The table of the options that stand before the command; their values are struct globals. */
extern const struct option_table global_options;

struct globals {
    const char *config_file;
    struct option_list overrides;
    const char *log_level;
    const char *color;
};

enum options_end {
    OPTIONS_GOOD,    /* go on */
    OPTIONS_HELP,    /* help is wanted, and nothing else */
    OPTIONS_VERSION, /* the version */
    OPTIONS_BAD,     /* usage error, the line is printed */
    OPTIONS_FAILED   /* no memory, the line is printed */
};

/*
 * Reads the options of argv[1] … into *ret_values, which are zeroed before; `command` is the name for messages or
 * NULL. Where operands are `mixed` with options, *ret_operand is the index of the first one: all come after the
 * options then. Else reading ends at the first operand. Lists are freed by options_finish(), also after a failure.
 */
enum options_end options_read(const struct option_table *table, const char *command, bool mixed, int argc,
                              char **argv, void *ret_values, int *ret_operand);

void options_finish(const struct option_table *table, void *values);

/* The row of that name, or NULL. */
const struct option_row *options_find(const struct option_table *table, const char *name, size_t name_size);

#endif
