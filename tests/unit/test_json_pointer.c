/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "json.h"
#include "support.h"

static const char example[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8,\"Case\":9,\"twice\":{\"x\":1},"
    "\"twice\":{\"x\":2},\"deep\":{\"list\":[{\"x\":5},{\"x\":1,\"x\":2}]},\"~1\":6}";

static struct json_document *document;

static int parse_example(void **state)
{
    (void)state;
    return json_parse(example, strlen(example), &document) == JSON_GOOD ? 0 : -1;
}

static int destroy_example(void **state)
{
    (void)state;
    json_destroy(document);
    return 0;
}

static void check_at(const char *pointer, const char *expected)
{
    const cJSON *item = json_at(json_root(document), pointer);
    char *text = json_text(document, item);
    if (!expected && item)
        print_error("%s is there\n", pointer);
    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(item);
    free(text);
}

static void test_at(void **state)
{
    (void)state;
    assert_ptr_equal(json_at(json_root(document), ""), json_root(document));
    check_at("/foo", "[\"bar\",\"baz\"]");
    check_at("/foo/0", "\"bar\"");
    check_at("/foo/1", "\"baz\"");
    check_at("/", "0");
    check_at("/a~1b", "1");
    check_at("/m~0n", "8");
    check_at("/~01", "6");
    check_at("/Case", "9");
    check_at("/deep/list/0/x", "5");
}

static void test_at_absent(void **state)
{
    static const char *const absent[] = {
        "foo",     "/case",    "/foo/2",         "/foo/-1", "/foo/-",         "/foo/00",
        "/foo/01", "/foo/+1",  "/foo/0x0",       "/foo/",   "/foo/a",         "/foo/99999999999",
        "/a/b",    "/m~n",     "/m~2n",          "/m~",     "/foo/0/",        "/foo/0/x",
        "/twice",  "/twice/x", "/deep/list/1/x", "/foo//0", "/nothing/at/all"};
    (void)state;
    for (size_t i = 0; i < COUNT(absent); i++)
        check_at(absent[i], NULL);
    assert_true(json_is_twice(json_root(document), "/twice"));
    assert_true(json_is_twice(json_root(document), "/deep/list/1/x"));
    assert_false(json_is_twice(json_root(document), "/deep/list/0/x"));
    assert_false(json_is_twice(json_root(document), "/nothing/at/all"));
    assert_null(json_at(NULL, "/foo"));
    assert_null(json_at(NULL, ""));
    assert_null(json_at(json_root(document), NULL));
}

static void check_root(cJSON *root, const char *expected)
{
    char *text = json_text(NULL, root);
    assert_string_equal(text, expected);
    free(text);
    cJSON_Delete(root);
}

static void test_put(void **state)
{
    cJSON *root = NULL;
    (void)state;
    assert_null(json_put(&root, "/agent", cJSON_CreateString("x")));
    assert_null(json_put(&root, "/messages/0/role", cJSON_CreateString("user")));
    assert_null(json_put(&root, "/messages/0/content", cJSON_CreateString("hi")));
    assert_null(json_put(&root, "/messages/-/role", cJSON_CreateString("agent")));
    assert_null(json_put(&root, "/a~1b/m~0n", cJSON_CreateTrue()));
    assert_null(json_put(&root, "/list/-", cJSON_CreateNumber(1)));
    assert_null(json_put(&root, "/list/-", cJSON_CreateNumber(2)));
    assert_null(json_put(&root, "/list/2", cJSON_CreateNumber(3)));
    assert_null(json_put(&root, "/", cJSON_CreateNull()));
    assert_null(json_put(&root, "/0x/x", cJSON_CreateNull()));
    check_root(root,
               "{\"agent\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"agent\"}],"
               "\"a/b\":{\"m~n\":true},\"list\":[1,2,3],\"\":null,\"0x\":{\"x\":null}}");
}

static void test_put_replaces(void **state)
{
    cJSON *root = NULL;
    (void)state;
    assert_null(json_put(&root, "/a", cJSON_CreateNumber(1)));
    assert_null(json_put(&root, "/b/0", cJSON_CreateNumber(1)));
    assert_null(json_put(&root, "/a", cJSON_CreateNumber(2)));
    assert_null(json_put(&root, "/b/0", cJSON_CreateNumber(3)));
    assert_null(json_put(&root, "/A", cJSON_CreateNumber(4)));
    check_root(root, "{\"b\":[3],\"a\":2,\"A\":4}");
}

static void test_put_root(void **state)
{
    cJSON *root = NULL;
    (void)state;
    assert_null(json_put(&root, "", cJSON_CreateNumber(1)));
    assert_null(json_put(&root, "", cJSON_CreateNumber(2)));
    assert_non_null(json_put(&root, "/a", cJSON_CreateNumber(2)));
    check_root(root, "2");
    root = NULL;
    assert_null(json_put(&root, "/0/a", cJSON_CreateNumber(1)));
    check_root(root, "[{\"a\":1}]");
    root = NULL;
    assert_null(json_put(&root, "/-", cJSON_CreateNumber(1)));
    check_root(root, "[1]");
}

static void check_bad(cJSON **root, const char *pointer, const char *word)
{
    const char *problem = json_put(root, pointer, cJSON_CreateNumber(1));
    assert_non_null(problem);
    assert_holds(problem, word);
}

static void test_put_bad(void **state)
{
    cJSON *root = NULL;
    (void)state;
    check_bad(&root, NULL, "missing");
    check_bad(&root, "a", "start");
    check_bad(&root, "/m~", "~0 nor ~1");
    check_bad(&root, "/m~2n", "~0 nor ~1");
    check_bad(&root, "/m\xFF", "UTF-8");
    assert_null(root);
    assert_null(json_put(&root, "/list/0", cJSON_CreateString("x")));
    check_bad(&root, "/list/2", "skips");
    check_bad(&root, "/list/7/a", "skips");
    check_bad(&root, "/list/a", "member of an array");
    check_bad(&root, "/list/00", "member of an array");
    check_bad(&root, "/list/99999999999", "member of an array");
    check_bad(&root, "/list/a/b", "member of an array");
    check_bad(&root, "/list/0/a", "neither object nor array");
    check_bad(&root, "/list/0/a/b", "neither object nor array");
    check_bad(&root, "/new/5", "skips");
    assert_ptr_equal(json_put(&root, "/a", NULL), json_put_no_memory);
    cJSON_Delete(root);
}

static void test_put_depth(void **state)
{
    char pointer[2 * JSON_DEPTH_LIMIT + 3];
    cJSON *root = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof pointer - 1; i += 2)
        memcpy(pointer + i, "/a", 2);
    pointer[sizeof pointer - 1] = '\0';
    check_bad(&root, pointer, "deep");
    pointer[2 * JSON_DEPTH_LIMIT] = '\0';
    assert_null(json_put(&root, pointer, cJSON_CreateNumber(1)));
    cJSON_Delete(root);
}

static int allocations_left;

static void *scarce(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Whichever allocation fails: no crash, no leak, and it is said. */
static void test_put_no_memory(void **state)
{
    cJSON_Hooks hooks = {scarce, free};
    const char *problem = json_put_no_memory;
    (void)state;
    for (int count = 0; problem; count++) {
        cJSON *root = NULL;
        cJSON *value = cJSON_CreateString("value");
        cJSON_InitHooks(&hooks);
        allocations_left = count;
        problem = json_put(&root, "/a/0/b", value);
        cJSON_InitHooks(NULL);
        assert_true(problem == NULL || problem == json_put_no_memory);
        cJSON_Delete(root);
        assert_true(count < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at),        cmocka_unit_test(test_at_absent),
        cmocka_unit_test(test_put),       cmocka_unit_test(test_put_replaces),
        cmocka_unit_test(test_put_root),  cmocka_unit_test(test_put_bad),
        cmocka_unit_test(test_put_depth), cmocka_unit_test(test_put_no_memory),
    };
    return cmocka_run_group_tests(tests, parse_example, destroy_example);
}
