#include "bundle/publish/command.h"

#include <stdio.h>
#include <string.h>

const char *command_join(struct arena *arena, struct err *err, const char *const *pieces)
{
    size_t size = 1, at = 0;
    char *text;

    for (size_t i = 0; pieces[i]; i++)
        size += strlen(pieces[i]);
    text = arena_alloc(arena, size, err);
    if (!text)
        return "";
    for (size_t i = 0; pieces[i]; i++)
        at += (size_t)snprintf(text + at, size - at, "%s", pieces[i]);
    return text;
}

void command_add(struct command *command, const char *word, struct err *err)
{
    if (command->count + 1 < COMMAND_WORDS_MAX)
        command->words[command->count++] = word;
    else
        err_set(err, ERR_BUG, "more than %d words", COMMAND_WORDS_MAX - 1);
}

void command_begin(struct command *command, const char *const *words, struct err *err)
{
    command_add(command, "gcloud", err);
    for (size_t i = 0; words[i]; i++)
        command_add(command, words[i], err);
}

void command_option(struct command *command, const char *name, const char *value,
                    struct arena *arena, struct err *err)
{
    if (value)
        command_add(command, JOIN(arena, err, name, "=", value), err);
}
