#ifndef SLEEVE_CLI_PLAYLIST_SETS_H
#define SLEEVE_CLI_PLAYLIST_SETS_H

#include "cli/cli.h"

/* sleeve playlists compare A B, merge A B... --into NAME, subtract A B... --into NAME. */
enum status cli_playlist_compare(struct cli *cli, struct error *error);
enum status cli_playlist_merge(struct cli *cli, struct error *error);
enum status cli_playlist_subtract(struct cli *cli, struct error *error);

/* The entries of a playlist that is named by key, link or name. */
struct cli_list {
    int64_t id;
    int64_t *ids;
    size_t count;
    struct own_playlist own; /* of one that was made in the explorer; id 0: it was not */
};
void cli_list_free(struct cli_list *list);
enum status cli_list_open(struct app *app, const char *key, struct cli_list *list, struct error *error);

#endif
