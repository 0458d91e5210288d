#ifndef SLEEVE_APP_SPLIT_H
#define SLEEVE_APP_SPLIT_H

#include "eval/split.h"

/* Which playlists train, validate and test: drawn or read from a file, and written to a file. */

struct split_settings {
    bool draw;                    /* by the options */
    struct split_options options; /* with import_file only the cold tracks are drawn */
    const char *import_file;      /* takes the split from this file instead; NULL: no */
    const char *export_file;      /* then writes the stored split to this one; NULL: no */
};

/* The stored split is only changed by a draw or an import. */
bool split_changes(const struct split_settings *settings);
/* A warning says how many test playlists were training or validation playlists of the split before, if there are
 * models, which could know them.
 * `counts` are set when the split was changed, also where the export fails afterwards. */
enum status app_split(struct catalogue *catalogue, const struct split_settings *settings, struct split_counts *counts,
                      struct error *error);

#endif
