/* SPDX-License-Identifier: MIT */
/* Sections and keys of all files and overrides, merged key by key; and the first of all mistakes. */
#ifndef NUNCIO_CORE_CONFIGURATION_TREE_H
#define NUNCIO_CORE_CONFIGURATION_TREE_H

#include <stdbool.h>
#include "configuration.h"
#include "configuration_reader.h"

/* All entries of one title, of all sources; of a key the last one. */
struct config_section {
    char *title;               /* "provider sales" */
    struct config_place place; /* of its first header */
    struct config_entries entries;
};

/* The earliest mistake so far, in order of sources and lines. */
struct config_report {
    bool failed;
    bool broken; /* a source could not be parsed to its end: what is missing may stand behind that place */
    size_t order;
    unsigned line;
    struct nuncio_failure failure;
};

struct config_tree {
    struct config_source **sources;
    size_t source_count;
    struct config_section **sections; /* in order of appearance */
    size_t section_count;
    struct config_section **sorted; /* the same, by title */
    struct config_report report;
};

/* Notes a mistake unless an earlier one is known. */
void config_complain(struct config_report *report, const struct config_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a failure that has its place in its text already. */
void config_complain_failure(struct config_report *report, const struct config_place *place,
                             const struct nuncio_failure *failure);

/* Reads and merges a file. Returns 0 (mistakes are in the report), 1 where there is no such file (*failure
   says so), -1 where it cannot be read or without memory. */
int config_tree_add_file(struct config_tree *tree, const char *path, struct nuncio_failure *failure);
/* Merges "SECTION.KEY=VALUE". Returns 0 (mistakes are in the report), or -1 without memory. */
int config_tree_add_override(struct config_tree *tree, const char *text, struct nuncio_failure *failure);
void config_tree_finish(struct config_tree *tree);

void config_entries_finish(struct config_entries *entries);
void config_sources_finish(struct config_source **sources, size_t count);

#endif
