/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include "plugin_error.h"
#include "scarce.h"
#include "support.h"
#include "text.h"

static void *handle;
static struct plugin_error error;

static int setup(void **state)
{
    (void)state;
    plugin_error_init(&error);
    return store_memory.open(NULL, &handle, &error.abi);
}

static int teardown(void **state)
{
    (void)state;
    store_memory.close(handle);
    return 0;
}

static struct nuncio_slice text(const char *terminated)
{
    return nuncio_slice(terminated);
}

static int enter(const char *gate, const char *id)
{
    return store_memory.enter(handle, text(gate), text(id), &error.abi);
}

static int leave(const char *id)
{
    return store_memory.leave(handle, text(id), &error.abi);
}

static int32_t note_id(void *context, const struct nuncio_store_interaction *row)
{
    snprintf(context, NUNCIO_ID_SIZE, "%.*s", (int)row->id.size, row->id.data);
    return 0;
}

/* Static: "": nobody. */
static const char *first(const char *gate)
{
    static char id[NUNCIO_ID_SIZE];
    id[0] = '\0';
    int found = store_memory.first(handle, text(gate), note_id, id, &error.abi);
    assert_int_equal(found, id[0] ? NUNCIO_STORE_FOUND : NUNCIO_STORE_OK);
    return id;
}

/* First come, first served, in each line; whoever leaves is out of all of them. */
static void test_lines(void **state)
{
    (void)state;
    assert_string_equal(first("g"), "");
    for (const char *id = "abcde"; *id; id++) {
        const char one[] = {*id, '\0'};
        assert_int_equal(enter("g", one), NUNCIO_STORE_OK);
    }
    assert_int_equal(enter("g", "a"), NUNCIO_STORE_OK); /* keeps its place */
    assert_int_equal(enter("h", "c"), NUNCIO_STORE_OK);
    assert_int_equal(enter("h", "a"), NUNCIO_STORE_OK);
    assert_string_equal(first("g"), "a");
    assert_string_equal(first("h"), "c");
    assert_int_equal(leave("c"), NUNCIO_STORE_OK); /* out of the middle, and as the first */
    assert_string_equal(first("h"), "a");
    assert_int_equal(leave("a"), NUNCIO_STORE_OK);
    assert_string_equal(first("h"), "");
    assert_string_equal(first("g"), "b");
    assert_int_equal(leave("e"), NUNCIO_STORE_OK); /* the last */
    assert_int_equal(enter("g", "f"), NUNCIO_STORE_OK);
    assert_int_equal(leave("b"), NUNCIO_STORE_OK);
    assert_int_equal(leave("d"), NUNCIO_STORE_OK);
    assert_string_equal(first("g"), "f");
    assert_int_equal(leave("f"), NUNCIO_STORE_OK);
    assert_int_equal(leave("nobody"), NUNCIO_STORE_OK);
    assert_string_equal(first("g"), "");
    assert_int_equal(enter("g", "b"), NUNCIO_STORE_OK); /* anew, at its end */
    assert_string_equal(first("g"), "b");
}

static int put_name(const char *agent_id, const char *name, const char *remote_id)
{
    const struct nuncio_store_name row = {.size = sizeof(row),
                                          .provider = text("sales"),
                                          .agent_id = text(agent_id),
                                          .name = text(name),
                                          .remote_id = text(remote_id)};
    return store_memory.put_name(handle, &row, &error.abi);
}

static int put_conversation(const char *remote_id, const char *cursor, int64_t cursor_state)
{
    const struct nuncio_store_conversation row = {.size = sizeof(row),
                                                  .provider = text("sales"),
                                                  .remote_id = text(remote_id),
                                                  .cursor = text(cursor),
                                                  .cursor_state = cursor_state};
    return store_memory.put_conversation(handle, &row, &error.abi);
}

static int32_t note_name(void *context, const struct nuncio_store_name *row)
{
    snprintf(context, 64, "%.*s", (int)row->remote_id.size, row->remote_id.data ? row->remote_id.data : "");
    return 0;
}

/* Static: "": not there. */
static const char *name(const char *agent_id, const char *wanted)
{
    static char remote_id[64];
    remote_id[0] = '\0';
    (void)store_memory.get_name(handle, text("sales"), text(agent_id), text(wanted), note_name, remote_id,
                                &error.abi);
    return remote_id;
}

static int32_t note_conversation(void *context, const struct nuncio_store_conversation *row)
{
    char *cursor = text_copy(row->cursor);
    snprintf(context, 64, "%s %d", cursor ? cursor : "(none)", (int)row->cursor_state);
    free(cursor);
    return 0;
}

static const char *conversation(const char *remote_id)
{
    static char told[64];
    snprintf(told, sizeof(told), "not there");
    (void)store_memory.get_conversation(handle, text("sales"), text(remote_id), note_conversation, told,
                                        &error.abi);
    return told;
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(name("a1", "brief"), "");
    assert_int_equal(put_name("a1", "brief", "c1"), NUNCIO_STORE_OK);
    assert_int_equal(put_name(NULL, "brief", "c2"), NUNCIO_STORE_OK);
    assert_string_equal(name("a1", "brief"), "c1");
    assert_string_equal(name(NULL, "brief"), "c2");
    assert_string_equal(name("", "brief"), "c2"); /* absent is as good as empty */
    assert_string_equal(name("a2", "brief"), "");
    assert_int_equal(put_name("a1", "brief", "c3"), NUNCIO_STORE_OK); /* starts afresh */
    assert_string_equal(name("a1", "brief"), "c3");
}

/* Only what has a name can be asked for, so no other is kept: memory does not grow with each message. */
static void test_conversations(void **state)
{
    (void)state;
    assert_int_equal(put_conversation("c9", "m1", NUNCIO_CURSOR_KNOWN), NUNCIO_STORE_OK);
    assert_string_equal(conversation("c9"), "not there");
    assert_int_equal(put_name("a1", "brief", "c1"), NUNCIO_STORE_OK);
    assert_string_equal(conversation("c1"), "(none) 0");
    assert_int_equal(put_conversation("c1", "m1", NUNCIO_CURSOR_KNOWN), NUNCIO_STORE_OK);
    assert_int_equal(NUNCIO_CURSOR_UNKNOWN, 0);
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "m1 %d", NUNCIO_CURSOR_KNOWN);
    assert_string_equal(conversation("c1"), wanted);
    assert_int_equal(put_name("a1", "again", "c1"), NUNCIO_STORE_OK); /* a second name of the same */
    assert_string_equal(conversation("c1"), wanted);
    assert_int_equal(put_conversation("c1", NULL, NUNCIO_CURSOR_UNKNOWN), NUNCIO_STORE_OK);
    assert_string_equal(conversation("c1"), "(none) 0");
}

static int32_t never(void *context, const struct nuncio_store_interaction *row)
{
    (void)row;
    *(bool *)context = true;
    return 0;
}

/* Of interactions nothing is kept. */
static void test_interactions(void **state)
{
    const struct nuncio_store_interaction row = {.size = sizeof(row), .id = text("01A"), .owner = text("7")};
    const struct nuncio_store_filter all = {.size = sizeof(all)};
    int64_t count = 7;
    bool called = false;
    (void)state;
    assert_int_equal(store_memory.begin(handle, 0, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(store_memory.put(handle, &row, NUNCIO_STORE_EVENT, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(store_memory.commit(handle, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(store_memory.get(handle, text("01A"), never, &called, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(store_memory.each(handle, &all, never, &called, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(store_memory.take(handle, text("01A"), text("7"), text("8"), &error.abi),
                     NUNCIO_STORE_OK);
    assert_int_equal(store_memory.prune(handle, INT64_MAX, 0, &count, &error.abi), NUNCIO_STORE_OK);
    assert_int_equal(count, 0);
    assert_false(called);
}

/* As the core uses it. */
static int use(void)
{
    const char *gates[] = {"g", "h"};
    int result = 0;
    for (size_t i = 0; i < 2 && result == 0; i++)
        result = enter(gates[i], "a") < 0 || enter(gates[i], "b") < 0 ? -1 : 0;
    if (result == 0 && (put_name("a1", "brief", "c1") < 0 || put_conversation("c1", "m1", 1) < 0))
        result = -1;
    if (leave("a") < 0 || leave("b") < 0)
        result = -1;
    return result;
}

/* Every allocation fails in turn: it says so, what stands in line stays in order, and nothing is left behind. */
static void test_memory(void **state)
{
    (void)state;
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        unsigned failures = 1;
        for (unsigned nth = 1; failures > 0; nth++) {
            long left;
            int result = -1;
            handle = NULL;
            plugin_error_init(&error);
            scarce_begin(nth, for_ever);
            bool opened = store_memory.open(NULL, &handle, &error.abi) == NUNCIO_STORE_OK;
            if (opened) {
                result = use();
                store_memory.close(handle);
            }
            failures = scarce_end(&left);
            assert_int_equal(result, failures > 0 ? -1 : 0);
            assert_true(left <= 0);
            if (opened && failures > 0)
                assert_string_equal(error.text, "is out of memory");
        }
    }
}

/* Places that were not given for want of memory do not stand in the way. */
static void test_memory_in_line(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth < 8; nth++) {
        long left;
        scarce_begin(nth, false);
        int entered = enter("g", "a");
        unsigned failures = scarce_end(&left);
        assert_int_equal(entered, failures > 0 ? NUNCIO_STORE_FAILED : NUNCIO_STORE_OK);
        if (entered < 0)
            assert_string_equal(first("g"), "");
        assert_int_equal(enter("g", "b"), NUNCIO_STORE_OK);
        assert_string_equal(first("g"), entered < 0 ? "b" : "a");
        assert_int_equal(leave("a"), NUNCIO_STORE_OK);
        assert_int_equal(leave("b"), NUNCIO_STORE_OK);
        assert_string_equal(first("g"), "");
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_lines),        CASE(test_names),          CASE(test_conversations),
        CASE(test_interactions), CASE(test_memory_in_line), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
