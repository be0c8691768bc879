/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <nuncio/nuncio.h>
#include "words.h"

static enum output_color color = OUTPUT_COLOR_AUTO;
static bool status_shown;
static int write_error; /* errno of the first failed write to standard output */
static char about[NUNCIO_ID_SIZE];

bool output_set_color(const char *name)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            color = (enum output_color)i;
            return true;
        }
    }
    return false;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");

    return !term || *term == '\0' || strcmp(term, "dumb") == 0;
}

static bool has_color(int descriptor)
{
    const char *no_color = getenv("NO_COLOR");

    if (color != OUTPUT_COLOR_AUTO)
        return color == OUTPUT_COLOR_ALWAYS;
    return isatty(descriptor) && !is_dumb() && (!no_color || *no_color == '\0');
}

/* The escape sequence that starts the tint; "" where there is no color. */
static const char *tint_start(int descriptor, enum output_tint tint)
{
    static const char *const sequences[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[36m"};

    return has_color(descriptor) ? sequences[tint] : "";
}

static const char *tint_end(int descriptor, enum output_tint tint)
{
    return tint != OUTPUT_PLAIN && has_color(descriptor) ? "\033[0m" : "";
}

static void note_write_error(void)
{
    if (!write_error)
        write_error = errno ? errno : EIO;
}

/* One line that starts with "nuncio: ", which has the tint. Changes the text. */
static void print_line(enum output_tint tint, const char *label, char *text)
{
    words_one_line(text);
    output_erase_status();
    if (fflush(stdout) != 0)
        note_write_error();
    fprintf(stderr, "%snuncio:%s %s%s\n", tint_start(STDERR_FILENO, tint), tint_end(STDERR_FILENO, tint),
            label, text);
}

static void print_format(enum output_tint tint, const char *label, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void print_format(enum output_tint tint, const char *label, const char *format, va_list arguments)
{
    char *text;

    if (vasprintf(&text, format, arguments) < 0) {
        char memory[] = "out of memory";

        print_line(tint, label, memory);
        return;
    }
    print_line(tint, label, text);
    free(text);
}

void output_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_format(OUTPUT_BAD, "", format, arguments);
    va_end(arguments);
}

void output_warning(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_format(OUTPUT_WARNING, "warning: ", format, arguments);
    va_end(arguments);
}

void output_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_format(OUTPUT_PLAIN, "", format, arguments);
    va_end(arguments);
}

void output_log(void *context, int32_t level, const char *line)
{
    (void)context;
    switch (level) {
    case NUNCIO_LOG_ERROR:
        output_error("error: %s", line);
        break;
    case NUNCIO_LOG_WARNING:
        output_warning("%s", line);
        break;
    case NUNCIO_LOG_INFO:
        output_note("info: %s", line);
        break;
    default:
        output_note("debug: %s", line);
    }
}

static void write_out(const char *text, size_t size)
{
    if (fwrite(text, 1, size, stdout) != size)
        note_write_error();
}

bool output_failed(void)
{
    return write_error != 0;
}

void output_about(const char *id)
{
    snprintf(about, sizeof(about), "%s", id);
}

void output_text(const char *text, size_t size)
{
    char *clean;

    output_erase_status();
    if (size == 0)
        return;
    if (!isatty(STDOUT_FILENO)) {
        write_out(text, size);
        return;
    }
    clean = malloc(size);
    if (!clean) {
        note_write_error();
        return;
    }
    write_out(clean, words_clean(text, size, clean));
    free(clean);
}

void output_line_of(const char *text, size_t size)
{
    output_text(text, size);
    if (size == 0 || text[size - 1] != '\n')
        write_out("\n", 1);
}

void output_line(const char *text)
{
    output_line_of(text, strlen(text));
}

void output_tinted(enum output_tint tint, const char *text)
{
    const char *start = tint_start(STDOUT_FILENO, tint), *end = tint_end(STDOUT_FILENO, tint);

    write_out(start, strlen(start));
    output_text(text, strlen(text));
    write_out(end, strlen(end));
}

bool output_has_status(void)
{
    return isatty(STDERR_FILENO) && !is_dumb();
}

void output_status(const char *mark, const char *line)
{
    fprintf(stderr, "\r%s%s%s %s\033[K", tint_start(STDERR_FILENO, OUTPUT_BUSY), mark,
            tint_end(STDERR_FILENO, OUTPUT_BUSY), line);
    status_shown = true;
}

void output_erase_status(void)
{
    if (status_shown)
        fputs("\r\033[K", stderr);
    status_shown = false;
}

int output_finish(int status)
{
    output_erase_status();
    if (fflush(stdout) != 0)
        note_write_error();
    /* Some file systems tell only now that there was no room. */
    if (close(STDOUT_FILENO) < 0)
        note_write_error();
    if (!write_error)
        return status;
    output_error("cannot write to standard output: %s%s%s", strerror(write_error),
                 *about ? "; it was about interaction " : "", about);
    return status ? status : 1;
}
