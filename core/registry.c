/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "registry.h"

#include <stdlib.h>
#include <string.h>
#include "loader.h"
#include "plugin_files.h"
#include "plugin_path.h"
#include "registry_check.h"
#include "store_check.h"
#include "text.h"

struct entry {
    struct registry_plugin plugin;
    struct loaded *loaded;
    struct entry *next;
};

struct store_entry {
    struct nuncio_store store;
    struct loaded *loaded;
    struct store_entry *next;
};

struct registry {
    struct plugin_path path;
    struct loader *loader;
    struct entry *entries;
    struct store_entry *stores;
};

int registry_create(const struct config *config, struct registry **ret_registry,
                    struct nuncio_failure *failure)
{
    struct registry *registry = calloc(1, sizeof(*registry));

    if (!registry)
        return failure_memory(failure);
    if (plugin_path_init(&registry->path, config, failure) < 0 ||
        loader_create(&registry->loader, failure) < 0) {
        registry_destroy(registry);
        return -1;
    }
    *ret_registry = registry;
    return 0;
}

static void destroy_entry(struct registry *registry, struct entry *entry)
{
    registry_check_finish(&entry->plugin.plugin);
    loader_close(registry->loader, entry->loaded);
    free(entry->plugin.path);
    free(entry);
}

void registry_destroy(struct registry *registry)
{
    if (!registry)
        return;
    while (registry->entries) {
        struct entry *entry = registry->entries;
        registry->entries = entry->next;
        destroy_entry(registry, entry);
    }
    while (registry->stores) {
        struct store_entry *entry = registry->stores;
        registry->stores = entry->next;
        loader_close(registry->loader, entry->loaded);
        free(entry);
    }
    loader_destroy(registry->loader);
    plugin_path_finish(&registry->path);
    free(registry);
}

static int fill_entry(struct registry *registry, const char *name, const char *file, struct entry *entry,
                      struct nuncio_failure *failure)
{
    const void *found;

    entry->plugin.path = strdup(file);
    if (!entry->plugin.path)
        return failure_memory(failure);
    if (loader_open(registry->loader, file, LOADER_PROVIDER, &entry->loaded, &found, failure) < 0)
        return -1;
    if (registry_check_descriptor(found, name, &entry->plugin.plugin, failure) < 0)
        return failure_prefix(failure, "plugin %s", file);
    return 0;
}

static int open_file(struct registry *registry, const char *name, const char *file,
                     const struct registry_plugin **ret_plugin, struct nuncio_failure *failure)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    struct nuncio_failure problem;

    if (!entry)
        return failure_memory(failure);
    if (fill_entry(registry, name, file, entry, &problem) < 0) {
        destroy_entry(registry, entry);
        if (failure)
            *failure = problem;
        return problem.error_class == NUNCIO_ERROR_INVALID ? REGISTRY_REFUSED : -1;
    }
    entry->next = registry->entries;
    registry->entries = entry;
    *ret_plugin = &entry->plugin;
    return 0;
}

/* Also keeps "../x" in the directory. */
static int check_name(const char *name, struct nuncio_failure *failure)
{
    if (registry_check_name(name))
        return 0;
    return failure_set(
        failure, NUNCIO_ERROR_INVALID,
        "\"%s\" is no plugin name; it takes a lower-case letter, then lower-case letters, digits "
        "and '_'",
        name);
}

int registry_plugin(struct registry *registry, const char *name, const struct registry_plugin **ret_plugin,
                    struct nuncio_failure *failure)
{
    char *file;
    int result;

    for (const struct entry *entry = registry->entries; entry; entry = entry->next) {
        if (strcmp(entry->plugin.plugin.name, name) == 0) {
            *ret_plugin = &entry->plugin;
            return 0;
        }
    }
    if (check_name(name, failure) < 0)
        return -1;
    if (plugin_path_find(&registry->path, PLUGIN_PATH_PROVIDERS, name, &file, failure) < 0)
        return -1;
    result = open_file(registry, name, file, ret_plugin, failure);
    free(file);
    return result;
}

static int fill_store(struct registry *registry, const char *name, struct store_entry *entry,
                      struct nuncio_failure *failure)
{
    const void *found;
    char *file;
    int result;

    if (plugin_path_find(&registry->path, PLUGIN_PATH_STORES, name, &file, failure) < 0)
        return -1;
    result = loader_open(registry->loader, file, LOADER_STORE, &entry->loaded, &found, failure);
    if (result == 0 && store_check_descriptor(found, name, &entry->store, failure) < 0)
        result = failure_prefix(failure, "plugin %s", file);
    free(file);
    return result;
}

int registry_has_store(struct registry *registry, const char *name, struct nuncio_failure *failure)
{
    char *file;

    if (strcmp(name, "memory") == 0)
        return 0;
    if (check_name(name, failure) < 0 ||
        plugin_path_find(&registry->path, PLUGIN_PATH_STORES, name, &file, failure) < 0)
        return -1;
    free(file);
    return 0;
}

int registry_store(struct registry *registry, const char *name, const struct nuncio_store **ret_store,
                   struct nuncio_failure *failure)
{
    struct store_entry *entry;

    for (entry = registry->stores; entry; entry = entry->next) {
        if (strcmp(entry->store.name, name) == 0) {
            *ret_store = &entry->store;
            return 0;
        }
    }
    if (check_name(name, failure) < 0)
        return -1;
    entry = calloc(1, sizeof(*entry));
    if (!entry)
        return failure_memory(failure);
    if (fill_store(registry, name, entry, failure) < 0) {
        loader_close(registry->loader, entry->loaded);
        free(entry);
        return -1;
    }
    entry->next = registry->stores;
    registry->stores = entry;
    *ret_store = &entry->store;
    return 0;
}

static struct nuncio_option_info option_info(const struct nuncio_option *option)
{
    return (struct nuncio_option_info){
        .name = option->name,
        .type = option->type == NUNCIO_INTEGER   ? "integer"
                : option->type == NUNCIO_BOOLEAN ? "boolean"
                                                 : "string",
        .default_value = option->default_value,
        .help = option->help,
        .required = option->flags & NUNCIO_REQUIRED ? 1 : 0,
        .secret = option->flags & NUNCIO_SECRET ? 1 : 0,
    };
}

/* Who is told of the installed plugins. */
struct listener {
    void (*callback)(void *context, const struct nuncio_plugin_info *info);
    void *context;
};

static int tell_plugin(const struct registry_plugin *loaded, const struct listener *listener,
                       struct nuncio_failure *failure)
{
    const struct nuncio_plugin *plugin = &loaded->plugin;
    struct nuncio_option_info *options = calloc((size_t)plugin->option_count + 1, sizeof(*options));
    struct nuncio_plugin_info info = {
        .name = plugin->name,
        .path = loaded->path,
        .version = plugin->version,
        .summary = plugin->summary,
        .documentation_url = plugin->documentation_url,
        .base_url = plugin->base_url,
        .abi_major = plugin->abi_major,
        .abi_minor = plugin->abi_minor,
        .options = options,
        .option_count = plugin->option_count,
    };
    struct buffer names;
    int result = 0;

    buffer_init(&names, 1024);
    registry_capability_names(plugin->capabilities, &names);
    info.capabilities = buffer_text(&names);
    if (!options || buffer_failed(&names))
        result = failure_memory(failure);
    for (uint32_t i = 0; result == 0 && i < plugin->option_count; i++)
        options[i] = option_info(&plugin->options[i]);
    if (result == 0)
        listener->callback(listener->context, &info);
    free(options);
    buffer_finish(&names);
    return result;
}

static void tell_problem(const char *name, const char *file, const char *problem,
                         const struct listener *listener)
{
    struct nuncio_plugin_info info = {.name = name, .path = file, .error = problem};

    listener->callback(listener->context, &info);
}

static int tell_file(struct registry *registry, const char *name, const char *file,
                     const struct listener *listener, struct nuncio_failure *failure)
{
    const struct registry_plugin *plugin = NULL;
    const char *used = file;
    char *first = NULL;
    struct nuncio_failure problem;

    (void)registry_plugin(registry, name, &plugin, &problem);
    if (plugin)
        used = plugin->path;
    else if (plugin_path_find(&registry->path, PLUGIN_PATH_PROVIDERS, name, &first, NULL) == 0)
        used = first;
    if (strcmp(used, file) != 0)
        failure_set(&problem, NUNCIO_ERROR_INVALID,
                    "plugin %s is not used: %s comes first; remove one, or change plugin_path", file, used);
    else if (plugin)
        return tell_plugin(plugin, listener, failure);
    tell_problem(name, file, problem.text, listener);
    free(first);
    return 0;
}

static int tell_directory(struct registry *registry, const char *directory, const struct listener *listener,
                          struct nuncio_failure *failure)
{
    struct plugin_files files;
    int result;

    plugin_files_init(&files);
    result = plugin_files_read(&files, directory, failure);
    for (size_t i = 0; result == 0 && i < files.count; i++) {
        char *file = plugin_files_path(directory, files.names[i]);
        result =
            file ? tell_file(registry, files.names[i], file, listener, failure) : failure_memory(failure);
        free(file);
    }
    plugin_files_finish(&files);
    return result;
}

int registry_each(struct registry *registry,
                  void (*callback)(void *context, const struct nuncio_plugin_info *info), void *context,
                  struct nuncio_failure *failure)
{
    const struct listener listener = {callback, context};

    for (size_t i = 0; i < registry->path.count; i++)
        if (tell_directory(registry, registry->path.directories[i].path, &listener, failure) < 0)
            return -1;
    return 0;
}
