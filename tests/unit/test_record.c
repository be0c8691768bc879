/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "record.h"
#include "support.h"
#include "text.h"

static void test_new(void **state)
{
    struct record record;
    (void)state;
    memset(&record, 0xAA, sizeof(record));
    record_init(&record);
    assert_int_equal(record.state, NUNCIO_INTERACTION_NEW);
    assert_int_equal(record.queue_position, -1);
    assert_int_equal(record.finished_at, -1);
    assert_int_equal(record.usage.input_tokens, -1);
    assert_int_equal(record.usage.output_tokens, -1);
    assert_int_equal(record.usage.total_tokens, -1);
    assert_true(record.usage.cost_usd < 0);
    assert_true(record.usage.credits < 0);
    assert_int_equal(record.sends, 0);
    assert_int_equal(record.cursor_state, NUNCIO_CURSOR_UNKNOWN);
    assert_null(record.reply);
    assert_string_equal(record.id, "");
}

/* The leak check sees a string that is forgotten. */
static void test_finish(void **state)
{
    struct record record;
    (void)state;
    record_init(&record);
    char **strings[] = {
        &record.agent,      &record.agent_id,     &record.provider,          &record.plugin,
        &record.message,    &record.message_hash, &record.attachments,       &record.reply_hash,
        &record.reply,      &record.reply_json,   &record.conversation_name, &record.conversation,
        &record.ticket,     &record.cursor,       &record.last_cursor,       &record.again_of,
        &record.error_code, &record.error_text,   &record.warning,
    };
    for (size_t i = 0; i < COUNT(strings); i++)
        assert_true(text_assign(strings[i], nuncio_slice("something")));
    record.state = NUNCIO_INTERACTION_FAILED;
    record_finish(&record);
    for (size_t i = 0; i < COUNT(strings); i++)
        assert_null(*strings[i]);
    assert_int_equal(record.state, NUNCIO_INTERACTION_NEW);
    record_finish(&record);
}

static void test_final(void **state)
{
    static const bool final[] = {false, false, false, false, true, true, true, true};
    struct record record;
    (void)state;
    record_init(&record);
    for (uint32_t i = 0; i < COUNT(final); i++) {
        record.state = i;
        assert_int_equal(record_is_final(&record), final[i]);
    }
}

/* The same key for a repeat, a new one after a refusal. */
static void test_key(void **state)
{
    struct record record;
    char key[RECORD_KEY_SIZE];
    (void)state;
    record_init(&record);
    memcpy(record.id, "01ARZ3NDEKTSV4RRFFQ69G5FAV", NUNCIO_ID_SIZE);
    record_key(&record, key);
    assert_string_equal(key, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    record.key_number = 1;
    record_key(&record, key);
    assert_string_equal(key, "01ARZ3NDEKTSV4RRFFQ69G5FAV-1");
    record.key_number = UINT32_MAX;
    record_key(&record, key);
    assert_string_equal(key, "01ARZ3NDEKTSV4RRFFQ69G5FAV-4294967295");
}

/* SHA-256 of the bytes that are there, once: what is hashed keeps its hash when the content is gone. */
static void test_hashes(void **state)
{
    struct record record;
    (void)state;
    record_init(&record);
    assert_true(record_hash_content(&record));
    assert_null(record.message_hash);
    assert_null(record.reply_hash);

    record.message = strdup("");
    record.reply = malloc(4);
    assert_non_null(record.reply);
    memcpy(record.reply, "a\0b", 4);
    record.reply_size = 3;
    assert_true(record_hash_content(&record));
    assert_string_equal(record.message_hash,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(record.reply_hash,
                        "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138");

    char *kept = record.message_hash;
    free(record.message);
    record.message = NULL;
    assert_true(record_hash_content(&record));
    assert_ptr_equal(record.message_hash, kept);
    record_finish(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new), cmocka_unit_test(test_finish), cmocka_unit_test(test_final),
        cmocka_unit_test(test_key), cmocka_unit_test(test_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
