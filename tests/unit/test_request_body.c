/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "building.h"
#include "json.h"

BUILD(everything, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_string(req, "/messages/0/role", nuncio_slice("user"));
    nuncio_put_string(req, "/messages/0/content", call->text);
    nuncio_put_string(req, "/absent", call->conversation);
    nuncio_put_string(req, "/empty", nuncio_slice(""));
    nuncio_put_template(req, "/name", "nuncio-{interaction}");
    nuncio_put_template(req, "/gone", "x{unset}");
    nuncio_put_template(req, "/raw", "{user_id}&\n");
    nuncio_put_boolean(req, "/yes", 7);
    nuncio_put_boolean(req, "/no", 0);
    nuncio_put_integer(req, "/max", INT64_MAX);
    nuncio_put_integer(req, "/min", INT64_MIN);
})

static void test_everything(void **state)
{
    (void)state;
    building_body(everything, "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"empty\":\"\","
                              "\"name\":\"nuncio-01J\",\"raw\":\"user 1/2&\\n\",\"yes\":true,\"no\":false,"
                              "\"max\":9223372036854775807,\"min\":-9223372036854775808}");
}

BUILD(options, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_option(req, "/string", "user_id");
    nuncio_put_option(req, "/empty", "empty");
    nuncio_put_option(req, "/unset", "unset");
    nuncio_put_option(req, "/integer", "limit");
    nuncio_put_option(req, "/boolean", "is_test");
})

BUILD(ids, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_id(req, "/-", nuncio_slice("0"));
    nuncio_put_id(req, "/-", nuncio_slice("42"));
    nuncio_put_id(req, "/-", nuncio_slice("042"));
    nuncio_put_id(req, "/-", nuncio_slice("-1"));
    nuncio_put_id(req, "/-", nuncio_slice("4x"));
    nuncio_put_id(req, "/-", nuncio_slice(""));
    nuncio_put_id(req, "/-", nuncio_slice("999999999999999999"));
    nuncio_put_id(req, "/-", nuncio_slice("1000000000000000000"));
    nuncio_put_id(req, "/-", nuncio_slice("1e5"));
    nuncio_put_id(req, "/-", call->conversation);
})

static void test_typed(void **state)
{
    (void)state;
    building_body(options, "{\"string\":\"user 1/2\",\"empty\":\"\",\"integer\":-9223372036854775808,"
                           "\"boolean\":true}");
    building_body(ids,
                  "[0,42,\"042\",\"-1\",\"4x\",\"\",999999999999999999,\"1000000000000000000\",\"1e5\"]");
}

BUILD(last_wins, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_integer(req, "/a", 1);
    nuncio_put_integer(req, "/a", 2);
})

BUILD(no_body, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_string(req, "/a", call->conversation);
    nuncio_put_template(req, "/a", "{unset}");
    nuncio_put_option(req, "/a", "unset");
})

BUILD(no_body_of_put, { nuncio_target(req, "PUT", "/x"); })

static void test_empty_body(void **state)
{
    (void)state;
    building_body(last_wins, "{\"a\":2}");
    /* A POST always has a body, since vendors that read JSON refuse an empty one; the others need not. */
    building_body(no_body, "{}");
    building_body(no_body_of_put, NULL);
}

static const char *pointer;

BUILD(put_at_pointer, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_string(req, "/list/0", call->text);
    nuncio_put_integer(req, pointer, 1);
})
BUILD(unknown_option, { nuncio_put_option(req, "/a", "nothing"); })
BUILD(null_option, { nuncio_put_option(req, "/a", NULL); })
BUILD(bad_integer, { nuncio_put_option(req, "/a", "bad_limit"); })
BUILD(bad_boolean, { nuncio_put_option(req, "/a", "bad_test"); })
BUILD(odd_type, { nuncio_put_option(req, "/a", "odd"); })
BUILD(null_template, { nuncio_put_template(req, "/a", NULL); })
BUILD(bad_template, { nuncio_put_template(req, "/a", "{"); })
BUILD(binary_string, { nuncio_put_string(req, "/a", nuncio_slice("\xFF\xFE")); })
BUILD(binary_id, { nuncio_put_id(req, NULL, nuncio_slice("\xFF\xFE")); })
BUILD(binary_option, { nuncio_put_option(req, "/a", "binary"); })
BUILD(nul_string, { nuncio_put_string(req, "/a", ((struct nuncio_slice){"a\0b", 3})); })

static void test_misuse(void **state)
{
    static const char *const bad[] = {NULL, "a", "/list/2", "/list/a", "/list/0/x", "/~"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        pointer = bad[i];
        building_fails(put_at_pointer, NUNCIO_CLASS_INTERNAL, "JSON pointer");
    }
    building_fails(unknown_option, NUNCIO_CLASS_INTERNAL, "nothing");
    building_fails(null_option, NUNCIO_CLASS_INTERNAL, "NULL");
    building_fails(bad_integer, NUNCIO_CLASS_INVALID, "bad_limit");
    building_fails(bad_boolean, NUNCIO_CLASS_INVALID, "bad_test");
    building_fails(odd_type, NUNCIO_CLASS_INVALID, "odd");
    building_fails(null_template, NUNCIO_CLASS_INTERNAL, "template");
    building_fails(bad_template, NUNCIO_CLASS_INTERNAL, "template");
    building_fails(binary_string, NUNCIO_CLASS_INVALID, "UTF-8");
    building_fails(binary_id, NUNCIO_CLASS_INVALID, "UTF-8");
    building_fails(binary_option, NUNCIO_CLASS_INVALID, "UTF-8");
    building_fails(nul_string, NUNCIO_CLASS_INVALID, "UTF-8");
}

/* ---- Attachments
 * ------------------------------------------------------------------------------------------- */

static const struct nuncio_attachment items[] = {
    {.size = sizeof items[0], .file_name = {"a", 1}, .bytes = 1},
    {.size = sizeof items[0], .url = {"http://h/x", 10}},
    {.size = sizeof items[0], .file_name = {"b", 1}, .bytes = 6000000000},
};

static struct building with_attachments(void)
{
    struct building building = building_start();
    building.call.attachments = items;
    building.call.attachment_count = COUNT(items);
    building.call.attachment_size = sizeof items[0];
    return building;
}

BUILD(two_attachments, {
    nuncio_target(req, "POST", "/x");
    /* What the stand-in could look like, by chance or by malice. */
    nuncio_put_string(req, "/text",
                      nuncio_slice("\x01"
                                   "2\x01 \"\x01"
                                   "0\x01\" \\u0001"));
    nuncio_put_attachment(req, "/a/0/data", 2);
    nuncio_put_attachment(req, "/a/1/data", 0);
    nuncio_put_string(req,
                      "/\x01"
                      "0\x01",
                      nuncio_slice("key"));
})

static void check_segment(const struct http_request *request, uint32_t i, const char *literal, uint64_t size,
                          uint32_t attachment)
{
    assert_true(i < request->segment_count);
    const struct request_segment *segment = &request->segments[i];
    assert_true(segment->size == size);
    if (literal) {
        assert_int_equal(size, strlen(literal));
        assert_memory_equal(segment->data, literal, size);
    } else {
        assert_null(segment->data);
        assert_int_equal(segment->attachment, attachment);
    }
}

static void test_segments(void **state)
{
    struct building building = with_attachments();
    const struct http_request *request = &building.request;
    static const char first[] =
        "{\"text\":\"\\u00012\\u0001 \\\"\\u00010\\u0001\\\" \\\\u0001\",\"a\":[{\"data\":\"";
    static const char second[] = "\"},{\"data\":\"";
    static const char third[] = "\"}],\"\\u00010\\u0001\":\"key\"}";
    (void)state;
    assert_int_equal(building_run(&building, two_attachments), NUNCIO_OK);
    assert_int_equal(request->segment_count, 5);
    check_segment(request, 0, first, strlen(first), 0);
    check_segment(request, 1, NULL, UINT64_C(8000000000), 2);
    check_segment(request, 2, second, strlen(second), 0);
    check_segment(request, 3, NULL, 4, 0);
    check_segment(request, 4, third, strlen(third), 0);
    assert_true(request->body_size == UINT64_C(8000000004) + strlen(first) + strlen(second) + strlen(third));
    request_finish(&building.request);
}

BUILD(replaced_attachment, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_attachment(req, "/a", 0);
    nuncio_put_string(req, "/a", nuncio_slice("other"));
    nuncio_put_attachment(req, "/b", 0);
    nuncio_put_attachment(req, "/c", 0);
})

static void test_replaced_and_twice(void **state)
{
    struct building building = with_attachments();
    (void)state;
    assert_int_equal(building_run(&building, replaced_attachment), NUNCIO_OK);
    assert_int_equal(building.request.segment_count, 5);
    check_segment(&building.request, 0, "{\"a\":\"other\",\"b\":\"", 18, 0);
    check_segment(&building.request, 4, "\"}", 2, 0);
    request_finish(&building.request);
}

BUILD(attachment_alone, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_attachment(req, "", 0);
})
BUILD(attachment_url, { nuncio_put_attachment(req, "/a", 1); })
BUILD(attachment_beyond, { nuncio_put_attachment(req, "/a", 3); })
BUILD(attachment_wild, { nuncio_put_attachment(req, "/a", UINT32_MAX); })

static void check_attachment_misuse(struct building building, build_function *build, const char *word)
{
    assert_int_equal(building_run(&building, build), -1);
    assert_int_equal(building.failure.error_class, NUNCIO_CLASS_INTERNAL);
    assert_holds(building.failure.text, word);
}

static void test_attachment_misuse(void **state)
{
    struct building building = with_attachments();
    (void)state;
    assert_int_equal(building_run(&building, attachment_alone), NUNCIO_OK);
    check_segment(&building.request, 0, "\"", 1, 0);
    assert_true(building.request.body_size == 6);
    request_finish(&building.request);
    check_attachment_misuse(building, attachment_url, "is a URL");
    check_attachment_misuse(building, attachment_beyond, "not there");
    check_attachment_misuse(building, attachment_wild, "not there");
    building.call.attachment_size = 8;
    check_attachment_misuse(building, attachment_alone, "not there");
    building.call.attachments = NULL;
    check_attachment_misuse(building, attachment_alone, "not there");
}

BUILD(second_attachment, {
    nuncio_target(req, "POST", "/x");
    nuncio_put_attachment(req, "/a", 1);
})

/* A call of a later core, whose attachments are larger. */
static void test_attachment_stride(void **state)
{
    struct {
        struct nuncio_attachment attachment;
        uint64_t later;
    } wider[2] = {{{.bytes = 1}, 7}, {{.bytes = 30}, 7}};
    struct building building = with_attachments();
    (void)state;
    building.call.attachments = &wider[0].attachment;
    building.call.attachment_count = 2;
    building.call.attachment_size = sizeof wider[0];
    assert_int_equal(building_run(&building, second_attachment), NUNCIO_OK);
    check_segment(&building.request, 1, NULL, 40, 1);
    request_finish(&building.request);
}

/* ---- Memory
 * ------------------------------------------------------------------------------------------------ */

static int allocations_left;

static void *scarce(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void check_no_memory(build_function *build)
{
    cJSON_Hooks hooks = {scarce, free};
    struct building building = with_attachments();
    building.result = -1;
    for (int count = 0; building.result != NUNCIO_OK; count++) {
        cJSON_InitHooks(&hooks);
        allocations_left = count;
        building_run(&building, build);
        cJSON_InitHooks(NULL);
        if (building.result != NUNCIO_OK)
            assert_string_equal(building.failure.text, "out of memory");
        assert_true(count < 200);
    }
    request_finish(&building.request);
}

/* Whichever allocation of the tree fails: it is said, and nothing is lost. */
static void test_no_memory(void **state)
{
    (void)state;
    check_no_memory(two_attachments);
    check_no_memory(everything);
    check_no_memory(options);
    check_no_memory(ids);
    check_no_memory(no_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_empty_body),        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_segments),          cmocka_unit_test(test_replaced_and_twice),
        cmocka_unit_test(test_attachment_misuse), cmocka_unit_test(test_attachment_stride),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
