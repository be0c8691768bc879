/* SPDX-License-Identifier: MIT */
/* store STORE.so DIRECTORY [ROWS]: what a store takes, in a new directory. State changes a second in groups of several
   sizes, each group one transaction, four changes an interaction; then, with that many interactions (1,000,000) there,
   how long the usual questions take. Nothing is judged: a number depends on its machine and its disk. */
#define _GNU_SOURCE
#include <nuncio/store.h>

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static const struct nuncio_store *store;
static void *handle;
static unsigned next_number;

static void set_error(struct nuncio_error *err, const char *text)
{
    (void)err;
    fprintf(stderr, "store: %s\n", text);
    exit(1);
}

static const struct nuncio_error_services services = {sizeof(services), set_error};
static struct nuncio_error error = {sizeof(error), &services};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double cpu(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* State changes: created and sent, queued, processing, finished. One in a thousand stays unknown. */
static void put(unsigned number, int change)
{
    static const int64_t states[] = {1, 2, 3, 4};
    static const char *const steps[] = {"SEND", "SEND", "POLL", "POLL"};
    static const char hash[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    static const char text[] =
        "A message of a usual length, which asks the agent to do something and to say what came "
        "of it, and gives it what it needs to know for that.";
    struct nuncio_store_interaction row = {.size = sizeof(row)};
    char id[27];

    snprintf(id, sizeof(id), "%026u", number);
    row.id = nuncio_slice(id);
    row.owner = change < 3 ? nuncio_slice("01HF3ZK8Q5W6V7X8Y9Z0A1B2C3") : row.owner;
    row.agent = nuncio_slice(number % 2 ? "sales" : "support");
    row.agent_id = row.ticket = row.conversation = nuncio_slice("agent_01HF3ZK8Q5W6V7X8Y9Z0A1B2C3");
    row.provider = row.plugin = nuncio_slice("gumloop_sessions");
    row.strategy = nuncio_slice("thread+queued");
    row.message_hash = row.reply_hash = nuncio_slice(hash);
    row.message = row.reply = nuncio_slice(text);
    row.state = change == 3 && number % 1000 == 0 ? 7 : states[change];
    row.step = nuncio_slice(steps[change]);
    row.created_at = row.changed_at = 1700000000000 + (int64_t)number;
    row.finished_at = change == 3 ? row.changed_at : -1;
    row.cost_usd = row.credits = -1;
    store->put(handle, &row,
               NUNCIO_STORE_EVENT | (change == 0 ? NUNCIO_STORE_MESSAGE : 0) |
                   (change == 3 ? NUNCIO_STORE_REPLY : 0),
               &error);
}

static void write_groups(unsigned group, unsigned interactions)
{
    for (unsigned written = 0; written < interactions; written += group) {
        for (int change = 0; change < 4; change++) {
            store->begin(handle, 0, &error);
            for (unsigned i = 0; i < group; i++)
                put(next_number + i, change);
            store->commit(handle, &error);
        }
        next_number += group;
    }
}

static void measure_groups(unsigned group, unsigned interactions)
{
    double time = now();
    double used = cpu();

    write_groups(group, interactions);
    time = now() - time;
    used = cpu() - used;
    printf("groups of %4u: %8.0f state changes/s, %7.0f us a group, %5.1f us of CPU a change\n", group,
           4e6 * interactions / time, time * group / interactions / 4, used / interactions / 4);
}

static int32_t count_row(void *context, const struct nuncio_store_interaction *row)
{
    (void)row;
    ++*(unsigned *)context;
    return 0;
}

static void measure_each(const char *name, uint64_t states, const char *agent, int64_t limit)
{
    const struct nuncio_store_filter filter = {
        .size = sizeof(filter), .states = states, .agent = nuncio_slice(agent), .limit = limit};
    unsigned count = 0;
    double time = now();

    store->each(handle, &filter, count_row, &count, &error);
    printf("%-44s %8.0f us, %u rows\n", name, now() - time, count);
}

static void measure_others(unsigned rows)
{
    char id[27];
    unsigned count = 0;
    int64_t pruned = 0;
    double time = now();

    snprintf(id, sizeof(id), "%026u", rows / 2);
    store->get(handle, nuncio_slice(id), count_row, &count, &error);
    printf("%-44s %8.0f us\n", "get", now() - time);
    store->begin(handle, 0, &error);
    time = now();
    store->enter(handle, nuncio_slice("provider/agent/name"), nuncio_slice(id), &error);
    store->first(handle, nuncio_slice("provider/agent/name"), count_row, &count, &error);
    store->leave(handle, nuncio_slice(id), &error);
    printf("%-44s %8.0f us\n", "enter, first, leave", now() - time);
    time = now();
    store->prune(handle, INT64_MAX, 1000, &pruned, &error);
    printf("%-44s %8.0f us\n", "prune 1000", now() - time);
    store->rollback(handle);
}

static void reopen(const struct nuncio_store_place *place)
{
    double time = now();

    store->close(handle);
    printf("%-44s %8.0f us\n", "close", now() - time);
    time = now();
    store->open(place, &handle, &error);
    printf("%-44s %8.0f us\n", "open", now() - time);
}

int main(int count, char **arguments)
{
    struct nuncio_store_place place = {.size = sizeof(place), .busy_ms = 10000};
    unsigned rows = count > 3 ? (unsigned)atol(arguments[3]) : 1000000;
    void *module = count > 2 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    void *symbol = module ? dlsym(module, "nuncio_store_v1") : NULL;

    if (!symbol) {
        fprintf(stderr, "usage: store STORE.so DIRECTORY [ROWS]\n%s\n", module || count < 3 ? "" : dlerror());
        return 2;
    }
    store = (*(const struct nuncio_store *(**)(void))(void *)&symbol)();
    place.directory = arguments[2];
    store->open(&place, &handle, &error);
    measure_groups(1, 512);
    measure_groups(64, 64 * 100);
    measure_groups(256, 256 * 50);
    while (next_number < rows)
        write_groups(1000, 1000);
    printf("with %u interactions:\n", next_number);
    reopen(&place);
    measure_each("list, newest 20", 0, NULL, 20);
    measure_each("list, newest 20 of an agent", 0, "sales", 20);
    measure_each("list, all that is open or unknown", 0x8f, NULL, 0);
    measure_each("list, 20 open or unknown of an agent", 0x8f, "sales", 20);
    measure_each("list, 20 failed, of which there are none", 1u << 5, NULL, 20);
    measure_each("list, 20 failed or cancelled of an agent", 3u << 5, "sales", 20);
    measure_each("list, all", 0, NULL, 0);
    measure_others(next_number);
    reopen(&place);
    store->close(handle);
    return 0;
}
