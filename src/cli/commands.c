#include "cli/commands.h"

#include <assert.h>
#include <string.h>

const struct command *const cli_commands[] = {
    &cli_command_explore,   &cli_command_demo,
    &cli_command_doctor,    &cli_command_import,
    &cli_command_covers,    &cli_command_embed,
    &cli_command_features,  &cli_command_split,
    &cli_command_train,     &cli_command_evaluate,
    &cli_command_compare,   &cli_command_models,
    &cli_command_recommend, &cli_command_neighbours,
    &cli_command_tsne,      &cli_command_search,
    &cli_command_show,      &cli_command_playlists,
    &cli_command_export,    &cli_command_bench,
    &cli_command_help,      NULL,
};

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
