/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target without libFuzzer: on the files and directories that are named, else on standard input;
   the last line says on how many inputs. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"

#include <dirent.h>
#include "buffer.h"

static unsigned count;

static int complain(const char *path)
{
    perror(path);
    return 1;
}

/* In memory of exactly that size, so that the sanitizers see a read beyond its end. */
static void run(const struct buffer *text)
{
    uint8_t *copy = malloc(text->size + (text->size == 0));
    if (!copy)
        exit(complain("memory"));
    memcpy(copy, buffer_text(text), text->size);
    (void)LLVMFuzzerTestOneInput(copy, text->size);
    free(copy);
    count++;
}

static int run_stream(FILE *stream, const char *path)
{
    struct buffer text;
    char block[4096];
    size_t size;
    buffer_init(&text, SIZE_MAX);
    while ((size = fread(block, 1, sizeof block, stream)) > 0)
        buffer_append(&text, block, size);
    int failed = ferror(stream) || buffer_failed(&text);
    if (!failed)
        run(&text);
    buffer_finish(&text);
    return failed ? complain(path) : 0;
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return complain(path);
    int result = run_stream(file, path);
    (void)fclose(file);
    return result;
}

static int run_path(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    int result = 0;
    if (!directory)
        return run_file(path);
    while ((entry = readdir(directory)) != NULL) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        result |= run_file(file);
    }
    (void)closedir(directory);
    return result;
}

int main(int argc, char **argv)
{
    int result = 0;
    for (int i = 1; i < argc; i++)
        result |= run_path(argv[i]);
    if (argc < 2)
        result = run_stream(stdin, "standard input");
    printf("%u inputs\n", count);
    return result;
}
