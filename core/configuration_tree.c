/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "configuration_files.h"
#include "text.h"

void config_complain_failure(struct config_report *report, const struct config_place *place,
                             const struct nuncio_failure *failure)
{
    size_t order = place->source ? place->source->order : 0;
    if (report->failed && (report->order < order || (report->order == order && report->line <= place->line)))
        return;
    report->failed = true;
    report->order = order;
    report->line = place->line;
    report->failure = *failure;
}

void config_complain(struct config_report *report, const struct config_place *place, const char *format, ...)
{
    char text[sizeof report->failure.text];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct nuncio_failure failure;
    (void)config_error(&failure, place, "%s", text);
    config_complain_failure(report, place, &failure);
}

/* path NULL: an override. NULL without memory, of which a missing directory must not be a silent sign. */
static struct config_source *add_source(struct config_tree *tree, const char *path)
{
    char *name = text_copy(nuncio_slice(path ? path : "-o"));
    errno = 0;
    char *directory = config_directory(path);
    bool failed = !name || (!directory && errno == ENOMEM);
    struct config_source *source = calloc(1, sizeof *source);
    struct config_source **sources = config_grow(tree->sources, tree->source_count, sizeof(*sources));
    if (sources)
        tree->sources = sources;
    if (failed || !source || !sources) {
        free(name);
        free(directory);
        free(source);
        return NULL;
    }
    *source = (struct config_source){.name = name, .directory = directory, .order = tree->source_count};
    sources[tree->source_count++] = source;
    return source;
}

/* The index in `sorted` where the title is (*found) or belongs. */
static size_t find_section(const struct config_tree *tree, const char *title, bool *found)
{
    size_t low = 0;
    size_t high = tree->section_count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(tree->sorted[middle]->title, title);
        *found = *found || order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The section of that title, made where it is new. NULL without memory. */
static struct config_section *open_section(struct config_tree *tree, const char *title,
                                           const struct config_place *place)
{
    bool found;
    size_t at = find_section(tree, title, &found);
    if (found)
        return tree->sorted[at];
    struct config_section **sections = config_grow(tree->sections, tree->section_count, sizeof(*sections));
    if (sections)
        tree->sections = sections;
    struct config_section **sorted = config_grow(tree->sorted, tree->section_count, sizeof(*sorted));
    if (sorted)
        tree->sorted = sorted;
    struct config_section *section = calloc(1, sizeof *section);
    char *copy = text_copy(nuncio_slice(title));
    if (!sections || !sorted || !section || !copy) {
        free(section);
        free(copy);
        return NULL;
    }
    section->title = copy;
    section->place = *place;
    section->place.section = copy;
    memmove(sorted + at + 1, sorted + at, (tree->section_count - at) * sizeof(*sorted));
    sorted[at] = section;
    sections[tree->section_count++] = section;
    return section;
}

/* Takes over the value, wipes it on failure. False without memory. */
static bool add_entry(struct config_tree *tree, struct config_section *section, const char *key, char *value,
                      struct config_place place)
{
    place.section = section->title;
    struct config_entries *entries = &section->entries;
    struct config_entry *entry = NULL;
    for (size_t i = 0; i < entries->count && !entry; i++) {
        if (strcmp(entries->items[i].key, key) == 0)
            entry = &entries->items[i];
    }
    if (entry && entry->place.source == place.source) {
        config_complain(&tree->report, &place, "%.64s is set twice in [%.128s]; the first is in line %u", key,
                        section->title, entry->place.line);
        text_wipe(value);
        return true;
    }
    if (entry) {
        text_wipe(entry->value);
        entry->value = value;
        entry->place = place;
        return true;
    }
    struct config_entry *items = config_grow(entries->items, entries->count, sizeof *items);
    char *copy = text_copy(nuncio_slice(key));
    if (items)
        entries->items = items;
    if (!items || !copy) {
        free(copy);
        text_wipe(value);
        return false;
    }
    items[entries->count++] = (struct config_entry){.key = copy, .value = value, .place = place};
    return true;
}

/* Moves what a document has into the tree. */
static int add_document(struct config_tree *tree, struct config_document *document,
                        const struct config_source *source, struct nuncio_failure *failure)
{
    struct config_section *section = NULL;
    for (size_t i = 0; i < document->count; i++) {
        struct config_item *item = &document->items[i];
        struct config_place place = {.file = source->name, .line = item->line, .source = source};
        bool good;
        if (!item->value) {
            section = open_section(tree, item->name, &place);
            good = section != NULL;
        } else {
            good = add_entry(tree, section, item->name, item->value, place);
            item->value = NULL;
        }
        if (!good)
            return failure_memory(failure);
    }
    if (document->error_line) {
        struct config_place place = {.file = source->name, .line = document->error_line, .source = source};
        config_complain(&tree->report, &place, "%s", document->failure.text);
        tree->report.broken = true;
    }
    return 0;
}

int config_tree_add_file(struct config_tree *tree, const char *path, struct nuncio_failure *failure)
{
    char *text;
    size_t size;
    struct stat info;
    int result = config_file_read(path, &text, &size, &info, failure);
    if (result != 0)
        return result;
    struct config_document document = {0};
    result = config_document_parse(text, size, &document, failure);
    explicit_bzero(text, size);
    free(text);
    if (result < 0)
        return result;
    struct config_source *source = add_source(tree, path);
    if (source) {
        source->info = info;
        result = add_document(tree, &document, source, failure);
    } else {
        result = failure_memory(failure);
    }
    config_document_finish(&document);
    return result;
}

/* "provider sales.rate=1/m" in three parts; the texts lie in `part`, a copy that is cut. */
static bool split_override(char *part, char **ret_title, char **ret_key, char **ret_value)
{
    char *equals = strchr(part, '=');
    if (!equals)
        return false;
    *equals = '\0';
    char *dot = strrchr(part, '.');
    if (!dot || dot == part || dot + 1 == equals)
        return false;
    *dot = '\0';
    *ret_title = part;
    *ret_key = dot + 1;
    *ret_value = equals + 1;
    return true;
}

int config_tree_add_override(struct config_tree *tree, const char *text, struct nuncio_failure *failure)
{
    struct config_source *source = add_source(tree, NULL);
    if (!source)
        return failure_memory(failure);
    source->is_override = true;
    struct config_place place = {.file = source->name, .source = source};
    if (!text_is_utf8(text, strlen(text))) {
        config_complain(&tree->report, &place, "the override is not UTF-8");
        return 0;
    }
    char *part = text_copy(nuncio_slice(text));
    char *title;
    char *key;
    char *value;
    bool good = part != NULL;
    bool whole = good && split_override(part, &title, &key, &value);
    if (whole && *title == '[') {
        config_complain(&tree->report, &place,
                        "the section of an override stands without brackets; write '%.*s.%s=...'",
                        (int)strcspn(title + 1, "]"), title + 1, key);
    } else if (whole) {
        struct config_section *section = open_section(tree, title, &place);
        char *copy = section ? text_copy(nuncio_slice(value)) : NULL;
        good = copy && add_entry(tree, section, key, copy, place);
    } else if (good) {
        /* The text may be a secret, so it is not repeated. */
        config_complain(&tree->report, &place,
                        "an override lacks its section, its key or '='; write SECTION.KEY=VALUE, such as "
                        "'provider NAME.timeout=5m'");
    }
    if (part)
        explicit_bzero(part, strlen(text));
    free(part);
    return good ? 0 : failure_memory(failure);
}

void config_entries_finish(struct config_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->items[i].key);
        text_wipe(entries->items[i].value);
    }
    free(entries->items);
    *entries = (struct config_entries){0};
}

void config_sources_finish(struct config_source **sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(sources[i]->name);
        free(sources[i]->directory);
        free(sources[i]);
    }
    free(sources);
}

void config_tree_finish(struct config_tree *tree)
{
    for (size_t i = 0; i < tree->section_count; i++) {
        free(tree->sections[i]->title);
        config_entries_finish(&tree->sections[i]->entries);
        free(tree->sections[i]);
    }
    free(tree->sections);
    free(tree->sorted);
    config_sources_finish(tree->sources, tree->source_count);
    *tree = (struct config_tree){0};
}
