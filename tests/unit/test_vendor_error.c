/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"
#include "text.h"

static void check(const char *body, const char *code, const char *message)
{
    struct response response;
    answer(&response, 400, "", body);
    assert_slice(nuncio_vendor_code(&response.abi), code);
    assert_slice(nuncio_vendor_message(&response.abi), message);
    /* Asked again it says the same. */
    assert_slice(nuncio_vendor_message(&response.abi), message);
    response_finish(&response);
}

static void test_error_text(void **state)
{
    (void)state;
    check("{\"error\":\"gummie_not_found\"}", "gummie_not_found", "gummie_not_found");
    check("{\"error\":\"Some text\"}", NULL, "Some text");
    check("{\"error\":\" trimmed \"}", "trimmed", "trimmed");
    check("{\"error\":\"two\\nlines\"}", NULL, "two\nlines");
    check("{\"error\":\"x\",\"code\":\"y\",\"message\":\"z\"}", "y", "z");
    check("{\"error\":\"x\",\"code\":\"y\"}", "y", "x");
    check("{\"error\":\"x\",\"message\":\"z\"}", "x", "z");
    check("{\"error\":\"Some text\",\"message\":\"z\"}", NULL, "z");
}

static void test_error_object(void **state)
{
    (void)state;
    check("{\"error\":{\"code\":\"c\",\"message\":\"Some text\"}}", "c", "Some text");
    check("{\"error\":{\"code\":\"c\"},\"status\":\"error\"}", "c", "c");
    check("{\"error\":{\"message\":\"text\"}}", NULL, "text");
    check("{\"error\":{\"code\":null,\"message\":\"text\",\"type\":\"t\"}}", NULL, "text");
    /* The outer members belong to something else then. */
    check("{\"error\":{\"message\":\"inner\"},\"code\":\"outer\"}", NULL, "inner");
    check("{\"error\":{},\"detail\":\"d\"}", "d", "d");
    check("{\"error\":{}}", NULL, NULL);
}

static void test_top(void **state)
{
    (void)state;
    check("{\"code\":\"VALIDATION_ERROR\",\"message\":\"content is too long\"}", "VALIDATION_ERROR",
          "content is too long");
    check("{\"code\":\"C\"}", "C", "C");
    check("{\"message\":\"Forbidden\"}", NULL, "Forbidden");
    /* A number is what proxies put there: no code of the vendor. */
    check("{\"code\":502,\"message\":\"bad gateway\"}", NULL, "bad gateway");
    check("{\"error\":true,\"message\":\"m\"}", NULL, "m");
    check("{\"error\":\"\",\"message\":\" \"}", NULL, NULL);
    check("{\"code\":\"a\",\"code\":\"b\",\"message\":\"m\"}", NULL, "m");
}

static void test_detail(void **state)
{
    (void)state;
    check("{\"detail\":\"Agent not found.\"}", NULL, "Agent not found.");
    check("{\"detail\":\"not_found\"}", "not_found", "not_found");
    check("{\"detail\":\"d\",\"error\":\"e\"}", "e", "e");
    check("{\"detail\":\"Some text\",\"code\":\"c\"}", "c", "Some text");
}

static void test_field(void **state)
{
    (void)state;
    check("{\"field\":[\"x\"]}", NULL, "field: x");
    check("{\"agent_id\":[\"This field is required.\",\"And more.\"]}", NULL,
          "agent_id: This field is required.");
    check("{\"a\":1,\"b\":[],\"c\":[2],\"d\":[\" \"],\"e\":[\"found\"],\"f\":[\"late\"]}", NULL, "e: found");
    check("{\"detail\":[{\"msg\":\"m\"}]}", NULL, NULL);
    check("{\"message\":\"m\",\"field\":[\"x\"]}", NULL, "m");
    check("{\"a\":{\"b\":[\"x\"]}}", NULL, NULL);
}

static void test_none(void **state)
{
    (void)state;
    check("", NULL, NULL);
    check("<html>502 Bad Gateway</html>", NULL, NULL);
    check("\"error\"", NULL, NULL);
    check("[\"error\"]", NULL, NULL);
    check("null", NULL, NULL);
    check("{}", NULL, NULL);
    check("{\"status\":\"error\"}", NULL, NULL);
    check("{\"error\":\"x\"} trailing", NULL, NULL);
}

static void check_bound(const char *format, size_t code_size, size_t message_size)
{
    struct response response;
    char text[4001];
    char body[10000];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    text[4000] = '\0';
    snprintf(body, sizeof body, format, text, text);
    answer(&response, 400, "", body);
    struct nuncio_slice code = nuncio_vendor_code(&response.abi);
    struct nuncio_slice message = nuncio_vendor_message(&response.abi);
    assert_int_equal(code.size, code_size);
    assert_int_equal(message.size, message_size);
    assert_true(text_is_utf8(code.data, (size_t)code.size));
    assert_true(text_is_utf8(message.data, (size_t)message.size));
    response_finish(&response);
}

static void test_bounded(void **state)
{
    (void)state;
    check_bound("{\"code\":\"%s\",\"message\":\"%s\"}", 126, 1000);
    check_bound("{\"error\":\"%s\",\"x\":\"%s\"}", 0, 1000);
    check_bound("{\"%s\":[\"%s\"]}", 0, 1000);
    check_bound("{\"x\":[\"%s\"],\"y\":\"%s\"}", 0, 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_text), cmocka_unit_test(test_error_object), cmocka_unit_test(test_top),
        cmocka_unit_test(test_detail),     cmocka_unit_test(test_field),        cmocka_unit_test(test_none),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
