/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "configuration_line.h"

#include <string.h>
#include "text.h"

bool config_is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

void config_lines_init(struct config_lines *lines, const char *text, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF";
    *lines = (struct config_lines){.at = text, .end = text + size};
    if (size >= 3 && memcmp(text, mark, 3) == 0)
        lines->at += 3;
}

int config_next_line(struct config_lines *lines, const char **ret_start, const char **ret_end,
                     struct nuncio_failure *failure)
{
    if (lines->at == lines->end)
        return 1;
    const char *start = lines->at;
    const char *end = memchr(start, '\n', (size_t)(lines->end - start));
    lines->at = end ? end + 1 : lines->end;
    if (!end)
        end = lines->end;
    lines->line++;
    if (end > start && end[-1] == '\r')
        end--;
    size_t size = (size_t)(end - start);
    if (size > CONFIG_LINE_LIMIT)
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the line has %zu bytes; at most %d are allowed",
                           size, CONFIG_LINE_LIMIT);
    for (size_t i = 0; i < size; i++) {
        if (start[i] != '\t' && text_has_control(start + i, 1))
            return failure_set(failure, NUNCIO_ERROR_INVALID,
                               "the line has a control character (byte 0x%02x); only tabs are allowed",
                               (unsigned)start[i]);
    }
    if (!text_is_utf8(start, size))
        return failure_set(failure, NUNCIO_ERROR_INVALID, "the line is not UTF-8; save the file as UTF-8");
    *ret_start = start;
    *ret_end = end;
    return 0;
}

struct nuncio_slice config_without_comment(const char *start, const char *end)
{
    struct nuncio_slice value = {start, (uint64_t)(end - start)};
    for (uint64_t i = 1; i < value.size; i++) {
        if (start[i] == ';' && config_is_blank(start[i - 1]))
            value.size = i;
    }
    return text_trim(value);
}

/* Behind the key's name that the text starts with; `start` itself where it does not. */
static const char *skip_key(const char *start, const char *end)
{
    const char *at = start;
    while (at < end &&
           ((*at >= 'a' && *at <= 'z') || (at > start && (*at == '_' || (*at >= '0' && *at <= '9')))))
        at++;
    return at;
}

bool config_looks_like_own_line(const char *start, const char *end)
{
    static const char *const kinds[] = {"[nuncio]", "[provider ", "[agent "};
    size_t size = (size_t)(end - start);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (size >= strlen(kinds[i]) && memcmp(start, kinds[i], strlen(kinds[i])) == 0)
            return true;
    }
    const char *at = skip_key(start, end);
    if (at == start)
        return false;
    while (at < end && config_is_blank(*at))
        at++;
    return at < end && (*at == '=' || *at == ':');
}
