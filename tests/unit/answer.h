/* SPDX-License-Identifier: MIT */
/* A response as the http layer hands it over. */
#ifndef NUNCIO_TESTS_ANSWER_H
#define NUNCIO_TESTS_ANSWER_H

#include "response.h"

/* headers: "Name: value\n" lines. To be finished by response_finish(). */
static inline void answer(struct response *response, int32_t status, const char *headers, const char *body)
{
    response_init(response, SIZE_MAX);
    response->http_status = status;
    buffer_append_text(&response->headers, headers);
    buffer_append_text(&response->body, body);
    response_parse(response);
}

#endif
