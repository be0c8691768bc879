/* SPDX-License-Identifier: MIT */
/*
 * Runs every case of tests/golden/<plugin>/<case>.json through the plugin and the core's services, without a
 * network, and prints TAP. A case holds a step, a call and options, and what should come of them: a request,
 * and for a response an outcome, or several in "rows". A member that is not expected must not be set.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned count, failures;

static void result(bool good, const char *plugin, const char *file, const char *about, const char *why)
{
    printf("%s %u - %s/%s: %s\n", good ? "ok" : "not ok", ++count, plugin, file, about);
    if (good)
        return;
    failures++;
    for (const char *line = why; *line;) {
        size_t size = strcspn(line, "\n");
        printf("# %.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
}

static bool check_response(const struct golden_case *golden, const cJSON *row, char *why)
{
    const cJSON *response = cJSON_GetObjectItemCaseSensitive(row, "response");
    return golden_outcome(golden, response, cJSON_GetObjectItemCaseSensitive(row, "outcome"), why) &&
           golden_mutations(golden, response, why);
}

static void run_rows(const struct golden_case *golden, const char *file, char *why)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(golden->root, "rows"))
    {
        const char *about = golden_text(row, "name");
        bool good = golden_only(row, "name response outcome", why) && check_response(golden, row, why);
        result(good && about, golden->plugin->name, file, about ? about : "a row without a name", why);
    }
}

static bool has(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

static bool has_request(const cJSON *root)
{
    return has(root, "request") || has(root, "cannot") || has(root, "invalid");
}

/* All but the rows. */
static bool check_case(const struct golden_case *golden, char *why)
{
    const cJSON *root = golden->root;
    bool response = has(root, "response");
    if (!golden_text(root, "name") || !(has_request(root) || response || has(root, "rows")) ||
        response != has(root, "outcome"))
        return golden_fail(why, "a case needs a name, and a request, a response with its outcome, or rows",
                           golden_text(root, "name"));
    return (!has_request(root) || golden_request(golden, why)) &&
           (!response || check_response(golden, root, why));
}

static void run_case(struct golden_plugin *plugin, const char *path, const char *file)
{
    char why[GOLDEN_WHY] = "";
    struct golden_case golden = {0};
    struct json_document *document = golden_load(path, why);
    const cJSON *root = json_root(document);
    const char *about = golden_text(root, "name");
    bool response = has(root, "response"), rows = has(root, "rows");

    bool good = document && golden_prepare(plugin, document, &golden, why) && check_case(&golden, why);
    if (!good || has_request(root) || response)
        result(good, plugin->name, file, about ? about : "", why);
    if (good && rows)
        run_rows(&golden, file, why);
    if (good) {
        plugin->requests |= has_request(root) ? 1u << golden.call.step : 0;
        plugin->responses |= response || rows ? 1u << golden.call.step : 0;
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
    for (int i = 0; i < size; i++) {
        const char *file = entries[i]->d_name;
        if (good && strcmp(file, "defaults.json") != 0) {
            snprintf(path, sizeof(path), "%s/%s", directory, file);
            run_case(&plugin, path, file);
        }
        free(entries[i]);
    }
    if (size >= 0)
        free(entries);
    for (uint32_t i = 0; good && i < plugin.descriptor->step_count; i++) {
        uint32_t bit = 1u << plugin.descriptor->steps[i].kind;
        if (!(plugin.requests & bit) || !(plugin.responses & bit)) {
            snprintf(why, sizeof(why), "step %u has no case with a request, or none with a response",
                     plugin.descriptor->steps[i].kind);
            good = false;
        }
    }
    result(good, name, "*", "every step has a case", why);
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
    printf("1..%u\n", count);
    return failures > 0 || count == 0;
}
