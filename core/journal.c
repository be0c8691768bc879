/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "journal.h"

#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "plugin_error.h"
#include "state_dir.h"
#include "text.h"

#define BUSY_MS     30000 /* to wait for other processes */
#define PRUNE_LIMIT 500   /* interactions removed at an opening, so that it stays short */

void journal_init(struct journal *journal, const struct config *config, struct registry *registry)
{
    *journal = (struct journal){.config = config, .registry = registry};
    owner_init(&journal->owner);
}

void journal_close(struct journal *journal)
{
    if (journal->handle)
        journal->store->close(journal->handle);
    owner_finish(&journal->owner);
    journal_init(journal, journal->config, journal->registry);
}

int journal_failed(const struct plugin_error *error, struct nuncio_failure *failure)
{
    return failure_set(failure, NUNCIO_ERROR_INTERNAL, "the journal %s",
                       error->text[0] ? error->text : "failed, and its store does not say why");
}

/* ---- Opening ---------------------------------------------------------------------------------------------- */

static int open_memory(struct journal *journal, struct nuncio_failure *failure)
{
    journal->store = &store_memory;
    if (store_memory.open(NULL, &journal->handle, NULL) < 0)
        return failure_memory(failure);
    journal->access = JOURNAL_WRITE;
    return 0;
}

static int open_store(struct journal *journal, enum journal_access access, struct nuncio_failure *failure)
{
    const struct nuncio_store_place place = {
        .size = sizeof(place),
        .directory = journal->config->state_dir,
        .busy_ms = BUSY_MS,
        .read_only = access == JOURNAL_READ,
    };
    struct plugin_error error;
    plugin_error_init(&error);
    const struct config_place *place_of_name = &journal->config->store_place;
    if (registry_store(journal->registry, journal->config->store, &journal->store, failure) < 0)
        return place_of_name->file ? config_locate(failure, place_of_name) : -1;
    if (journal->store->open(&place, &journal->handle, &error.abi) < 0)
        return journal_failed(&error, failure);
    journal->access = access;
    journal->shared = true;
    return 0;
}

static int open_to_write(struct journal *journal, struct nuncio_failure *failure)
{
    int64_t removed;
    int64_t before = clock_wall() - journal->config->keep_ms;
    if (state_dir_make(journal->config->state_dir, failure) < 0 ||
        owner_create(journal->config->state_dir, &journal->owner, failure) < 0 ||
        open_store(journal, JOURNAL_WRITE, failure) < 0 ||
        journal_prune(journal, before, PRUNE_LIMIT, &removed, failure) < 0) {
        journal_close(journal);
        return -1;
    }
    return 0;
}

int journal_open(struct journal *journal, enum journal_access access, struct nuncio_failure *failure)
{
    if (journal->access >= access)
        return 0;
    if (strcmp(journal->config->store, "memory") == 0)
        return open_memory(journal, failure);
    journal_close(journal);
    if (access == JOURNAL_READ)
        return open_store(journal, access, failure);
    return open_to_write(journal, failure);
}

/* ---- Writing ---------------------------------------------------------------------------------------------- */

int journal_begin(struct journal *journal, bool lazy, struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    if (journal->store->begin(journal->handle, lazy ? NUNCIO_STORE_LAZY : 0, &error.abi) < 0)
        return journal_failed(&error, failure);
    return 0;
}

int journal_commit(struct journal *journal, struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    if (journal->store->commit(journal->handle, &error.abi) < 0)
        return journal_failed(&error, failure);
    journal->commits++;
    return 0;
}

void journal_rollback(struct journal *journal)
{
    journal->store->rollback(journal->handle);
}

int journal_take(struct journal *journal, const char *id, struct nuncio_slice from,
                 struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    if (journal_begin(journal, false, failure) < 0)
        return -1;
    int taken = journal->store->take(journal->handle, nuncio_slice(id), from, nuncio_slice(journal->owner.id),
                                     &error.abi);
    if (taken < 0) {
        journal_rollback(journal);
        return journal_failed(&error, failure);
    }
    return journal_commit(journal, failure) < 0 ? -1 : taken;
}

int journal_prune(struct journal *journal, int64_t finished_before, int64_t limit, int64_t *ret_count,
                  struct nuncio_failure *failure)
{
    struct plugin_error error;
    plugin_error_init(&error);
    if (journal_begin(journal, true, failure) < 0)
        return -1;
    if (journal->store->prune(journal->handle, finished_before, limit, ret_count, &error.abi) < 0) {
        journal_rollback(journal);
        return journal_failed(&error, failure);
    }
    return journal_commit(journal, failure);
}

/* ---- Reading ---------------------------------------------------------------------------------------------- */

struct reading {
    struct journal *journal;
    struct record *record; /* NULL: not wanted */
    struct journal_view *view;
    bool failed;
};

static void read_view(const struct journal *journal, const struct nuncio_store_interaction *row,
                      struct journal_view *ret_view)
{
    *ret_view = (struct journal_view){.state = (uint32_t)row->state, .holder = JOURNAL_NOBODY};
    text_clean(ret_view->id, sizeof(ret_view->id), row->id.data, (size_t)row->id.size);
    if (!nuncio_given(row->owner))
        return;
    text_clean(ret_view->owner, sizeof(ret_view->owner), row->owner.data, (size_t)row->owner.size);
    if (owner_is(&journal->owner, row->owner))
        ret_view->holder = JOURNAL_US;
    else if (owner_lives(&journal->owner, row->owner))
        ret_view->holder = JOURNAL_OTHER;
}

static int32_t on_row(void *context, const struct nuncio_store_interaction *given)
{
    struct reading *reading = context;
    const struct nuncio_store_interaction row = journal_row_known(given);
    read_view(reading->journal, &row, reading->view);
    if (reading->record && !journal_row_read(&row, reading->record))
        reading->failed = true;
    return 0;
}

int journal_get(struct journal *journal, const char *id, struct record *ret_record,
                struct journal_view *ret_view, struct nuncio_failure *failure)
{
    struct reading reading = {.journal = journal, .record = ret_record, .view = ret_view};
    struct plugin_error error;
    plugin_error_init(&error);
    if (!journal->handle)
        return 0;
    int found = journal->store->get(journal->handle, nuncio_slice(id), on_row, &reading, &error.abi);
    if (found < 0)
        return journal_failed(&error, failure);
    if (reading.failed)
        return failure_set(failure, NUNCIO_ERROR_INTERNAL,
                           "the journal's row of interaction %s is damaged; see 'nuncio journal check'", id);
    return found;
}

int journal_first(struct journal *journal, const char *gate, struct journal_view *ret_view,
                  struct nuncio_failure *failure)
{
    struct reading reading = {.journal = journal, .view = ret_view};
    struct plugin_error error;
    plugin_error_init(&error);
    int found = journal->store->first(journal->handle, nuncio_slice(gate), on_row, &reading, &error.abi);
    return found < 0 ? journal_failed(&error, failure) : found;
}
