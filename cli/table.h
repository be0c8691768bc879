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
    bool failed; /* a row is missing for lack of memory */
};

void table_init(struct table *table, const char *const *headings, size_t columns);

/* Copies the cells, NULL ones as "-", and the error. */
void table_add(struct table *table, const char *const *cells, const char *error);

/* Prints nothing where there is no row. */
void table_print(const struct table *table);

void table_finish(struct table *table);

#endif
