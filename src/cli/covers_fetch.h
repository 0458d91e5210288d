#ifndef SLEEVE_CLI_COVERS_FETCH_H
#define SLEEVE_CLI_COVERS_FETCH_H

#include "cli/cli.h"

/* `sleeve covers fetch`. */
enum status cli_covers_fetch(struct cli *cli, struct error *error);

#define COVERS_FETCH_HELP                                                                                              \
    "\n"                                                                                                               \
    "fetch looks for the albums without a cover on the network. It can be stopped at any time (Ctrl-C); the same\n"    \
    "command continues. Albums that a source does not have are not looked for there again without --retry.\n"          \
    "At Spotify, albums are found whose key is an id of Spotify. This needs the client id and secret of an app: set\n" \
    "SLEEVE_SPOTIFY_CREDENTIALS=ID:SECRET, or write a line \"spotify = ID:SECRET\" to the file sleeve/fetch.conf in\n" \
    "$XDG_CONFIG_HOME (~/.config), which nobody else may read. Of several (with commas between them, or several\n"     \
    "lines) the next is used while one is limited; apps of one account in development mode share their limit.\n"       \
    "At the Cover Art Archive all others are looked for: by the MusicBrainz id in their key, tags or --map FILE, a "   \
    "table\n"                                                                                                          \
    "like that of add with a column \"mbid\", otherwise by a search of artist and title, one a second. A match that "  \
    "is\n"                                                                                                             \
    "weak or not the only one is refused. This needs a contact: set SLEEVE_CONTACT to an e-mail address or web page\n" \
    "of yours, or write a line \"contact = ...\" to the same file.\n"                                                  \
    "Terms: Spotify's Developer Terms and Policy bind the owner of the app. They restrict saving and changing\n"       \
    "artwork, and forbid training machine-learning models with Spotify's content: read developer.spotify.com/terms\n"  \
    "and /policy first. MusicBrainz allows one request a second and requires a contact. Images of the\n"               \
    "Cover Art Archive remain the property of their copyright holders."

#endif
