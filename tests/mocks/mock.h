/* SPDX-License-Identifier: MIT */
/* What the mock plugins have in common: a vendor that answers POST /send with the reply. Each mock has one
 * fault. */
#ifndef NUNCIO_TESTS_MOCK_H
#define NUNCIO_TESTS_MOCK_H

#include <nuncio/plugin.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline int32_t mock_build(const void *instance, const struct nuncio_call *call,
                                 struct nuncio_request *req, struct nuncio_error *err)
{
    (void)instance;
    nuncio_target(req, "POST", "/send");
    nuncio_put_string(req, "/text", call->text);
    return nuncio_built(req, err);
}

static inline int32_t mock_read(const void *instance, const struct nuncio_call *call,
                                const struct nuncio_response *res, struct nuncio_outcome *out)
{
    (void)instance;
    (void)call;
    nuncio_reply_text(out, nuncio_body(res));
    return NUNCIO_DONE;
}

#endif
