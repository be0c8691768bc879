/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "commands.h"

#include <stdint.h>
#include <string.h>
#include "words.h"

const struct command *const commands[] = {&send_command,
                                          &wait_command,
                                          &list_command,
                                          &show_command,
                                          &cancel_command,
                                          &settle_command,
                                          &resume_command,
                                          &conversations_command,
                                          &journal_command,
                                          &providers_command,
                                          &plugins_command,
                                          &check_command,
                                          NULL};

const char *commands_word(const struct command *command)
{
    const char *blank = strrchr(command->name, ' ');

    return blank ? blank + 1 : command->name;
}

const struct command *commands_find(const struct command *const *list, const char *name)
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(commands_word(list[i]), name) == 0)
            return list[i];
    return NULL;
}

const struct command *commands_nearest(const struct command *const *list, const char *name)
{
    const struct command *best = NULL;
    size_t least = SIZE_MAX, distance;

    for (size_t i = 0; list[i]; i++) {
        if (words_near(name, commands_word(list[i]), &distance) && distance < least) {
            least = distance;
            best = list[i];
        }
    }
    return best;
}
