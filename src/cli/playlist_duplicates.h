#ifndef SLEEVE_CLI_PLAYLIST_DUPLICATES_H
#define SLEEVE_CLI_PLAYLIST_DUPLICATES_H

#include "cli/cli.h"

/* sleeve playlists duplicates [KEY] [--remove] */
enum status cli_playlist_duplicates(struct cli *cli, struct error *error);

#endif
