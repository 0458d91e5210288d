#ifndef SLEEVE_CLI_PLAYLIST_HISTORY_H
#define SLEEVE_CLI_PLAYLIST_HISTORY_H

#include "cli/cli.h"

/* sleeve playlists history KEY, and restore KEY VERSION. */
enum status cli_playlist_history(struct cli *cli, struct error *error);
enum status cli_playlist_restore(struct cli *cli, struct error *error);

#endif
