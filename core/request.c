/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "request_builder.h"
#include "plugin_error.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_LIMIT ((size_t)64 * 1024) /* of a header, of the path and of the query */

struct request_builder *builder_of(struct nuncio_request *abi)
{
    struct request_builder *builder = (struct request_builder *)(void *)abi;
    return builder && !builder->failed ? builder : NULL;
}

void builder_fail(struct request_builder *builder, uint32_t error_class, const char *format, ...)
{
    if (builder->failed)
        return;
    char text[sizeof builder->failure.text];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    failure_set(&builder->failure, error_class, "%s", text);
    builder->failed = true;
}

bool builder_check(struct request_builder *builder, const struct buffer *buffer, const char *what)
{
    if (buffer_failed(buffer) == 2)
        builder_fail(builder, NUNCIO_CLASS_INVALID, "the request's %s is too long", what);
    else if (buffer_failed(buffer))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
    return !builder->failed;
}

static void set_target(struct nuncio_request *abi, const char *method, const char *path)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct request_builder *builder = builder_of(abi);
    const char *known = NULL;
    if (!builder)
        return;
    for (size_t i = 0; method && i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(method, methods[i]) == 0)
            known = methods[i];
    }
    if (!known) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: %s is no method", method ? method : "NULL");
    } else if (!path || path[0] != '/') {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: the path does not start with '/'");
    } else if (builder->path.size > 0) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: the target is set twice");
    } else {
        memcpy(builder->request->method, known, strlen(known) + 1);
        (void)template_expand(builder, path, TEMPLATE_PATH, &builder->path, NULL);
    }
}

static void add_query(struct nuncio_request *abi, const char *name, const char *value)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder)
        return;
    if (!name || !*name || !value) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a query parameter without name or value");
        return;
    }
    struct buffer text;
    buffer_init(&text, LINE_LIMIT);
    if (template_expand(builder, value, TEMPLATE_QUERY, &text, NULL)) {
        if (builder->query.size > 0)
            buffer_append_char(&builder->query, '&');
        buffer_append_percent(&builder->query, name, strlen(name));
        buffer_append_char(&builder->query, '=');
        buffer_append(&builder->query, buffer_text(&text), text.size);
        (void)builder_check(builder, &builder->query, "query");
    }
    buffer_finish(&text);
}

/* A token (RFC 9110) that is not one of the headers that the http layer answers for. */
static bool check_header_name(struct request_builder *builder, const char *name)
{
    static const char *const ours[] = {"Accept", "Connection", "Content-Length",   "Content-Type",
                                       "Expect", "Host",       "Transfer-Encoding"};
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!name || !*name || name[strspn(name, token)]) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: \"%s\" is no header name", name ? name : "");
        return false;
    }
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcasecmp(name, ours[i]) == 0) {
            builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: the header %s is set by nuncio", ours[i]);
            return false;
        }
    }
    return true;
}

/* Takes the line over. */
static void append_header(struct request_builder *builder, struct buffer *line, bool secret)
{
    struct http_request *request = builder->request;
    struct request_header *headers =
        realloc(request->headers, ((size_t)request->header_count + 1) * sizeof *headers);
    if (headers)
        request->headers = headers;
    char *text = headers ? buffer_take(line) : NULL;
    if (!text) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
        return;
    }
    request->headers[request->header_count].line = text;
    request->headers[request->header_count].secret = secret;
    request->header_count++;
}

static void add_header(struct nuncio_request *abi, const char *name, const char *value, uint32_t flags)
{
    struct request_builder *builder = builder_of(abi);
    if (!builder || !check_header_name(builder, name))
        return;
    if (!value) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: the header %s has no value", name);
        return;
    }
    bool option = false;
    bool printing = builder->values && builder->values->printing;
    struct buffer line;
    buffer_init(&line, LINE_LIMIT);
    line.secret = true;
    buffer_append_text(&line, name);
    buffer_append_text(&line, ": ");
    if (template_expand(builder, value, TEMPLATE_HEADER, &line, &option)) {
        bool secret = option || (flags & NUNCIO_SECRET) != 0;
        /* A value that the plugin calls secret has no stand-in of its own. */
        if (printing && secret && !option) {
            buffer_reset(&line);
            buffer_append_text(&line, name);
            buffer_append_text(&line, ": ***");
        }
        append_header(builder, &line, secret);
    }
    buffer_finish(&line);
}

static void set_patience(struct nuncio_request *abi, int64_t milliseconds)
{
    struct request_builder *builder = builder_of(abi);
    if (builder)
        builder->request->patience_ms = milliseconds > 1 ? milliseconds : 1;
}

static void set_repeatable(struct nuncio_request *abi, struct nuncio_slice key)
{
    struct request_builder *builder = builder_of(abi);
    if (builder && nuncio_given(key) && !text_assign(&builder->request->repeat_key, key))
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
}

static int32_t end_build(struct nuncio_request *abi, struct nuncio_error *error)
{
    const struct request_builder *builder = (const struct request_builder *)(const void *)abi;
    if (builder && !builder->failed)
        return NUNCIO_OK;
    if (error)
        error->services->set(error, builder ? builder->failure.text : "plugin: the request is NULL");
    return NUNCIO_INVALID;
}

static const struct nuncio_request_services services = {
    .size = sizeof services,
    .target = set_target,
    .query = add_query,
    .header = add_header,
    .put_string = body_put_string,
    .put_template = body_put_template,
    .put_integer = body_put_integer,
    .put_boolean = body_put_boolean,
    .put_option = body_put_option,
    .put_id = body_put_id,
    .put_attachment = body_put_attachment,
    .patience = set_patience,
    .repeatable = set_repeatable,
    .built = end_build,
};

/* Joins base URL, path and query. */
static void make_url(struct request_builder *builder, const char *base_url)
{
    struct buffer url;
    size_t size = strlen(base_url);
    while (size > 0 && base_url[size - 1] == '/')
        size--;
    buffer_init(&url, SIZE_MAX);
    buffer_append(&url, base_url, size);
    buffer_append(&url, buffer_text(&builder->path), builder->path.size);
    if (builder->query.size > 0) {
        buffer_append_char(&url, strchr(buffer_text(&builder->path), '?') ? '&' : '?');
        buffer_append(&url, buffer_text(&builder->query), builder->query.size);
    }
    builder->request->url = buffer_take(&url);
    if (!builder->request->url)
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "out of memory");
}

/* What build() returned and what it did, judged together. */
static void judge(struct request_builder *builder, int32_t result, const struct plugin_error *error)
{
    /* What the plugin itself says is nearer to the user than what a service noticed on the way. */
    bool said = error->text[0] && !(builder->failed && strcmp(error->text, builder->failure.text) == 0);
    if (said) {
        builder->failed = false;
        builder_fail(builder, NUNCIO_CLASS_INVALID, "%s", error->text);
    } else if (result < 0) {
        builder_fail(builder, NUNCIO_CLASS_INVALID, "the plugin refuses the request and does not say why");
    } else if (result != NUNCIO_OK) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: build returned %d, which is undefined", result);
    } else if (builder->path.size == 0) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: build set no target");
    } else if (builder->body && strcmp(builder->request->method, "GET") == 0) {
        builder_fail(builder, NUNCIO_CLASS_INTERNAL, "plugin: a GET request has no body");
    }
}

int request_build(const struct nuncio_step *step, const void *instance, const struct nuncio_call *call,
                  const char *base_url, const struct request_values *values, struct http_request *ret_request,
                  struct nuncio_failure *failure)
{
    memset(ret_request, 0, sizeof *ret_request);
    if (!step || !step->build || !call)
        return failure_set(failure, NUNCIO_CLASS_INTERNAL, "plugin: the step cannot be built");
    if (!base_url || !*base_url)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "base_url is not set");
    struct request_builder builder = {
        .abi = {sizeof builder.abi, &services}, .call = call, .values = values, .request = ret_request};
    struct plugin_error error;
    buffer_init(&builder.path, LINE_LIMIT);
    buffer_init(&builder.query, LINE_LIMIT);
    plugin_error_init(&error);
    int32_t result = step->build(instance, call, &builder.abi, &error.abi);
    if (result != NUNCIO_CANNOT) {
        judge(&builder, result, &error);
        body_print(&builder);
        if (!builder.failed)
            make_url(&builder, base_url);
    }
    buffer_finish(&builder.path);
    buffer_finish(&builder.query);
    cJSON_Delete(builder.body);
    if (!builder.failed && result != NUNCIO_CANNOT)
        return NUNCIO_OK;
    request_finish(ret_request);
    if (result == NUNCIO_CANNOT)
        return NUNCIO_CANNOT;
    if (failure)
        *failure = builder.failure;
    return -1;
}

void request_finish(struct http_request *request)
{
    if (!request)
        return;
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (request->headers[i].secret)
            text_wipe(request->headers[i].line);
        else
            free(request->headers[i].line);
    }
    free(request->headers);
    free(request->url);
    free(request->body_text);
    free(request->segments);
    free(request->repeat_key);
    memset(request, 0, sizeof *request);
}
