#ifndef SLEEVE_DB_INTERACTIONS_H
#define SLEEVE_DB_INTERACTIONS_H

#include "db/connection.h"

/* What models see: playlists as rows of tracks, and the split into training, validation and test playlists. */

enum split_set { SPLIT_TRAIN = 1, SPLIT_VALIDATION = 2, SPLIT_TEST = 4 };

/* Playlists as rows of distinct tracks in the order of first occurrence, numbered from 0 (= track number - 1). Own
 * playlists are not in it. Without a stored split every playlist is in SPLIT_TRAIN. */
struct interactions {
    int64_t n_tracks;
    int64_t n_playlists;
    int64_t *starts;       /* [n_playlists + 1] */
    int32_t *tracks;       /* [starts[n_playlists]] */
    int64_t *playlist_ids; /* [n_playlists] */
    int32_t *seeds;        /* [n_playlists] seeds shown of a validation or test playlist, else 0 */
    uint8_t *sets;         /* [n_playlists] enum split_set */
};
enum status catalogue_interactions_load(struct catalogue *catalogue, int split_sets, struct interactions *interactions,
                                        struct error *error);
void interactions_free(struct interactions *interactions);

struct split_row {
    int64_t playlist_id;
    enum split_set set;
    int seeds;
};
/* Replaces the stored split in one transaction. */
enum status catalogue_split_write(struct catalogue *catalogue, const struct split_row *rows, size_t count,
                                  const char *settings_json, struct error *error);
enum status catalogue_has_split(struct catalogue *catalogue, bool *has, struct error *error);

#endif
