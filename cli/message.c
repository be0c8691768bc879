/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "message.h"

#include <errno.h>
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

/* Returns 0, or the exit code of the error that is printed. */
static int read_all(struct text *text)
{
    /* One byte more than is allowed, and the newline that does not count. */
    while (text->size <= (size_t)MESSAGE_MOST_BYTES + 1) {
        ssize_t count;

        if (text->size == text->room && !make_room(text)) {
            output_error("out of memory");
            return EXIT_FAILED;
        }
        count = read(STDIN_FILENO, text->data + text->size, text->room - text->size);
        if (count == 0)
            return 0;
        if (count > 0) {
            text->size += (size_t)count;
        } else if (errno != EINTR) {
            output_error("cannot read the message from standard input: %s", strerror(errno));
            return EXIT_USAGE;
        }
    }
    return 0;
}

char *message_read(size_t *ret_size, int *ret_status)
{
    struct text text = {0};
    int status;

    if (isatty(STDIN_FILENO))
        output_note("reading the message from the terminal; end with Ctrl-D");
    status = read_all(&text);
    if (!status && text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (!status && text.size > MESSAGE_MOST_BYTES) {
        output_error("the message on standard input is longer than 64 MiB; send a shorter one");
        status = EXIT_USAGE;
    }
    if (status) {
        free(text.data);
        *ret_status = status;
        return NULL;
    }
    *ret_size = text.size;
    return text.data;
}
