/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "faults.h"
#include "util.h"

#include <stdlib.h>

static void use_up(struct fault *fault)
{
    fault->fired++;
    if (fault->left != FAULT_FOREVER)
        fault->left--;
}

bool faults_take_spoiler(struct faults *faults, enum vendor vendor, unsigned steps, bool reused_connection,
                         struct fault *taken)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        if (fault->left == 0 || fault->vendor != vendor || !(steps & STEP_BIT(fault->step)) ||
            fault_is_behaviour(fault->kind) || (fault->kind == FAULT_REUSED_CLOSE && !reused_connection))
            continue;
        use_up(fault);
        *taken = *fault;
        taken->spec = text_copy(fault->spec);
        taken->url = fault->url ? text_copy(fault->url) : NULL;
        return true;
    }
    return false;
}

bool faults_take_behaviour(struct faults *faults, enum vendor vendor, enum fault_kind kind)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        if (fault->left == 0 || fault->vendor != vendor || fault->kind != kind)
            continue;
        use_up(fault);
        return true;
    }
    return false;
}

cJSON *faults_json(const struct faults *faults)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < faults->count; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "spec", faults->list[i].spec);
        if (faults->list[i].left == FAULT_FOREVER)
            cJSON_AddStringToObject(row, "left", "forever");
        else
            cJSON_AddNumberToObject(row, "left", (double)faults->list[i].left);
        cJSON_AddNumberToObject(row, "fired", (double)faults->list[i].fired);
        cJSON_AddItemToArray(list, row);
    }
    return list;
}

void faults_clear(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->list[i].spec);
        free(faults->list[i].url);
    }
    free(faults->list);
    *faults = (struct faults){NULL, 0, 0};
}
