/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const headings[] = {"ID", "NAME", "TEXT"};

static void add(struct table *table, const char *id, const char *name, const char *text)
{
    table_add(table, (const char *const[]){id, name, text}, NULL);
}

/* What the function prints about a new table. */
static void assert_printed(void (*fill)(struct table *table), const char *wanted)
{
    FILE *stream = tmpfile();
    int standard = dup(STDOUT_FILENO);
    char text[1024];
    struct table table;

    assert_non_null(stream);
    fflush(stdout);
    assert_true(dup2(fileno(stream), STDOUT_FILENO) >= 0);
    table_init(&table, headings, 3);
    fill(&table);
    assert_false(table.failed);
    table_finish(&table);
    fflush(stdout);
    assert_true(dup2(standard, STDOUT_FILENO) >= 0);
    close(standard);
    rewind(stream);
    text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
    fclose(stream);
    assert_string_equal(text, wanted);
}

static void print_nothing(struct table *table)
{
    table_print(table);
}

static void print_rows(struct table *table)
{
    add(table, "1", "größe", "a\nb");
    add(table, "22", NULL, "");
    table_add(table, (const char *const[]){"3", "x", "y"}, "out\033[31m of order");
    table_print(table);
}

static void print_in_parts(struct table *table)
{
    add(table, "1", "a", "one");
    table_print(table);
    table_print(table);
    add(table, "1", "much longer", "two");
    table_print(table);
    add(table, "1", "a", "three");
    table_print(table);
}

static void nothing_is_printed_of_nothing(void **state)
{
    (void)state;
    assert_printed(print_nothing, "");
}

static void columns_are_aligned(void **state)
{
    (void)state;
    assert_printed(print_rows, "ID  NAME   TEXT\n"
                               "1   größe  a b\n"
                               "22  -      -\n"
                               "3   x      y\n"
                               "  error: out of order\n");
}

static void parts_have_one_heading(void **state)
{
    (void)state;
    assert_printed(print_in_parts, "ID  NAME  TEXT\n"
                                   "1   a     one\n"
                                   "1   much longer  two\n"
                                   "1   a            three\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_printed_of_nothing),
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(parts_have_one_heading),
    };

    return cmocka_run_group_tests_name("cli_table", tests, NULL, NULL);
}
