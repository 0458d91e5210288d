#include "cli/commands.h"

#include <assert.h>
#include <string.h>

#define COMMAND_ROW(name) &cli_command_##name,
const struct command *const cli_commands[] = {COMMAND_LIST(COMMAND_ROW) NULL};

void cli_prepare(void)
{
    for (const struct command *const *command = cli_commands; *command; command++)
        if ((*command)->prepare)
            (*command)->prepare();
}

void cli_keep_text(struct buffer *text, char *place, size_t size)
{
    assert(text->failed || text->size < size);
    if (text->data && text->size < size)
        memcpy(place, text->data, text->size + 1);
    buffer_free(text);
}
