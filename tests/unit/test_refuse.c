/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "support.h"
#include "answer.h"
#include "outcome.h"

static struct outcome outcome;

static uint32_t class_of(int32_t status, const char *body, const struct nuncio_rule *rules, uint32_t count)
{
    struct response response;
    outcome_init(&outcome, 1000);
    answer(&response, status, "", body);
    assert_int_equal(nuncio_refuse(&outcome.abi, &response.abi, rules, count), NUNCIO_FAILED);
    assert_string_equal(outcome.misuse, "");
    uint32_t class_ = outcome.class_;
    response_finish(&response);
    outcome_finish(&outcome);
    return class_;
}

static void test_by_status(void **state)
{
    static const struct {
        int32_t status;
        uint32_t class_;
    } table[] = {
        {200, NUNCIO_CLASS_PROTOCOL},    {204, NUNCIO_CLASS_PROTOCOL},    {299, NUNCIO_CLASS_PROTOCOL},
        {400, NUNCIO_CLASS_INVALID},     {401, NUNCIO_CLASS_AUTH},        {402, NUNCIO_CLASS_CREDITS},
        {403, NUNCIO_CLASS_FORBIDDEN},   {404, NUNCIO_CLASS_NOT_FOUND},   {405, NUNCIO_CLASS_INVALID},
        {408, NUNCIO_CLASS_TIMEOUT},     {409, NUNCIO_CLASS_PROTOCOL},    {410, NUNCIO_CLASS_NOT_FOUND},
        {413, NUNCIO_CLASS_INVALID},     {415, NUNCIO_CLASS_INVALID},     {418, NUNCIO_CLASS_INVALID},
        {422, NUNCIO_CLASS_INVALID},     {429, NUNCIO_CLASS_RATE},        {499, NUNCIO_CLASS_INVALID},
        {500, NUNCIO_CLASS_UNAVAILABLE}, {502, NUNCIO_CLASS_UNAVAILABLE}, {503, NUNCIO_CLASS_UNAVAILABLE},
        {504, NUNCIO_CLASS_UNAVAILABLE}, {599, NUNCIO_CLASS_UNAVAILABLE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(class_of(table[i].status, "{\"error\":\"some_code\"}", NULL, 0), table[i].class_);
        /* An unreadable body changes nothing. */
        assert_int_equal(class_of(table[i].status, "<html>", NULL, 0), table[i].class_);
        assert_int_equal(class_of(table[i].status, "", NULL, 0), table[i].class_);
    }
}

static const struct nuncio_rule rules[] = {
    {400, NUNCIO_CLASS_NOT_FOUND, "mismatch"},
    {403, NUNCIO_CLASS_CREDITS, NULL},
    {502, NUNCIO_CLASS_AGENT, "*"},
    {0, NUNCIO_CLASS_EXISTS, "exists"},
    {429, NUNCIO_CLASS_QUOTA, "monthly"},
    {429, NUNCIO_CLASS_BUSY, NULL},
    {400, NUNCIO_CLASS_AUTH, "mismatch"},
    {500, NUNCIO_CLASS_BUSY, "still_running"},
};

#define WITH_RULES rules, COUNT(rules)

static void test_rules(void **state)
{
    (void)state;
    assert_int_equal(class_of(400, "{\"error\":\"mismatch\"}", WITH_RULES), NUNCIO_CLASS_NOT_FOUND);
    assert_int_equal(class_of(400, "{\"error\":\"Mismatch\"}", WITH_RULES), NUNCIO_CLASS_INVALID);
    assert_int_equal(class_of(401, "{\"error\":\"mismatch\"}", WITH_RULES), NUNCIO_CLASS_AUTH);
    assert_int_equal(class_of(400, "", WITH_RULES), NUNCIO_CLASS_INVALID);
    /* NULL: with or without a code. */
    assert_int_equal(class_of(403, "{\"error\":\"any\"}", WITH_RULES), NUNCIO_CLASS_CREDITS);
    assert_int_equal(class_of(403, "<html>", WITH_RULES), NUNCIO_CLASS_CREDITS);
    /* "*": any code, but there must be one. */
    assert_int_equal(class_of(502, "{\"code\":\"X\",\"message\":\"m\"}", WITH_RULES), NUNCIO_CLASS_AGENT);
    assert_int_equal(class_of(502, "{\"message\":\"m\"}", WITH_RULES), NUNCIO_CLASS_UNAVAILABLE);
    assert_int_equal(class_of(502, "{\"code\":502,\"message\":\"m\"}", WITH_RULES), NUNCIO_CLASS_UNAVAILABLE);
    assert_int_equal(class_of(502, "<html>", WITH_RULES), NUNCIO_CLASS_UNAVAILABLE);
    /* 0: any status, a success too. */
    assert_int_equal(class_of(200, "{\"error\":\"exists\"}", WITH_RULES), NUNCIO_CLASS_EXISTS);
    assert_int_equal(class_of(418, "{\"error\":\"exists\"}", WITH_RULES), NUNCIO_CLASS_EXISTS);
    /* The first that fits. */
    assert_int_equal(class_of(429, "{\"error\":\"monthly\"}", WITH_RULES), NUNCIO_CLASS_QUOTA);
    assert_int_equal(class_of(429, "{\"error\":\"other\"}", WITH_RULES), NUNCIO_CLASS_BUSY);
}

static void test_conflict(void **state)
{
    static const struct nuncio_rule any[] = {{409, NUNCIO_CLASS_BUSY, NULL}};
    static const struct nuncio_rule star[] = {{502, NUNCIO_CLASS_AGENT, "*"}};
    (void)state;
    assert_int_equal(class_of(409, "{\"error\":\"exists\"}", WITH_RULES), NUNCIO_CLASS_EXISTS);
    /* Named by a rule, though for another status: the vendor's own. */
    assert_int_equal(class_of(409, "{\"error\":\"still_running\"}", WITH_RULES), NUNCIO_CLASS_BUSY);
    assert_int_equal(class_of(409, "{\"error\":\"unheard_of\"}", WITH_RULES), NUNCIO_CLASS_PROTOCOL);
    assert_int_equal(class_of(409, "{\"error\":\"Some text\"}", WITH_RULES), NUNCIO_CLASS_PROTOCOL);
    assert_int_equal(class_of(409, "<html>", WITH_RULES), NUNCIO_CLASS_PROTOCOL);
    assert_int_equal(class_of(409, "{\"error\":\"x\"}", star, 1), NUNCIO_CLASS_PROTOCOL);
    assert_int_equal(class_of(409, "<html>", any, 1), NUNCIO_CLASS_BUSY);
}

/* A plugin of a later header, whose rows are larger. */
static void test_stride(void **state)
{
    static const struct {
        struct nuncio_rule rule;
        const char *later;
    } wider[] = {{{400, NUNCIO_CLASS_AUTH, "a"}, "x"}, {{400, NUNCIO_CLASS_QUOTA, "b"}, "y"}};
    struct response response;
    (void)state;
    outcome_init(&outcome, 1000);
    answer(&response, 400, "", "{\"error\":\"b\"}");
    outcome_refuse(&outcome.abi, &response.abi, &wider[0].rule, 2, sizeof wider[0]);
    assert_int_equal(outcome.class_, NUNCIO_CLASS_QUOTA);
    response_finish(&response);
    outcome_finish(&outcome);
}

static void test_misuse(void **state)
{
    static const struct nuncio_rule bad_class[] = {{400, NUNCIO_CLASS_UNREACHABLE, NULL}};
    struct response response;
    (void)state;
    answer(&response, 400, "", "{}");
    outcome_init(&outcome, 1000);
    assert_int_equal(outcome_refuse(&outcome.abi, NULL, NULL, 0, 16), NUNCIO_FAILED);
    assert_holds(outcome.misuse, "nuncio_refuse");
    outcome_finish(&outcome);
    assert_int_equal(outcome_refuse(&outcome.abi, &response.abi, NULL, 1, 16), NUNCIO_FAILED);
    assert_holds(outcome.misuse, "nuncio_refuse");
    outcome_finish(&outcome);
    assert_int_equal(outcome_refuse(&outcome.abi, &response.abi, rules, 1, 8), NUNCIO_FAILED);
    assert_holds(outcome.misuse, "nuncio_refuse");
    outcome_finish(&outcome);
    assert_int_equal(nuncio_refuse(&outcome.abi, &response.abi, bad_class, 1), NUNCIO_FAILED);
    assert_holds(outcome.misuse, "class 17");
    outcome_finish(&outcome);
    response_finish(&response);
}

static void check_text(int32_t status, const char *body, const char *text)
{
    struct response response;
    outcome_init(&outcome, 1000);
    answer(&response, status, "", body);
    nuncio_refuse(&outcome.abi, &response.abi, NULL, 0);
    assert_string_equal(outcome.text, text);
    response_finish(&response);
    outcome_finish(&outcome);
}

static void test_text(void **state)
{
    (void)state;
    check_text(400, "{\"error\":\"Some text\"}", "Some text");
    check_text(400, "{\"agent_id\":[\"required\"]}", "agent_id: required");
    check_text(200, "{\"tags\":[\"a\"]}", "");
    check_text(200, "{\"error\":\"Some text\"}", "Some text");
    check_text(502, "<html>", "");
}

static void check_described(uint32_t class_, int32_t status, const char *body, const char *expected)
{
    struct response response;
    char text[200];
    answer(&response, status, "", body);
    outcome_describe(class_, &response, text, sizeof text);
    assert_string_equal(text, expected);
    response_finish(&response);
}

static void test_describe(void **state)
{
    (void)state;
    check_described(NUNCIO_CLASS_UNAVAILABLE, 503, "", "the vendor answered 503 Service Unavailable");
    check_described(NUNCIO_CLASS_UNAVAILABLE, 599, "", "the vendor answered 599");
    check_described(NUNCIO_CLASS_INVALID, 400, "", "the vendor answered 400 Bad Request");
    check_described(NUNCIO_CLASS_PROTOCOL, 200, "{}",
                    "the vendor answered 200 OK, but the response is not what it documents");
    check_described(NUNCIO_CLASS_PROTOCOL, 202, "x",
                    "the vendor answered 202 Accepted, but the text is not JSON");
    check_described(NUNCIO_CLASS_PROTOCOL, 409, "\xFF",
                    "the vendor answered 409 Conflict, but the text is not UTF-8");
    check_described(NUNCIO_CLASS_CANCELLED, 200, "{}", "the run was stopped");
    for (uint32_t class_ = 0; class_ < 20; class_++) {
        struct response response;
        char text[200] = "";
        answer(&response, 200, "", "{}");
        outcome_describe(class_, &response, text, sizeof text);
        assert_true(strlen(text) > 10);
        outcome_describe(class_, &response, text, 5);
        assert_int_equal(strlen(text), 4);
        response_finish(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_status), cmocka_unit_test(test_rules),  cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_stride),    cmocka_unit_test(test_misuse), cmocka_unit_test(test_text),
        cmocka_unit_test(test_describe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
