/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* What is durable when: a store that fails at any write, and how many writes there are. */
#include "journaling.h"

static struct journaling world;

/* The store of the first runtime, which fails as the test wants it. */
static struct {
    struct nuncio_store store;
    const struct nuncio_store *real;
    enum { BEGIN, PUT, COMMIT, KINDS } kind;
    unsigned nth; /* the call of that kind, from 1, that fails; 0: none */
    bool lasting; /* and all that follow */
    unsigned calls, failures;
    void (*on_take)(void *handle);
} failing;

static bool fails(unsigned kind)
{
    if (failing.nth == 0 || failing.kind != kind)
        return false;
    failing.calls++;
    if (failing.calls != failing.nth && !(failing.lasting && failing.calls > failing.nth))
        return false;
    failing.failures++;
    return true;
}

static int32_t begin(void *handle, uint32_t flags, struct nuncio_error *err)
{
    return fails(BEGIN) ? nuncio_store_fail(err, "has no room") : failing.real->begin(handle, flags, err);
}

static int32_t put(void *handle, const struct nuncio_store_interaction *row, uint64_t parts,
                   struct nuncio_error *err)
{
    return fails(PUT) ? nuncio_store_fail(err, "has no room") : failing.real->put(handle, row, parts, err);
}

static int32_t commit(void *handle, struct nuncio_error *err)
{
    if (!fails(COMMIT))
        return failing.real->commit(handle, err);
    failing.real->rollback(handle);
    return nuncio_store_fail(err, "has no room");
}

static int32_t take(void *handle, struct nuncio_slice id, struct nuncio_slice from, struct nuncio_slice to,
                    struct nuncio_error *err)
{
    if (failing.on_take)
        failing.on_take(handle);
    return failing.real->take(handle, id, from, to, err);
}

static void use_failing(struct running *running)
{
    struct nuncio_failure failure;
    struct journal *journal = &running->nuncio->journal;
    assert_int_equal(journal_open(journal, JOURNAL_WRITE, &failure), 0);
    memset(&failing, 0, sizeof(failing));
    failing.real = journal->store;
    failing.store = *journal->store;
    failing.store.begin = begin;
    failing.store.put = put;
    failing.store.commit = commit;
    failing.store.take = take;
    journal->store = &failing.store;
}

static struct journaling *start(const char *provider)
{
    journaling_start(&world, provider);
    return &world;
}

static int teardown(void **state)
{
    (void)state;
    journaling_stop(&world);
    return 0;
}

/* ---- A store that fails ----------------------------------------------------------------------------------- */

/* What the journal says must never be less than what the vendor knows. */
static void check_recorded(struct journaling *w, const char *id, unsigned sends,
                           struct nuncio_interaction interaction)
{
    const char *kept = journaling_state(&w->b, id);
    bool unsent = strcmp(kept, "new") == 0 || strcmp(kept, "not there") == 0 || strcmp(kept, "failed") == 0;
    assert_int_equal(server_requests_like(w->server, "POST /send"), sends);
    assert_in_range(sends, 0, 1);
    if (unsent)
        assert_int_equal(sends, 0);
    if (sends == 0) {
        assert_interaction(interaction, "failed");
        assert_int_equal(interaction.sends, 0);
        assert_int_equal(interaction.error_class, NUNCIO_ERROR_INTERNAL);
        assert_holds(interaction.error_text, "the journal has no room");
        assert_holds(interaction.error_text, "; nothing was sent");
    } else { /* what has been sent goes on, and its reply is worth telling */
        assert_interaction(interaction, "completed");
        assert_non_null(interaction.reply_text);
        if (strcmp(kept, "completed") != 0) {
            assert_holds(interaction.warning, "the journal has no room; it may show interaction ");
            assert_holds(interaction.warning, "do not send that again");
        }
    }
}

/* One message with the nth call failing. True: none failed any more. */
static bool try_message(struct journaling *w, const char *text, const char *conversation, unsigned nth)
{
    struct nuncio_failure failure;
    char id[NUNCIO_ID_SIZE];
    struct nuncio_message message = running_message(text);
    message.conversation = conversation;
    server_restart(w->server, journaling_vendor, &w->vendor);
    failing.nth = nth;
    failing.calls = failing.failures = 0;
    if (nuncio_submit(w->a.nuncio, &message, id, &failure) < 0) { /* at once, where it is the only one */
        assert_true(w->single && failing.failures > 0);
        assert_string_equal(failure.text, "the journal has no room");
        assert_int_equal(server_requests(w->server), 0);
    } else {
        const struct nuncio_interaction interaction = journaling_wait(w, &w->a, id);
        check_recorded(w, id, server_requests_like(w->server, "POST /send"), interaction);
        assert_int_equal(nuncio_forget(w->a.nuncio, id), 0);
    }
    failing.nth = 0;
    return failing.failures == 0;
}

/* Each write fails in turn, once or for ever, of each kind. */
static void sweep(struct journaling *w, const char *text, bool named)
{
    unsigned count = 0;
    use_failing(&w->a);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (int lasting = 0; lasting < 2; lasting++) {
            bool over = false;
            failing.kind = kind;
            failing.lasting = lasting != 0;
            for (unsigned nth = 1; !over; nth++) {
                char name[32]; /* a row that cannot be written stays first in its line */
                snprintf(name, sizeof(name), "brief %u", count++);
                over = try_message(w, text, named ? name : NULL, nth);
            }
        }
    }
    assert_true(count >= 3 * 2 * 3); /* the row, the SEND, its end */
}

static void test_sync(void **state)
{
    (void)state;
    sweep(start("can = sync,threads"), "x", false);
}

static void test_sync_named(void **state)
{
    (void)state;
    sweep(start("can = sync,threads"), "x", true);
}

static void test_poll(void **state)
{
    (void)state;
    sweep(start("can = poll,threads"), "ask", true);
}

static void sweep_single(const char *provider, const char *text, bool named)
{
    struct journaling *w = start(provider);
    w->single = true;
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    sweep(w, text, named);
}

static void test_single_sync(void **state)
{
    (void)state;
    sweep_single("can = sync,threads", "x", false);
}

static void test_single_poll_named(void **state)
{
    (void)state;
    sweep_single("can = poll,threads", "ask", true);
}

/* Many at once: all of them or none are recorded, and none leaves that is not. */
static void test_many_fail(void **state)
{
    char ids[10][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    (void)state;
    use_failing(&w->a);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        server_restart(w->server, journaling_vendor, &w->vendor);
        failing.kind = kind;
        failing.nth = kind == PUT ? 5 : 1;
        failing.lasting = false;
        failing.calls = failing.failures = 0;
        for (size_t i = 0; i < COUNT(ids); i++)
            journaling_submit(&w->a, "x", NULL, ids[i]);
        for (size_t i = 0; i < COUNT(ids); i++) {
            const struct nuncio_interaction interaction = journaling_wait(w, &w->a, ids[i]);
            assert_interaction(interaction, "failed");
            assert_string_equal(interaction.error_text, "the journal has no room; nothing was sent");
            assert_string_equal(journaling_state(&w->b, ids[i]), "failed"); /* by then it has room */
        }
        assert_int_equal(failing.failures, 1);
        assert_int_equal(server_requests(w->server), 0);
    }
    failing.nth = 0;
    char id[NUNCIO_ID_SIZE];
    journaling_submit(&w->a, "x", NULL, id);
    assert_interaction(journaling_wait(w, &w->a, id), "completed");
}

/* The exact words where the row is there already. */
static void test_words(void **state)
{
    char id[NUNCIO_ID_SIZE], wanted[512];
    struct journaling *w = start("can = sync,threads");
    (void)state;
    use_failing(&w->a);
    failing.kind = COMMIT;
    failing.nth = 2;
    failing.lasting = true;
    journaling_submit(&w->a, "x", NULL, id);
    const struct nuncio_interaction interaction = journaling_wait(w, &w->a, id);
    snprintf(wanted, sizeof(wanted),
             "the journal has no room; where 'nuncio list' shows it as new, 'nuncio cancel %s' keeps it so; "
             "nothing was sent",
             id);
    assert_string_equal(interaction.error_text, wanted);
    assert_string_equal(journaling_state(&w->b, id), "new");
    assert_int_equal(nuncio_exit_code(&interaction), 1);
}

/* A last state that could not be recorded is told to who waits, and to the journal once that has room again: at the
   latest when the runtime lets go of it. */
static void test_behind(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    (void)state;
    use_failing(&w->a);
    for (int i = 0; i < 2; i++) {
        failing.kind = COMMIT;
        failing.nth = 3;
        failing.calls = 0;
        failing.lasting = true;
        journaling_submit(&w->a, "x", NULL, id);
        assert_interaction(journaling_wait(w, &w->a, id), "completed");
        assert_string_equal(journaling_state(&w->b, id), "sending");
        failing.nth = 0;
        if (i == 0) { /* asked for anew */
            journaling_take_up(&w->a, running_get(&w->a, id).id, 0);
            assert_interaction(journaling_wait(w, &w->a, id), "completed");
        } else {
            journaling_take_up(&w->b, id, 0);
            assert_int_equal(running_get(&w->b, id).held, 1);
            journaling_kill(&w->a);
            assert_interaction(journaling_wait(w, &w->b, id), "completed");
        }
        assert_string_equal(journaling_state(&w->b, id), "completed");
    }
    assert_int_equal(server_requests(w->server), 2);
}

/* ---- How many writes there are ---------------------------------------------------------------------------- */

#define MANY 40

static void test_group(void **state)
{
    static char ids[MANY][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    struct journal *journal = &w->a.nuncio->journal;
    struct nuncio_failure failure;
    (void)state;
    assert_int_equal(journal_open(journal, JOURNAL_WRITE, &failure), 0);
    uint64_t commits = journal->commits;
    journaling_set(w, (struct vendor){.hold = true});
    for (size_t i = 0; i < MANY; i++)
        journaling_submit(&w->a, "x", NULL, ids[i]);
    assert_int_equal(journal->commits, commits); /* nothing before its turn */
    assert_int_equal(nuncio_step(w->a.nuncio), 0);
    assert_int_equal(journal->commits, commits + 1);
    journaling_until(w, server_requests(w->server) == MANY);
    assert_int_equal(journal->commits, commits + 1);
    for (size_t i = 0; i < MANY; i++)
        assert_string_equal(journaling_state(&w->b, ids[i]), "sending");

    journaling_set(w, (struct vendor){0});
    poll(NULL, 0, 200); /* all answers are here */
    for (size_t i = 0; i < MANY; i++)
        assert_interaction(journaling_wait(w, &w->a, ids[i]), "completed");
    assert_in_range(journal->commits, commits + 2, commits + 8);
}

/* A line before a conversation is entered with its row: one transaction for all of a turn. */
static void test_group_named(void **state)
{
    char ids[3][NUNCIO_ID_SIZE];
    struct journaling *w = start("can = sync,threads");
    struct journal *journal = &w->a.nuncio->journal;
    struct nuncio_failure failure;
    (void)state;
    assert_int_equal(journal_open(journal, JOURNAL_WRITE, &failure), 0);
    uint64_t commits = journal->commits;
    journaling_set(w, (struct vendor){.hold = true});
    for (size_t i = 0; i < 3; i++)
        journaling_submit(&w->a, "x", i < 2 ? "one" : "two", ids[i]);
    journaling_until(w, server_requests(w->server) == 2);
    assert_int_equal(journal->commits, commits + 2); /* their places, then the SENDs */
    journaling_quiet(w, 50);
    assert_int_equal(journal->commits, commits + 2); /* who waits writes nothing */
}

/* One alone: its row, its SEND as it leaves, its end. A poll that changes nothing writes nothing. */
static void test_polls(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    struct journal *journal = &w->a.nuncio->journal;
    struct nuncio_failure failure;
    (void)state;
    assert_int_equal(journal_open(journal, JOURNAL_WRITE, &failure), 0);
    uint64_t commits = journal->commits;
    journaling_set(w, (struct vendor){.state = "running"});
    journaling_submit(&w->a, "ask", NULL, id);
    journaling_until(w, running_get(&w->a, id).polls >= 1);
    commits = journal->commits;
    assert_in_range(commits, 2, 5);
    journaling_until(w, running_get(&w->a, id).polls >= 6);
    assert_int_equal(journal->commits, commits);
    journaling_set(w, (struct vendor){.state = "queued"});
    journaling_until(w, running_get(&w->a, id).state == NUNCIO_INTERACTION_QUEUED);
    (void)nuncio_step(w->a.nuncio);
    assert_int_equal(journal->commits, commits + 1);
    journaling_set(w, (struct vendor){0});
    const struct nuncio_interaction done = journaling_wait(w, &w->a, id);
    assert_interaction(done, "completed");
    assert_null(done.warning);
    assert_int_equal(journal->commits, commits + 2);
}

/* ---- Races ------------------------------------------------------------------------------------------------ */

static const char *raced;

/* As if the process that is no more had got one step further just before its end. */
static void step_further(void *handle)
{
    struct record record;
    struct journal_view view;
    struct nuncio_store_interaction row;
    struct journal_entry entry = {.there = true};
    failing.on_take = NULL;
    record_init(&record);
    assert_int_equal(journal_get(&world.b.nuncio->journal, raced, &record, &view, NULL), 1);
    record.state = NUNCIO_INTERACTION_PROCESSING;
    assert_true(text_assign(&record.ticket, nuncio_slice("t9")));
    journal_row(&record, &entry, view.owner, &row);
    assert_int_equal(failing.real->put(handle, &row, 0, NULL), NUNCIO_STORE_OK);
    record_finish(&record);
}

static void test_raced(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("can = poll,threads");
    (void)state;
    use_failing(&w->b);
    journaling_set(w, (struct vendor){.hold = true});
    journaling_submit(&w->a, "ask", NULL, id);
    journaling_until(w, server_requests(w->server) == 1);
    journaling_take_up(&w->b, id, 0);
    assert_int_equal(running_get(&w->b, id).held, 1);
    raced = id;
    failing.on_take = step_further;
    journaling_kill(&w->a);
    journaling_set(w, (struct vendor){0});
    assert_interaction(journaling_wait(w, &w->b, id), "completed");
    assert_int_equal(server_requests_like(w->server, "GET /runs/t9"), 1);
    assert_int_equal(server_requests_like(w->server, "POST /send"), 1);
}

/* ---- keep_content = no ------------------------------------------------------------------------------------- */

static void test_not_kept(void **state)
{
    char id[NUNCIO_ID_SIZE];
    struct journaling *w = start("");
    struct journal_view view;
    struct record record;
    struct nuncio_failure failure;
    (void)state;
    w->overrides = "nuncio.keep_content=no";
    journaling_kill(&w->a);
    journaling_again(w, &w->a);
    journaling_submit(&w->a, "abc", "brief", id);
    const struct nuncio_interaction told = journaling_wait(w, &w->a, id);
    assert_interaction(told, "completed");
    assert_null(told.message);
    assert_string_equal(told.reply_text, "re: abc"); /* to who waits */
    record_init(&record);
    assert_int_equal(journal_open(&w->b.nuncio->journal, JOURNAL_WRITE, &failure), 0);
    assert_int_equal(journal_get(&w->b.nuncio->journal, id, &record, &view, NULL), 1);
    assert_null(record.message);
    assert_null(record.reply);
    assert_int_equal(record.message_size, 3);
    assert_int_equal(record.reply_size, 7);
    assert_string_equal(record.message_hash,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(strlen(record.reply_hash), 64);
    record_finish(&record);
    assert_int_equal(nuncio_load(w->b.nuncio, id, &failure), 0);
    const struct nuncio_interaction loaded = running_get(&w->b, id);
    assert_null(loaded.message);
    assert_null(loaded.reply_text);
    assert_int_equal(loaded.reply_size, 0);
}

#define CASE(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_sync),
        CASE(test_sync_named),
        CASE(test_poll),
        CASE(test_single_sync),
        CASE(test_single_poll_named),
        CASE(test_many_fail),
        CASE(test_words),
        CASE(test_behind),
        CASE(test_group),
        CASE(test_group_named),
        CASE(test_polls),
        CASE(test_raced),
        CASE(test_not_kept),
    };
    return cmocka_run_group_tests(tests, journaling_enter, fixture_leave);
}
