/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "conversation.h"
#include "support.h"

static int setup(void **state)
{
    static struct conversations all;
    conversations_init(&all);
    *state = &all;
    return 0;
}

static int teardown(void **state)
{
    conversations_finish(*state);
    conversations_finish(*state);
    return 0;
}

static void test_names(void **state)
{
    struct conversation *brief = conversations_named(*state, "sales", "research", "brief");
    assert_non_null(brief);
    assert_ptr_equal(conversations_named(*state, "sales", "research", "brief"), brief);
    assert_ptr_not_equal(conversations_named(*state, "sales", "research", "Brief"), brief);
    assert_ptr_not_equal(conversations_named(*state, "sales", "other", "brief"), brief);
    assert_ptr_not_equal(conversations_named(*state, "buying", "research", "brief"), brief);
    assert_null(conversation_view(brief).remote_id);
    assert_null(conversation_view(brief).cursor);
    assert_int_equal(conversation_view(brief).cursor_state, NUNCIO_CURSOR_UNKNOWN);
}

static void test_remote(void **state)
{
    struct conversation *one = conversations_remote(*state, "sales", "c1");
    assert_non_null(one);
    assert_string_equal(conversation_view(one).remote_id, "c1");
    assert_int_equal(conversation_view(one).cursor_state, NUNCIO_CURSOR_UNKNOWN);
    assert_ptr_equal(conversations_remote(*state, "sales", "c1"), one);
    assert_ptr_not_equal(conversations_remote(*state, "buying", "c1"), one);
    assert_ptr_not_equal(conversations_remote(*state, "sales", "c2"), one);
}

/* The parts of a key must not run into each other. */
static void test_keys(void **state)
{
    assert_ptr_not_equal(conversations_named(*state, "a", "bc", "d"),
                         conversations_named(*state, "a", "b", "cd"));
    assert_ptr_not_equal(conversations_named(*state, "ab", "c", "d"),
                         conversations_named(*state, "a", "bc", "d"));
    assert_ptr_not_equal(conversations_named(*state, "a", "b", ""), conversations_remote(*state, "a", "b"));
}

static void test_many(void **state)
{
    struct conversation *made[300];
    char name[16];
    for (size_t i = 0; i < COUNT(made); i++) {
        snprintf(name, sizeof(name), "c%zu", i * 7919 % COUNT(made));
        made[i] = conversations_named(*state, "p", "a", name);
        assert_non_null(made[i]);
    }
    for (size_t i = 0; i < COUNT(made); i++) {
        snprintf(name, sizeof(name), "c%zu", i * 7919 % COUNT(made));
        assert_ptr_equal(conversations_named(*state, "p", "a", name), made[i]);
    }
}

static void test_gate(void **state)
{
    struct conversation *gate = conversations_named(*state, "p", "a", "n");
    struct conversation *other = conversations_named(*state, "p", "a", "m");
    struct conversation_entry entries[4], stranger = {NULL};
    assert_true(conversation_enter(gate, &entries[0]));
    assert_false(conversation_enter(gate, &entries[1]));
    assert_false(conversation_enter(gate, &entries[2]));
    assert_false(conversation_enter(gate, &entries[3]));
    assert_true(conversation_enter(other, &stranger)); /* another conversation does not wait */

    assert_null(conversation_leave(gate, &entries[2])); /* a waiter gives up: the gate stays */
    assert_null(conversation_leave(gate, &entries[2]));
    assert_null(conversation_leave(gate, &stranger));
    assert_ptr_equal(conversation_leave(gate, &entries[0]), &entries[1]);
    assert_ptr_equal(conversation_leave(gate, &entries[1]), &entries[3]);
    assert_null(conversation_leave(gate, &entries[3]));
    assert_true(conversation_enter(gate, &entries[0])); /* free again */
    assert_null(conversation_leave(gate, &entries[0]));
    assert_null(conversation_leave(gate, &entries[0]));
}

/* Who waits last may give up; who comes after still gets its turn. */
static void test_last_gives_up(void **state)
{
    struct conversation *gate = conversations_named(*state, "p", "a", "n");
    struct conversation_entry entries[3];
    assert_true(conversation_enter(gate, &entries[0]));
    assert_false(conversation_enter(gate, &entries[1]));
    assert_null(conversation_leave(gate, &entries[1]));
    assert_false(conversation_enter(gate, &entries[2]));
    assert_ptr_equal(conversation_leave(gate, &entries[0]), &entries[2]);
    assert_null(conversation_leave(gate, &entries[2]));
}

static void test_update(void **state)
{
    struct conversation *one = conversations_named(*state, "p", "a", "n");
    conversation_update(one, "c1", "m7", NUNCIO_CURSOR_KNOWN);
    struct conversation_view view = conversation_view(one);
    assert_string_equal(view.remote_id, "c1");
    assert_string_equal(view.cursor, "m7");
    assert_int_equal(view.cursor_state, NUNCIO_CURSOR_KNOWN);

    conversation_update(one, NULL, NULL, NUNCIO_CURSOR_EMPTY);
    view = conversation_view(one);
    assert_string_equal(view.remote_id, "c1");
    assert_null(view.cursor);
    assert_int_equal(view.cursor_state, NUNCIO_CURSOR_EMPTY);

    conversation_update(one, "c2", NULL, NUNCIO_CURSOR_UNKNOWN);
    assert_string_equal(conversation_view(one).remote_id, "c2");
    assert_int_equal(conversation_view(one).cursor_state, NUNCIO_CURSOR_UNKNOWN);
}

/* The vendor's id that a conversation has learned is not overwritten by the one it is asked for with. */
static void test_remote_stays(void **state)
{
    struct conversation *one = conversations_remote(*state, "p", "c1");
    conversation_update(one, "c1-moved", NULL, NUNCIO_CURSOR_UNKNOWN);
    assert_ptr_equal(conversations_remote(*state, "p", "c1"), one);
    assert_string_equal(conversation_view(one).remote_id, "c1-moved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_remote, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_gives_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_update, setup, teardown),
        cmocka_unit_test_setup_teardown(test_remote_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
