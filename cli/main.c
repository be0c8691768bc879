/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include "help.h"
#include "output.h"

/* Keys are in memory: no core dumps, and no other process of this user may look inside. */
static void hide_memory(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* A connection must never get the number of a standard stream that the caller closed: the reply would be
   written into it. The mode is such that using the stream stays an error. */
static bool occupy_standard_streams(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 &&
            open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor)
            return false;
    return true;
}

static bool is_log_level(const char *name)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (strcmp(levels[i], name) == 0)
            return true;
    return false;
}

static bool apply_globals(const struct globals *globals)
{
    if (globals->config_file && globals->config_file[0] == '\0') {
        output_error("--config names no file; see nuncio --help");
        return false;
    }
    if (globals->color && !output_set_color(globals->color)) {
        output_error("--color '%s' is none of auto, always, never", globals->color);
        return false;
    }
    if (globals->log_level && !is_log_level(globals->log_level)) {
        output_error("--log-level '%s' is none of error, warning, info, debug", globals->log_level);
        return false;
    }
    return true;
}

/* `above` is the command that the list belongs to, or NULL. */
static const struct command *choose_command(const struct command *above, const char *name)
{
    const struct command *const *list = above ? above->commands : commands;
    const struct command *command = name ? commands_find(list, name) : NULL;
    const struct command *near = name && !command ? commands_nearest(list, name) : NULL;
    const char *blank = above ? " " : "", *start = above ? above->name : "";

    if (!name)
        output_error("a command is missing; see nuncio%s%s --help", blank, start);
    else if (near)
        output_error("unknown command '%s%s%s'; did you mean '%s'? See nuncio%s%s --help", start, blank, name,
                     near->name, blank, start);
    else if (!command)
        output_error("unknown command '%s%s%s'; see nuncio%s%s --help", start, blank, name, blank, start);
    return command;
}

static bool count_operands(const struct command *command, int count, char *const *operands)
{
    const char *blank = *command->operands ? " " : "";

    if (count < command->least_operands)
        output_error("something is missing: nuncio %s%s%s; see nuncio %s --help", command->name, blank,
                     command->operands, command->name);
    else if (count > command->most_operands)
        output_error("'%s' is too much for nuncio %s%s%s; %s%ssee nuncio %s --help",
                     operands[command->most_operands], command->name, blank, command->operands,
                     command->surplus ? command->surplus : "", command->surplus ? ", or " : "",
                     command->name);
    else
        return true;
    return false;
}

/* argv[0] is the command's last word. Commands below it are no operands: its own options end there. */
static int run_command(const struct globals *globals, const struct command *command, int argc, char **argv)
{
    const struct command *below;
    void *values = calloc(1, command->values_size);
    int status = EXIT_USAGE, operand = 0;

    if (!values) {
        output_error("out of memory");
        return EXIT_FAILED;
    }
    switch (
        options_read(&command->options, command->name, !command->commands, argc, argv, values, &operand)) {
    case OPTIONS_GOOD:
        if (!command->commands && count_operands(command, argc - operand, argv + operand))
            status = command->run(globals, values, argv + operand);
        below = command->commands ? choose_command(command, argv[operand]) : NULL;
        if (below)
            status = run_command(globals, below, argc - operand, argv + operand);
        break;
    case OPTIONS_HELP:
        help_command(command);
        status = EXIT_GOOD;
        break;
    case OPTIONS_FAILED:
        status = EXIT_FAILED;
        break;
    default:
        break;
    }
    options_finish(&command->options, values);
    free(values);
    return status;
}

static int run(int argc, char **argv, struct globals *globals)
{
    const struct command *command;
    int operand = 0;

    switch (options_read(&global_options, NULL, false, argc, argv, globals, &operand)) {
    case OPTIONS_HELP:
        help_program();
        return EXIT_GOOD;
    case OPTIONS_VERSION:
        help_version();
        return EXIT_GOOD;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_FAILED:
        return EXIT_FAILED;
    case OPTIONS_GOOD:
        break;
    }
    if (!apply_globals(globals))
        return EXIT_USAGE;
    command = choose_command(NULL, argv[operand]);
    if (!command)
        return EXIT_USAGE;
    return run_command(globals, command, argc - operand, argv + operand);
}

int main(int argc, char **argv)
{
    struct globals globals = {0};
    int status;

    hide_memory();
    if (!occupy_standard_streams())
        return EXIT_FAILED;
    /* A vendor that closes a connection must not kill the program; a closed standard output is noticed when
       it is written. */
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "");
    status = run(argc, argv, &globals);
    options_finish(&global_options, &globals);
    return output_finish(status);
}
