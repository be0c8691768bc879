/* SPDX-License-Identifier: MIT */
/* What a plugin's build() makes: a request in plain data, ready for the http layer or for printing. */
#ifndef NUNCIO_CORE_REQUEST_H
#define NUNCIO_CORE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <nuncio/plugin.h>
#include <nuncio/nuncio.h>
#include "attachment.h"

/* The values that templates may name; the owner of the options implements it. */
struct request_values {
    /* The value of an option of this provider for this agent, its type and flags (NUNCIO_SECRET); absent
       where unset. Returns false where the plugin has no option of that name. While printing, any value
       stands for a SECRET one that is set but not resolved. */
    bool (*option)(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                   uint32_t *ret_flags);
    const void *context;
    /* For --dry-run: an unset {conversation} {ticket} {cursor} stays as its name in braces instead of being
       an error in a path, and SECRET options, and SECRET headers without one, read "***". */
    bool printing;
};

struct request_header {
    char *line;  /* "Name: value" */
    bool secret; /* the value must never be shown */
};

/* A piece of the body: literal bytes, or the base64 form of an attachment. */
struct request_segment {
    const char *data; /* into body_text; NULL: an attachment */
    uint64_t size;    /* of data, or of the attachment's base64 form */
    uint32_t attachment;
};

struct http_request {
    char method[8];
    char *url;                      /* base URL + path + query */
    struct request_header *headers; /* without Content-Type and Accept, which the http layer sets */
    uint32_t header_count;
    char *body_text; /* NULL: no body. With attachments not what is sent: the segments are */
    uint64_t body_text_size;
    struct request_segment *segments;
    uint32_t segment_count;
    uint64_t body_size;  /* of all segments */
    int64_t patience_ms; /* 0: not held */
    char *repeat_key;    /* NULL: not repeatable */
};

/* Runs step->build. Returns NUNCIO_OK, NUNCIO_CANNOT (nothing is made), or a negative value with *failure
   INVALID (or INTERNAL where the plugin misused a service, returned something undefined or set no target;
   then nothing is made either). *ret_request is overwritten. */
int request_build(const struct nuncio_step *step, const void *instance, const struct nuncio_call *call,
                  const char *base_url, const struct request_values *values, struct http_request *ret_request,
                  struct nuncio_failure *failure);
/* Wipes what is secret. NULL, zeroed and finished ones are allowed. */
void request_finish(struct http_request *request);

#endif
