/* SPDX-License-Identifier: MIT */
/*
 * The services that read a vendor's answer for a plugin: bytes that choose cursor state, shape and order, our
 * text, the cursor, a header line, and the body. The texts are bounded and clean; nuncio_find_reply() finds
 * what it promises, and the same in the reversed list.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"
#include "response.h"

#define CODE_LIMIT     127
#define MESSAGE_LIMIT  1000
#define RETRY_LIMIT_MS 3600000

static const struct nuncio_shape shapes[] = {
    {.size = sizeof(struct nuncio_shape),
     .id = "id",
     .role = "role",
     .text = "content",
     .parts = "parts",
     .user_words = "user",
     .agent_words = "assistant",
     .error_words = "error"},
    {.size = sizeof(struct nuncio_shape),
     .id = "id",
     .role = "role",
     .other_role = "type",
     .text = "text",
     .user_words = "user human",
     .agent_words = "agent assistant",
     .error_words = "agent_error system_error"},
    {.size = sizeof(struct nuncio_shape), .id = "", .role = "id", .user_words = " ", .agent_words = "0 user"},
};

static void check_texts(const struct response *response)
{
    struct nuncio_slice code = response_vendor_code(&response->abi);
    struct nuncio_slice message = response_vendor_message(&response->abi);
    fuzz_clean(code, CODE_LIMIT, 0);
    fuzz_clean(message, MESSAGE_LIMIT, 0);
    FUZZ_CHECK(!code.data || code.size > 0);
    FUZZ_CHECK(text_slice_equal(message, response_vendor_message(&response->abi)) || !message.data);
    int64_t wait = response_retry_after(response, INT64_C(1790000000000));
    FUZZ_CHECK(wait >= -1 && wait <= RETRY_LIMIT_MS);
    char shown[64];
    text_clean(shown, sizeof shown, buffer_text(&response->body), response->body.size);
    fuzz_clean(nuncio_slice(shown), sizeof shown - 1, 1);
}

static bool in_list(const cJSON *list, struct nuncio_node node)
{
    const cJSON *item = json_first(list);
    while (item && item != node.handle)
        item = json_next(item);
    return item != NULL;
}

static void check_found(const cJSON *list, const struct nuncio_found *found)
{
    FUZZ_CHECK(found->size == sizeof *found && found->seen <= 1);
    FUZZ_CHECK(found->seen || (!nuncio_present(found->reply) && !nuncio_present(found->failure)));
    FUZZ_CHECK(!nuncio_present(found->reply) || in_list(list, found->reply));
    FUZZ_CHECK(!nuncio_present(found->failure) || in_list(list, found->failure));
    FUZZ_CHECK(!found->last.data || found->last.size > 0);
    fuzz_clean(found->last, UINT64_MAX, 0);
}

/* The same values; the reversed list holds references, which share what is below them. */
static bool same_node(struct nuncio_node left, struct nuncio_node right)
{
    const cJSON *a = left.handle;
    const cJSON *b = right.handle;
    return a && b ? a->child == b->child && a->valuestring == b->valuestring : a == b;
}

static void check_reversed(const struct response *response, const cJSON *list,
                           const struct nuncio_shape *shape, const struct nuncio_call *call,
                           const struct nuncio_found *found)
{
    struct nuncio_shape reversed_shape = *shape;
    struct nuncio_found again = {.size = sizeof again};
    cJSON *reversed = cJSON_CreateArray();
    const cJSON *item = json_first(list);
    for (item = item ? item->prev : NULL; item; item = item == json_first(list) ? NULL : item->prev)
        FUZZ_CHECK(cJSON_AddItemReferenceToArray(reversed, (cJSON *)(uintptr_t)item));
    reversed_shape.newest_first = !shape->newest_first;
    response_find_reply(&response->abi, response_node(reversed), &reversed_shape, call, &again);
    FUZZ_CHECK(again.seen == found->seen);
    FUZZ_CHECK(same_node(again.reply, found->reply) && same_node(again.failure, found->failure));
    FUZZ_CHECK(again.last.data == found->last.data);
    cJSON_Delete(reversed);
}

static void check_piece(void *context, struct nuncio_slice piece)
{
    (void)context;
    fuzz_clean(piece, UINT64_MAX, 0);
}

static void check_search(const struct response *response, const struct nuncio_shape *shape,
                         const struct nuncio_call *call)
{
    static const char *const places[] = {"", "/messages", "/items", "/session/messages"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const cJSON *list = json_at(json_root(response->document), places[i]);
        struct nuncio_found found = {.size = sizeof found};
        response_find_reply(&response->abi, response_node(list), shape, call, &found);
        if (!json_is_array(list)) {
            FUZZ_CHECK(!found.seen && !found.last.data);
            continue;
        }
        check_found(list, &found);
        check_reversed(response, list, shape, call, &found);
        (void)response_message_text(shape, response_item(found.reply), check_piece, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_start(data, size);
    uint8_t choice = fuzz_byte(&input);
    struct nuncio_shape shape = shapes[choice / 6 % 3];
    struct nuncio_call call = {.size = sizeof call,
                               .step = NUNCIO_STEP_HISTORY,
                               .purpose = NUNCIO_RECONCILE,
                               .cursor_state = choice % 3u};
    struct response response;

    shape.newest_first = choice / 3u % 2u;
    call.text = fuzz_text(&input, UINT64_MAX);
    call.cursor = fuzz_text(&input, 1024);
    response_init(&response, SIZE_MAX);
    response.http_status = 200;
    struct nuncio_slice header = fuzz_piece(&input);
    buffer_append(&response.headers, header.data, (size_t)header.size);
    struct nuncio_slice body = fuzz_rest(&input);
    buffer_append(&response.body, body.data, (size_t)body.size);
    response_parse(&response);
    check_texts(&response);
    if (response.document)
        check_search(&response, &shape, &call);
    response_finish(&response);
    return 0;
}
