/* SPDX-License-Identifier: MIT */
/* The lines of an ini file before inih sees them. */
#ifndef NUNCIO_CORE_CONFIGURATION_LINE_H
#define NUNCIO_CORE_CONFIGURATION_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

#define CONFIG_LINE_LIMIT 8192 /* bytes of a line, without its end */

struct config_lines {
    const char *at, *end;
    unsigned line; /* the number of the last line that was taken; 0: none */
};

/* A UTF-8 byte order mark is skipped. */
void config_lines_init(struct config_lines *lines, const char *text, size_t size);
/* The next line without its end (LF or CR LF). Returns 0, 1 after the last one, -1 with *failure where the
   line is too long or no text. */
int config_next_line(struct config_lines *lines, const char **ret_start, const char **ret_end,
                     struct nuncio_failure *failure);

/* White space as isspace() has it in the C locale. */
bool config_is_blank(char character);
/* The value without white space around it, cut where inih starts a comment: at a ';' after white space. */
struct nuncio_slice config_without_comment(const char *start, const char *end);
/* An indented "key = …" or "[agent x]" is nearly always meant as what it looks like, but inih takes it as
   more of the value above. Neither reading may happen silently. */
bool config_looks_like_own_line(const char *start, const char *end);

#endif
