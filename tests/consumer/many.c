/* SPDX-License-Identifier: MIT */
/*
 * A program with many interactions in flight, through the client interface alone:
 * many CONFIG AGENT COUNT [together|in-turn [CONVERSATION]] sends "message 1" to "message COUNT", all at once or one
 * after the other, and prints each result as a JSON object on a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuncio/nuncio.h>

struct many {
    struct nuncio *nuncio;
    const char *agent, *conversation;
    char (*ids)[NUNCIO_ID_SIZE];
    int count; /* in ids */
};

static int failed(const char *text)
{
    fprintf(stderr, "many: %s\n", text);
    return -1;
}

static int submit(struct many *many, int number)
{
    struct nuncio_message message = {.size = sizeof(message)};
    struct nuncio_failure failure;
    char text[32];

    snprintf(text, sizeof(text), "message %d", number);
    message.agent = many->agent;
    message.conversation = many->conversation;
    message.text = text;
    message.text_size = strlen(text);
    if (nuncio_submit(many->nuncio, &message, many->ids[many->count], &failure))
        return failed(failure.text);
    many->count++;
    return 0;
}

/* Prints what has ended, and forgets it. */
static int print_ended(struct many *many)
{
    struct nuncio_interaction interaction = {.size = sizeof(interaction)};
    char *json;

    for (int i = many->count - 1; i >= 0; i--) {
        if (nuncio_get(many->nuncio, many->ids[i], &interaction))
            return failed("it does not know its own interaction");
        if (!interaction.ended)
            continue;
        if (nuncio_get_json(many->nuncio, many->ids[i], &json))
            return failed("out of memory");
        puts(json);
        free(json);
        nuncio_forget(many->nuncio, many->ids[i]);
        memmove(many->ids[i], many->ids[--many->count], NUNCIO_ID_SIZE);
    }
    return fflush(stdout) ? failed("standard output is closed") : 0;
}

/* Until at most so many are left. */
static int wait_until(struct many *many, int left)
{
    while (many->count > left) {
        if (nuncio_wait(many->nuncio, NULL, -1) < 0)
            return failed("it cannot go on");
        if (print_ended(many))
            return -1;
    }
    return 0;
}

static int run(struct many *many, int count, int in_turn)
{
    for (int number = 1; number <= count; number++) {
        if (submit(many, number) || (in_turn && wait_until(many, 0)))
            return -1;
    }
    return wait_until(many, 0);
}

int main(int argc, char **argv)
{
    struct nuncio_settings settings = {.size = sizeof(settings)};
    struct nuncio_failure failure;
    struct many many = {0};
    int count = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
    int result;

    if (argc > 6 || count < 1) {
        fprintf(stderr, "usage: many CONFIG AGENT COUNT [together|in-turn [CONVERSATION]]\n");
        return 2;
    }
    settings.config_file = argv[1];
    if (nuncio_create(&settings, &many.nuncio, &failure)) {
        failed(failure.text);
        return 2;
    }
    many.agent = argv[2];
    many.conversation = argc > 5 ? argv[5] : NULL;
    many.ids = calloc((size_t)count, NUNCIO_ID_SIZE);
    result =
        many.ids ? run(&many, count, argc > 4 && strcmp(argv[4], "in-turn") == 0) : failed("out of memory");
    free(many.ids);
    nuncio_destroy(many.nuncio);
    return result ? 1 : 0;
}
