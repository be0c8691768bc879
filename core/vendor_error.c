/* SPDX-License-Identifier: MIT */
/* The vendor's error code and text, in whichever of the usual forms. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "response.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define CODE_LIMIT    127
#define MESSAGE_LIMIT 1000

static const struct nuncio_slice absent = {NULL, 0};

static struct nuncio_slice member(const cJSON *item, const char *name)
{
    struct nuncio_slice text = text_trim(json_string(json_member(item, name)));
    return nuncio_given(text) ? text : absent;
}

/* Cuts between characters. */
static struct nuncio_slice bound(struct nuncio_slice text, uint64_t limit)
{
    if (text.size > limit) {
        text.size = limit;
        while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xC0u) == 0x80u)
            text.size--;
    }
    return text;
}

/* A lone text without blanks is how some vendors write a code. */
static struct nuncio_slice as_code(struct nuncio_slice text)
{
    if (!nuncio_given(text) || text.size > CODE_LIMIT)
        return absent;
    for (uint64_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] <= ' ')
            return absent;
    }
    return text;
}

/* What the body has, before the parts stand in for one another. */
struct forms {
    struct nuncio_slice code, message; /* of members of these names, in "error" or at the top */
    struct nuncio_slice lone;          /* the text of "error" or "detail" */
};

static struct forms read_forms(const struct nuncio_response *abi)
{
    struct forms forms = {absent, absent, absent};
    const cJSON *root = abi ? json_root(response_of(abi)->document) : NULL;
    const cJSON *error = json_member(root, "error");
    const cJSON *place = json_is_object(error) ? error : root;
    forms.code = member(place, "code");
    forms.message = member(place, "message");
    forms.lone = member(root, "error");
    if (!forms.lone.data)
        forms.lone = member(root, "detail");
    return forms;
}

/* {"field":["x"]}, as Django REST answers: the first member that is a list of texts, as "field: x". */
static struct nuncio_slice field_message(const struct nuncio_response *abi)
{
    /* The slice must live as long as read(): the text is kept in the response, which the core owns and which
       is not really constant. */
    struct response *response = (struct response *)(uintptr_t)response_of(abi);
    if (!response || !json_is_object(json_root(response->document)))
        return absent;
    if (response->composed)
        return nuncio_slice(response->composed);
    for (const cJSON *field = json_first(json_root(response->document)); field; field = json_next(field)) {
        struct nuncio_slice name = bound(nuncio_slice(field->string), CODE_LIMIT);
        struct nuncio_slice text = absent;
        if (json_is_array(field))
            text = text_trim(json_string(json_first(field)));
        if (!nuncio_given(text))
            continue;
        struct buffer message;
        buffer_init(&message, SIZE_MAX);
        buffer_append(&message, name.data, (size_t)name.size);
        buffer_append_text(&message, ": ");
        text = bound(text, MESSAGE_LIMIT - message.size);
        buffer_append(&message, text.data, (size_t)text.size);
        response->composed = buffer_take(&message);
        return nuncio_slice(response->composed);
    }
    return absent;
}

struct nuncio_slice response_vendor_code(const struct nuncio_response *abi)
{
    struct forms forms = read_forms(abi);
    return forms.code.data ? bound(forms.code, CODE_LIMIT) : as_code(forms.lone);
}

struct nuncio_slice response_vendor_message(const struct nuncio_response *abi)
{
    struct forms forms = read_forms(abi);
    struct nuncio_slice message = forms.message;
    if (!message.data)
        message = forms.lone;
    if (!message.data)
        message = forms.code;
    if (!message.data)
        message = field_message(abi);
    return bound(message, MESSAGE_LIMIT);
}
