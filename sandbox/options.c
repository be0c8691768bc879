/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "options.h"
#include "identities.h"
#include "util.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "nuncio-sandbox"

struct reading {
    struct sandbox *box;
    enum options_result result;
    bool wants_ini;
};

/* NULL, or what is wrong; the caller frees it. */
typedef char *(*option_reader)(struct reading *, const char *value);

static void print_help(void);

static char *read_port(struct reading *reading, const char *value)
{
    if (number_parse(value, strlen(value), 65535, &reading->box->settings.port))
        return NULL;
    return text_format("--port: '%s' is no port; it is a number from 0 to 65535, 0 for any free one", value);
}

static char *read_work(struct reading *reading, const char *value)
{
    const char *equals = strchr(value, '=');
    int64_t *work = reading->box->settings.work_ms, duration;
    enum vendor vendor = VENDOR_COUNT;
    if (equals && !vendor_from_name(value, (size_t)(equals - value), &vendor))
        return text_format("--work: no vendor '%.*s'; there are: " VENDOR_NAMES, (int)(equals - value),
                           value);
    if (!duration_parse(equals ? equals + 1 : value, &duration))
        return text_format(
            "--work: '%s' is no duration; write 500ms, 10s, 5m, 1h or 0 (at most 1000000 of a unit)",
            equals ? equals + 1 : value);
    for (int i = 0; i < VENDOR_COUNT; i++)
        if (vendor == VENDOR_COUNT || (int)vendor == i)
            work[i] = duration;
    return NULL;
}

static char *read_queue(struct reading *reading, const char *value)
{
    long number;
    if (!number_parse(value, strlen(value), 10000, &number))
        return text_format("--queue: '%s' is no number of positions; it is 0 to 10000", value);
    reading->box->settings.queue_new = reading->box->settings.queue_more = (int)number;
    return NULL;
}

static char *read_fault(struct reading *reading, const char *value)
{
    return faults_add(&reading->box->faults, value);
}

static char *read_enthusiast_version(struct reading *reading, const char *value)
{
    static const char *const words[] = {"1.0", "1.2", "1.4"};
    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], value) == 0) {
            reading->box->settings.enthusiast_version = (enum enthusiast_version)i;
            return NULL;
        }
    return text_format("--enthusiast-version: '%s' is none of 1.0, 1.2, 1.4", value);
}

static char *read_gumloop_text(struct reading *reading, const char *value)
{
    reading->box->settings.gumloop_content = strcmp(value, "content") == 0;
    if (reading->box->settings.gumloop_content || strcmp(value, "parts") == 0)
        return NULL;
    return text_format("--gumloop-text: '%s' is neither parts nor content", value);
}

static char *read_dumpling_errors(struct reading *reading, const char *value)
{
    reading->box->settings.dumpling_flat_errors = strcmp(value, "flat") == 0;
    if (reading->box->settings.dumpling_flat_errors || strcmp(value, "nested") == 0)
        return NULL;
    return text_format("--dumpling-errors: '%s' is neither nested nor flat", value);
}

static char *read_print_ini(struct reading *reading, const char *value)
{
    (void)value;
    reading->wants_ini = true;
    return NULL;
}

static char *read_log(struct reading *reading, const char *value)
{
    (void)value;
    reading->box->settings.log = true;
    return NULL;
}

static char *read_version(struct reading *reading, const char *value)
{
    (void)value;
    puts(PROGRAM " " PACKAGE_VERSION);
    reading->result = OPTIONS_DONE;
    return NULL;
}

static char *read_help(struct reading *reading, const char *value)
{
    (void)value;
    print_help();
    reading->result = OPTIONS_DONE;
    return NULL;
}

static const struct option_row {
    const char *name, *value, *help; /* value NULL: takes none */
    option_reader read;
} rows[] = {
    {"port", "N", "listen on 127.0.0.1:N (default 8808; 0: any free one)", read_port},
    {"work", "[VENDOR=]DURATION", "how long an agent works (default 200ms)", read_work},
    {"queue", "N",
     "queued positions before each run of a gumloop session, one work time\n"
     "each (default: 1 before a new session's first run, else 0)",
     read_queue},
    {"fault", "SPEC", "order a fault, see below; repeatable", read_fault},
    {"enthusiast-version", "V", "1.0 (default), 1.2 or 1.4: role words, and what creation requires",
     read_enthusiast_version},
    {"gumloop-text", "FORM", "where assistants' text is: parts (default) or content", read_gumloop_text},
    {"dumpling-errors", "FORM", "form of error bodies: nested (default) or flat", read_dumpling_errors},
    {"print-ini", NULL, "print a configuration for nuncio with this port, and exit", read_print_ini},
    {"log", NULL, "one line a request on standard error", read_log},
    {"version", NULL, "print the version, and exit", read_version},
    {"help", NULL, "print this, and exit", read_help},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void print_row(const struct option_row *row)
{
    char *name = text_format("--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    const char *line = row->help;
    printf("  %-28s", name);
    for (;;) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\n", (int)length, line);
        if (!line[length])
            break;
        line += length + 1;
        printf("  %-28s", "");
    }
    free(name);
}

static void print_help(void)
{
    puts("Usage: " PROGRAM " [OPTION]...\n"
         "A local imitation of the vendor APIs that nuncio speaks, over real HTTP.\n");
    for (size_t i = 0; i < ROW_COUNT; i++)
        print_row(&rows[i]);
    puts("\nBase URLs below http://127.0.0.1:PORT:\n"
         "  gumloop_agents, gumloop_sessions  /gumloop/api/v1\n"
         "  gennia                            /gennia/public/api/v1\n"
         "  dumpling                          /dumpling/api/v1\n"
         "  enthusiast                        /enthusiast\n"
         "\nWho and what exists:\n"
         "  key, everywhere     " SANDBOX_KEY "\n"
         "  gumloop agents      " GUMLOOP_AGENT ", " GUMLOOP_AGENT_2 "; not yours: " GUMLOOP_AGENT_FOREIGN
         "\n"
         "  gumloop             user_id (x-auth-key) " GUMLOOP_USER ", project_id " GUMLOOP_PROJECT ",\n"
         "                      team_id " GUMLOOP_TEAM "\n"
         "  gennia agents       " GENNIA_AGENT "\n"
         "                      not published: " GENNIA_AGENT_DRAFT "\n"
         "  dumpling agents     " DUMPLING_AGENT "; not yours: " DUMPLING_AGENT_FOREIGN "\n"
         "  enthusiast          data_set_id 1, agent_id 1\n"
         "\nFaults: VENDOR.STEP:KIND[=VALUE][@before|@after][*COUNT], COUNT default 1, or forever.\n"
         "  VENDOR  " VENDOR_NAMES "\n"
         "  STEP    " STEP_NAMES "\n"
         "  @before the request is not accepted; @after it is accepted and run, then the answer is spoiled.\n"
         "          Default: before for 3xx and 4xx except 408, else after.\n"
         "  KIND is one of:");
    fputs(faults_help(), stdout);
    puts("\nWhile it runs: GET /_faults /_errors /_stats /_requests; POST /_faults with {\"spec\":\"...\"} "
         "or an\n"
         "array of such; DELETE /_faults (also answers what is held); POST /_reset forgets everything.");
}

static int wrong_option(int argc, char **argv, int found)
{
    const char *given = optind >= 1 && optind <= argc ? argv[optind - 1] : "";
    if (found == ':')
        fprintf(stderr, PROGRAM ": %s needs a value; see --help\n", given);
    else
        fprintf(stderr, PROGRAM ": unknown or ambiguous option '%s'; see --help\n", given);
    return OPTIONS_WRONG;
}

static enum options_result read_all(int argc, char **argv, struct reading *reading)
{
    struct option known[ROW_COUNT + 1] = {0};
    for (size_t i = 0; i < ROW_COUNT; i++)
        known[i] = (struct option){rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
                                   256 + (int)i};
    int found;
    while (reading->result == OPTIONS_SERVE && (found = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (found < 256)
            return (enum options_result)wrong_option(argc, argv, found);
        char *wrong = rows[found - 256].read(reading, optarg);
        if (!wrong)
            continue;
        fprintf(stderr, PROGRAM ": %s\n", wrong);
        free(wrong);
        return OPTIONS_WRONG;
    }
    if (reading->result == OPTIONS_SERVE && optind < argc) {
        fprintf(stderr, PROGRAM ": it takes no argument '%s'; see --help\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return reading->result;
}

enum options_result options_read(int argc, char **argv, struct sandbox *box)
{
    struct reading reading = {box, OPTIONS_SERVE, false};
    box->settings = (struct settings){.port = DEFAULT_PORT, .queue_new = 1};
    for (int i = 0; i < VENDOR_COUNT; i++)
        box->settings.work_ms[i] = 200;
    opterr = 0;
    enum options_result result = read_all(argc, argv, &reading);
    if (result != OPTIONS_SERVE || !reading.wants_ini)
        return result;
    if (!box->settings.port) {
        fputs(PROGRAM ": --print-ini needs the port that the sandbox will have; --port 0 is not known yet\n",
              stderr);
        return OPTIONS_WRONG;
    }
    print_ini(stdout, box->settings.port);
    return OPTIONS_DONE;
}
