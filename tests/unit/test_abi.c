/* SPDX-License-Identifier: MIT */
/* Where each member of each struct of plugin.h lies, as numbers: what plugins out there were compiled to. A
   new member is a new line at the end of its struct and another size; no other number may ever change. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <nuncio/plugin.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "abi_layout.h"

/* clang-format off */
STRUCT(nuncio_slice,
    SIZE(nuncio_slice, 16),
    MEMBER(nuncio_slice, data, 0),
    MEMBER(nuncio_slice, size, 8))

STRUCT(nuncio_attachment,
    SIZE(nuncio_attachment, 64),
    MEMBER(nuncio_attachment, size, 0),
    MEMBER(nuncio_attachment, url, 8),
    MEMBER(nuncio_attachment, file_name, 24),
    MEMBER(nuncio_attachment, media_type, 40),
    MEMBER(nuncio_attachment, bytes, 56))

STRUCT(nuncio_call,
    SIZE(nuncio_call, 192),
    MEMBER(nuncio_call, size, 0),
    MEMBER(nuncio_call, step, 8),
    MEMBER(nuncio_call, purpose, 12),
    MEMBER(nuncio_call, delivery, 16),
    MEMBER(nuncio_call, text, 24),
    MEMBER(nuncio_call, agent, 40),
    MEMBER(nuncio_call, conversation, 56),
    MEMBER(nuncio_call, ticket, 72),
    MEMBER(nuncio_call, cursor, 88),
    MEMBER(nuncio_call, interaction, 104),
    MEMBER(nuncio_call, key, 120),
    MEMBER(nuncio_call, attachments, 136),
    MEMBER(nuncio_call, attachment_count, 144),
    MEMBER(nuncio_call, attachment_size, 148),
    MEMBER(nuncio_call, cursor_state, 152),
    MEMBER(nuncio_call, want_json, 156),
    MEMBER(nuncio_call, continued, 160),
    MEMBER(nuncio_call, cancelling, 164),
    MEMBER(nuncio_call, polls, 168),
    MEMBER(nuncio_call, age_ms, 176),
    MEMBER(nuncio_call, left_ms, 184))

STRUCT(nuncio_error_services,
    SIZE(nuncio_error_services, 16),
    MEMBER(nuncio_error_services, size, 0),
    MEMBER(nuncio_error_services, set, 8))

STRUCT(nuncio_error,
    SIZE(nuncio_error, 16),
    MEMBER(nuncio_error, size, 0),
    MEMBER(nuncio_error, services, 8))

STRUCT(nuncio_option,
    SIZE(nuncio_option, 56),
    MEMBER(nuncio_option, name, 0),
    MEMBER(nuncio_option, default_value, 8),
    MEMBER(nuncio_option, help, 16),
    MEMBER(nuncio_option, type, 24),
    MEMBER(nuncio_option, flags, 28),
    MEMBER(nuncio_option, group, 32),
    MEMBER(nuncio_option, reserved, 36),
    MEMBER(nuncio_option, minimum, 40),
    MEMBER(nuncio_option, maximum, 48))

STRUCT(nuncio_options_services,
    SIZE(nuncio_options_services, 16),
    MEMBER(nuncio_options_services, size, 0),
    MEMBER(nuncio_options_services, value, 8))

STRUCT(nuncio_options,
    SIZE(nuncio_options, 16),
    MEMBER(nuncio_options, size, 0),
    MEMBER(nuncio_options, services, 8))

STRUCT(nuncio_traits,
    SIZE(nuncio_traits, 32),
    MEMBER(nuncio_traits, size, 0),
    MEMBER(nuncio_traits, capabilities, 8),
    MEMBER(nuncio_traits, base_url, 16),
    MEMBER(nuncio_traits, gate, 24))

STRUCT(nuncio_request_services,
    SIZE(nuncio_request_services, 112),
    MEMBER(nuncio_request_services, size, 0),
    MEMBER(nuncio_request_services, target, 8),
    MEMBER(nuncio_request_services, query, 16),
    MEMBER(nuncio_request_services, header, 24),
    MEMBER(nuncio_request_services, put_string, 32),
    MEMBER(nuncio_request_services, put_template, 40),
    MEMBER(nuncio_request_services, put_integer, 48),
    MEMBER(nuncio_request_services, put_boolean, 56),
    MEMBER(nuncio_request_services, put_option, 64),
    MEMBER(nuncio_request_services, put_id, 72),
    MEMBER(nuncio_request_services, put_attachment, 80),
    MEMBER(nuncio_request_services, patience, 88),
    MEMBER(nuncio_request_services, repeatable, 96),
    MEMBER(nuncio_request_services, built, 104))

STRUCT(nuncio_request,
    SIZE(nuncio_request, 16),
    MEMBER(nuncio_request, size, 0),
    MEMBER(nuncio_request, services, 8))

STRUCT(nuncio_node,
    SIZE(nuncio_node, 8),
    MEMBER(nuncio_node, handle, 0))

STRUCT(nuncio_shape,
    SIZE(nuncio_shape, 80),
    MEMBER(nuncio_shape, size, 0),
    MEMBER(nuncio_shape, id, 8),
    MEMBER(nuncio_shape, role, 16),
    MEMBER(nuncio_shape, other_role, 24),
    MEMBER(nuncio_shape, text, 32),
    MEMBER(nuncio_shape, parts, 40),
    MEMBER(nuncio_shape, user_words, 48),
    MEMBER(nuncio_shape, agent_words, 56),
    MEMBER(nuncio_shape, error_words, 64),
    MEMBER(nuncio_shape, newest_first, 72),
    MEMBER(nuncio_shape, reserved, 76))

STRUCT(nuncio_found,
    SIZE(nuncio_found, 48),
    MEMBER(nuncio_found, size, 0),
    MEMBER(nuncio_found, seen, 8),
    MEMBER(nuncio_found, reserved, 12),
    MEMBER(nuncio_found, reply, 16),
    MEMBER(nuncio_found, failure, 24),
    MEMBER(nuncio_found, last, 32))

STRUCT(nuncio_rule,
    SIZE(nuncio_rule, 16),
    MEMBER(nuncio_rule, status, 0),
    MEMBER(nuncio_rule, class_, 4),
    MEMBER(nuncio_rule, code, 8))

STRUCT(nuncio_response_services,
    SIZE(nuncio_response_services, 120),
    MEMBER(nuncio_response_services, size, 0),
    MEMBER(nuncio_response_services, status, 8),
    MEMBER(nuncio_response_services, header, 16),
    MEMBER(nuncio_response_services, body, 24),
    MEMBER(nuncio_response_services, root, 32),
    MEMBER(nuncio_response_services, at, 40),
    MEMBER(nuncio_response_services, string, 48),
    MEMBER(nuncio_response_services, id, 56),
    MEMBER(nuncio_response_services, integer, 64),
    MEMBER(nuncio_response_services, type, 72),
    MEMBER(nuncio_response_services, first, 80),
    MEMBER(nuncio_response_services, next_item, 88),
    MEMBER(nuncio_response_services, vendor_code, 96),
    MEMBER(nuncio_response_services, vendor_message, 104),
    MEMBER(nuncio_response_services, find_reply, 112))

STRUCT(nuncio_response,
    SIZE(nuncio_response, 16),
    MEMBER(nuncio_response, size, 0),
    MEMBER(nuncio_response, services, 8))

STRUCT(nuncio_outcome_services,
    SIZE(nuncio_outcome_services, 112),
    MEMBER(nuncio_outcome_services, size, 0),
    MEMBER(nuncio_outcome_services, conversation, 8),
    MEMBER(nuncio_outcome_services, ticket, 16),
    MEMBER(nuncio_outcome_services, cursor, 24),
    MEMBER(nuncio_outcome_services, usage, 32),
    MEMBER(nuncio_outcome_services, reply_text, 40),
    MEMBER(nuncio_outcome_services, reply_part, 48),
    MEMBER(nuncio_outcome_services, reply_message, 56),
    MEMBER(nuncio_outcome_services, reply_json, 64),
    MEMBER(nuncio_outcome_services, next, 72),
    MEMBER(nuncio_outcome_services, wait, 80),
    MEMBER(nuncio_outcome_services, input_required, 88),
    MEMBER(nuncio_outcome_services, fail, 96),
    MEMBER(nuncio_outcome_services, refuse, 104))

STRUCT(nuncio_outcome,
    SIZE(nuncio_outcome, 16),
    MEMBER(nuncio_outcome, size, 0),
    MEMBER(nuncio_outcome, services, 8))

STRUCT(nuncio_step,
    SIZE(nuncio_step, 24),
    MEMBER(nuncio_step, kind, 0),
    MEMBER(nuncio_step, flags, 4),
    MEMBER(nuncio_step, build, 8),
    MEMBER(nuncio_step, read, 16))

STRUCT(nuncio_plugin,
    SIZE(nuncio_plugin, 112),
    MEMBER(nuncio_plugin, size, 0),
    MEMBER(nuncio_plugin, abi_major, 4),
    MEMBER(nuncio_plugin, abi_minor, 8),
    MEMBER(nuncio_plugin, flags, 12),
    MEMBER(nuncio_plugin, name, 16),
    MEMBER(nuncio_plugin, version, 24),
    MEMBER(nuncio_plugin, summary, 32),
    MEMBER(nuncio_plugin, documentation_url, 40),
    MEMBER(nuncio_plugin, base_url, 48),
    MEMBER(nuncio_plugin, capabilities, 56),
    MEMBER(nuncio_plugin, options, 64),
    MEMBER(nuncio_plugin, option_count, 72),
    MEMBER(nuncio_plugin, option_size, 76),
    MEMBER(nuncio_plugin, steps, 80),
    MEMBER(nuncio_plugin, step_count, 88),
    MEMBER(nuncio_plugin, step_size, 92),
    MEMBER(nuncio_plugin, instance_size, 96),
    MEMBER(nuncio_plugin, configure, 104))

/* clang-format on */

/* Only fixed-width integers cross the boundary, so the constants have types of their own. */
static void test_constants(void **state)
{
    (void)state;
    assert_int_equal(NUNCIO_ABI_MAJOR, 1);
    assert_int_equal(sizeof(NUNCIO_SYNC), 8);
    assert_int_equal(sizeof(NUNCIO_STEP_SEND), 4);
    assert_int_equal(sizeof(NUNCIO_CLASS_INVALID), 4);
    assert_int_equal(sizeof(NUNCIO_DONE), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nuncio_slice),
        cmocka_unit_test(test_nuncio_attachment),
        cmocka_unit_test(test_nuncio_call),
        cmocka_unit_test(test_nuncio_error_services),
        cmocka_unit_test(test_nuncio_error),
        cmocka_unit_test(test_nuncio_option),
        cmocka_unit_test(test_nuncio_options_services),
        cmocka_unit_test(test_nuncio_options),
        cmocka_unit_test(test_nuncio_traits),
        cmocka_unit_test(test_nuncio_request_services),
        cmocka_unit_test(test_nuncio_request),
        cmocka_unit_test(test_nuncio_node),
        cmocka_unit_test(test_nuncio_shape),
        cmocka_unit_test(test_nuncio_found),
        cmocka_unit_test(test_nuncio_rule),
        cmocka_unit_test(test_nuncio_response_services),
        cmocka_unit_test(test_nuncio_response),
        cmocka_unit_test(test_nuncio_outcome_services),
        cmocka_unit_test(test_nuncio_outcome),
        cmocka_unit_test(test_nuncio_step),
        cmocka_unit_test(test_nuncio_plugin),
        cmocka_unit_test(test_constants),
    };

    return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
