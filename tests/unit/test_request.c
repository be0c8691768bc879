/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "building.h"
#include "request_builder.h"

BUILD(whole, {
    nuncio_target(req, "POST", "/agents/{agent}/messages");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
    nuncio_header(req, "X-User", "{user_id}", 0);
    nuncio_query(req, "team", "{user_id}");
    nuncio_put_string(req, "/text", call->text);
    nuncio_patience(req, 5000);
    nuncio_repeatable(req, call->key);
})

static void test_whole(void **state)
{
    struct building building = building_start();
    const struct http_request *request = &building.request;
    (void)state;
    assert_int_equal(building_run(&building, whole), NUNCIO_OK);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->url, "https://api.example/v1/agents/agent%20a/messages?team=user%201%2F2");
    assert_int_equal(request->header_count, 2);
    assert_string_equal(request->headers[0].line, "Authorization: Bearer s3cret");
    assert_true(request->headers[0].secret);
    assert_string_equal(request->headers[1].line, "X-User: user 1/2");
    assert_false(request->headers[1].secret);
    assert_string_equal(request->body_text, "{\"text\":\"hello\"}");
    assert_int_equal(request->body_size, 16);
    assert_int_equal(request->body_text_size, 16);
    assert_int_equal(request->segment_count, 1);
    assert_ptr_equal(request->segments[0].data, request->body_text);
    assert_int_equal(request->patience_ms, 5000);
    assert_string_equal(request->repeat_key, "key-1");

    /* Built again it is the same. */
    struct http_request first = *request;
    assert_int_equal(building_run(&building, whole), NUNCIO_OK);
    assert_string_equal(request->url, first.url);
    assert_string_equal(request->body_text, first.body_text);
    request_finish(&first);
    request_finish(&building.request);
    assert_null(building.request.url);
    request_finish(&building.request);
    request_finish(NULL);
}

BUILD(get_twice, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "a", "1");
    nuncio_query(req, "gone", "{unset}");
    nuncio_query(req, "b[c]", "x y&z");
    nuncio_query(req, "d", "{empty}");
})

BUILD(get_with_question, {
    nuncio_query(req, "b", "2");
    nuncio_target(req, "GET", "/x?a=1");
})

BUILD(get_plain, { nuncio_target(req, "GET", "/x/"); })

static void check_base(const char *base_url, const char *expected)
{
    struct building building = building_start();
    building.base_url = base_url;
    assert_int_equal(building_run(&building, get_plain), NUNCIO_OK);
    assert_string_equal(building.request.url, expected);
    assert_null(building.request.body_text);
    assert_null(building.request.segments);
    assert_int_equal(building.request.body_size, 0);
    assert_int_equal(building.request.patience_ms, 0);
    assert_null(building.request.repeat_key);
    request_finish(&building.request);
}

static void test_url(void **state)
{
    (void)state;
    building_url(get_twice, "https://api.example/v1/x?a=1&b%5Bc%5D=x%20y%26z&d=");
    building_url(get_with_question, "https://api.example/v1/x?a=1&b=2");
    check_base("http://h", "http://h/x/");
    check_base("http://h/", "http://h/x/");
    check_base("http://h//", "http://h/x/");
    check_base("http://h/a/b/", "http://h/a/b/x/");
}

BUILD(no_target, { nuncio_put_string(req, "/a", call->text); })
BUILD(bad_method, { nuncio_target(req, "HEAD", "/x"); })
BUILD(lower_method, { nuncio_target(req, "get", "/x"); })
BUILD(null_method, { nuncio_target(req, NULL, "/x"); })
BUILD(null_path, { nuncio_target(req, "GET", NULL); })
BUILD(bad_path, { nuncio_target(req, "GET", "x"); })
BUILD(two_targets, {
    nuncio_target(req, "GET", "/x");
    nuncio_target(req, "GET", "/x");
})
BUILD(get_with_body, {
    nuncio_target(req, "GET", "/x");
    nuncio_put_integer(req, "/a", 1);
})
BUILD(null_query, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, NULL, "x");
})
BUILD(empty_query, { nuncio_query(req, "", "x"); })
BUILD(null_query_value, { nuncio_query(req, "a", NULL); })

static void test_misuse(void **state)
{
    (void)state;
    building_fails(no_target, NUNCIO_CLASS_INTERNAL, "target");
    building_fails(bad_method, NUNCIO_CLASS_INTERNAL, "HEAD");
    building_fails(lower_method, NUNCIO_CLASS_INTERNAL, "get");
    building_fails(null_method, NUNCIO_CLASS_INTERNAL, "method");
    building_fails(null_path, NUNCIO_CLASS_INTERNAL, "path");
    building_fails(bad_path, NUNCIO_CLASS_INTERNAL, "path");
    building_fails(two_targets, NUNCIO_CLASS_INTERNAL, "twice");
    building_fails(get_with_body, NUNCIO_CLASS_INTERNAL, "GET");
    building_fails(null_query, NUNCIO_CLASS_INTERNAL, "query");
    building_fails(empty_query, NUNCIO_CLASS_INTERNAL, "query");
    building_fails(null_query_value, NUNCIO_CLASS_INTERNAL, "query");
}

static int32_t cannot(const void *self, const struct nuncio_call *call, struct nuncio_request *req,
                      struct nuncio_error *err)
{
    (void)self;
    (void)call;
    (void)err;
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, "X-A", "{api_key}", 0);
    return NUNCIO_CANNOT;
}

static int32_t returned;

static int32_t returns(const void *self, const struct nuncio_call *call, struct nuncio_request *req,
                       struct nuncio_error *err)
{
    (void)self;
    (void)call;
    (void)err;
    nuncio_target(req, "GET", "/x");
    return returned;
}

static int32_t says_why(const void *self, const struct nuncio_call *call, struct nuncio_request *req,
                        struct nuncio_error *err)
{
    (void)self;
    (void)call;
    nuncio_target(req, "get", "/x");
    return nuncio_invalid(err, "the text is too long; the vendor takes 32,000 characters");
}

static int32_t forgets_to_return(const void *self, const struct nuncio_call *call, struct nuncio_request *req,
                                 struct nuncio_error *err)
{
    (void)self;
    (void)call;
    nuncio_target(req, "GET", "/x");
    nuncio_invalid(err, "forgotten");
    return NUNCIO_OK;
}

static int32_t ignores_errors(const void *self, const struct nuncio_call *call, struct nuncio_request *req,
                              struct nuncio_error *err)
{
    (void)self;
    (void)call;
    (void)err;
    nuncio_target(req, "GET", "/{dot}");
    return NUNCIO_OK;
}

static void test_results(void **state)
{
    struct building building = building_start();
    (void)state;
    assert_int_equal(building_run(&building, cannot), NUNCIO_CANNOT);
    returned = 2;
    building_fails(returns, NUNCIO_CLASS_INTERNAL, "returned 2");
    returned = INT32_MAX;
    building_fails(returns, NUNCIO_CLASS_INTERNAL, "undefined");
    returned = -5;
    building_fails(returns, NUNCIO_CLASS_INVALID, "does not say why");
    building_fails(says_why, NUNCIO_CLASS_INVALID, "32,000 characters");
    building_fails(forgets_to_return, NUNCIO_CLASS_INVALID, "forgotten");
    building_fails(ignores_errors, NUNCIO_CLASS_INVALID, "option dot");
}

/* After the first error the others do nothing, and it is the first that is told. */
BUILD(sticky, {
    nuncio_target(req, "GET", "/{unset}");
    nuncio_target(req, "HEAD", "/x");
    nuncio_header(req, "", "", 0);
    nuncio_query(req, NULL, NULL);
    nuncio_put_string(req, "bad", call->text);
    nuncio_put_template(req, "bad", "{");
    nuncio_put_integer(req, "bad", 1);
    nuncio_put_boolean(req, "bad", 1);
    nuncio_put_option(req, "bad", "nothing");
    nuncio_put_id(req, "bad", call->agent);
    nuncio_put_attachment(req, "bad", 9);
    nuncio_patience(req, -1);
    nuncio_repeatable(req, call->key);
})

static void test_sticky(void **state)
{
    (void)state;
    building_fails(sticky, NUNCIO_CLASS_INVALID, "option unset is not set");
}

BUILD(nothing, {
    const struct nuncio_request_services *services = req->services;
    const struct nuncio_slice none = {NULL, 0};
    assert_int_equal(services->size, sizeof *services);
    services->target(NULL, "GET", "/x");
    services->query(NULL, "a", "b");
    services->header(NULL, "a", "b", 0);
    services->put_string(NULL, "/a", call->text);
    services->put_template(NULL, "/a", "b");
    services->put_integer(NULL, "/a", 1);
    services->put_boolean(NULL, "/a", 1);
    services->put_option(NULL, "/a", "user_id");
    services->put_id(NULL, "/a", call->text);
    services->put_attachment(NULL, "/a", 0);
    services->patience(NULL, 1);
    services->repeatable(NULL, call->text);
    assert_int_equal(services->built(NULL, err), NUNCIO_INVALID);
    nuncio_target(req, "GET", "/x");
    nuncio_put_string(req, "/a", none);
    nuncio_put_id(req, "/a", none);
    nuncio_repeatable(req, none);
    nuncio_repeatable(req, nuncio_slice(""));
    nuncio_patience(req, -5);
    assert_int_equal(services->built(req, NULL), NUNCIO_OK);
})

static void test_nothing(void **state)
{
    struct building building = building_start();
    (void)state;
    /* built(NULL) has said something, so the build has failed. */
    assert_int_equal(building_run(&building, nothing), -1);
    assert_holds(building.failure.text, "NULL");
}

BUILD(fails_without_error, {
    nuncio_target(req, "get", "/x");
    assert_int_equal(nuncio_built(req, NULL), NUNCIO_INVALID);
})

BUILD(impatient, {
    nuncio_target(req, "GET", "/x");
    nuncio_patience(req, -5);
    nuncio_repeatable(req, nuncio_slice(""));
})

static void test_odd_arguments(void **state)
{
    struct building building = building_start();
    const struct nuncio_step none = {.kind = NUNCIO_STEP_SEND};
    (void)state;
    building_fails(fails_without_error, NUNCIO_CLASS_INTERNAL, "get");
    assert_int_equal(building_run(&building, impatient), NUNCIO_OK);
    assert_int_equal(building.request.patience_ms, 1);
    assert_null(building.request.repeat_key);
    request_finish(&building.request);
    building.base_url = NULL;
    assert_int_equal(building_run(&building, whole), -1);
    assert_int_equal(building.failure.error_class, NUNCIO_CLASS_INVALID);
    assert_holds(building.failure.text, "base_url");
    building.base_url = "";
    assert_int_equal(building_run(&building, whole), -1);
    assert_int_equal(request_build(&none, NULL, &building.call, "http://h", NULL, &building.request, NULL),
                     -1);
    assert_int_equal(request_build(NULL, NULL, &building.call, "http://h", NULL, &building.request, NULL),
                     -1);
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .build = get_plain};
    assert_int_equal(request_build(&step, NULL, NULL, "http://h", NULL, &building.request, NULL), -1);
    /* A plugin without options. */
    assert_int_equal(request_build(&step, NULL, &building.call, "http://h", NULL, &building.request, NULL),
                     0);
    request_finish(&building.request);
    const struct nuncio_step failing = {.kind = NUNCIO_STEP_SEND, .build = whole};
    assert_int_equal(request_build(&failing, NULL, &building.call, "http://h", NULL, &building.request, NULL),
                     -1);
}

static char *long_text;

BUILD(long_path, { nuncio_target(req, "GET", long_text); })
BUILD(long_query, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "a", long_text);
})
BUILD(long_queries, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "a", long_text + 40000);
    nuncio_query(req, "b", long_text + 40000);
})
static void test_too_long(void **state)
{
    (void)state;
    long_text = malloc(80001);
    memset(long_text, '/', 80000);
    long_text[80000] = '\0';
    building_fails(long_path, NUNCIO_CLASS_INVALID, "path is too long");
    building_fails(long_query, NUNCIO_CLASS_INVALID, "query is too long");
    building_fails(long_queries, NUNCIO_CLASS_INVALID, "query is too long");
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),         cmocka_unit_test(test_url),      cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_results),       cmocka_unit_test(test_sticky),   cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_odd_arguments), cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
