/* SPDX-License-Identifier: MIT */
/*
 * All that the program prints. Standard output holds the result alone; standard error has lines that start
 * with "nuncio: ". What comes from vendors cannot command a terminal.
 */
#ifndef NUNCIO_CLI_OUTPUT_H
#define NUNCIO_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum output_color { OUTPUT_COLOR_AUTO, OUTPUT_COLOR_ALWAYS, OUTPUT_COLOR_NEVER };
enum output_tint { OUTPUT_PLAIN, OUTPUT_GOOD, OUTPUT_BAD, OUTPUT_WARNING, OUTPUT_BUSY };

/* "auto" "always" "never"; false for anything else. Before it is called the color is auto. */
bool output_set_color(const char *name);

/* "nuncio: …" on standard error, always one line: controls are dropped, newlines become blanks. */
void output_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void output_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for what is neither. */
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For nuncio_settings.log. */
void output_log(void *context, int32_t level, const char *line);

/* Text on standard output, as it is; on a terminal without what commands it. */
void output_text(const char *text, size_t size);
/* The same of a terminated text, and the end of the line where the text has none. */
void output_line(const char *text);
void output_line_of(const char *text, size_t size);

/* Some of it could not be written, so that more is of no use. */
bool output_failed(void);
/* What is written from here on is about that interaction: whoever cannot read it should know which one it was. */
void output_about(const char *id);

/* Text on standard output in a color, where there is color. */
void output_tinted(enum output_tint tint, const char *text);

/* Can a line that is overwritten be shown? */
bool output_has_status(void);
/* Shows a line on standard error in place of the last such line, and a mark before it; any other output
   erases it. */
void output_status(const char *mark, const char *line);
void output_erase_status(void);

/* The program's last act: were all bytes of standard output taken? Returns the status, or 1 instead of 0. */
int output_finish(int status);

#endif
