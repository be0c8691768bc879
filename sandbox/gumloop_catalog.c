/* SPDX-License-Identifier: MIT */
/* Gumloop's list of agents: good for a proof of the key that costs nothing. */
#include "config.h"

#include "gumloop.h"
#include "gumloop_sessions.h"
#include "identities.h"
#include "json.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct agent {
    const char *id, *name;
    bool foreign;
} agents[] = {
    {GUMLOOP_AGENT, "Sandbox agent", false},
    {GUMLOOP_AGENT_2, "Second sandbox agent", false},
    {GUMLOOP_AGENT_FOREIGN, "Somebody else's agent", true},
};
#define AGENT_COUNT (sizeof agents / sizeof *agents)

bool gumloop_agent_known(const char *agent)
{
    for (size_t i = 0; i < AGENT_COUNT; i++)
        if (strcmp(agents[i].id, agent) == 0)
            return true;
    return false;
}

static cJSON *agent_json(const struct agent *agent)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", agent->id);
    cJSON_AddStringToObject(json, "name", agent->name);
    cJSON_AddStringToObject(json, "description", "Says what it was told");
    cJSON_AddStringToObject(json, "team_id", GUMLOOP_TEAM);
    cJSON_AddTrueToObject(json, "is_active");
    cJSON_AddStringToObject(json, "model_name", "sandbox/echo-1");
    cJSON_AddNullToObject(json, "system_prompt");
    cJSON_AddArrayToObject(json, "tools");
    cJSON_AddArrayToObject(json, "resources");
    cJSON_AddObjectToObject(json, "metadata");
    cJSON_AddNullToObject(json, "folder_id");
    cJSON_AddStringToObject(json, "created_at", "2026-05-15T14:32:00Z");
    cJSON_AddNumberToObject(json, "active_trigger_count", 0);
    return json;
}

void sessions_agents(struct exchange *x)
{
    char *search = exchange_query(x, "search");
    cJSON *json = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(json, "agents");
    for (size_t i = 0; i < AGENT_COUNT; i++)
        if (!agents[i].foreign && (!search || strcasestr(agents[i].name, search)))
            cJSON_AddItemToArray(list, agent_json(&agents[i]));
    cJSON_AddNullToObject(json, "next_cursor");
    free(search);
    answer_json(x, MHD_HTTP_OK, json);
}

void sessions_agent(struct exchange *x)
{
    for (size_t i = 0; i < AGENT_COUNT; i++) {
        if (strcmp(agents[i].id, x->captures[0]) != 0)
            continue;
        if (agents[i].foreign) {
            answer_error(x, "forbidden");
            return;
        }
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "agent", agent_json(&agents[i]));
        answer_json(x, MHD_HTTP_OK, json);
        return;
    }
    answer_error(x, "agent-not-found");
}
