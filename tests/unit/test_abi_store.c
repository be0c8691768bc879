/* SPDX-License-Identifier: MIT */
/* Where each member of each struct of store.h lies, as test_abi.c has it of plugin.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <nuncio/store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "abi_layout.h"

/* clang-format off */
STRUCT(nuncio_store_interaction,
    SIZE(nuncio_store_interaction, 544),
    MEMBER(nuncio_store_interaction, size, 0),
    MEMBER(nuncio_store_interaction, id, 8),
    MEMBER(nuncio_store_interaction, owner, 24),
    MEMBER(nuncio_store_interaction, agent, 40),
    MEMBER(nuncio_store_interaction, agent_id, 56),
    MEMBER(nuncio_store_interaction, provider, 72),
    MEMBER(nuncio_store_interaction, plugin, 88),
    MEMBER(nuncio_store_interaction, strategy, 104),
    MEMBER(nuncio_store_interaction, state, 120),
    MEMBER(nuncio_store_interaction, step, 128),
    MEMBER(nuncio_store_interaction, conversation_name, 144),
    MEMBER(nuncio_store_interaction, conversation, 160),
    MEMBER(nuncio_store_interaction, ticket, 176),
    MEMBER(nuncio_store_interaction, cursor, 192),
    MEMBER(nuncio_store_interaction, cursor_state, 208),
    MEMBER(nuncio_store_interaction, last_cursor, 216),
    MEMBER(nuncio_store_interaction, last_cursor_state, 232),
    MEMBER(nuncio_store_interaction, flags, 240),
    MEMBER(nuncio_store_interaction, key_number, 248),
    MEMBER(nuncio_store_interaction, queue_position, 256),
    MEMBER(nuncio_store_interaction, input_tokens, 264),
    MEMBER(nuncio_store_interaction, output_tokens, 272),
    MEMBER(nuncio_store_interaction, total_tokens, 280),
    MEMBER(nuncio_store_interaction, cost_usd, 288),
    MEMBER(nuncio_store_interaction, credits, 296),
    MEMBER(nuncio_store_interaction, sends, 304),
    MEMBER(nuncio_store_interaction, polls, 312),
    MEMBER(nuncio_store_interaction, steps, 320),
    MEMBER(nuncio_store_interaction, created_at, 328),
    MEMBER(nuncio_store_interaction, changed_at, 336),
    MEMBER(nuncio_store_interaction, finished_at, 344),
    MEMBER(nuncio_store_interaction, again_of, 352),
    MEMBER(nuncio_store_interaction, error_class, 368),
    MEMBER(nuncio_store_interaction, error_status, 376),
    MEMBER(nuncio_store_interaction, error_code, 384),
    MEMBER(nuncio_store_interaction, error_text, 400),
    MEMBER(nuncio_store_interaction, warning, 416),
    MEMBER(nuncio_store_interaction, message_size, 432),
    MEMBER(nuncio_store_interaction, message_hash, 440),
    MEMBER(nuncio_store_interaction, reply_size, 456),
    MEMBER(nuncio_store_interaction, reply_hash, 464),
    MEMBER(nuncio_store_interaction, message, 480),
    MEMBER(nuncio_store_interaction, attachments, 496),
    MEMBER(nuncio_store_interaction, reply, 512),
    MEMBER(nuncio_store_interaction, reply_json, 528))

STRUCT(nuncio_store_event,
    SIZE(nuncio_store_event, 40),
    MEMBER(nuncio_store_event, size, 0),
    MEMBER(nuncio_store_event, at, 8),
    MEMBER(nuncio_store_event, state, 16),
    MEMBER(nuncio_store_event, step, 24))

STRUCT(nuncio_store_conversation,
    SIZE(nuncio_store_conversation, 88),
    MEMBER(nuncio_store_conversation, size, 0),
    MEMBER(nuncio_store_conversation, provider, 8),
    MEMBER(nuncio_store_conversation, remote_id, 24),
    MEMBER(nuncio_store_conversation, cursor, 40),
    MEMBER(nuncio_store_conversation, cursor_state, 56),
    MEMBER(nuncio_store_conversation, last, 64),
    MEMBER(nuncio_store_conversation, changed_at, 80))

STRUCT(nuncio_store_name,
    SIZE(nuncio_store_name, 112),
    MEMBER(nuncio_store_name, size, 0),
    MEMBER(nuncio_store_name, provider, 8),
    MEMBER(nuncio_store_name, agent_id, 24),
    MEMBER(nuncio_store_name, name, 40),
    MEMBER(nuncio_store_name, agent, 56),
    MEMBER(nuncio_store_name, remote_id, 72),
    MEMBER(nuncio_store_name, last, 88),
    MEMBER(nuncio_store_name, changed_at, 104))

STRUCT(nuncio_store_filter,
    SIZE(nuncio_store_filter, 48),
    MEMBER(nuncio_store_filter, size, 0),
    MEMBER(nuncio_store_filter, states, 8),
    MEMBER(nuncio_store_filter, agent, 16),
    MEMBER(nuncio_store_filter, limit, 32),
    MEMBER(nuncio_store_filter, parts, 40))

STRUCT(nuncio_store_place,
    SIZE(nuncio_store_place, 32),
    MEMBER(nuncio_store_place, size, 0),
    MEMBER(nuncio_store_place, directory, 8),
    MEMBER(nuncio_store_place, busy_ms, 16),
    MEMBER(nuncio_store_place, read_only, 24),
    MEMBER(nuncio_store_place, reserved, 28))

STRUCT(nuncio_store,
    SIZE(nuncio_store, 200),
    MEMBER(nuncio_store, size, 0),
    MEMBER(nuncio_store, abi_major, 4),
    MEMBER(nuncio_store, abi_minor, 8),
    MEMBER(nuncio_store, reserved, 12),
    MEMBER(nuncio_store, name, 16),
    MEMBER(nuncio_store, version, 24),
    MEMBER(nuncio_store, summary, 32),
    MEMBER(nuncio_store, open, 40),
    MEMBER(nuncio_store, close, 48),
    MEMBER(nuncio_store, begin, 56),
    MEMBER(nuncio_store, commit, 64),
    MEMBER(nuncio_store, rollback, 72),
    MEMBER(nuncio_store, put, 80),
    MEMBER(nuncio_store, take, 88),
    MEMBER(nuncio_store, enter, 96),
    MEMBER(nuncio_store, leave, 104),
    MEMBER(nuncio_store, put_conversation, 112),
    MEMBER(nuncio_store, put_name, 120),
    MEMBER(nuncio_store, prune, 128),
    MEMBER(nuncio_store, get, 136),
    MEMBER(nuncio_store, each, 144),
    MEMBER(nuncio_store, events, 152),
    MEMBER(nuncio_store, first, 160),
    MEMBER(nuncio_store, get_conversation, 168),
    MEMBER(nuncio_store, get_name, 176),
    MEMBER(nuncio_store, names, 184),
    MEMBER(nuncio_store, check, 192))
/* clang-format on */

static void test_constants(void **state)
{
    (void)state;
    assert_int_equal(NUNCIO_STORE_ABI_MAJOR, 1);
    assert_int_equal(NUNCIO_STORE_OK, 0);
    assert_int_equal(NUNCIO_STORE_FOUND, 1);
    assert_int_equal(NUNCIO_STORE_FAILED, -1);
    assert_int_equal(NUNCIO_STORE_MESSAGE, 1);
    assert_int_equal(NUNCIO_STORE_REPLY, 2);
    assert_int_equal(NUNCIO_STORE_EVENT, 4);
    assert_int_equal(NUNCIO_STORE_LAZY, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nuncio_store_interaction),
        cmocka_unit_test(test_nuncio_store_event),
        cmocka_unit_test(test_nuncio_store_conversation),
        cmocka_unit_test(test_nuncio_store_name),
        cmocka_unit_test(test_nuncio_store_filter),
        cmocka_unit_test(test_nuncio_store_place),
        cmocka_unit_test(test_nuncio_store),
        cmocka_unit_test(test_constants),
    };

    return cmocka_run_group_tests_name("abi_store", tests, NULL, NULL);
}
