/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <nuncio/nuncio.h>
#include "deliver.h"
#include "message.h"
#include "output.h"
#include "runtime.h"

struct values {
    const char *conversation, *continue_of, *remote_id, *again_of;
    struct option_list attachments;
    int64_t timeout_ms;
    const char *strategy;
    bool fresh, yes, no_wait, explain, dry_run, parse_json, json;
};

static const struct option_row rows[] = {
    {'c', "conversation", "NAME", "continue the conversation NAME with this agent, or start it", OPTION_TEXT,
     offsetof(struct values, conversation)},
    {'\0', "continue", "ID", "continue the conversation of interaction ID", OPTION_TEXT,
     offsetof(struct values, continue_of)},
    {'\0', "remote", "ID", "continue the vendor's own conversation ID", OPTION_TEXT,
     offsetof(struct values, remote_id)},
    {'\0', "new", NULL, "with -c: start afresh under that name", OPTION_FLAG, offsetof(struct values, fresh)},
    {'\0', "again", "ID", "send the message of interaction ID anew, as a new one", OPTION_TEXT,
     offsetof(struct values, again_of)},
    {'\0', "yes", NULL, "with --again: even if that one is unknown and may have run", OPTION_FLAG,
     offsetof(struct values, yes)},
    {'a', "attach", "FILE|URL", "attach a file or a URL; may be repeated", OPTION_LIST,
     offsetof(struct values, attachments)},
    {'\0', "no-wait", NULL, "print the id as soon as the vendor has accepted", OPTION_FLAG,
     offsetof(struct values, no_wait)},
    {'\0', "timeout", "DURATION", "patience: 500ms, 10s, 5m, 1h", OPTION_DURATION,
     offsetof(struct values, timeout_ms)},
    {'\0', "strategy", "NAME", "sync, async-poll or queued, instead of the best", OPTION_TEXT,
     offsetof(struct values, strategy)},
    {'\0', "explain", NULL, "print which strategy would be used, and why; send nothing", OPTION_FLAG,
     offsetof(struct values, explain)},
    {'\0', "dry-run", NULL, "print the requests; send nothing", OPTION_FLAG,
     offsetof(struct values, dry_run)},
    {'\0', "parse-json", NULL, "the reply is wanted as JSON", OPTION_FLAG,
     offsetof(struct values, parse_json)},
    {'\0', "json", NULL, "print the interaction as one JSON object, whatever came of it", OPTION_FLAG,
     offsetof(struct values, json)},
    OPTION_ROW_HELP,
};

/* At most one option says which conversation; the error is printed. */
static bool has_one_place(const struct values *values)
{
    const char *places[] = {values->conversation ? "--conversation" : NULL,
                            values->continue_of ? "--continue" : NULL, values->remote_id ? "--remote" : NULL};
    const char *first = NULL;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (first && places[i]) {
            output_error("%s and %s exclude each other; give one of them", first, places[i]);
            return false;
        }
        first = first ? first : places[i];
    }
    return true;
}

/* --again stands for the message; the error is printed. */
static bool is_again_usable(const struct values *values, const char *message)
{
    if (!values->again_of && values->yes)
        output_error("--yes is for --again ID");
    else if (values->again_of && message)
        output_error("--again sends the message of interaction %s; leave out '%s'", values->again_of,
                     message);
    else if (values->again_of && values->attachments.count > 0)
        output_error("--again sends the attachments of interaction %s; leave out --attach", values->again_of);
    else
        return true;
    return false;
}

/* The options can go together; else the error is printed. */
static bool is_usable(const struct values *values, const char *message)
{
    if (values->explain && values->dry_run)
        output_error("--explain and --dry-run exclude each other; give one of them");
    else if (values->fresh && !values->conversation)
        output_error("--new needs a name; give --conversation NAME");
    else
        return has_one_place(values) && is_again_usable(values, message);
    return false;
}

/* The text where nobody gave one; NULL: it must be read. */
static const char *stand_in(const struct values *values, const char *operand)
{
    /* What stands in the journal is not read for a preview. */
    if (values->again_of)
        return values->explain || !values->dry_run ? "" : "MESSAGE";
    if (operand && strcmp(operand, "-") != 0)
        return operand;
    if (!operand && values->explain)
        return "";
    if (!operand && values->dry_run && isatty(STDIN_FILENO))
        return "MESSAGE";
    return NULL;
}

/* --explain and --dry-run. */
static int tell(struct nuncio *nuncio, const struct values *values, const struct nuncio_message *message)
{
    struct nuncio_failure failure;
    char *text;
    int result = values->explain ? nuncio_explain(nuncio, message, &text, &failure)
                                 : nuncio_dry_run(nuncio, message, &text, &failure);

    if (result < 0)
        return runtime_failed(&failure);
    output_line(text);
    free(text);
    return EXIT_GOOD;
}

static int submit(struct nuncio *nuncio, const struct values *values, const struct nuncio_message *message)
{
    const struct deliver_form form = {
        .json = values->json, .parse_json = values->parse_json, .id_only = values->no_wait};
    struct nuncio_failure failure;
    char id[NUNCIO_ID_SIZE];

    if (nuncio_submit(nuncio, message, id, &failure) < 0)
        return runtime_failed(&failure);
    return deliver(nuncio, id, &form);
}

static int send_message(struct nuncio *nuncio, const struct values *values, char *const *operands)
{
    bool preview = values->explain || values->dry_run;
    struct nuncio_message message = {
        .size = sizeof(message),
        .agent = operands[0],
        .text = stand_in(values, operands[1]),
        .conversation = values->conversation,
        .remote_id = values->remote_id,
        .continue_of = values->continue_of,
        .again_of = preview ? NULL : values->again_of,
        .again_unknown = values->yes,
        .fresh = values->fresh,
        .no_wait = values->no_wait,
        .strategy = values->strategy,
        .attachments = values->attachments.items,
        .attachment_count = values->attachments.count,
        .timeout_ms = values->timeout_ms,
        .parse_json = values->parse_json,
    };
    char *read_text = NULL;
    size_t size;
    int status;

    if (message.text) {
        message.text_size = strlen(message.text);
    } else {
        read_text = message_read("-", "message", &size, &status);
        if (!read_text)
            return status;
        message.text = read_text;
        message.text_size = size;
    }
    if (preview)
        status = tell(nuncio, values, &message);
    else
        status = submit(nuncio, values, &message);
    free(read_text);
    return status;
}

static int run(const struct globals *globals, const void *options, char *const *operands)
{
    const struct values *values = options;
    struct nuncio *nuncio;
    int status;

    if (!is_usable(values, operands[1]))
        return EXIT_USAGE;
    nuncio = runtime_create(globals, RUNTIME_ONE, &status);
    if (!nuncio)
        return status;
    status = send_message(nuncio, values, operands);
    nuncio_destroy(nuncio);
    return status;
}

const struct command send_command = {
    .name = "send",
    .operands = "AGENT [MESSAGE]",
    .summary = "deliver a message, wait, and print the reply",
    .details = "AGENT is a name from the configuration, or PROVIDER/AGENT_ID. Where MESSAGE is\n"
               "absent or '-', it is standard input without one final newline.\n"
               "\n"
               "A message that may have been sent is never sent again by itself. Where the\n"
               "waiting ends before the run, 'nuncio wait ID' goes on with it.\n\n",
    .surplus = "put quotes around a message of several words",
    .least_operands = 1,
    .most_operands = 2,
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .values_size = sizeof(struct values),
    .run = run,
};
