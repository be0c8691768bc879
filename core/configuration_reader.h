/* SPDX-License-Identifier: MIT */
/* One ini file, as it stands: sections and keys with their lines. inih parses; what inih keeps to itself
   (lines, empty sections, cut lines) is found by the reader that feeds it. */
#ifndef NUNCIO_CORE_CONFIGURATION_READER_H
#define NUNCIO_CORE_CONFIGURATION_READER_H

#include <stddef.h>
#include <nuncio/nuncio.h>

/* A section header (value NULL; its white space is normalised: "provider sales"), or a key of the section
 * before it. */
struct config_item {
    char *name;
    char *value;
    unsigned line;
};

struct config_document {
    struct config_item *items;
    size_t count;
    unsigned error_line; /* 0: the syntax is good; else items holds only what stands before this line */
    struct nuncio_failure failure; /* of error_line, without "FILE:LINE: " */
};

/*
 * Parses the text of an ini file. Differences from plain inih: a long line is not cut; trailing text after a
 * section header, an indented line that looks like a key or a section of its own, NUL, control characters and
 * what is not UTF-8 are syntax errors. Other indented lines continue the value above, joined by a newline.
 * Returns -1 with *failure only without memory: a syntax error is in the document.
 */
int config_document_parse(const char *text, size_t size, struct config_document *ret_document,
                          struct nuncio_failure *failure);
/* Wipes and frees. */
void config_document_finish(struct config_document *document);

/* Makes room for one more element: an array of `count` elements has room for the next power of two. NULL
   without memory, and the old array stays. */
void *config_grow(void *array, size_t count, size_t element);

#endif
