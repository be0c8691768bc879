/* SPDX-License-Identifier: MIT */
/* Headers of requests, which carry the secrets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "building.h"

BUILD(authorized, {
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, "Authorization", "Bearer {api_key}", NUNCIO_SECRET);
})

BUILD(header_left_out, {
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, "X-A", "{unset}", 0);
    nuncio_header(req, "X-B", "Bearer {unset_key}", NUNCIO_SECRET);
    nuncio_header(req, "X-C", "", 0);
    nuncio_header(req, "X-D", "{api_key}", 0);
    nuncio_header(req, "X-E", "plain", NUNCIO_SECRET);
})

static void test_headers(void **state)
{
    struct building building = building_start();
    const struct http_request *request = &building.request;
    (void)state;
    assert_int_equal(building_run(&building, header_left_out), NUNCIO_OK);
    assert_int_equal(request->header_count, 3);
    assert_string_equal(request->headers[0].line, "X-C: ");
    assert_string_equal(request->headers[1].line, "X-D: s3cret");
    assert_true(request->headers[1].secret); /* although the plugin did not say so */
    assert_string_equal(request->headers[2].line, "X-E: plain");
    assert_true(request->headers[2].secret);
    request_finish(&building.request);

    building.values.printing = true;
    assert_int_equal(building_run(&building, header_left_out), NUNCIO_OK);
    assert_int_equal(request->header_count, 3);
    assert_string_equal(request->headers[1].line, "X-D: ***");
    assert_string_equal(request->headers[2].line, "X-E: ***");
    request_finish(&building.request);
    assert_int_equal(building_run(&building, authorized), NUNCIO_OK);
    assert_string_equal(request->headers[0].line, "Authorization: Bearer ***");
    assert_true(request->headers[0].secret);
    request_finish(&building.request);
}

static const char *header_name;
static const char *header_value = "x";

BUILD(header_of_name, {
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, header_name, header_value, 0);
})

static void test_header_names(void **state)
{
    static const char *const bad[] = {NULL, "", "a b", "a:", "a\n", "\xC3\xA9", "a\x7F", "(a)", "a\"", "a,b"};
    static const char *const ours[] = {"content-type",      "Accept",    "HOST", "Content-Length", "Expect",
                                       "transfer-encoding", "Connection"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        header_name = bad[i];
        building_fails(header_of_name, NUNCIO_CLASS_INTERNAL, "no header name");
    }
    for (size_t i = 0; i < COUNT(ours); i++) {
        header_name = ours[i];
        building_fails(header_of_name, NUNCIO_CLASS_INTERNAL, "set by nuncio");
    }
    header_name = "X-A";
    header_value = NULL;
    building_fails(header_of_name, NUNCIO_CLASS_INTERNAL, "no value");
    header_value = "{bad_key}";
    building_fails(header_of_name, NUNCIO_CLASS_INVALID, "option bad_key has a control character");
    header_value = "a\r\nb: c";
    building_fails(header_of_name, NUNCIO_CLASS_INTERNAL, "control character");
    header_value = "x";
    header_name = "!#$%&'*+-.^_`|~09azAZ";
    struct building building = building_start();
    assert_int_equal(building_run(&building, header_of_name), NUNCIO_OK);
    request_finish(&building.request);
}

static char *long_text;

BUILD(long_header, {
    nuncio_target(req, "GET", "/x");
    nuncio_header(req, "X-A", long_text, 0);
})

static void test_too_long(void **state)
{
    (void)state;
    long_text = malloc(80001);
    memset(long_text, 'x', 80000);
    long_text[80000] = '\0';
    building_fails(long_header, NUNCIO_CLASS_INVALID, "header is too long");
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_header_names),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
