/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <stdint.h>
#include <string.h>
#include "words.h"

const struct command *const commands[] = {&send_command, &providers_command, &plugins_command, &check_command,
                                          NULL};

const struct command *commands_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

const struct command *commands_nearest(const char *name)
{
    const struct command *best = NULL;
    size_t least = SIZE_MAX, distance;

    for (size_t i = 0; commands[i]; i++) {
        if (words_near(name, commands[i]->name, &distance) && distance < least) {
            least = distance;
            best = commands[i];
        }
    }
    return best;
}
