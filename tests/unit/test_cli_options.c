/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <nuncio/nuncio.h>
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/journal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct values {
    bool flag;
    const char *text;
    struct option_list list;
    int64_t duration_ms;
    struct option_number number;
};

static const struct option_row rows[] = {
    {'f', "flag", NULL, "", OPTION_FLAG, offsetof(struct values, flag)},
    {'\0', "text", "TEXT", "", OPTION_TEXT, offsetof(struct values, text)},
    {'l', NULL, "ITEM", "", OPTION_LIST, offsetof(struct values, list)},
    {'\0', "duration", "D", "", OPTION_DURATION, offsetof(struct values, duration_ms)},
    {'\0', "number", "N", "", OPTION_NUMBER, offsetof(struct values, number)},
    OPTION_ROW_HELP,
};
static const struct option_table table = {rows, COUNT(rows)};

/* Arguments end with NULL. */
static enum options_end read_words(const char *command, struct values *ret_values, int *ret_operand,
                                   char **words)
{
    int count = 0;

    while (words[count])
        count++;
    *ret_values = (struct values){0};
    return options_read(&table, command, command != NULL, count, words, ret_values, ret_operand);
}

static void options_and_operands_mix(void **state)
{
    char *words[] = {(char[]){"send"},
                     (char[]){"agent"},
                     (char[]){"--text=x"},
                     (char[]){"-la"},
                     (char[]){"-f"},
                     (char[]){"--duration"},
                     (char[]){"2s"},
                     (char[]){"-l"},
                     (char[]){"b"},
                     (char[]){"--number=0"},
                     (char[]){"--"},
                     (char[]){"--text"},
                     NULL};
    struct values values;
    int operand;

    (void)state;
    assert_int_equal(read_words("send", &values, &operand, words), OPTIONS_GOOD);
    assert_true(values.flag);
    assert_string_equal(values.text, "x");
    assert_int_equal(values.duration_ms, 2000);
    assert_true(values.number.given);
    assert_int_equal(values.number.value, 0);
    assert_int_equal(values.list.count, 2);
    assert_string_equal(values.list.items[0], "a");
    assert_string_equal(values.list.items[1], "b");
    assert_string_equal(words[operand], "agent");
    assert_string_equal(words[operand + 1], "--text");
    assert_null(words[operand + 2]);
    options_finish(&table, &values);
}

static void options_before_the_command_end_there(void **state)
{
    char *words[] = {(char[]){"nuncio"}, (char[]){"-f"}, (char[]){"send"}, (char[]){"--text"}, NULL};
    struct values values;
    int operand;

    (void)state;
    assert_int_equal(read_words(NULL, &values, &operand, words), OPTIONS_GOOD);
    assert_int_equal(operand, 2);
    assert_null(values.text);
    options_finish(&table, &values);
}

static void usage_errors_are_found(void **state)
{
    static char *const cases[][3] = {
        {"--nonsense"},
        {"-x"},
        {"--text"},
        {"-l"},
        {"--flag=1"},
        {"--tex=x", "-"},
        {"--duration=x"},
        {"--number=x"},
        {"--number=-1"},
        {"--number="},
        {"--number=1000000001"},
        {"-f", "--duration", ""},
        {"-o"},
        {"--config=x"},
        {"-"},
        {"--help"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *words[5] = {(char[]){"send"}, cases[i][0], cases[i][1], cases[i][2], NULL};
        struct values values;
        int operand;
        enum options_end end = read_words("send", &values, &operand, words);

        if (strcmp(cases[i][0], "--help") == 0)
            assert_int_equal(end, OPTIONS_HELP);
        else if (strcmp(cases[i][0], "-") == 0 || strncmp(cases[i][0], "--tex=", 6) == 0)
            assert_int_equal(end, OPTIONS_GOOD);
        else
            assert_int_equal(end, OPTIONS_BAD);
        options_finish(&table, &values);
    }
}

static void commands_below_end_the_options(void **state)
{
    char *words[] = {(char[]){"journal"}, (char[]){"-f"}, (char[]){"prune"}, (char[]){"--nonsense"}, NULL};
    struct values values = {0};
    int operand;

    (void)state;
    assert_int_equal(options_read(&table, "journal", false, 4, words, &values, &operand), OPTIONS_GOOD);
    assert_true(values.flag);
    assert_int_equal(operand, 2);
    options_finish(&table, &values);
}

/* *left goes down by one for each command of the list and of those below it; the one at 0, or NULL. */
static const struct command *command_at(const struct command *const *list, size_t *left)
{
    for (size_t i = 0; list[i]; i++) {
        const struct command *below;

        if ((*left)-- == 0)
            return list[i];
        below = list[i]->commands ? command_at(list[i]->commands, left) : NULL;
        if (below)
            return below;
    }
    return NULL;
}

/* The tables of the program, one by one; NULL after the last. *ret_command is whose it is, or NULL. */
static const struct option_table *table_at(size_t index, const struct command **ret_command)
{
    size_t left = index - 1;

    *ret_command = NULL;
    if (index == 0)
        return &global_options;
    *ret_command = command_at(commands, &left);
    return *ret_command ? &(*ret_command)->options : NULL;
}

static void tables_are_sound(void **state)
{
    const struct option_table *each;
    const struct command *command;

    (void)state;
    for (size_t t = 0; (each = table_at(t, &command)); t++) {
        assert_true(!command || !command->run == (command->commands != NULL));
        assert_true(!command || command->values_size > 0);
        assert_in_range(each->count, 1, OPTIONS_MOST_ROWS);
        for (size_t i = 0; i < each->count; i++) {
            const struct option_row *row = &each->rows[i];

            assert_true(row->name || row->letter);
            assert_true(row->help && *row->help);
            /* The first of a name or letter is the one that is looked at. */
            for (size_t j = 0; j < i; j++) {
                assert_false(row->letter && row->letter == each->rows[j].letter);
                assert_false(row->name && each->rows[j].name && strcmp(row->name, each->rows[j].name) == 0);
            }
        }
    }
}

static void commands_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(commands_find(commands, "send"), &send_command);
    assert_null(commands_find(commands, "sen"));
    assert_null(commands_find(commands, ""));
    assert_null(commands_find(commands, "prune"));
    assert_ptr_equal(commands_nearest(commands, "sned"), &send_command);
    assert_ptr_equal(commands_nearest(commands, "provider"), &providers_command);
    assert_null(commands_nearest(commands, "batch"));
    assert_ptr_equal(commands_find(journal_command.commands, "prune"), &journal_prune);
    assert_null(commands_find(journal_command.commands, "journal prune"));
    assert_ptr_equal(commands_nearest(journal_command.commands, "exprot"), &journal_export);
    assert_null(commands_nearest(journal_command.commands, "send"));
}

/* All of a stream from its start. free() */
static char *text_of(FILE *stream)
{
    size_t room = 256 * 1024, size;
    char *text = malloc(room);

    assert_non_null(text);
    rewind(stream);
    size = fread(text, 1, room - 1, stream);
    assert_in_range(size, 1, room - 2);
    text[size] = '\0';
    return text;
}

/* What help_command() or, with NULL, help_program() prints. free() */
static char *help_of(const struct command *command)
{
    FILE *stream = tmpfile();
    int standard = dup(STDOUT_FILENO);
    char *text;

    assert_non_null(stream);
    assert_true(standard >= 0);
    fflush(stdout);
    assert_true(dup2(fileno(stream), STDOUT_FILENO) >= 0);
    if (command)
        help_command(command);
    else
        help_program();
    fflush(stdout);
    assert_true(dup2(standard, STDOUT_FILENO) >= 0);
    close(standard);
    text = text_of(stream);
    fclose(stream);
    return text;
}

/* Does the text hold "START WORD" where the word ends? */
static bool holds(const char *text, const char *start, const char *word)
{
    char wanted[80];
    int size = snprintf(wanted, sizeof(wanted), "%s%s", start, word);

    for (const char *found = text; (found = strstr(found, wanted)); found++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz-_", found[size]) || found[size] == '\0')
            return true;
    print_error("'%s' is missing\n", wanted);
    return false;
}

static void help_tells_every_option(void **state)
{
    const struct command *const *below;
    const struct option_table *each;
    const struct command *command;

    (void)state;
    for (size_t t = 0; (each = table_at(t, &command)); t++) {
        char *help = help_of(command);

        for (size_t i = 0; i < each->count; i++) {
            const char letter[2] = {each->rows[i].letter, '\0'};

            assert_true(!each->rows[i].name || holds(help, " --", each->rows[i].name));
            assert_true(!*letter || holds(help, " -", letter));
            assert_true(strstr(help, each->rows[i].help));
        }
        below = command ? command->commands : commands;
        for (size_t i = 0; below && below[i]; i++)
            assert_true(holds(help, "  ", commands_word(below[i])));
        free(help);
    }
}

/* The manual's section about the command, or all of it. free() */
static char *section_about(const char *manual, const char *command)
{
    char heading[80];
    const char *start = manual, *end = NULL, *part_end;
    char *section;

    if (command) {
        snprintf(heading, sizeof(heading), "\n.Ss %s\n", command);
        start = strstr(manual, heading);
        assert_non_null(start);
        end = strstr(start + 1, "\n.Sh ");
        part_end = strstr(start + 1, "\n.Ss ");
        if (part_end && part_end < end)
            end = part_end;
    }
    section = end ? strndup(start, (size_t)(end - start)) : strdup(start);
    assert_non_null(section);
    return section;
}

static void manual_tells_everything(void **state)
{
    const char *srcdir = getenv("srcdir");
    const struct option_table *each;
    const struct command *command;
    char path[4096], *manual;
    FILE *stream;

    (void)state;
    snprintf(path, sizeof(path), "%s/doc/nuncio.1", srcdir ? srcdir : ".");
    stream = fopen(path, "r");
    assert_non_null(stream);
    manual = text_of(stream);
    fclose(stream);
    for (size_t t = 0; (each = table_at(t, &command)); t++) {
        char *part = section_about(manual, command ? command->name : NULL);

        for (size_t i = 0; i < each->count; i++) {
            const char letter[2] = {each->rows[i].letter, '\0'};

            /* --help is the same everywhere and told once. */
            if (command && each->rows[i].kind == OPTION_HELP)
                continue;
            assert_true(!each->rows[i].name || holds(part, " -", each->rows[i].name));
            assert_true(!*letter || holds(part, ".It Fl ", letter));
        }
        free(part);
    }
    for (uint32_t i = NUNCIO_ERROR_NONE + 1; strcmp(nuncio_error_class_name(i), "none") != 0; i++)
        assert_true(holds(manual, ".Ql ", nuncio_error_class_name(i)));
    for (uint32_t i = NUNCIO_INTERACTION_NEW; i <= NUNCIO_INTERACTION_UNKNOWN; i++)
        assert_true(holds(manual, ".Ql ", nuncio_state_name(i)));
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_mix),
        cmocka_unit_test(options_before_the_command_end_there),
        cmocka_unit_test(commands_below_end_the_options),
        cmocka_unit_test(usage_errors_are_found),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(commands_are_found),
        cmocka_unit_test(help_tells_every_option),
        cmocka_unit_test(manual_tells_everything),
    };

    return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
