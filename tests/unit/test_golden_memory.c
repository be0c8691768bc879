/* SPDX-License-Identifier: MIT */
/*
 * Each step of the golden transcripts with the Nth allocation failing, once and for ever, for every N: the
 * request is as it would be or there is none, the outcome is as it would be or a failure that says why, and
 * nothing is left behind. Prints TAP, a line for each case of a transcript.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"
#include "scarce.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned count, failures, points;

/* What a step came to, as text that can be compared. */
struct finding {
    bool out_of_memory;
    char *text;
    char words[512]; /* of a failure, which may be plainer without memory: the class is what decides */
};

typedef void run_step(const struct golden_case *golden, const cJSON *response, struct finding *ret_finding);

static void result(bool good, const struct golden_plugin *plugin, const char *file, const char *about,
                   const char *why)
{
    printf("%s %u - %s/%s: %s\n", good ? "ok" : "not ok", ++count, plugin->name, file, about);
    if (!good)
        printf("# %s\n", why);
    failures += !good;
}

__attribute__((format(printf, 2, 3))) static void set(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&finding->text, format, arguments) < 0)
        abort();
    va_end(arguments);
}

static const char *shown(const char *text)
{
    return text ? text : "(none)";
}

/* ---- One step, in and after which memory is scarce ------------------------------------------------------
 */

static unsigned nth;
static bool lasting;
static unsigned failed;
static long left;

static void describe_request(const struct http_request *request, struct finding *finding)
{
    struct buffer headers;
    buffer_init(&headers, SIZE_MAX);
    for (uint32_t i = 0; i < request->header_count; i++)
        buffer_append_format(&headers, "%s %d\n", request->headers[i].line, request->headers[i].secret);
    set(finding, "%s %s\n%s\n%s\n%u segments, %llu bytes, %lld ms, key %s", request->method, request->url,
        buffer_text(&headers), shown(request->body_text), request->segment_count,
        (unsigned long long)request->body_size, (long long)request->patience_ms, shown(request->repeat_key));
    buffer_finish(&headers);
}

static void run_build(const struct golden_case *golden, const cJSON *response, struct finding *ret_finding)
{
    const struct request_values values = {.option = golden_option, .context = golden};
    const char *base_url = golden->traits.base_url ? golden->traits.base_url : "http://localhost:8000/";
    struct http_request request;
    struct nuncio_failure failure = {.text = ""};
    (void)response;
    scarce_begin(nth, lasting);
    int built =
        request_build(golden->step, golden->instance, &golden->call, base_url, &values, &request, &failure);
    failed = scarce_end(&left);
    if (built == NUNCIO_OK)
        describe_request(&request, ret_finding);
    else
        set(ret_finding, "result %d, class %u: %s", built, built < 0 ? failure.error_class : 0,
            built < 0 ? failure.text : "");
    ret_finding->out_of_memory = built < 0 && failure.error_class == NUNCIO_CLASS_INTERNAL &&
                                 strcmp(failure.text, "out of memory") == 0;
    if (built == NUNCIO_OK) {
        long before = left;
        scarce_begin(0, false);
        request_finish(&request);
        scarce_end(&left);
        left += before;
    }
}

static void describe_outcome(const struct outcome *outcome, struct finding *finding)
{
    const struct usage *usage = &outcome->usage;
    snprintf(finding->words, sizeof(finding->words), "%s", outcome->text);
    set(finding,
        "verdict %d, class %u, code %s, conversation %s, ticket %s, cursor %d %s, reply %d %s, "
        "json %s, next %u, wait %u, position %lld, hint %lld, input %d, usage %lld %lld %lld %g %g",
        outcome->verdict, outcome->class_, outcome->vendor_code, shown(outcome->conversation),
        shown(outcome->ticket), outcome->cursor_set, shown(outcome->cursor), outcome->reply_set,
        buffer_text(&outcome->reply), shown(outcome->reply_json), outcome->next_step, outcome->wait_state,
        (long long)outcome->queue_position, (long long)outcome->hint_ms, outcome->input_required,
        (long long)usage->input_tokens, (long long)usage->output_tokens, (long long)usage->total_tokens,
        usage->cost_usd, usage->credits);
}

static void run_read(const struct golden_case *golden, const cJSON *response, struct finding *ret_finding)
{
    struct response answer;
    struct outcome outcome;
    char *body = golden_body(golden, response);
    const cJSON *header;
    int64_t status = 0;
    long before;

    json_integer(json_member(response, "status"), &status);
    response_init(&answer, UINT64_MAX);
    outcome_init(&outcome, UINT64_MAX);
    answer.http_status = (int32_t)status;
    cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(response, "headers"))
        buffer_append_format(&answer.headers, "%s: %s\n", header->string, cJSON_GetStringValue(header));
    buffer_append(&answer.body, body, strlen(body));
    free(body);

    scarce_begin(nth, lasting);
    response_parse(&answer);
    outcome_read(golden->plugin->descriptor, golden->step, golden->instance, &golden->call, &answer,
                 &outcome);
    failed = scarce_end(&before);
    describe_outcome(&outcome, ret_finding);
    ret_finding->out_of_memory = outcome.verdict == NUNCIO_FAILED &&
                                 outcome.class_ == NUNCIO_CLASS_INTERNAL &&
                                 strcmp(outcome.text, "out of memory") == 0;
    scarce_begin(0, false);
    outcome_finish(&outcome);
    response_reset(&answer);
    scarce_end(&left);
    left += before;
    response_finish(&answer);
}

/* ---- All points ------------------------------------------------------------------------------------------
 */

static bool is_same(const struct finding *found, const struct finding *wanted)
{
    return strcmp(found->text, wanted->text) == 0 && (strcmp(found->words, wanted->words) == 0 ||
                                                      strncmp(found->words, "the vendor answered ", 20) == 0);
}

/* True until the point lies behind the last allocation. */
static bool try_point(run_step *run, const struct golden_case *golden, const cJSON *response,
                      const struct finding *wanted, char *why)
{
    struct finding found = {.words = ""};
    run(golden, response, &found);
    points += failed > 0;
    if (left != 0)
        snprintf(why, GOLDEN_WHY, "allocation %u%s: %ld blocks are left", nth,
                 lasting ? " and all after it" : "", left);
    else if (!is_same(&found, wanted) && !(failed > 0 && found.out_of_memory))
        snprintf(why, GOLDEN_WHY, "allocation %u%s: %.3000s; wanted: %.3000s", nth,
                 lasting ? " and all after it" : "", found.text, wanted->text);
    free(found.text);
    return failed > 0;
}

static void run_points(run_step *run, const struct golden_case *golden, const cJSON *response,
                       const char *file, const char *about)
{
    char why[GOLDEN_WHY] = "";
    struct finding wanted = {.words = ""};
    nth = 0;
    run(golden, response, &wanted);
    for (int mode = 0; mode < 2; mode++) {
        lasting = mode == 1;
        for (nth = 1; !why[0] && try_point(run, golden, response, &wanted, why); nth++)
            continue;
    }
    for (char *line = why; (line = strchr(line, '\n'));)
        *line = ' ';
    result(!why[0], golden->plugin, file, about, why);
    free(wanted.text);
}

static void run_case(struct golden_plugin *plugin, const char *path, const char *file)
{
    char why[GOLDEN_WHY] = "", about[256];
    struct golden_case golden = {0};
    struct json_document *document = golden_load(path, why);
    const cJSON *root = json_root(document), *row;

    if (!document || !golden_prepare(plugin, document, &golden, why)) {
        result(false, plugin, file, "", why);
    } else {
        if (cJSON_GetObjectItemCaseSensitive(root, "request"))
            run_points(run_build, &golden, NULL, file, "the request");
        if (cJSON_GetObjectItemCaseSensitive(root, "response"))
            run_points(run_read, &golden, cJSON_GetObjectItemCaseSensitive(root, "response"), file,
                       "the response");
        cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "rows"))
        {
            snprintf(about, sizeof(about), "the response %s", shown(golden_text(row, "name")));
            run_points(run_read, &golden, cJSON_GetObjectItemCaseSensitive(row, "response"), file, about);
        }
    }
    golden_finish(&golden);
    json_destroy(document);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_plugin(const char *directory, const char *name)
{
    char why[GOLDEN_WHY] = "", path[8192];
    struct golden_plugin plugin;
    struct dirent **entries;
    int size = scandir(directory, &entries, is_visible, alphasort);
    bool good = golden_open(name, directory, &plugin, why);
    if (!good)
        result(false, &plugin, "*", "the plugin", why);
    for (int i = 0; i < size; i++) {
        const char *file = entries[i]->d_name;
        snprintf(path, sizeof(path), "%s/%s", directory, file);
        if (good && strcmp(file, "defaults.json") != 0)
            run_case(&plugin, path, file);
        free(entries[i]);
    }
    if (size >= 0)
        free(entries);
    golden_close(&plugin);
}

int main(void)
{
    const char *source = getenv("srcdir");
    char directory[2048], path[4096];
    struct dirent **entries;
    snprintf(directory, sizeof(directory), "%s/tests/golden", source ? source : ".");
    int size = scandir(directory, &entries, is_visible, alphasort);
    for (int i = 0; i < size; i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
        run_plugin(path, entries[i]->d_name);
        free(entries[i]);
    }
    if (size >= 0)
        free(entries);
    printf("# %u points\n1..%u\n", points, count);
    return failures > 0 || count == 0;
}
