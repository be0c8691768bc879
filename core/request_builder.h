/* SPDX-License-Identifier: MIT */
/* What the request_*.c share: a request while build() runs. */
#ifndef NUNCIO_CORE_REQUEST_BUILDER_H
#define NUNCIO_CORE_REQUEST_BUILDER_H

#include "buffer.h"
#include "json.h"
#include "request.h"

struct request_builder {
    struct nuncio_request abi; /* first: what the plugin gets a pointer to */
    const struct nuncio_call *call;
    const struct request_values *values; /* may be NULL: no options */
    struct http_request *request;
    struct buffer path;  /* expanded; empty until target() */
    struct buffer query; /* "a=b&c=d" */
    cJSON *body;         /* NULL: none yet */
    uint32_t attachment_puts;
    bool failed; /* sticky; why is in failure */
    struct nuncio_failure failure;
};

/* The builder behind a plugin's pointer; NULL where it is NULL or has failed: then the service does nothing.
 */
struct request_builder *builder_of(struct nuncio_request *abi);
/* The first failure stays. INVALID: the user's to mend; INTERNAL: the plugin's author's. */
void builder_fail(struct request_builder *builder, uint32_t error_class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fails the builder where the buffer has failed; `what` names what was to go into it. */
bool builder_check(struct request_builder *builder, const struct buffer *buffer, const char *what);

/* request_template.c */
enum template_use { TEMPLATE_PATH, TEMPLATE_QUERY, TEMPLATE_HEADER, TEMPLATE_BODY };

/* Appends the template's text to *ret_text. False: a name in it is unset, so it is to be left out, or the
   builder has failed. *ret_secret (may be NULL) is set to true where a SECRET option is in it. */
bool template_expand(struct request_builder *builder, const char *template, enum template_use use,
                     struct buffer *ret_text, bool *ret_secret);

/* request_body.c: the services that write the body, and its last step. */
void body_put_string(struct nuncio_request *abi, const char *pointer, struct nuncio_slice value);
void body_put_template(struct nuncio_request *abi, const char *pointer, const char *value);
void body_put_integer(struct nuncio_request *abi, const char *pointer, int64_t value);
void body_put_boolean(struct nuncio_request *abi, const char *pointer, int32_t value);
void body_put_option(struct nuncio_request *abi, const char *pointer, const char *name);
void body_put_id(struct nuncio_request *abi, const char *pointer, struct nuncio_slice value);
void body_put_attachment(struct nuncio_request *abi, const char *pointer, uint32_t index);
/* Prints the body into the request and splits it into segments. */
void body_print(struct request_builder *builder);

#endif
