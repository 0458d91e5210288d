#ifndef SLEEVE_CLI_COMMANDS_H
#define SLEEVE_CLI_COMMANDS_H

#include "cli/cli.h"
#include "core/log.h"

/* The commands, one file each, and what several of them print. */
extern const struct command cli_command_doctor, cli_command_demo, cli_command_import, cli_command_covers,
    cli_command_compare, cli_command_evaluate, cli_command_embed, cli_command_features, cli_command_split,
    cli_command_train, cli_command_models, cli_command_recommend, cli_command_neighbours, cli_command_tsne,
    cli_command_search, cli_command_show, cli_command_export, cli_command_playlists, cli_command_explore,
    cli_command_bench, cli_command_help;

extern const char *const cli_track_header;
/* One sanitised field, followed by the byte. */
void cli_add_field(struct buffer *tsv, const char *text, char after);
/* The same for a key, which can be passed to other commands: only on a terminal are more than its control characters
 * replaced. */
void cli_add_key(struct buffer *tsv, const char *key, char after);
/* The fields of cli_track_header. */
void cli_add_track(struct buffer *tsv, const struct track *track);
enum status cli_print_tracks(const struct cli *cli, const struct track_list *tracks, struct error *error);

#endif
