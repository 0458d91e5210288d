#ifndef SLEEVE_APP_PLAYLIST_MERGE_H
#define SLEEVE_APP_PLAYLIST_MERGE_H

#include "app/track_numbers.h"
#include "db/catalogue.h"

/* What to do with a playlist that was changed here and, since it was read, somewhere else too: in another explorer or
 * by a command. Pure functions. */

/* A three-way merge into *merged (malloc'ed ids). Tracks that either side added or removed are added or removed; what
 * both added is there once. Where both added at the same position, theirs come first. When one side changed the order,
 * its order stays and the other side's additions come last. When both did, theirs gets the entries that mine moved,
 * where mine has them. *merged has NULL ids when both moved the same entry: no merge keeps both. */
enum status playlist_merge(const struct track_numbers *base, const struct track_numbers *theirs,
                           const struct track_numbers *mine, struct track_numbers *merged, struct error *error);
/* The same, but there is always a result: where both moved the same entry, the order of `mine` stays. */
enum status playlist_rebase(const struct track_numbers *base, const struct track_numbers *theirs,
                            const struct track_numbers *mine, struct track_numbers *merged, struct error *error);

enum playlist_outcome {
    PLAYLIST_SAVED,  /* as `mine` has it */
    PLAYLIST_MERGED, /* merged with what was changed elsewhere */
    PLAYLIST_BESIDE, /* under another name: both sides moved the same entry */
    PLAYLIST_AGAIN,  /* as a new one: it was deleted elsewhere */
};

/* What to write: `base` is the playlist as it was last read or written here (id 0: never; name NULL: unknown), `now` as
 * the catalogue has it (id 0: it was deleted), `mine` as it is to be saved. Fills *wanted (id 0: a new playlist). */
enum status playlist_decide(const struct own_playlist *base, const struct own_playlist *now,
                            const struct own_playlist *mine, struct own_playlist *wanted,
                            enum playlist_outcome *outcome, struct error *error);
bool own_playlist_same(const struct own_playlist *a, const struct own_playlist *b); /* name and tracks */

#endif
