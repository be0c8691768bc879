/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "response.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <curl/curl.h>

#define HEADERS_LIMIT       ((size_t)256 * 1024)
#define RETRY_AFTER_LIMIT_S 3600
#define SPARE_BYTES         ((size_t)6 << 20) /* of the 8 MB; the rest is for libcurl and the like */
#define RAW_LIMIT           ((size_t)256 * 1024)

static const struct nuncio_slice absent = {NULL, 0};

const struct response *response_of(const struct nuncio_response *abi)
{
    return (const struct response *)(const void *)abi;
}

const cJSON *response_item(struct nuncio_node node)
{
    return node.handle;
}

struct nuncio_node response_node(const cJSON *item)
{
    return (struct nuncio_node){item};
}

static int32_t get_status(const struct nuncio_response *abi)
{
    return abi ? response_of(abi)->http_status : 0;
}

static struct nuncio_slice get_header(const struct nuncio_response *abi, const char *name)
{
    return abi && name ? response_header(response_of(abi), name) : absent;
}

static struct nuncio_slice get_body(const struct nuncio_response *abi)
{
    const struct response *response = response_of(abi);
    if (!abi || (response->in_place && response->document))
        return absent;
    const struct buffer *body = &response->body;
    return (struct nuncio_slice){buffer_text(body), body->size};
}

static struct nuncio_node get_root(const struct nuncio_response *abi)
{
    return response_node(abi ? json_root(response_of(abi)->document) : NULL);
}

static struct nuncio_node get_at(const struct nuncio_response *abi, struct nuncio_node node,
                                 const char *pointer)
{
    const cJSON *found = json_at(response_item(node), pointer);
    /* The core's own, and not really constant. */
    if (abi && !found && json_is_twice(response_item(node), pointer))
        ((struct response *)(uintptr_t)response_of(abi))->ambiguous = true;
    return response_node(found);
}

static struct nuncio_slice get_string(const struct nuncio_response *abi, struct nuncio_node node)
{
    (void)abi;
    return json_string(response_item(node));
}

static struct nuncio_slice get_id(const struct nuncio_response *abi, struct nuncio_node node)
{
    return abi ? json_id(response_item(node)) : absent;
}

static int32_t get_integer(const struct nuncio_response *abi, struct nuncio_node node, int64_t *ret_value)
{
    (void)abi;
    int64_t value;
    if (!json_integer(response_item(node), &value))
        return 0;
    if (ret_value)
        *ret_value = value;
    return 1;
}

static uint32_t get_type(const struct nuncio_response *abi, struct nuncio_node node)
{
    (void)abi;
    return json_type(response_item(node));
}

static struct nuncio_node get_first(const struct nuncio_response *abi, struct nuncio_node node)
{
    (void)abi;
    const cJSON *item = response_item(node);
    return response_node(json_is_array(item) ? json_first(item) : NULL);
}

static struct nuncio_node get_next_item(const struct nuncio_response *abi, struct nuncio_node node)
{
    (void)abi;
    const cJSON *item = response_item(node);
    /* A member of an object has a name, and is no item of an array. */
    return response_node(item && !item->string ? json_next(item) : NULL);
}

static const struct nuncio_response_services services = {
    .size = sizeof services,
    .status = get_status,
    .header = get_header,
    .body = get_body,
    .root = get_root,
    .at = get_at,
    .string = get_string,
    .id = get_id,
    .integer = get_integer,
    .type = get_type,
    .first = get_first,
    .next_item = get_next_item,
    .vendor_code = response_vendor_code,
    .vendor_message = response_vendor_message,
    .find_reply = response_find_reply,
};

void response_init(struct response *response, uint64_t body_limit)
{
    memset(response, 0, sizeof *response);
    response->abi.size = sizeof response->abi;
    response->abi.services = &services;
    response->problem = JSON_MALFORMED;
    buffer_init(&response->headers, HEADERS_LIMIT);
    buffer_init(&response->body, body_limit < SIZE_MAX ? (size_t)body_limit : SIZE_MAX);
}

void response_forget(struct response *response)
{
    json_destroy(response->document);
    free(response->composed);
    response->document = NULL;
    response->composed = NULL;
    response->ambiguous = false;
    response->problem = JSON_MALFORMED;
}

/* All that an answer takes stays within its limit and 8 MB, whatever is in it. */
static size_t value_limit(const struct response *response)
{
    const struct buffer *body = &response->body;
    size_t copy = body->size <= RAW_LIMIT ? body->size : 0;
    size_t most = (body->limit - body->size) / JSON_VALUE_SIZE + (SPARE_BYTES - copy) / JSON_VALUE_SIZE;
    return most < JSON_VALUE_LIMIT ? most : JSON_VALUE_LIMIT;
}

void response_parse(struct response *response)
{
    response_forget(response);
    struct buffer *body = &response->body;
    size_t values = value_limit(response);
    /* A large one is not held twice. */
    response->in_place = body->size > RAW_LIMIT;
    response->problem = response->in_place
                            ? json_parse_in_place(body->data, body->size, values, &response->document)
                            : json_parse_within(buffer_text(body), body->size, values, &response->document);
}

void response_finish(struct response *response)
{
    response_forget(response);
    buffer_finish(&response->headers);
    buffer_finish(&response->body);
    response->http_status = 0;
}

void response_reset(struct response *response)
{
    response_forget(response);
    buffer_reset(&response->headers);
    buffer_reset(&response->body);
    response->http_status = 0;
}

struct nuncio_slice response_header(const struct response *response, const char *name)
{
    struct nuncio_slice found = absent;
    size_t length = strlen(name);
    const char *line = buffer_text(&response->headers);
    while (*line) {
        size_t size = strcspn(line, "\n");
        if (size > length && line[length] == ':' && strncasecmp(line, name, length) == 0)
            found = text_trim((struct nuncio_slice){line + length + 1, size - length - 1});
        line += size + (line[size] == '\n');
    }
    return found;
}

int64_t response_retry_after(const struct response *response, int64_t now_ms)
{
    char text[64];
    struct nuncio_slice value = response_header(response, "Retry-After");
    if (!nuncio_given(value) || value.size >= sizeof text)
        return -1;
    memcpy(text, value.data, (size_t)value.size);
    text[value.size] = '\0';
    int64_t ms;
    if (strspn(text, "0123456789") == value.size) {
        int64_t seconds;
        if (!text_integer(text, &seconds) || seconds > RETRY_AFTER_LIMIT_S)
            seconds = RETRY_AFTER_LIMIT_S;
        ms = seconds * 1000;
    } else {
        time_t date = curl_getdate(text, NULL);
        if (date < 0)
            return -1;
        ms = (int64_t)date * 1000 - now_ms;
    }
    if (ms < 0)
        return 0;
    return ms < RETRY_AFTER_LIMIT_S * 1000 ? ms : RETRY_AFTER_LIMIT_S * 1000;
}
