/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "commands.h"
#include "output.h"

struct text {
    char *data;
    size_t size, room;
};

static bool make_room(struct text *text)
{
    size_t room = text->room ? 2 * text->room : 64 * 1024;
    char *data = realloc(text->data, room);

    if (!data)
        return false;
    text->data = data;
    text->room = room;
    return true;
}

/* What is read, for messages. */
struct source {
    int descriptor;
    const char *name, *what;
};

/* Returns 0, or the exit code of the error that is printed. */
static int read_all(const struct source *source, struct text *text)
{
    /* One byte more than is allowed, and the newline that does not count. */
    while (text->size <= (size_t)MESSAGE_MOST_BYTES + 1) {
        ssize_t count;

        if (text->size == text->room && !make_room(text)) {
            output_error("out of memory");
            return EXIT_FAILED;
        }
        count = read(source->descriptor, text->data + text->size, text->room - text->size);
        if (count == 0)
            return 0;
        if (count > 0) {
            text->size += (size_t)count;
        } else if (errno != EINTR) {
            output_error("cannot read the %s from %s: %s", source->what, source->name, strerror(errno));
            return EXIT_USAGE;
        }
    }
    return 0;
}

/* Returns as read_all(). */
static int read_text(const struct source *source, struct text *text)
{
    int status = read_all(source, text);

    if (status)
        return status;
    if (text->size > 0 && text->data[text->size - 1] == '\n')
        text->size--;
    if (text->size <= MESSAGE_MOST_BYTES)
        return 0;
    output_error("the %s from %s is longer than 64 MiB; give a shorter one", source->what, source->name);
    return EXIT_USAGE;
}

char *message_read(const char *file, const char *what, size_t *ret_size, int *ret_status)
{
    bool standard = strcmp(file, "-") == 0;
    struct source source = {STDIN_FILENO, standard ? "standard input" : file, what};
    struct text text = {0};
    int status;

    if (standard && isatty(STDIN_FILENO))
        output_note("reading the %s from the terminal; end with Ctrl-D", what);
    if (!standard)
        source.descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (source.descriptor < 0) {
        output_error("cannot read the %s from %s: %s", what, file, strerror(errno));
        *ret_status = EXIT_USAGE;
        return NULL;
    }
    status = read_text(&source, &text);
    if (!standard)
        close(source.descriptor);
    if (status) {
        free(text.data);
        *ret_status = status;
        return NULL;
    }
    *ret_size = text.size;
    return text.data;
}
