/* SPDX-License-Identifier: MIT */
/*
 * Building requests: values of a call and of options, then the services that a plugin calls and with what.
 * Whatever a plugin and a vendor's ids do, a request that is built holds no control character, no path that
 * climbs, no secret where it would be shown, and a strict JSON body; and the same is built again.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"

#include <ctype.h>
#include "json.h"
#include "request.h"

#define BASE_URL "https://api.example/v1"
#define SECRET   "S3CR3T-CANARY"
#define CALLS    24 /* of services, in one request */

struct script {
    struct nuncio_slice calls;
    struct nuncio_slice option;
};

/* ---- The plugin ----------------------------------------------------------------------------------------- */

/* A path of a plugin's own: what is no letter, digit, slash or brace would only find what the plugin wrote. */
static void tame(char *path)
{
    for (; *path; path++) {
        if (!isalnum((unsigned char)*path) && !strchr("/{}_-", *path))
            *path = 'x';
    }
}

static void call_service(struct nuncio_request *req, uint8_t which, char *name, const char *value,
                         struct nuncio_slice text)
{
    static const char *const methods[] = {"POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", NULL};
    switch (which % 12) {
    case 0:
        tame(name);
        nuncio_target(req, methods[which / 12 % 7], name);
        break;
    case 1:
        nuncio_query(req, name, value);
        break;
    case 2:
        nuncio_header(req, name, value, which / 12 % 2u);
        break;
    case 3:
        nuncio_put_string(req, name, text);
        break;
    case 4:
        nuncio_put_template(req, name, value);
        break;
    case 5:
        nuncio_put_integer(req, name, text.size > 0 ? INT64_MIN : INT64_MAX);
        break;
    case 6:
        nuncio_put_boolean(req, name, which / 12 % 2);
        break;
    case 7:
        nuncio_put_option(req, name, value);
        break;
    case 8:
        nuncio_put_id(req, name, text);
        break;
    case 9:
        nuncio_put_attachment(req, name, which / 12 % 3u);
        break;
    case 10:
        nuncio_patience(req, (int64_t)text.size - 2);
        break;
    default:
        nuncio_repeatable(req, text);
    }
}

static int32_t build(const void *instance, const struct nuncio_call *call, struct nuncio_request *req,
                     struct nuncio_error *err)
{
    const struct script *script = instance;
    struct fuzz_input input = {script->calls.data, script->calls.data + script->calls.size};
    (void)call;
    for (int i = 0; i < CALLS && input.at < input.end; i++) {
        uint8_t which = fuzz_byte(&input);
        char *name = text_copy(fuzz_piece(&input));
        struct nuncio_slice text = fuzz_piece(&input);
        char *value = text_copy(text);
        FUZZ_CHECK(name && value);
        call_service(req, which, name, value, text);
        free(name);
        free(value);
    }
    return nuncio_built(req, err);
}

static bool option(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                   uint32_t *ret_flags)
{
    const struct script *script = context;
    static const char *const names[] = {"api_key", "user_id", "limit", "is_test"};
    for (uint32_t i = 0; i < 4; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *ret_value = i == 0 ? nuncio_slice(SECRET) : script->option;
        *ret_type = i == 0 ? NUNCIO_STRING : i;
        *ret_flags = i == 0 ? NUNCIO_SECRET : 0;
        return true;
    }
    return false;
}

/* ---- What must hold ------------------------------------------------------------------------------------- */

static void check_url(const char *url)
{
    const char *path = url + sizeof BASE_URL - 1;
    FUZZ_CHECK(strncmp(url, BASE_URL "/", sizeof BASE_URL) == 0);
    FUZZ_CHECK(
        path[strspn(path, "/?&=%-._~{}0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] ==
        '\0');
    for (const char *at = path; *at && *at != '?'; at++) {
        size_t size = *at == '/' ? strcspn(at + 1, "/?") : 0;
        FUZZ_CHECK(!(size == 1 && at[1] == '.') && !(size == 2 && at[1] == '.' && at[2] == '.'));
    }
}

static void check_headers(const struct http_request *request, bool printing)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        const struct request_header *header = &request->headers[i];
        FUZZ_CHECK(!text_has_control(header->line, strlen(header->line)));
        FUZZ_CHECK(strstr(header->line, ": "));
        FUZZ_CHECK((header->secret && !printing) || !strstr(header->line, SECRET));
    }
}

static void check_body(const struct http_request *request)
{
    uint64_t size = 0;
    bool attachments = false;
    for (uint32_t i = 0; i < request->segment_count; i++) {
        size += request->segments[i].size;
        attachments = attachments || !request->segments[i].data;
    }
    FUZZ_CHECK(size == request->body_size);
    FUZZ_CHECK(request->body_text || request->body_size == 0);
    if (!request->body_text)
        return;
    FUZZ_CHECK(strlen(request->body_text) == request->body_text_size);
    FUZZ_CHECK(!strstr(request->body_text, SECRET));
    struct json_document *document = NULL;
    if (!attachments) {
        enum json_problem problem = json_parse(request->body_text, request->body_text_size, &document);
        FUZZ_CHECK(problem == JSON_GOOD || problem == JSON_TOO_DEEP);
    }
    json_destroy(document);
}

static bool same_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void check_same(const struct http_request *left, const struct http_request *right)
{
    FUZZ_CHECK(strcmp(left->method, right->method) == 0 && same_text(left->url, right->url));
    FUZZ_CHECK(left->header_count == right->header_count && left->segment_count == right->segment_count);
    FUZZ_CHECK(same_text(left->body_text, right->body_text) && left->body_size == right->body_size);
    FUZZ_CHECK(left->patience_ms == right->patience_ms && same_text(left->repeat_key, right->repeat_key));
    for (uint32_t i = 0; i < left->header_count; i++)
        FUZZ_CHECK(strcmp(left->headers[i].line, right->headers[i].line) == 0);
}

static void check_failure(const struct nuncio_failure *failure, const struct http_request *request)
{
    FUZZ_CHECK(failure->error_class == NUNCIO_CLASS_INVALID || failure->error_class == NUNCIO_CLASS_INTERNAL);
    FUZZ_CHECK(failure->text[0] && !strstr(failure->text, SECRET));
    fuzz_clean(nuncio_slice(failure->text), sizeof failure->text - 1, 1);
    FUZZ_CHECK(!request->url && !request->headers && !request->body_text && !request->segments);
}

static void run(const struct script *script, const struct nuncio_call *call, bool printing)
{
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .build = build};
    const struct request_values values = {.option = option, .context = script, .printing = printing};
    struct http_request requests[2];
    struct nuncio_failure failures[2] = {0};
    int results[2];
    for (int i = 0; i < 2; i++)
        results[i] = request_build(&step, script, call, BASE_URL, &values, &requests[i], &failures[i]);
    FUZZ_CHECK(results[0] == results[1]);
    if (results[0] == NUNCIO_OK) {
        check_url(requests[0].url);
        check_headers(&requests[0], printing);
        check_body(&requests[0]);
        check_same(&requests[0], &requests[1]);
    } else {
        check_failure(&failures[0], &requests[0]);
        FUZZ_CHECK(strcmp(failures[0].text, failures[1].text) == 0);
    }
    for (int i = 0; i < 2; i++)
        request_finish(&requests[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct nuncio_attachment attachments[] = {
        {.size = sizeof attachments[0], .bytes = 3},
        {.size = sizeof attachments[0], .url = {"https://x.example/", 18}},
    };
    struct fuzz_input input = fuzz_start(data, size);
    /* libFuzzer sees what is compared, and would write the canary itself. */
    if (memmem(input.at, size, SECRET, sizeof SECRET - 1))
        return 0;
    bool printing = fuzz_byte(&input) % 2;
    struct script script = {.option = fuzz_text(&input, 1024)};
    struct nuncio_call call = {.size = sizeof call,
                               .step = NUNCIO_STEP_SEND,
                               .interaction = nuncio_slice("01JDA4E8V5T3N0Q2W6Y8Z1B7C9"),
                               .attachments = attachments,
                               .attachment_count = 2,
                               .attachment_size = sizeof attachments[0]};
    call.agent = fuzz_text(&input, 1024);
    call.conversation = fuzz_text(&input, 1024);
    call.cursor = fuzz_text(&input, 1024);
    call.ticket = call.cursor;
    call.key = call.agent;
    script.calls = fuzz_rest(&input);
    run(&script, &call, printing);
    return 0;
}
