/* SPDX-License-Identifier: MIT */
/* Runs one build() of a test: a function that gets the request and does what a plugin would. */
#ifndef NUNCIO_TESTS_BUILDING_H
#define NUNCIO_TESTS_BUILDING_H

#include "request.h"
#include "support.h"
#include "text.h"

struct building {
    struct nuncio_call call;
    struct request_values values;
    const char *base_url;
    struct http_request request;
    struct nuncio_failure failure;
    int result;
};

static inline bool building_option(const void *context, const char *name, struct nuncio_slice *ret_value,
                                   uint32_t *ret_type, uint32_t *ret_flags)
{
    static const struct {
        const char *name, *value;
        uint32_t type, flags;
    } options[] = {
        {"api_key", "s3cret", NUNCIO_STRING, NUNCIO_SECRET},
        {"bad_key", "s3\ncret", NUNCIO_STRING, NUNCIO_SECRET},
        {"unset_key", NULL, NUNCIO_STRING, NUNCIO_SECRET},
        {"user_id", "user 1/2", NUNCIO_STRING, 0},
        {"empty", "", NUNCIO_STRING, 0},
        {"unset", NULL, NUNCIO_STRING, 0},
        {"dot", "..", NUNCIO_STRING, 0},
        {"limit", "-9223372036854775808", NUNCIO_INTEGER, 0},
        {"bad_limit", "x", NUNCIO_INTEGER, 0},
        {"is_test", "yes", NUNCIO_BOOLEAN, 0},
        {"bad_test", "maybe", NUNCIO_BOOLEAN, 0},
        {"odd", "x", 77, 0},
        {"binary", "\xFF", NUNCIO_STRING, 0},
    };
    (void)context;
    for (size_t i = 0; i < COUNT(options); i++) {
        if (strcmp(options[i].name, name) != 0)
            continue;
        *ret_value = nuncio_slice(options[i].value);
        *ret_type = options[i].type;
        *ret_flags = options[i].flags;
        return true;
    }
    return false;
}

static inline struct building building_start(void)
{
    struct building building = {
        .call = {.size = sizeof building.call,
                 .step = NUNCIO_STEP_SEND,
                 .text = nuncio_slice("hello"),
                 .agent = nuncio_slice("agent a"),
                 .ticket = nuncio_slice("t/1"),
                 .interaction = nuncio_slice("01J"),
                 .key = nuncio_slice("key-1")},
        .values = {.option = building_option},
        .base_url = "https://api.example/v1/",
    };
    return building;
}

typedef int32_t build_function(const void *, const struct nuncio_call *, struct nuncio_request *,
                               struct nuncio_error *);

static inline int building_run(struct building *building, build_function *build)
{
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .build = build};
    memset(&building->failure, 0, sizeof building->failure);
    building->result = request_build(&step, NULL, &building->call, building->base_url, &building->values,
                                     &building->request, &building->failure);
    if (building->result != NUNCIO_OK) {
        assert_null(building->request.url);
        assert_null(building->request.headers);
        assert_null(building->request.body_text);
    }
    return building->result;
}

/* The body as it is printed, without attachments in it. */
static inline void building_body(build_function *build, const char *expected)
{
    struct building building = building_start();
    int result = building_run(&building, build);
    if (result != NUNCIO_OK)
        print_error("%s\n", building.failure.text);
    assert_int_equal(result, NUNCIO_OK);
    if (expected)
        assert_string_equal(building.request.body_text, expected);
    else
        assert_null(building.request.body_text);
    request_finish(&building.request);
}

static inline void building_url(build_function *build, const char *expected)
{
    struct building building = building_start();
    int result = building_run(&building, build);
    if (result != NUNCIO_OK)
        print_error("%s\n", building.failure.text);
    assert_int_equal(result, NUNCIO_OK);
    assert_string_equal(building.request.url, expected);
    request_finish(&building.request);
}

static inline void building_fails(build_function *build, uint32_t error_class, const char *word)
{
    struct building building = building_start();
    assert_int_equal(building_run(&building, build), -1);
    if (building.failure.error_class != error_class)
        print_error("%s\n", building.failure.text);
    assert_int_equal(building.failure.error_class, error_class);
    assert_holds(building.failure.text, word);
    if (error_class == NUNCIO_CLASS_INTERNAL && strcmp(word, "memory") != 0)
        assert_holds(building.failure.text, "plugin");
    assert_null(strstr(building.failure.text, "s3"));
}

/* A build() of so many statements, for tests that need many. */
#define BUILD(name, ...)                                                                                     \
    static int32_t name(const void *self, const struct nuncio_call *call, struct nuncio_request *req,        \
                        struct nuncio_error *err)                                                            \
    {                                                                                                        \
        (void)self;                                                                                          \
        (void)call;                                                                                          \
        __VA_ARGS__                                                                                          \
        return nuncio_built(req, err);                                                                       \
    }

#endif
