/* SPDX-License-Identifier: MIT */
/* Templates: text with names in braces. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "request_builder.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define NAME_LIMIT 64

/* A name in braces and what is known of it. */
struct name {
    char text[NAME_LIMIT];
    struct nuncio_slice value;
    bool option;
    bool secret;
    bool later; /* a member of the call that only an earlier step's response brings */
};

static const char *const use_names[] = {"path", "query", "header", "body"};

/* What the user knows the value by. */
static const char *title(const struct name *name)
{
    if (name->option)
        return "option ";
    if (strcmp(name->text, "agent") == 0)
        return "the id of the ";
    return "the ";
}

static bool look_up_call(const struct nuncio_call *call, struct name *name)
{
    const struct {
        const char *text;
        struct nuncio_slice value;
        bool later;
    } members[] = {
        {"agent", call->agent, false},
        {"conversation", call->conversation, true},
        {"ticket", call->ticket, true},
        {"cursor", call->cursor, true},
        {"interaction", call->interaction, false},
        {"key", call->key, false},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(name->text, members[i].text) != 0)
            continue;
        name->value = members[i].value;
        name->later = members[i].later;
        return true;
    }
    return false;
}

static bool look_up(struct request_builder *builder, struct name *name, enum template_use use)
{
    if (look_up_call(builder->call, name))
        return true;
    uint32_t type = 0;
    uint32_t flags = 0;
    const struct request_values *values = builder->values;
    if (!values || !values->option(values->context, name->text, &name->value, &type, &flags)) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL,
                     "plugin: a template names {%s}, which is no option of it", name->text);
        return false;
    }
    name->option = true;
    name->secret = (flags & NUNCIO_SECRET) != 0;
    if (name->secret && use != TEMPLATE_HEADER) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL,
                     "plugin: the secret option %s is for headers only, not for the %s", name->text,
                     use_names[use]);
        return false;
    }
    if (name->secret && name->value.data && builder->values->printing)
        name->value = nuncio_slice("***");
    return true;
}

/* Reads "{name}" at *template and goes on behind it. */
static bool read_name(struct request_builder *builder, const char **template, struct name *ret_name)
{
    size_t size = strspn(*template + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (size == 0 || size >= NAME_LIMIT || (*template)[1 + size] != '}') {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a template has a '{' that starts no name");
        return false;
    }
    memset(ret_name, 0, sizeof *ret_name);
    memcpy(ret_name->text, *template + 1, size);
    *template += size + 2;
    return true;
}

/* A path segment must be there, and must not climb. */
static void append_segment(struct request_builder *builder, const struct name *name, struct buffer *ret_text)
{
    struct nuncio_slice value = name->value;
    bool printing = builder->values && builder->values->printing;
    if (printing && name->later && (!nuncio_given(value) || nuncio_equal(value, "{conversation}")))
        buffer_append_format(ret_text, "{%s}", name->text);
    else if (!nuncio_given(value))
        builder_fail(builder, NUNCIO_CLASS_INVALID, "%s%s is %s, and the request's path needs it",
                     title(name), name->text, value.data ? "empty" : "not set");
    else if (nuncio_equal(value, ".") || nuncio_equal(value, ".."))
        builder_fail(builder, NUNCIO_CLASS_INVALID, "%s%s is \"%.*s\", which cannot stand in a path",
                     title(name), name->text, (int)value.size, value.data);
    else
        buffer_append_percent(ret_text, value.data, (size_t)value.size);
}

static void append_value(struct request_builder *builder, const struct name *name, enum template_use use,
                         struct buffer *ret_text)
{
    struct nuncio_slice value = name->value;
    if (use == TEMPLATE_PATH)
        append_segment(builder, name, ret_text);
    else if (use == TEMPLATE_QUERY)
        buffer_append_percent(ret_text, value.data, (size_t)value.size);
    else if (use == TEMPLATE_HEADER && text_has_control(value.data, (size_t)value.size))
        builder_fail(builder, NUNCIO_CLASS_INVALID,
                     "%s%s has a control character, which a header cannot carry", title(name), name->text);
    else
        buffer_append(ret_text, value.data, (size_t)value.size);
}

static void append_literal(struct request_builder *builder, const char *text, size_t size,
                           enum template_use use, struct buffer *ret_text)
{
    if (memchr(text, '}', size))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a template has a '}' that ends no name");
    else if (use != TEMPLATE_BODY && text_has_control(text, size))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a %s template has a control character",
                     use_names[use]);
    else if (use == TEMPLATE_PATH && (memchr(text, ' ', size) || memchr(text, '#', size)))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a path template has a blank or a '#'");
    else if (use == TEMPLATE_QUERY)
        buffer_append_percent(ret_text, text, size);
    else
        buffer_append(ret_text, text, size);
}

bool template_expand(struct request_builder *builder, const char *template, enum template_use use,
                     struct buffer *ret_text, bool *ret_secret)
{
    bool complete = true;
    while (*template && !builder->failed) {
        struct name name;
        size_t size = strcspn(template, "{");
        if (size > 0) {
            append_literal(builder, template, size, use, ret_text);
            template += size;
        } else if (read_name(builder, &template, &name) && look_up(builder, &name, use)) {
            if (name.secret && ret_secret)
                *ret_secret = true;
            /* The rest is read all the same: a mistake in it should show although this name is unset. */
            if (!name.value.data && use != TEMPLATE_PATH)
                complete = false;
            else
                append_value(builder, &name, use, ret_text);
        }
    }
    return builder_check(builder, ret_text, use_names[use]) && complete;
}
