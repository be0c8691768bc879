/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"

static void test_status_and_body(void **state)
{
    struct response response;
    (void)state;
    answer(&response, 202, "", "{\"a\":1}");
    assert_int_equal(nuncio_status(&response.abi), 202);
    assert_slice(nuncio_body(&response.abi), "{\"a\":1}");
    assert_true(nuncio_present(nuncio_at(&response.abi, "")));
    assert_true(nuncio_present(nuncio_at(&response.abi, "/a")));
    assert_int_equal(response.problem, JSON_GOOD);
    response_finish(&response);
}

static void test_not_json(void **state)
{
    struct response response;
    (void)state;
    answer(&response, 502, "", "<html>\xFF");
    assert_slice(nuncio_body(&response.abi), "<html>\xFF");
    assert_false(nuncio_present(nuncio_at(&response.abi, "")));
    assert_int_equal(response.problem, JSON_NOT_UTF8);
    response_finish(&response);

    response_init(&response, 10);
    assert_slice(nuncio_body(&response.abi), "");
    response_parse(&response);
    assert_false(nuncio_present(nuncio_at(&response.abi, "")));
    response_finish(&response);
    response_finish(&response);
}

static void test_reset(void **state)
{
    struct response response;
    (void)state;
    answer(&response, 400, "A: b\n", "{\"field\":[\"x\"]}");
    assert_slice(nuncio_vendor_message(&response.abi), "field: x");
    response_reset(&response);
    assert_int_equal(nuncio_status(&response.abi), 0);
    assert_slice(nuncio_body(&response.abi), "");
    assert_slice(nuncio_response_header(&response.abi, "A"), NULL);
    assert_false(nuncio_present(nuncio_at(&response.abi, "")));
    assert_slice(nuncio_vendor_message(&response.abi), NULL);
    buffer_append_text(&response.body, "[2]");
    response_parse(&response);
    response_parse(&response);
    assert_true(nuncio_present(nuncio_at(&response.abi, "/0")));
    response_finish(&response);
}

static void test_types(void **state)
{
    static const struct {
        const char *pointer;
        uint32_t type;
    } rows[] = {
        {"/none", NUNCIO_TYPE_ABSENT}, {"/0", NUNCIO_TYPE_NULL},   {"/1", NUNCIO_TYPE_FALSE},
        {"/2", NUNCIO_TYPE_TRUE},      {"/3", NUNCIO_TYPE_NUMBER}, {"/4", NUNCIO_TYPE_STRING},
        {"/5", NUNCIO_TYPE_ARRAY},     {"/6", NUNCIO_TYPE_OBJECT}, {"/7", NUNCIO_TYPE_NUMBER},
    };
    struct response response;
    (void)state;
    answer(&response, 200, "", "[null,false,true,1.5,\"1.5\",[],{},12345678901234567890]");
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(nuncio_type(&response.abi, nuncio_at(&response.abi, rows[i].pointer)), rows[i].type);
    response_finish(&response);
}

static void test_header(void **state)
{
    struct response response;
    (void)state;
    answer(&response, 200, "X-One: 1\nx-two:2\nX-One:  \t3 \r\nX-Empty:\nno colon\nX-On: 4\nX-Last: 5", "");
    assert_slice(nuncio_response_header(&response.abi, "X-One"), "3");
    assert_slice(nuncio_response_header(&response.abi, "x-one"), "3");
    assert_slice(nuncio_response_header(&response.abi, "X-Two"), "2");
    assert_slice(nuncio_response_header(&response.abi, "X-Empty"), "");
    assert_slice(nuncio_response_header(&response.abi, "X-Last"), "5");
    assert_slice(nuncio_response_header(&response.abi, "X-On"), "4");
    assert_slice(nuncio_response_header(&response.abi, "X"), NULL);
    assert_slice(nuncio_response_header(&response.abi, "no colon"), NULL);
    assert_slice(nuncio_response_header(&response.abi, ""), NULL);
    response_finish(&response);
}

static void test_values(void **state)
{
    struct response response;
    const struct nuncio_response *res = &response.abi;
    int64_t value = 7;
    (void)state;
    answer(&response, 200, "", "{\"s\":\"t\",\"i\":9007199254740993,\"n\":null,\"o\":{\"x\":2.5}}");
    assert_slice(nuncio_string(res, nuncio_at(res, "/s")), "t");
    assert_slice(nuncio_string(res, nuncio_at(res, "/i")), NULL);
    assert_slice(nuncio_id(res, nuncio_at(res, "/s")), "t");
    assert_slice(nuncio_id(res, nuncio_at(res, "/i")), "9007199254740993");
    assert_slice(nuncio_id(res, nuncio_at(res, "/n")), NULL);
    assert_int_equal(nuncio_integer(res, nuncio_at(res, "/s"), &value), 0);
    assert_int_equal(nuncio_integer(res, nuncio_at(res, "/o/x"), &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(nuncio_integer(res, nuncio_at(res, "/i"), &value), 1);
    assert_true(value == INT64_C(9007199254740993));
    assert_true(nuncio_present(nuncio_below(res, nuncio_at(res, "/o"), "/x")));
    assert_false(nuncio_present(nuncio_below(res, nuncio_at(res, "/o"), "/y")));
    response_finish(&response);
}

static void test_items(void **state)
{
    struct response response;
    const struct nuncio_response *res = &response.abi;
    (void)state;
    answer(&response, 200, "", "{\"list\":[1,{\"a\":2}],\"empty\":[],\"object\":{\"x\":1,\"y\":2}}");
    struct nuncio_node item = nuncio_first(res, nuncio_at(res, "/list"));
    assert_slice(nuncio_id(res, item), "1");
    item = nuncio_next_item(res, item);
    assert_slice(nuncio_id(res, nuncio_below(res, item, "/a")), "2");
    assert_false(nuncio_present(nuncio_next_item(res, item)));
    assert_false(nuncio_present(nuncio_first(res, nuncio_at(res, "/empty"))));
    assert_false(nuncio_present(nuncio_first(res, nuncio_at(res, "/object"))));
    assert_false(nuncio_present(nuncio_next_item(res, nuncio_at(res, "/object/x"))));
    assert_false(nuncio_present(nuncio_next_item(res, nuncio_at(res, ""))));
    response_finish(&response);
}

/* A broken plugin hands in nothing. */
static void test_nothing(void **state)
{
    struct response response;
    struct nuncio_node none = {NULL};
    (void)state;
    answer(&response, 200, "A: b\n", "{\"a\":1}");
    const struct nuncio_response *res = &response.abi;
    const struct nuncio_response_services *services = res->services;
    assert_int_equal(services->size, sizeof *services);
    assert_int_equal(services->status(NULL), 0);
    assert_slice(services->header(NULL, "A"), NULL);
    assert_slice(services->header(res, NULL), NULL);
    assert_slice(services->body(NULL), NULL);
    assert_false(nuncio_present(services->root(NULL)));
    assert_false(nuncio_present(services->at(NULL, none, "/a")));
    assert_false(nuncio_present(services->at(res, services->root(res), NULL)));
    assert_slice(services->string(NULL, none), NULL);
    assert_slice(services->id(NULL, services->root(res)), NULL);
    assert_slice(services->id(res, none), NULL);
    assert_int_equal(services->integer(NULL, none, NULL), 0);
    assert_int_equal(services->integer(res, nuncio_at(res, "/a"), NULL), 1);
    assert_false(nuncio_present(services->first(NULL, none)));
    assert_false(nuncio_present(services->next_item(NULL, none)));
    assert_slice(services->vendor_code(NULL), NULL);
    assert_slice(services->vendor_message(NULL), NULL);
    response_finish(&response);
}

static int64_t retry_after(const char *headers, int64_t now_ms)
{
    struct response response;
    answer(&response, 429, headers, "");
    int64_t ms = response_retry_after(&response, now_ms);
    response_finish(&response);
    return ms;
}

static void test_retry_after(void **state)
{
    static const int64_t date = INT64_C(784111777000); /* of the dates below */
    (void)state;
    assert_int_equal(retry_after("", 0), -1);
    assert_int_equal(retry_after("Retry-After:\n", 0), -1);
    assert_int_equal(retry_after("Retry-After: 0\n", 0), 0);
    assert_int_equal(retry_after("retry-after: 120\n", 0), 120000);
    assert_int_equal(retry_after("Retry-After: 3600\n", 0), 3600000);
    assert_int_equal(retry_after("Retry-After: 3601\n", 0), 3600000);
    assert_int_equal(retry_after("Retry-After: 99999999999999999999999\n", 0), 3600000);
    assert_int_equal(retry_after("Retry-After: -5\n", 0), -1);
    assert_int_equal(retry_after("Retry-After: soon\n", 0), -1);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", date - 30000), 30000);
    assert_int_equal(retry_after("Retry-After: Sunday, 06-Nov-94 08:49:37 GMT\n", date - 1500), 1500);
    assert_int_equal(retry_after("Retry-After: Sun Nov  6 08:49:37 1994\n", date), 0);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", date + 1), 0);
    assert_int_equal(retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", 0), 3600000);
    assert_int_equal(
        retry_after("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT and a lot of text that no date has in it\n",
                    0),
        -1);
}

/* A list of so many values, in a body of so many bytes, which may have `limit`. */
static enum json_problem parse_list(size_t values, size_t size, size_t limit, struct response *response)
{
    char *body = malloc(size + 1);
    assert_non_null(body);
    memset(body, ' ', size);
    body[0] = '[';
    for (size_t i = 1; i < values; i++)
        memcpy(body + 2 * i - 1, i + 1 < values ? "1," : "1 ", 2);
    body[size - 1] = ']';
    response_init(response, limit);
    buffer_append(&response->body, body, size);
    free(body);
    response_parse(response);
    return response->problem;
}

/* What the body leaves of its limit, and 6 MB, is for the values. */
static void test_values_are_limited(void **state)
{
    struct response response;
    size_t most = (((size_t)6 << 20) + 100000) / sizeof(cJSON);
    (void)state;
    assert_int_equal(parse_list(most, 300000, 400000, &response), JSON_GOOD);
    response_finish(&response);
    assert_int_equal(parse_list(most + 1, 300000, 400000, &response), JSON_TOO_MANY);
    assert_slice(nuncio_string(&response.abi, nuncio_at(&response.abi, "")), NULL);
    assert_int_equal(nuncio_body(&response.abi).size, 300000);
    response_finish(&response);
    assert_int_equal(parse_list(JSON_VALUE_LIMIT, 600000, 16 << 20, &response), JSON_GOOD);
    response_finish(&response);
    assert_int_equal(parse_list(JSON_VALUE_LIMIT + 1, 600000, SIZE_MAX, &response), JSON_TOO_MANY);
    response_finish(&response);
}

/* A large document is not held beside its text. */
static void test_large(void **state)
{
    struct response response;
    (void)state;
    assert_int_equal(parse_list(3, 256 * 1024, 1 << 20, &response), JSON_GOOD);
    assert_int_equal(nuncio_body(&response.abi).size, 256 * 1024);
    response_finish(&response);
    assert_int_equal(parse_list(3, 256 * 1024 + 1, 1 << 20, &response), JSON_GOOD);
    assert_slice(nuncio_body(&response.abi), NULL);
    struct nuncio_node item = nuncio_first(&response.abi, nuncio_at(&response.abi, ""));
    assert_slice(nuncio_id(&response.abi, item), "1");
    response_reset(&response);
    assert_slice(nuncio_body(&response.abi), "");
    response_finish(&response);
}

static void test_limits(void **state)
{
    struct response response;
    (void)state;
    response_init(&response, 4);
    buffer_append_text(&response.body, "12345");
    assert_int_equal(buffer_failed(&response.body), 2);
    response_finish(&response);
    response_init(&response, UINT64_MAX);
    buffer_append_text(&response.body, "12345");
    assert_int_equal(buffer_failed(&response.body), 0);
    response_finish(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_and_body),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_values_are_limited),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
