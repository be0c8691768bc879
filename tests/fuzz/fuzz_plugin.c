/* SPDX-License-Identifier: MIT */
/*
 * A provider plugin, which is linked in: bytes that choose the step and its circumstances, message text and
 * ids, and a vendor's answer. read() must give a valid verdict without a misuse of a service, bounded and
 * clean texts, and twice the same; an answer that reports an error or is no JSON is never a success. Where
 * the bytes say so, the request of that call is built instead.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"

#include <math.h>
#include <nuncio/nuncio.h>
#include "json.h"
#include "outcome.h"
#include "plugin_error.h"
#include "registry_check.h"
#include "request.h"
#include "response.h"

#define TEXT_LIMIT 65536

/* One provider with all options set, and one with as few as the plugin allows. */
struct provider {
    struct nuncio_options options; /* first: what configure() gets a pointer to */
    bool full;
    void *instance;
    struct nuncio_traits traits;
};

static struct nuncio_plugin plugin;
static struct provider providers[2];

/* ---- The provider --------------------------------------------------------------------------------------- */

static bool is_set(const struct provider *provider, const struct nuncio_option *option)
{
    if (provider->full || option->flags & NUNCIO_REQUIRED)
        return true;
    const struct nuncio_option *first = plugin.options;
    while (option->group && first < option && first->group != option->group)
        first++;
    return option->group && first == option;
}

static bool look_up(const void *context, const char *name, struct nuncio_slice *ret_value, uint32_t *ret_type,
                    uint32_t *ret_flags)
{
    static const char *const values[] = {"", "value of an option", "7", "yes"};
    for (uint32_t i = 0; i < plugin.option_count; i++) {
        const struct nuncio_option *option = &plugin.options[i];
        if (strcmp(option->name, name) != 0)
            continue;
        *ret_value = nuncio_slice(is_set(context, option) ? values[option->type] : option->default_value);
        *ret_type = option->type;
        *ret_flags = option->flags;
        return true;
    }
    return false;
}

static struct nuncio_slice option_value(const struct nuncio_options *options, const char *name)
{
    struct nuncio_slice value = {NULL, 0};
    uint32_t type = 0;
    uint32_t flags = 0;
    (void)look_up(options, name, &value, &type, &flags);
    return flags & NUNCIO_SECRET ? nuncio_slice(NULL) : value;
}

static void prepare(void)
{
    static const struct nuncio_options_services services = {sizeof services, option_value};
    const struct nuncio_plugin *descriptor = nuncio_plugin_v1();
    struct nuncio_failure failure;
    FUZZ_CHECK(registry_check_descriptor(descriptor, descriptor->name, &plugin, &failure) == 0);
    for (int full = 0; full < 2; full++) {
        struct provider *provider = &providers[full];
        struct plugin_error error;
        plugin_error_init(&error);
        provider->options = (struct nuncio_options){sizeof provider->options, &services};
        provider->full = full;
        provider->traits = (struct nuncio_traits){sizeof provider->traits, plugin.capabilities,
                                                  plugin.base_url ? plugin.base_url : "http://[::1]", NULL};
        provider->instance = plugin.instance_size ? calloc(1, (size_t)plugin.instance_size) : NULL;
        if (plugin.configure)
            FUZZ_CHECK(plugin.configure(provider->instance, &provider->options, &provider->traits,
                                        &error.abi) == NUNCIO_OK);
    }
}

/* ---- What must hold ------------------------------------------------------------------------------------- */

static void check_id(const char *id)
{
    FUZZ_CHECK(!id || *id);
    fuzz_clean(nuncio_slice(id), OUTCOME_ID_LIMIT, 0);
}

static void check_usage(const struct usage *usage)
{
    FUZZ_CHECK(usage->input_tokens >= -1 && usage->output_tokens >= -1 && usage->total_tokens >= -1);
    FUZZ_CHECK(isfinite(usage->cost_usd) && isfinite(usage->credits));
}

static void check_reply(const struct outcome *outcome)
{
    struct json_document *document = NULL;
    fuzz_clean((struct nuncio_slice){buffer_text(&outcome->reply), outcome->reply.size}, TEXT_LIMIT, 0);
    FUZZ_CHECK(outcome->reply_set || outcome->reply.size == 0);
    if (outcome->reply_json)
        FUZZ_CHECK(json_parse(outcome->reply_json, strlen(outcome->reply_json), &document) == JSON_GOOD);
    json_destroy(document);
}

static void check_verdict(const struct nuncio_call *call, const struct response *response,
                          const struct outcome *outcome)
{
    bool success = outcome->verdict == NUNCIO_DONE || outcome->verdict == NUNCIO_WAIT;
    bool reply = call->step == NUNCIO_STEP_SEND || call->step == NUNCIO_STEP_POLL ||
                 call->step == NUNCIO_STEP_FETCH || call->purpose == NUNCIO_RECONCILE;
    FUZZ_CHECK(outcome->verdict >= NUNCIO_DONE && outcome->verdict <= NUNCIO_UNSEEN);
    /* That a step is missing, that DONE has no reply and the like: the core's judgement of a plugin. */
    FUZZ_CHECK(outcome->class_ != NUNCIO_CLASS_INTERNAL);
    FUZZ_CHECK((outcome->verdict == NUNCIO_FAILED) == (outcome->class_ != 0));
    FUZZ_CHECK(outcome->verdict != NUNCIO_FAILED || outcome->text[0]);
    FUZZ_CHECK(outcome->verdict != NUNCIO_NEXT || outcome->next_step != NUNCIO_STEP_SEND);
    FUZZ_CHECK(!success || response->http_status < 300);
    FUZZ_CHECK(!success || !reply || response->document);
    FUZZ_CHECK(outcome->verdict != NUNCIO_DONE || !reply || outcome->reply_set);
    FUZZ_CHECK(call->step != NUNCIO_STEP_OPEN || outcome->verdict != NUNCIO_DONE || outcome->conversation);
}

static void check_outcome(const struct nuncio_call *call, const struct response *response,
                          const struct outcome *outcome)
{
    check_verdict(call, response, outcome);
    check_id(outcome->conversation);
    check_id(outcome->ticket);
    check_id(outcome->cursor);
    FUZZ_CHECK(!outcome->cursor || outcome->cursor_set);
    check_usage(&outcome->usage);
    check_reply(outcome);
    fuzz_clean(nuncio_slice(outcome->text), sizeof outcome->text - 1, 1);
    fuzz_clean(nuncio_slice(outcome->vendor_code), sizeof outcome->vendor_code - 1, 1);
    FUZZ_CHECK(outcome->queue_position >= -1 && outcome->hint_ms >= 0);
    FUZZ_CHECK(!outcome->input_required || outcome->verdict == NUNCIO_WAIT);
}

static bool same_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void check_same(const struct outcome *left, const struct outcome *right)
{
    FUZZ_CHECK(left->verdict == right->verdict && left->class_ == right->class_);
    FUZZ_CHECK(same_text(left->conversation, right->conversation));
    FUZZ_CHECK(same_text(left->ticket, right->ticket));
    FUZZ_CHECK(same_text(left->cursor, right->cursor) && left->cursor_set == right->cursor_set);
    FUZZ_CHECK(memcmp(&left->usage, &right->usage, sizeof left->usage) == 0);
    FUZZ_CHECK(left->reply_set == right->reply_set && same_text(left->reply_json, right->reply_json));
    FUZZ_CHECK(strcmp(buffer_text(&left->reply), buffer_text(&right->reply)) == 0);
    FUZZ_CHECK(left->next_step == right->next_step && left->wait_state == right->wait_state);
    FUZZ_CHECK(left->queue_position == right->queue_position && left->hint_ms == right->hint_ms);
    FUZZ_CHECK(left->input_required == right->input_required && strcmp(left->text, right->text) == 0);
    FUZZ_CHECK(strcmp(left->vendor_code, right->vendor_code) == 0);
}

static void read_answer(const struct provider *provider, const struct nuncio_step *step,
                        const struct nuncio_call *call, int32_t status, struct nuncio_slice body)
{
    struct response response;
    struct outcome outcomes[2];
    response_init(&response, TEXT_LIMIT);
    response.http_status = status;
    buffer_append(&response.body, body.data, (size_t)body.size);
    response_parse(&response);
    for (int i = 0; i < 2; i++) {
        outcome_init(&outcomes[i], TEXT_LIMIT);
        outcome_read(&plugin, step, provider->instance, call, &response, &outcomes[i]);
    }
    check_outcome(call, &response, &outcomes[0]);
    check_same(&outcomes[0], &outcomes[1]);
    for (int i = 0; i < 2; i++)
        outcome_finish(&outcomes[i]);
    response_finish(&response);
}

static void build_request(const struct provider *provider, const struct nuncio_step *step,
                          const struct nuncio_call *call)
{
    const struct request_values values = {.option = look_up, .context = provider};
    struct json_document *document = NULL;
    struct http_request request;
    struct nuncio_failure failure = {0};
    int result =
        request_build(step, provider->instance, call, provider->traits.base_url, &values, &request, &failure);
    FUZZ_CHECK(result >= 0 || (failure.error_class == NUNCIO_CLASS_INVALID && failure.text[0]));
    if (result == NUNCIO_OK && request.segment_count == 1)
        FUZZ_CHECK(json_parse(request.body_text, request.body_text_size, &document) == JSON_GOOD);
    json_destroy(document);
    request_finish(&request);
}

/* ---- From input to call --------------------------------------------------------------------------------- */

/* What read() may get: 200 to 599 without 3xx. */
static int32_t status_of(uint8_t high, uint8_t low)
{
    static const int32_t usual[] = {200, 201, 202, 204, 400, 401, 402, 403, 404, 405, 408,
                                    409, 410, 413, 415, 422, 429, 500, 502, 503, 504};
    int32_t status = high * 256 + low;
    bool possible = status >= 200 && status <= 599 && status / 100 != 3;
    return possible ? status : usual[low % (sizeof usual / sizeof usual[0])];
}

static const struct nuncio_step *step_of(uint8_t kind)
{
    for (uint32_t i = 0; i < plugin.step_count; i++) {
        if (plugin.steps[i].kind == kind % 8u)
            return &plugin.steps[i];
    }
    return &plugin.steps[kind % plugin.step_count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct nuncio_attachment attachment = {.size = sizeof attachment, .bytes = 3};
    struct fuzz_input input = fuzz_start(data, size);
    if (!plugin.size)
        prepare();
    const struct nuncio_step *step = step_of(fuzz_byte(&input));
    uint8_t aim = fuzz_byte(&input);
    uint8_t high = fuzz_byte(&input);
    int32_t status = status_of(high, fuzz_byte(&input));
    uint8_t flags = fuzz_byte(&input);
    uint8_t polls = fuzz_byte(&input);
    const struct provider *provider = &providers[flags >> 3 & 1];
    struct nuncio_call call = {.size = sizeof call,
                               .step = step->kind,
                               .agent = nuncio_slice("7"),
                               .interaction = nuncio_slice("01JDA4E8V5T3N0Q2W6Y8Z1B7C9"),
                               .key = nuncio_slice("01JDA4E8V5T3N0Q2W6Y8Z1B7C9"),
                               .attachments = &attachment,
                               .attachment_size = sizeof attachment,
                               .cursor_state = aim % 3u,
                               .continued = flags & 1u,
                               .cancelling = flags >> 1 & 1u,
                               .want_json = flags >> 2 & 1u,
                               .polls = polls,
                               .age_ms = polls * INT64_C(1000),
                               .left_ms = 1 + polls * INT64_C(4000)};
    if (step->kind == NUNCIO_STEP_HISTORY)
        call.purpose = aim / 3 % 2 ? NUNCIO_RECONCILE : NUNCIO_LEARN;
    call.attachment_count = plugin.capabilities & NUNCIO_ATTACHMENTS ? flags >> 4 & 1u : 0;
    call.text = fuzz_text(&input, UINT64_MAX);
    call.conversation = fuzz_text(&input, OUTCOME_ID_LIMIT);
    call.ticket = fuzz_text(&input, OUTCOME_ID_LIMIT);
    call.cursor = fuzz_text(&input, OUTCOME_ID_LIMIT);
    if (flags & 0x80)
        build_request(provider, step, &call);
    else
        read_answer(provider, step, &call, status, fuzz_rest(&input));
    return 0;
}
