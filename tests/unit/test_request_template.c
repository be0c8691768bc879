/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "building.h"

static const char *path;

BUILD(get_path, { nuncio_target(req, "GET", path); })

static void check_path(const char *template, const char *expected)
{
    path = template;
    building_url(get_path, expected);
}

static void check_bad_path(const char *template, uint32_t error_class, const char *word)
{
    path = template;
    building_fails(get_path, error_class, word);
}

static void test_path(void **state)
{
    (void)state;
    check_path("/a", "https://api.example/v1/a");
    check_path("/{agent}", "https://api.example/v1/agent%20a");
    check_path("/{ticket}/x", "https://api.example/v1/t%2F1/x");
    check_path("/{interaction}-{key}", "https://api.example/v1/01J-key-1");
    check_path("/{user_id}/{limit}/{is_test}",
               "https://api.example/v1/user%201%2F2/-9223372036854775808/yes");
    check_path("/a%20b", "https://api.example/v1/a%20b");
}

static void test_unset_in_path(void **state)
{
    (void)state;
    check_bad_path("/{conversation}", NUNCIO_CLASS_INVALID, "the conversation is not set");
    check_bad_path("/{cursor}/x", NUNCIO_CLASS_INVALID, "the cursor is not set");
    check_bad_path("/x/{unset}", NUNCIO_CLASS_INVALID, "option unset is not set");
    check_bad_path("/x/{empty}", NUNCIO_CLASS_INVALID, "option empty is empty");
    check_bad_path("/x/{dot}/y", NUNCIO_CLASS_INVALID, "option dot is \"..\"");

    struct building building = building_start();
    path = "/{agent}";
    building.call.agent = nuncio_slice(NULL);
    assert_int_equal(building_run(&building, get_path), -1);
    assert_holds(building.failure.text, "the id of the agent is not set");
    building.call.agent = nuncio_slice(".");
    assert_int_equal(building_run(&building, get_path), -1);
    assert_holds(building.failure.text, "the id of the agent is \".\"");
    building.call.agent = nuncio_slice("...");
    assert_int_equal(building_run(&building, get_path), NUNCIO_OK);
    assert_string_equal(building.request.url, "https://api.example/v1/...");
    request_finish(&building.request);
}

/* Nothing that an id holds leaves its segment. */
static void test_hostile_ids(void **state)
{
    static const char *const ids[][2] = {{"../../etc", "..%2F..%2Fetc"}, {"a?b=c#d", "a%3Fb%3Dc%23d"},
                                         {"%2e%2e", "%252e%252e"},       {"a\r\nX: y", "a%0D%0AX%3A%20y"},
                                         {"\\..\\", "%5C..%5C"},         {"{api_key}", "%7Bapi_key%7D"}};
    (void)state;
    path = "/{agent}";
    for (size_t i = 0; i < COUNT(ids); i++) {
        char expected[100];
        struct building building = building_start();
        building.call.agent = nuncio_slice(ids[i][0]);
        snprintf(expected, sizeof expected, "https://api.example/v1/%s", ids[i][1]);
        assert_int_equal(building_run(&building, get_path), NUNCIO_OK);
        assert_string_equal(building.request.url, expected);
        request_finish(&building.request);
    }
}

static void test_bad_templates(void **state)
{
    static const char *const bad[] = {
        "/{",
        "/{agent",
        "/{}",
        "/{Agent}",
        "/{agent }",
        "/{agent-id}",
        "/}",
        "/a}b",
        "/{{agent}}",
        "/{agent}}",
        "/{a_name_that_is_much_longer_than_any_option_would_ever_be_called_by_anybody}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        check_bad_path(bad[i], NUNCIO_CLASS_INTERNAL, "template");
    check_bad_path("/{nothing}", NUNCIO_CLASS_INTERNAL, "{nothing}");
    check_bad_path("/{text}", NUNCIO_CLASS_INTERNAL, "{text}");
    check_bad_path("/a b", NUNCIO_CLASS_INTERNAL, "blank");
    check_bad_path("/a#b", NUNCIO_CLASS_INTERNAL, "#");
    check_bad_path("/a\nb", NUNCIO_CLASS_INTERNAL, "control");
}

BUILD(secret_query, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "key", "{api_key}");
})
BUILD(secret_body, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_template(req, "/key", "Bearer {api_key}");
})
BUILD(secret_option, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_option(req, "/key", "api_key");
})
BUILD(unset_secret, {
    nuncio_target(req, "POST", "/x");
    nuncio_query(req, "key", "{unset_key}");
})

static void test_secrets(void **state)
{
    struct building building = building_start();
    (void)state;
    check_bad_path("/{api_key}", NUNCIO_CLASS_INTERNAL, "secret option api_key");
    building_fails(secret_query, NUNCIO_CLASS_INTERNAL, "secret option api_key");
    building_fails(secret_body, NUNCIO_CLASS_INTERNAL, "secret option api_key");
    building_fails(secret_option, NUNCIO_CLASS_INTERNAL, "secret option api_key");
    building_fails(unset_secret, NUNCIO_CLASS_INTERNAL, "secret option unset_key");
    building.values.printing = true;
    assert_int_equal(building_run(&building, secret_query), -1);
}

BUILD(query_control, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "a", "b\n");
})
/* A mistake shows although an earlier name is unset. */
BUILD(unset_then_bad, {
    nuncio_target(req, "GET", "/x");
    nuncio_query(req, "a", "{unset}{nothing}");
})
BUILD(header_of_call, {
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, "Idempotency-Key", "{key}/{interaction}", 0);
    nuncio_header(req, "X-Gone", "a {conversation}", 0);
})

static void test_uses(void **state)
{
    struct building building = building_start();
    (void)state;
    building_fails(query_control, NUNCIO_CLASS_INTERNAL, "control");
    building_fails(unset_then_bad, NUNCIO_CLASS_INTERNAL, "{nothing}");
    assert_int_equal(building_run(&building, header_of_call), NUNCIO_OK);
    assert_int_equal(building.request.header_count, 1);
    assert_string_equal(building.request.headers[0].line, "Idempotency-Key: key-1/01J");
    request_finish(&building.request);
}

static void check_printed(const char *template, const char *expected)
{
    struct building building = building_start();
    building.values.printing = true;
    building.call.ticket = nuncio_slice(NULL);
    building.call.key = nuncio_slice(NULL);
    building.call.interaction = nuncio_slice(NULL);
    path = template;
    assert_int_equal(building_run(&building, get_path), expected ? NUNCIO_OK : -1);
    if (expected)
        assert_string_equal(building.request.url, expected);
    request_finish(&building.request);
}

static void test_printing(void **state)
{
    (void)state;
    check_printed("/{agent}/{conversation}/x", "https://api.example/v1/agent%20a/{conversation}/x");
    check_printed("/{ticket}/{cursor}", "https://api.example/v1/{ticket}/{cursor}");
    check_printed("/{unset}", NULL);
    check_printed("/{key}", NULL);
    check_printed("/{interaction}", NULL);
    check_printed("/{dot}", NULL);
}

static void test_without_options(void **state)
{
    struct building building = building_start();
    const struct nuncio_step step = {.kind = NUNCIO_STEP_SEND, .build = get_path};
    (void)state;
    path = "/{agent}";
    assert_int_equal(request_build(&step, NULL, &building.call, "http://h", NULL, &building.request, NULL),
                     0);
    request_finish(&building.request);
    path = "/{conversation}";
    assert_int_equal(
        request_build(&step, NULL, &building.call, "http://h", NULL, &building.request, &building.failure),
        -1);
    path = "/{user_id}";
    assert_int_equal(
        request_build(&step, NULL, &building.call, "http://h", NULL, &building.request, &building.failure),
        -1);
    assert_int_equal(building.failure.error_class, NUNCIO_CLASS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),        cmocka_unit_test(test_unset_in_path),
        cmocka_unit_test(test_hostile_ids), cmocka_unit_test(test_bad_templates),
        cmocka_unit_test(test_secrets),     cmocka_unit_test(test_uses),
        cmocka_unit_test(test_printing),    cmocka_unit_test(test_without_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
