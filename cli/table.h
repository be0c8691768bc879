/* SPDX-License-Identifier: MIT */
/* A table on standard output: a heading, aligned columns, a line of its own for what is wrong with a row. */
#ifndef NUNCIO_CLI_TABLE_H
#define NUNCIO_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_MOST_COLUMNS = 8 };

struct table_row {
    char *cells[TABLE_MOST_COLUMNS];
    char *error; /* NULL: nothing is wrong */
};

struct table {
    const char *const *headings;
    size_t columns;
    struct table_row *rows;
    size_t count, room;
    size_t widths[TABLE_MOST_COLUMNS]; /* of what was printed */
    bool begun;                        /* the headings are printed */
    bool failed;                       /* a row is missing for lack of memory */
};

void table_init(struct table *table, const char *const *headings, size_t columns);

/* Copies the cells, NULL ones as "-", and the error. */
void table_add(struct table *table, const char *const *cells, const char *error);

/* Prints the rows, where there are any, and forgets them; those that are added later come below. */
void table_print(struct table *table);

void table_finish(struct table *table);

#endif
