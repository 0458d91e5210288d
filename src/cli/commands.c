#include "cli/commands.h"

const struct command *const cli_commands[] = {
    &command_explore,   &command_demo,    &command_doctor, &command_import,     &command_covers, &command_embed,
    &command_split,     &command_train,   &command_models, &command_recommend,  &command_neighbours,
    &command_tsne,      &command_search,  &command_show,   &command_playlists,  &command_export, &command_bench,
    &command_help,      NULL,
};
