/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "output.h"
#include "words.h"

static const struct option_row global_rows[] = {
    {'\0', "config", "FILE", "read FILE instead of the usual files", OPTION_TEXT,
     offsetof(struct globals, config_file)},
    {'o', NULL, "SECTION.KEY=VALUE", "set one key of the configuration; may be repeated", OPTION_LIST,
     offsetof(struct globals, overrides)},
    {'\0', "log-level", "LEVEL", "error, warning, info or debug", OPTION_TEXT,
     offsetof(struct globals, log_level)},
    {'\0', "color", "WHEN", "auto, always or never", OPTION_TEXT, offsetof(struct globals, color)},
    OPTION_ROW_HELP,
    {'V', "version", NULL, "show the version", OPTION_VERSION, 0},
};

const struct option_table global_options = {global_rows, sizeof(global_rows) / sizeof(global_rows[0])};

/* getopt_long() gets the rows in its own form; it returns FIRST_ROW + the row's index. */
enum { FIRST_ROW = 256 };

struct getopt_form {
    struct option options[OPTIONS_MOST_ROWS + 1];
    char letters[2 * OPTIONS_MOST_ROWS + 3];
};

static void fill_form(const struct option_table *table, bool permute, struct getopt_form *ret_form)
{
    struct option *option = ret_form->options;
    char *letter = ret_form->letters;

    memset(ret_form, 0, sizeof(*ret_form));
    if (!permute)
        *letter++ = '+';
    *letter++ = ':';
    for (size_t i = 0; i < table->count && i < OPTIONS_MOST_ROWS; i++) {
        const struct option_row *row = &table->rows[i];

        if (row->name)
            *option++ = (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
                                        FIRST_ROW + (int)i};
        if (row->letter) {
            *letter++ = row->letter;
            if (row->argument)
                *letter++ = ':';
        }
    }
}

static const struct option_row *row_of(const struct option_table *table, int found)
{
    if (found >= FIRST_ROW)
        return &table->rows[found - FIRST_ROW];
    for (size_t i = 0; i < table->count; i++)
        if (found && table->rows[i].letter == found)
            return &table->rows[i];
    return NULL;
}

const struct option_row *options_find(const struct option_table *table, const char *name, size_t name_size)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].name && strlen(table->rows[i].name) == name_size &&
            memcmp(table->rows[i].name, name, name_size) == 0)
            return &table->rows[i];
    return NULL;
}

static bool append(struct option_list *list, const char *item, int most)
{
    if (!list->items) {
        list->items = calloc((size_t)most, sizeof(*list->items));
        if (!list->items)
            return false;
    }
    list->items[list->count++] = item;
    return true;
}

/* At most `most` options can be given at all. */
static enum options_end store(const struct option_row *row, const char *argument, int most, void *values)
{
    void *member = (char *)values + row->offset;

    switch (row->kind) {
    case OPTION_HELP:
        return OPTIONS_HELP;
    case OPTION_VERSION:
        return OPTIONS_VERSION;
    case OPTION_FLAG:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = argument;
        break;
    case OPTION_LIST:
        if (append(member, argument, most))
            break;
        output_error("out of memory");
        return OPTIONS_FAILED;
    case OPTION_DURATION:
        if (words_duration(argument, member))
            break;
        output_error("--%s '%s' is no duration above zero; write 500ms, 10s, 5m, 1h or 1d", row->name,
                     argument);
        return OPTIONS_BAD;
    case OPTION_NUMBER:
        ((struct option_number *)member)->given = true;
        if (words_number(argument, &((struct option_number *)member)->value))
            break;
        output_error("--%s '%s' is no number; write 0, 1, 2 …", row->name, argument);
        return OPTIONS_BAD;
    }
    return OPTIONS_GOOD;
}

static const struct option_row *nearest(const struct option_table *table, const char *name)
{
    const struct option_row *best = NULL;
    size_t least = SIZE_MAX, distance;

    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].name && words_near(name, table->rows[i].name, &distance) && distance < least) {
            least = distance;
            best = &table->rows[i];
        }
    }
    return best;
}

/* The usage error of a word that getopt_long() knows no option for. */
static void complain_unknown(const struct option_table *table, const char *command, const char *word,
                             int letter)
{
    const char *blank = command ? " " : "", *name = command ? command : "";
    const char unknown[3] = {'-', (char)letter, '\0'};
    const struct option_row *row;
    size_t size;

    if (letter) {
        row = command ? row_of(&global_options, letter) : NULL;
        word = unknown;
    } else {
        size = strcspn(word + 2, "=");
        row = command ? options_find(&global_options, word + 2, size) : NULL;
    }
    if (row) {
        output_error("%s stands before the command: nuncio %s … %s", word, word, command);
        return;
    }
    row = letter ? NULL : nearest(table, word + 2);
    if (row)
        output_error("unknown option '%s'; did you mean --%s? See nuncio%s%s --help", word, row->name, blank,
                     name);
    else
        output_error("unknown option '%s'; %ssee nuncio%s%s --help", word,
                     command ? "put -- before a word that begins with '-', or " : "", blank, name);
}

/* A usage error: found and optopt are what getopt_long() told of the word. */
static void complain(const struct option_table *table, const char *command, int found, const char *word)
{
    const char *blank = command ? " " : "", *name = command ? command : "";
    const struct option_row *row = row_of(table, optopt);
    const char letter[2] = {row ? row->letter : '\0', '\0'};

    if (!row)
        complain_unknown(table, command, word, optopt);
    else if (found == ':')
        output_error("-%s%s needs an argument, %s; see nuncio%s%s --help", row->name ? "-" : "",
                     row->name ? row->name : letter, row->argument, blank, name);
    else
        output_error("--%s takes no argument; see nuncio%s%s --help", row->name, blank, name);
}

/* "-hello" is no wish for help, but a message without -- before it. `last` is the last word that was read to
 * its end. */
static bool is_wordlike(const struct option_table *table, int found, const char *last)
{
    const struct option_row *row = row_of(table, found);
    const char alone[3] = {'-', (char)found, '\0'};

    if (!row || found >= FIRST_ROW || (row->kind != OPTION_HELP && row->kind != OPTION_VERSION))
        return false;
    return strcmp(last, alone) != 0;
}

enum options_end options_read(const struct option_table *table, const char *command, bool mixed, int argc,
                              char **argv, void *ret_values, int *ret_operand)
{
    enum options_end end = OPTIONS_GOOD;
    struct getopt_form form;

    fill_form(table, mixed, &form);
    opterr = 0;
    optind = 0; /* it starts anew */
    while (end == OPTIONS_GOOD) {
        int found = getopt_long(argc, argv, form.letters, form.options, NULL);

        if (found == -1)
            break;
        if (found == '?' || found == ':') {
            complain(table, command, found, argv[optind - 1]);
            return OPTIONS_BAD;
        }
        if (is_wordlike(table, found, argv[optind - 1])) {
            complain_unknown(table, command, argv[optind], 0);
            return OPTIONS_BAD;
        }
        end = store(row_of(table, found), optarg, argc, ret_values);
    }
    *ret_operand = optind;
    return end;
}

void options_finish(const struct option_table *table, void *values)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == OPTION_LIST)
            free(((struct option_list *)(void *)((char *)values + table->rows[i].offset))->items);
}
