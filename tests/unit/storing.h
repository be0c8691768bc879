/* SPDX-License-Identifier: MIT */
/* A store in a test: the SQLite store as it was built, in the fixture's directory. Included after core's headers and
   <cmocka.h>. */
#ifndef NUNCIO_TESTS_STORING_H
#define NUNCIO_TESTS_STORING_H

#include "fixture.h"
#include "plugin_error.h"
#include "registry.h"
#include <sys/wait.h>

static struct registry *storing_registry;
static const struct nuncio_store *storing_store;
static struct plugin_error storing_error;

/* The place for an error: one that is set must be the first since. */
static inline struct nuncio_error *storing_err(void)
{
    plugin_error_init(&storing_error);
    return &storing_error.abi;
}

/* For the group: loads the store and enters a directory. */
static inline int storing_enter(void **state)
{
    static char plugins[PATH_MAX];
    static char *plugin_path[1] = {plugins};
    static struct config config = {.plugin_path = plugin_path, .plugin_path_count = 1};
    const char *directory = getenv("PLUGIN_DIR");
    struct nuncio_failure failure;

    if (!realpath(directory ? directory : "plugins/providers/.libs", plugins))
        fixture_give_up("plugins/providers/.libs");
    if (registry_create(&config, &storing_registry, &failure) < 0 ||
        registry_store(storing_registry, "sqlite", &storing_store, &failure) < 0) {
        fprintf(stderr, "%s\n", failure.text);
        abort();
    }
    return fixture_enter(state);
}

static inline int storing_leave(void **state)
{
    registry_destroy(storing_registry);
    return fixture_leave(state);
}

/* Each test has a directory of its own, the current one. */
static char storing_directory[PATH_MAX];

static inline int storing_setup(void **state)
{
    static unsigned count;

    (void)state;
    snprintf(storing_directory, sizeof(storing_directory), "%.*s/%u", PATH_MAX - 20, fixture_directory,
             count++);
    fixture_mkdir(storing_directory);
    return chdir(storing_directory);
}

static inline int32_t storing_try(uint32_t read_only, int64_t busy_ms, void **ret_handle)
{
    const struct nuncio_store_place place = {
        .size = sizeof(place), .directory = storing_directory, .busy_ms = busy_ms, .read_only = read_only};

    return storing_store->open(&place, ret_handle, storing_err());
}

static inline void *storing_open(uint32_t read_only)
{
    void *handle = NULL;

    if (storing_try(read_only, 10000, &handle) < 0)
        fail_msg("%s", storing_error.text);
    return handle;
}

/* What the last call said. */
static inline void storing_assert_error(const char *word, const char *other_word)
{
    if (!strstr(storing_error.text, word) || !strstr(storing_error.text, other_word))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", storing_error.text, word, other_word);
    assert_null(strchr(storing_error.text, '\n'));
    assert_int_not_equal(storing_error.text[strlen(storing_error.text) - 1], '.');
}

static inline void storing_refused(uint32_t read_only, const char *word, const char *other_word)
{
    void *handle = storing_directory;

    assert_int_equal(storing_try(read_only, 100, &handle), NUNCIO_STORE_FAILED);
    assert_ptr_equal(handle, storing_directory);
    storing_assert_error(word, other_word);
}

#define STORING_OK(call)                                                                                     \
    do {                                                                                                     \
        if ((call) < 0)                                                                                      \
            fail_msg("%s", storing_error.text);                                                              \
    } while (0)

static inline void storing_begin(void *handle)
{
    STORING_OK(storing_store->begin(handle, 0, storing_err()));
}

static inline void storing_commit(void *handle)
{
    STORING_OK(storing_store->commit(handle, storing_err()));
}

/* An interaction with a number, which makes its id. */
static inline struct nuncio_store_interaction storing_row(unsigned number, int64_t state)
{
    static char ids[8][27];
    char *id = ids[number % 8];

    snprintf(id, sizeof(ids[0]), "%026u", number);
    return (struct nuncio_store_interaction){
        .size = sizeof(struct nuncio_store_interaction),
        .id = nuncio_slice(id),
        .agent = nuncio_slice("sales"),
        .state = state,
        .finished_at = state >= 4 && state <= 6 ? 1000 + (int64_t)number : -1,
        .step = nuncio_slice("SEND"),
        .message = nuncio_slice("hello"),
    };
}

/* Writes such a row in a transaction of its own. */
static inline void storing_put(void *handle, unsigned number, int64_t state)
{
    const struct nuncio_store_interaction row = storing_row(number, state);

    storing_begin(handle);
    STORING_OK(storing_store->put(handle, &row, NUNCIO_STORE_MESSAGE | NUNCIO_STORE_EVENT, storing_err()));
    storing_commit(handle);
}

/* For "%.*s": "-" where it is absent. */
#define STORING_SHOW(slice) (int)((slice).data ? (slice).size : 1), (slice).data ? (slice).data : "-"

/* What the callbacks were told. */
struct storing_heard {
    char text[8000]; /* "1 2 3": numbers, oldest first */
    unsigned count;
    unsigned wanted;                     /* ends the reading then; 0: never */
    struct nuncio_store_interaction row; /* the last; slices are gone */
    uint64_t message_size;
};

static inline int32_t storing_hear(void *context, const struct nuncio_store_interaction *row)
{
    struct storing_heard *heard = context;
    size_t size = strlen(heard->text);

    heard->row = *row;
    heard->message_size = row->message.size;
    snprintf(heard->text + size, sizeof(heard->text) - size, "%s%d", heard->count > 0 ? " " : "",
             (int)strtol(row->id.data + 10, NULL, 10));
    heard->count++;
    return heard->count == heard->wanted;
}

static inline int32_t storing_get(void *handle, unsigned number, struct storing_heard *ret_heard)
{
    const struct nuncio_store_interaction row = storing_row(number, 0);

    *ret_heard = (struct storing_heard){.count = 0};
    return storing_store->get(handle, row.id, storing_hear, ret_heard, storing_err());
}

/* "3 2 1": what is there, newest first. */
static inline const char *storing_list(void *handle, uint64_t states, const char *agent, int64_t limit)
{
    static struct storing_heard heard;
    const struct nuncio_store_filter filter = {
        .size = sizeof(filter), .states = states, .agent = nuncio_slice(agent), .limit = limit};

    heard = (struct storing_heard){.count = 0};
    STORING_OK(storing_store->each(handle, &filter, storing_hear, &heard, storing_err()));
    return heard.text;
}

/* Ends a child, which has no memory of the store's left then. */
static inline void storing_end(void *handle, int status)
{
    storing_store->close(handle);
    _exit(status);
}

/* How the child ended: its status, or minus the signal. */
static inline int storing_wait(pid_t child)
{
    int status;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
