/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include "output.h"
#include "words.h"

void table_init(struct table *table, const char *const *headings, size_t columns)
{
    *table = (struct table){.headings = headings, .columns = columns};
}

static struct table_row *next_row(struct table *table)
{
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 16;
        struct table_row *rows = realloc(table->rows, room * sizeof(*rows));

        if (!rows)
            return NULL;
        table->rows = rows;
        table->room = room;
    }
    table->rows[table->count] = (struct table_row){0};
    return &table->rows[table->count++];
}

static char *copy_clean(struct table *table, const char *text)
{
    char *copy = strdup(text);

    if (copy)
        words_one_line(copy);
    else
        table->failed = true;
    return copy;
}

void table_add(struct table *table, const char *const *cells, const char *error)
{
    struct table_row *row = next_row(table);

    if (!row) {
        table->failed = true;
        return;
    }
    for (size_t i = 0; i < table->columns; i++)
        row->cells[i] = copy_clean(table, cells[i] && *cells[i] != '\0' ? cells[i] : "-");
    if (error)
        row->error = copy_clean(table, error);
}

static void print_cell(const char *cell, size_t width)
{
    static const char blanks[] = "                                ";

    output_text(cell, strlen(cell));
    for (size_t used = words_width(cell); used < width;) {
        size_t missing = width - used < sizeof(blanks) - 1 ? width - used : sizeof(blanks) - 1;

        output_text(blanks, missing);
        used += missing;
    }
}

/* The last column is not filled up. */
static void print_cells(const struct table *table, const char *const *cells, const size_t *widths)
{
    for (size_t i = 0; i < table->columns; i++)
        print_cell(cells[i], i + 1 < table->columns ? widths[i] + 2 : 0);
    output_text("\n", 1);
}

static void widen(struct table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        size_t width = words_width(table->headings[i]);

        for (size_t j = 0; j < table->count; j++)
            if (words_width(table->rows[j].cells[i]) > width)
                width = words_width(table->rows[j].cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
}

static void forget_rows(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t j = 0; j < table->columns; j++)
            free(table->rows[i].cells[j]);
        free(table->rows[i].error);
    }
    table->count = 0;
}

void table_print(struct table *table)
{
    if (table->count == 0)
        return;
    widen(table);
    if (!table->begun)
        print_cells(table, table->headings, table->widths);
    table->begun = true;
    for (size_t j = 0; j < table->count; j++) {
        print_cells(table, (const char *const *)table->rows[j].cells, table->widths);
        if (table->rows[j].error) {
            output_tinted(OUTPUT_BAD, "  error: ");
            output_line(table->rows[j].error);
        }
    }
    forget_rows(table);
}

void table_finish(struct table *table)
{
    forget_rows(table);
    free(table->rows);
}
