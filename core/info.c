/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "runtime.h"

#include <string.h>
#include "text.h"

int32_t nuncio_each_plugin(struct nuncio *nuncio,
                           void (*callback)(void *context, const struct nuncio_plugin_info *info),
                           void *context, struct nuncio_failure *failure)
{
    return registry_each(nuncio->registry, callback, context, failure);
}

/* ---- Agents -----------------------------------------------------------------------------------------------
 */

/* Nothing is known of it but what the configuration says. */
static void tell_refused(const struct provider *provider, const struct agent *agent,
                         void (*callback)(void *context, const struct nuncio_agent_info *info), void *context)
{
    const struct nuncio_agent_info info = {
        .provider = provider->config->name,
        .plugin = provider->config->plugin,
        .agent = agent ? agent->config->name : NULL,
        .agent_id = agent ? agent->config->id : NULL,
        .base_url = provider->config->base_url,
        .error = provider->refused,
    };
    callback(context, &info);
}

static void tell_agent(const struct provider *provider, const struct agent *agent,
                       void (*callback)(void *context, const struct nuncio_agent_info *info), void *context)
{
    const struct nuncio_traits *traits = agent ? &agent->traits : &provider->traits;
    const struct dispatcher_wish wish = {.capabilities = traits->capabilities};
    struct nuncio_failure failure;
    struct strategy strategy;
    struct buffer names;
    if (provider->refused) {
        tell_refused(provider, agent, callback, context);
        return;
    }
    buffer_init(&names, 1024);
    registry_capability_names(traits->capabilities, &names);
    bool usable = dispatcher_choose(&wish, &strategy, &failure) == 0;
    const struct nuncio_agent_info info = {
        .provider = provider->config->name,
        .plugin = provider->plugin->name,
        .agent = agent ? agent->config->name : NULL,
        .agent_id = agent ? agent->config->id : NULL,
        .base_url = provider->base_url,
        .capabilities = buffer_text(&names),
        .strategy = usable ? strategy_name(&strategy) : NULL,
        .error = usable ? NULL : failure.text,
    };
    callback(context, &info);
    buffer_finish(&names);
}

int32_t nuncio_each_agent(struct nuncio *nuncio,
                          void (*callback)(void *context, const struct nuncio_agent_info *info),
                          void *context, struct nuncio_failure *failure)
{
    (void)failure;
    for (size_t i = 0; i < nuncio->directory.provider_count; i++) {
        const struct provider *provider = &nuncio->directory.providers[i];
        bool any = false;
        for (size_t k = 0; k < nuncio->directory.agent_count; k++) {
            const struct agent *agent = &nuncio->directory.agents[k];
            if (agent->provider != provider)
                continue;
            any = true;
            tell_agent(provider, agent, callback, context);
        }
        if (!any)
            tell_agent(provider, NULL, callback, context);
    }
    return 0;
}
