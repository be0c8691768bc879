/* SPDX-License-Identifier: MIT */
/* The SQLite store: what store.h promises of its functions. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_error.h"
#include "registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "storing.h"

#include <math.h>
#include <signal.h>
#include <time.h>

/* ---- Every field --------------------------------------------------------------------------------------------- */

/* clang-format off */
#define TEXTS(X) \
    X(id) X(owner) X(agent) X(agent_id) X(provider) X(plugin) X(strategy) X(conversation_name) X(conversation) \
    X(ticket) X(cursor) X(last_cursor) X(again_of) X(error_code) X(error_text) X(warning) X(message_hash) \
    X(reply_hash) X(message) X(attachments) X(reply) X(reply_json)
#define NUMBERS(X) \
    X(state) X(cursor_state) X(last_cursor_state) X(flags) X(key_number) X(queue_position) X(input_tokens) \
    X(output_tokens) X(total_tokens) X(sends) X(polls) X(steps) X(created_at) X(changed_at) X(finished_at) \
    X(error_class) X(error_status) X(message_size) X(reply_size)
/* clang-format on */

static int same_real(double left, double right)
{
    return left == right || (isnan(left) && isnan(right));
}

static int32_t compare(void *context, const struct nuncio_store_interaction *row)
{
    const struct nuncio_store_interaction *wanted = context;

    assert_int_equal(row->size, sizeof(*row));
    /* clang-format off */
#define X(member)                                                                                            \
    if (row->member.size != wanted->member.size || !row->member.data != !wanted->member.data)                \
        fail_msg(#member);                                                                                   \
    if (wanted->member.data)                                                                                 \
        assert_memory_equal(row->member.data, wanted->member.data, wanted->member.size);
    TEXTS(X)
#undef X
#define X(member)                                                                                            \
    if (row->member != wanted->member)                                                                       \
        fail_msg(#member);
    NUMBERS(X)
#undef X
    /* clang-format on */
    assert_true(same_real(row->cost_usd, wanted->cost_usd) && same_real(row->credits, wanted->credits));
    return 0;
}

static void assert_round_trip(void *handle, struct nuncio_store_interaction *row)
{
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, row, NUNCIO_STORE_MESSAGE | NUNCIO_STORE_REPLY, storing_err()));
    storing_commit(handle);
    assert_int_equal(storing_store->get(handle, row->id, compare, row, storing_err()), NUNCIO_STORE_FOUND);
}

static void fill(struct nuncio_store_interaction *row, struct nuncio_slice text, int64_t number, double real)
{
    const struct nuncio_slice id = row->id;

    /* clang-format off */
#define X(member) row->member = text;
    TEXTS(X)
#undef X
#define X(member) row->member = number++;
    NUMBERS(X)
#undef X
    /* clang-format on */
    row->id = id;
    row->cost_usd = real;
    row->credits = -real;
}

static void test_round_trip(void **state)
{
    static char bytes[1024 * 1024];
    void *handle = storing_open(0);
    struct nuncio_store_interaction row = storing_row(1, 0);
    (void)state;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i % 256);
    fill(&row, (struct nuncio_slice){bytes, 256}, INT64_MAX - 30, 0.1);
    assert_round_trip(handle, &row);
    fill(&row, (struct nuncio_slice){"", 0}, INT64_MIN, 1e300);
    assert_round_trip(handle, &row);
    fill(&row, (struct nuncio_slice){NULL, 0}, -1, (double)NAN);
    assert_round_trip(handle, &row);
    fill(&row, (struct nuncio_slice){"12", 2}, 0, (double)INFINITY);
    row.message = row.reply = (struct nuncio_slice){bytes, sizeof(bytes)};
    assert_round_trip(handle, &row);
    storing_store->close(handle);
}

/* A core that knows less: what its row does not have is absent. */
static void test_shorter_row(void **state)
{
    void *handle = storing_open(0);
    struct nuncio_store_interaction row = storing_row(1, 2);
    struct storing_heard heard;
    (void)state;

    row.reply_hash = nuncio_slice("x");
    row.reply_size = 7;
    row.size = offsetof(struct nuncio_store_interaction, reply_hash);
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    storing_commit(handle);
    assert_int_equal(storing_get(handle, 1, &heard), NUNCIO_STORE_FOUND);
    assert_int_equal(heard.row.reply_size, 7);
    assert_null(heard.row.reply_hash.data);
    storing_store->close(handle);
}

static int32_t hear_content(void *context, const struct nuncio_store_interaction *row)
{
    char *text = context;

    snprintf(text, 100, "%.*s|%.*s|%.*s|%.*s", STORING_SHOW(row->message), STORING_SHOW(row->attachments),
             STORING_SHOW(row->reply), STORING_SHOW(row->reply_json));
    return 0;
}

/* What a flag does not name is neither written nor read. */
static void test_parts(void **state)
{
    void *handle = storing_open(0);
    struct nuncio_store_interaction row = storing_row(1, 0);
    struct nuncio_store_filter filter = {.size = sizeof(filter)};
    char text[100];
    (void)state;

    row.attachments = nuncio_slice("[]");
    row.reply = nuncio_slice("yes");
    row.reply_json = nuncio_slice("{}");
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE, storing_err()));
    STORING_OK(storing_store->get(handle, row.id, hear_content, text, storing_err()));
    assert_string_equal(text, "hello|[]|-|-");
    row.message = nuncio_slice("other");
    STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_REPLY, storing_err()));
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    storing_commit(handle);
    STORING_OK(storing_store->get(handle, row.id, hear_content, text, storing_err()));
    assert_string_equal(text, "hello|[]|yes|{}");
    STORING_OK(storing_store->each(handle, &filter, hear_content, text, storing_err()));
    assert_string_equal(text, "-|-|-|-");
    filter.parts = NUNCIO_STORE_REPLY;
    STORING_OK(storing_store->each(handle, &filter, hear_content, text, storing_err()));
    assert_string_equal(text, "-|-|yes|{}");
    storing_store->close(handle);
}

/* ---- Transactions -------------------------------------------------------------------------------------------- */

static void test_rollback(void **state)
{
    void *handle = storing_open(0);
    void *other = storing_open(0);
    const struct nuncio_store_interaction row = storing_row(2, 0);
    (void)state;

    storing_put(handle, 1, 0);
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE | NUNCIO_STORE_EVENT, storing_err()));
    STORING_OK(storing_store->enter(handle, nuncio_slice("gate"), row.id, storing_err()));
    assert_string_equal(storing_list(handle, 0, NULL, 0), "2 1");
    assert_string_equal(storing_list(other, 0, NULL, 0), "1");
    storing_store->rollback(handle);
    storing_store->rollback(handle);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "1");
    storing_put(other, 3, 0);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "3 1");
    storing_store->close(other);
    storing_store->close(handle);
}

/* Nothing is written outside a transaction, and an error ends it. */
static void test_given_up(void **state)
{
    void *handle = storing_open(0);
    struct nuncio_store_interaction row = storing_row(1, 0);
    int64_t count = 7;
    (void)state;

    assert_int_equal(storing_store->put(handle, &row, 0, storing_err()), NUNCIO_STORE_FAILED);
    storing_assert_error("journal.db", "given up");
    assert_int_equal(storing_store->commit(handle, storing_err()), NUNCIO_STORE_FAILED);
    assert_int_equal(storing_store->leave(handle, row.id, storing_err()), NUNCIO_STORE_FAILED);
    assert_int_equal(storing_store->prune(handle, 0, 0, &count, storing_err()), NUNCIO_STORE_FAILED);
    assert_int_equal(count, 7);
    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    row.id = nuncio_slice(NULL);
    assert_int_equal(storing_store->put(handle, &row, 0, storing_err()), NUNCIO_STORE_FAILED);
    storing_assert_error("journal.db", "id");
    assert_int_equal(storing_store->commit(handle, storing_err()), NUNCIO_STORE_FAILED);
    storing_assert_error("nothing of it was kept", "");
    assert_string_equal(storing_list(handle, 0, NULL, 0), "");
    storing_put(handle, 1, 0);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "1");
    storing_store->close(handle);
}

static void test_lazy(void **state)
{
    void *handle = storing_open(0);
    const struct nuncio_store_interaction row = storing_row(1, 0);
    (void)state;

    STORING_OK(storing_store->begin(handle, NUNCIO_STORE_LAZY, storing_err()));
    STORING_OK(storing_store->put(handle, &row, 0, storing_err()));
    storing_commit(handle);
    storing_put(handle, 2, 0);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "2 1");
    storing_store->close(handle);
}

/* The other one waits, and no longer than it was told. */
static void test_busy(void **state)
{
    void *handle = storing_open(0);
    void *other = NULL;
    struct timespec from, to;
    (void)state;

    STORING_OK(storing_try(0, 200, &other));
    storing_begin(handle);
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(storing_store->begin(other, 0, storing_err()), NUNCIO_STORE_FAILED);
    clock_gettime(CLOCK_MONOTONIC, &to);
    storing_assert_error("another process writes for longer than 0.2 s", "try again");
    assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 199);
    storing_commit(handle);
    storing_begin(other);
    storing_store->rollback(other);
    storing_store->close(other);
    storing_store->close(handle);
}

static void test_take(void **state)
{
    void *handle = storing_open(0);
    void *other = storing_open(0);
    const struct nuncio_slice none = {NULL, 0}, first = nuncio_slice("first"),
                              second = nuncio_slice("second");
    const struct nuncio_store_interaction row = storing_row(1, 0), missing = storing_row(2, 0);
    (void)state;

    storing_put(handle, 1, 0);
    storing_begin(handle);
    assert_int_equal(storing_store->take(handle, row.id, second, first, storing_err()), NUNCIO_STORE_OK);
    assert_int_equal(storing_store->take(handle, row.id, none, first, storing_err()), NUNCIO_STORE_FOUND);
    assert_int_equal(storing_store->take(handle, missing.id, none, first, storing_err()), NUNCIO_STORE_OK);
    storing_commit(handle);
    storing_begin(other);
    assert_int_equal(storing_store->take(other, row.id, none, second, storing_err()), NUNCIO_STORE_OK);
    assert_int_equal(storing_store->take(other, row.id, first, second, storing_err()), NUNCIO_STORE_FOUND);
    assert_int_equal(storing_store->take(other, row.id, second, none, storing_err()), NUNCIO_STORE_FOUND);
    assert_int_equal(storing_store->take(other, row.id, none, second, storing_err()), NUNCIO_STORE_FOUND);
    storing_commit(other);
    storing_store->close(other);
    storing_store->close(handle);
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

static void enter(void *handle, const char *gate, unsigned number)
{
    const struct nuncio_store_interaction row = storing_row(number, 0);

    storing_begin(handle);
    STORING_OK(storing_store->enter(handle, nuncio_slice(gate), row.id, storing_err()));
    storing_commit(handle);
}

static void leave(void *handle, unsigned number)
{
    const struct nuncio_store_interaction row = storing_row(number, 0);

    storing_begin(handle);
    STORING_OK(storing_store->leave(handle, row.id, storing_err()));
    storing_commit(handle);
}

static const char *first(void *handle, const char *gate)
{
    static struct storing_heard heard;
    int32_t found;

    heard = (struct storing_heard){.count = 0};
    found = storing_store->first(handle, nuncio_slice(gate), storing_hear, &heard, storing_err());
    assert_int_equal(found, heard.count > 0 ? NUNCIO_STORE_FOUND : NUNCIO_STORE_OK);
    return heard.text;
}

static void test_lines(void **state)
{
    void *handle = storing_open(0);
    void *other = storing_open(0);
    (void)state;

    for (unsigned i = 1; i <= 4; i++)
        storing_put(handle, i, 0);
    assert_string_equal(first(handle, "a"), "");
    enter(handle, "a", 3);
    enter(other, "a", 1);
    enter(handle, "b", 1);
    enter(handle, "a", 3);
    enter(other, "a", 2);
    assert_string_equal(first(handle, "a"), "3");
    assert_string_equal(first(other, "b"), "1");
    leave(handle, 3);
    assert_string_equal(first(handle, "a"), "1");
    leave(other, 1);
    assert_string_equal(first(handle, "a"), "2");
    assert_string_equal(first(handle, "b"), "");
    enter(handle, "a", 3);
    leave(handle, 2);
    leave(handle, 2);
    assert_string_equal(first(other, "a"), "3");
    storing_store->close(other);
    storing_store->close(handle);
}

/* ---- Processes ----------------------------------------------------------------------------------------------- */

/* Killed before the commit: nothing is there; after it: all is. */
static void test_killed(void **state)
{
    struct storing_heard heard;
    void *handle;
    (void)state;

    for (unsigned committed = 0; committed < 2; committed++) {
        pid_t child = fork();
        if (child == 0) {
            const struct nuncio_store_interaction row = storing_row(committed, 1);
            handle = storing_open(0);
            storing_begin(handle);
            STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE, storing_err()));
            STORING_OK(storing_store->enter(handle, nuncio_slice("gate"), row.id, storing_err()));
            if (committed)
                storing_commit(handle);
            raise(SIGKILL);
        }
        assert_int_equal(storing_wait(child), -SIGKILL);
        handle = storing_open(0);
        assert_int_equal(storing_get(handle, committed, &heard), committed);
        heard.count = 0;
        assert_int_equal(
            storing_store->first(handle, nuncio_slice("gate"), storing_hear, &heard, storing_err()),
            committed);
        storing_store->close(handle);
    }
}

/* All of them make the journal, write a row of their own, and want one that is the same for all. */
static void test_many(void **state)
{
    enum { MANY = 12 };
    pid_t children[MANY];
    unsigned taken = 0;
    void *handle;
    (void)state;

    for (unsigned i = 0; i < MANY; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int32_t result;
            handle = storing_open(0);
            storing_put(handle, i + 1, 0);
            storing_begin(handle);
            result = storing_store->take(handle, storing_row(i + 1, 0).id, nuncio_slice(NULL),
                                         nuncio_slice("me"), storing_err());
            if (result != NUNCIO_STORE_FOUND)
                _exit(1);
            storing_commit(handle);
            storing_end(handle, 0);
        }
    }
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(storing_wait(children[i]), 0);
    handle = storing_open(0);
    storing_put(handle, 13, 0);
    assert_string_equal(storing_list(handle, 0, NULL, 0), "13 12 11 10 9 8 7 6 5 4 3 2 1");
    storing_store->close(handle);
    for (unsigned i = 0; i < MANY; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int32_t result;
            handle = storing_open(0);
            storing_begin(handle);
            result = storing_store->take(handle, storing_row(13, 0).id, nuncio_slice(NULL),
                                         nuncio_slice("me"), storing_err());
            storing_commit(handle);
            storing_end(handle, result == NUNCIO_STORE_FOUND ? 1 : result < 0 ? 2 : 0);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        int status = storing_wait(children[i]);
        assert_in_range(status, 0, 1);
        taken += (unsigned)status;
    }
    assert_int_equal(taken, 1);
}

#define CASE(test) cmocka_unit_test_setup(test, storing_setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_round_trip), CASE(test_shorter_row), CASE(test_parts), CASE(test_rollback),
        CASE(test_given_up),   CASE(test_lazy),        CASE(test_busy),  CASE(test_take),
        CASE(test_lines),      CASE(test_killed),      CASE(test_many),
    };

    return cmocka_run_group_tests_name("store_sqlite", tests, storing_enter, storing_leave);
}
