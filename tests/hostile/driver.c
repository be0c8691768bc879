/* SPDX-License-Identifier: MIT */
/*
 * Runs many cases in one runtime, through the public interface alone: tests/hostile/run is the server.
 *
 *     driver CONFIG LIVE     cases from standard input, at most LIVE at a time
 *     driver CONFIG check    nuncio_check() with every provider of the configuration
 *
 * A case is a line of NUMBER, AGENT, TIMEOUT (ms), REMOTE ID, FLAGS and TEXT with tabs between; what is no
 * plain ASCII is percent-encoded, an empty field is none. The flag c cancels the run once it was accepted, p
 * waits a moment before it. Each case gives a line of JSON, and so does the whole at its end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nuncio/nuncio.h>

#define LOOK_MS  10
#define PAUSE_US 50000

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum field { NUMBER, AGENT, TIMEOUT, REMOTE, FLAGS, TEXT, FIELDS };

/* A case that is under way. */
struct live {
    char *line;
    char *fields[FIELDS];
    char id[NUNCIO_ID_SIZE]; /* "": free */
    int64_t started;
    long rss_before;
    bool cancelled;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "driver: %s: %s\n", what, why);
    exit(2);
}

/* kB of a line of /proc/self/status. */
static long memory(const char *name)
{
    char line[256];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = strtol(line + strlen(name), NULL, 10);
    }
    if (file)
        fclose(file);
    return kilobytes;
}

/* The highest RSS counts from now. */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");
    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}

static long descriptors(void)
{
    long count = -1; /* the directory's own */
    DIR *directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

static void print_string(const char *text)
{
    putchar('"');
    for (; text && *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

/* ---- Cases ------------------------------------------------------------------------------------------------
 */

static int digit(char character)
{
    const char digits[] = "0123456789ABCDEF";
    const char *found = strchr(digits, character);
    return found && character ? (int)(found - digits) : 0;
}

static void decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (from[0] != '%' || !from[1] || !from[2]) {
            *to++ = *from;
            continue;
        }
        *to++ = (char)(digit(from[1]) * 16 + digit(from[2]));
        from += 2;
    }
    *to = '\0';
}

/* False at the end of the cases. */
static bool read_case(struct live *live)
{
    size_t capacity = 0;
    live->line = NULL;
    ssize_t size = getline(&live->line, &capacity, stdin);
    if (size <= 0) {
        free(live->line);
        return false;
    }
    live->line[strcspn(live->line, "\n")] = '\0';
    char *rest = live->line;
    for (int i = 0; i < FIELDS; i++) {
        live->fields[i] = strsep(&rest, "\t");
        if (!live->fields[i])
            die("not a case", live->line);
        decode(live->fields[i]);
    }
    return true;
}

static const char *given(const char *field)
{
    return *field ? field : NULL;
}

static void end_case(struct live *live)
{
    free(live->line);
    *live = (struct live){.id = ""};
}

/* False where it was refused. */
static bool submit(struct nuncio *nuncio, struct live *live, bool alone)
{
    const struct nuncio_message message = {
        .size = sizeof(message),
        .agent = live->fields[AGENT],
        .text = live->fields[TEXT],
        .text_size = strlen(live->fields[TEXT]),
        .remote_id = given(live->fields[REMOTE]),
        .timeout_ms = strtol(live->fields[TIMEOUT], NULL, 10),
    };
    struct nuncio_failure failure;
    if (strchr(live->fields[FLAGS], 'p'))
        usleep(PAUSE_US);
    if (alone) {
        forget_peak();
        live->rss_before = memory("VmRSS:");
    }
    live->started = now();
    if (nuncio_submit(nuncio, &message, live->id, &failure) == 0)
        return true;
    printf("{\"case\":%s,\"exit\":2,\"refused\":", live->fields[NUMBER]);
    print_string(failure.text);
    printf("}\n");
    end_case(live);
    return false;
}

/* What came of a case that has ended. */
static void report(struct nuncio *nuncio, struct live *live, const struct nuncio_interaction *interaction,
                   bool alone)
{
    char *json;
    if (nuncio_get_json(nuncio, live->id, &json) < 0)
        die(live->fields[NUMBER], "no JSON");
    printf("{\"case\":%s,\"exit\":%d,\"ms\":%lld,", live->fields[NUMBER], nuncio_exit_code(interaction),
           (long long)(now() - live->started));
    if (alone)
        printf("\"rss_before\":%ld,\"rss_peak\":%ld,", live->rss_before, memory("VmHWM:"));
    printf("\"result\":%s}\n", json);
    free(json);
    if (nuncio_forget(nuncio, live->id) < 0)
        die(live->fields[NUMBER], "cannot be forgotten");
    end_case(live);
}

static void cancel_accepted(struct nuncio *nuncio, struct live *live,
                            const struct nuncio_interaction *interaction)
{
    struct nuncio_failure failure;
    bool accepted = interaction->state == NUNCIO_INTERACTION_QUEUED ||
                    interaction->state == NUNCIO_INTERACTION_PROCESSING;
    if (!live->cancelled && strchr(live->fields[FLAGS], 'c') && accepted)
        live->cancelled = nuncio_cancel(nuncio, live->id, &failure) == 0;
}

/* Looks at all that is under way; returns how many have ended. */
static int look(struct nuncio *nuncio, struct live *all, int count, bool alone, bool some_ended)
{
    int ended = 0;
    for (int i = 0; i < count; i++) {
        struct nuncio_interaction interaction = {.size = sizeof(interaction)};
        bool wanted = all[i].id[0] && (some_ended || *all[i].fields[FLAGS]);
        if (!wanted || nuncio_get(nuncio, all[i].id, &interaction) < 0)
            continue;
        if (interaction.ended) {
            report(nuncio, &all[i], &interaction, alone);
            ended++;
        } else {
            cancel_accepted(nuncio, &all[i], &interaction);
        }
    }
    return ended;
}

/* Works for so long at least, since a look at thousands costs; tells whether any case has ended. */
static bool work(struct nuncio *nuncio, int64_t ms)
{
    int64_t end = now() + ms;
    bool some_ended = false;
    do {
        int result = nuncio_wait(nuncio, NULL, LOOK_MS);
        if (result < 0)
            die("nuncio_wait", strerror(errno));
        some_ended = some_ended || result > 0;
    } while (now() < end);
    return some_ended;
}

static void run_cases(struct nuncio *nuncio, int limit)
{
    struct live *all = calloc((size_t)limit, sizeof(*all));
    bool more = true;
    int live = 0;
    if (!all)
        die("calloc", strerror(errno));
    while (more || live > 0) {
        for (int i = 0; more && live < limit && i < limit; i++) {
            if (all[i].id[0])
                continue;
            more = read_case(&all[i]);
            if (more && submit(nuncio, &all[i], limit == 1))
                live++;
        }
        bool some_ended = live > 0 && work(nuncio, limit == 1 ? 0 : LOOK_MS);
        live -= look(nuncio, all, limit, limit == 1, some_ended);
    }
    free(all);
}

/* ---- The whole --------------------------------------------------------------------------------------------
 */

static void print_check(void *context, const struct nuncio_check_info *info)
{
    (void)context;
    if (strcmp(info->what, "online") != 0)
        return;
    printf("{\"subject\":");
    print_string(info->subject);
    printf(",\"class\":\"%s\",\"text\":", nuncio_error_class_name(info->error_class));
    print_string(info->text);
    printf("}\n");
}

int main(int count, char **arguments)
{
    struct nuncio_settings settings = {.size = sizeof(settings)};
    struct nuncio_failure failure;
    struct nuncio *nuncio;
    if (count != 3)
        die("usage", "driver CONFIG LIVE|check");
    long before = descriptors();
    settings.config_file = arguments[1];
    if (nuncio_create(&settings, &nuncio, &failure) < 0)
        die("nuncio_create", failure.text);
    if (strcmp(arguments[2], "check") != 0)
        run_cases(nuncio, (int)strtol(arguments[2], NULL, 10));
    else if (nuncio_check(nuncio, 1, print_check, NULL, &failure) < 0)
        die("nuncio_check", failure.text);
    nuncio_destroy(nuncio);
    printf("{\"descriptors_before\":%ld,\"descriptors_after\":%ld,\"rss_peak\":%ld,\"sanitized\":%d}\n",
           before, descriptors(), memory("VmHWM:"), SANITIZED);
    return 0;
}
