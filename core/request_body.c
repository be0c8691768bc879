/* SPDX-License-Identifier: MIT */
/* The JSON body of a request: a cJSON tree, printed into segments. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "request_builder.h"
#include "text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stands before and after an attachment's index in the printed body. A printed string never holds this byte,
   it would be escaped, so no text of a user can look like one. */
#define MARK '\x01'

#define ID_DIGITS 18 /* every number of so many digits fits into 64 bits */

static void put(struct request_builder *builder, const char *pointer, cJSON *value)
{
    const char *problem = json_put(&builder->body, pointer, value);
    if (problem == json_put_no_memory)
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
    else if (problem)
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: JSON pointer \"%s\" %s", pointer ? pointer : "",
                     problem);
}

static void put_text(struct request_builder *builder, const char *pointer, struct nuncio_slice value)
{
    if (!text_is_utf8(value.data, (size_t)value.size) || memchr(value.data, '\0', (size_t)value.size)) {
        builder_fail(builder, NUNCIO_CLASS_INVALID, "the value for %s in the request is not valid UTF-8 text",
                     pointer ? pointer : "the body");
        return;
    }
    char *text = text_copy(value);
    put(builder, pointer, text ? cJSON_CreateString(text) : NULL);
    free(text);
}

void body_put_string(struct nuncio_request *abi, const char *pointer, struct nuncio_slice value)
{
    struct request_builder *builder = builder_of(abi);
    if (builder && value.data)
        put_text(builder, pointer, value);
}

void body_put_template(struct nuncio_request *abi, const char *pointer, const char *value)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder)
        return;
    if (!value) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a template is NULL");
        return;
    }
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    if (template_expand(builder, value, TEMPLATE_BODY, &text, NULL))
        put_text(builder, pointer, (struct nuncio_slice){buffer_text(&text), text.size});
    buffer_finish(&text);
}

void body_put_integer(struct nuncio_request *abi, const char *pointer, int64_t value)
{
    struct request_builder *builder = builder_of(abi);
    char digits[24];
    if (!builder)
        return;
    /* Raw, since a double of cJSON's would lose digits. */
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    put(builder, pointer, cJSON_CreateRaw(digits));
}

void body_put_boolean(struct nuncio_request *abi, const char *pointer, int32_t value)
{
    struct request_builder *builder = builder_of(abi);
    if (builder)
        put(builder, pointer, cJSON_CreateBool(value != 0));
}

static void put_typed(struct nuncio_request *abi, const char *pointer, const char *name,
                      struct nuncio_slice value, uint32_t type)
{
    struct request_builder *builder = builder_of(abi);
    char *text = text_copy(value);
    int64_t integer = 0;
    bool boolean = false;
    if (!text)
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
    else if (type == NUNCIO_INTEGER && text_integer(text, &integer))
        body_put_integer(abi, pointer, integer);
    else if (type == NUNCIO_BOOLEAN && text_boolean(text, &boolean))
        body_put_boolean(abi, pointer, boolean);
    else if (type == NUNCIO_STRING)
        put_text(builder, pointer, value);
    else
        builder_fail(builder, NUNCIO_CLASS_INVALID, "option %s is not of its type", name);
    free(text);
}

void body_put_option(struct nuncio_request *abi, const char *pointer, const char *name)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder)
        return;
    struct nuncio_slice value = {NULL, 0};
    uint32_t type = 0;
    uint32_t flags = 0;
    const struct request_values *values = builder->values;
    if (!name || !values || !values->option(values->context, name, &value, &type, &flags))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: put_option names %s, which is no option of it",
                     name ? name : "NULL");
    else if (flags & NUNCIO_SECRET)
        builder_fail(builder, NUNCIO_CLASS_INTERNAL,
                     "plugin: the secret option %s is for headers only, not for the body", name);
    else if (value.data)
        put_typed(abi, pointer, name, value, type);
}

static bool is_number(struct nuncio_slice value)
{
    if (value.size == 0 || value.size > ID_DIGITS || (value.data[0] == '0' && value.size > 1))
        return false;
    for (uint64_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    }
    return true;
}

void body_put_id(struct nuncio_request *abi, const char *pointer, struct nuncio_slice value)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder || !value.data)
        return;
    if (!is_number(value)) {
        put_text(builder, pointer, value);
        return;
    }
    char digits[ID_DIGITS + 1];
    memcpy(digits, value.data, (size_t)value.size);
    digits[value.size] = '\0';
    put(builder, pointer, cJSON_CreateRaw(digits));
}

/* The attachment, NULL where there is none of that index or the call is broken. */
static const struct nuncio_attachment *attachment_at(const struct nuncio_call *call, uint32_t index)
{
    if (index >= call->attachment_count || !call->attachments ||
        call->attachment_size < sizeof(struct nuncio_attachment))
        return NULL;
    return nuncio_attachment_at(call, index);
}

void body_put_attachment(struct nuncio_request *abi, const char *pointer, uint32_t index)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder)
        return;
    const struct nuncio_attachment *attachment = attachment_at(builder->call, index);
    if (!attachment || attachment->url.data) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL,
                     "plugin: put_attachment names attachment %u, which is %s", index,
                     attachment ? "a URL" : "not there");
        return;
    }
    char stand_in[24];
    (void)snprintf(stand_in, sizeof stand_in, "\"%c%u%c\"", MARK, index, MARK);
    put(builder, pointer, cJSON_CreateRaw(stand_in));
    builder->attachment_puts++;
}

static void add_segment(struct http_request *request, const char *data, uint64_t size, uint32_t attachment)
{
    struct request_segment *segment = &request->segments[request->segment_count++];
    segment->data = data;
    segment->size = size;
    segment->attachment = attachment;
    request->body_size += size;
}

void body_print(struct request_builder *builder)
{
    struct http_request *request = builder->request;
    /* A POST that says nothing says {}: vendors that read JSON refuse an empty body. */
    if (!builder->failed && !builder->body && strcmp(request->method, "POST") == 0)
        put(builder, "", cJSON_CreateObject());
    if (builder->failed || !builder->body)
        return;
    request->body_text = cJSON_PrintUnformatted(builder->body);
    /* At most one attachment per put, and a literal before and after each. */
    request->segments = calloc((size_t)builder->attachment_puts * 2 + 1, sizeof *request->segments);
    if (!request->body_text || !request->segments) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
        return;
    }
    request->body_text_size = strlen(request->body_text);
    const char *start = request->body_text;
    const char *mark;
    while ((mark = strchr(start, MARK)) != NULL) {
        char *end;
        uint32_t index = (uint32_t)strtoul(mark + 1, &end, 10);
        add_segment(request, start, (uint64_t)(mark - start), 0);
        add_segment(request, NULL, base64_size(attachment_at(builder->call, index)->bytes), index);
        start = end + 1;
    }
    add_segment(request, start, strlen(start), 0);
}
