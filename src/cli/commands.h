#ifndef SLEEVE_CLI_COMMANDS_H
#define SLEEVE_CLI_COMMANDS_H

#include "cli/cli.h"
#include "core/log.h"

/* The commands, one file each, and what several of them print. */
extern const struct command command_doctor, command_demo, command_import, command_covers, command_embed,
    command_split, command_train, command_models, command_recommend, command_neighbours, command_tsne, command_search,
    command_show, command_export, command_playlists, command_explore, command_bench, command_help;

extern const char *const cli_track_header;
/* One sanitised field and the byte behind it. */
void cli_add_field(struct buffer *tsv, const char *text, char after);
/* The fields of cli_track_header. */
void cli_add_track(struct buffer *tsv, const struct track *track);
enum status cli_print_tracks(const struct cli *cli, const struct track_list *tracks, struct error *error);

#endif
