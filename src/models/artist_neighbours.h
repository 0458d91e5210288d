#ifndef SLEEVE_MODELS_ARTIST_NEIGHBOURS_H
#define SLEEVE_MODELS_ARTIST_NEIGHBOURS_H

#include "models/session_index.h"

/* The artists of the training playlists whose artists are most similar to the given ones. A playlist is the vector of
 * how many of its tracks each artist has; the similarity of two is their cosine. The score of an artist is the sum of
 * the similarities of those of the k most similar playlists that contain the artist. So tracks that no playlist holds
 * are found, too. */
struct artist_neighbours {
    int64_t n_artists, k;
    const int32_t *artists;     /* [n_tracks] 0..n_artists-1, in the file */
    struct session_index index; /* of the playlists' distinct artists */
    float *weights;             /* of the index's holders: the artist's component of the playlist's unit vector */
};

/* The memory of one thread. */
struct artist_scratch {
    float *similarity; /* [n_playlists] */
    int32_t *nearest;  /* [k] */
    float *given;      /* [n_artists] the number of seeds of each artist; zeros between two lists */
};

/* Adds matrices "artists" of the tracks, "starts", "playlists" (of artists) and "counts" to a model. */
enum status artist_neighbours_save(const struct interactions *interactions, const int32_t *artists, int64_t n_artists,
                                   struct model_weights *weights, struct error *error);
/* Reads and checks them. There is something to close after a failure, too; a struct of zeros can be closed. */
enum status artist_neighbours_open(const struct recommender *recommender, int64_t k,
                                   struct artist_neighbours *neighbours, struct error *error);
void artist_neighbours_close(struct artist_neighbours *neighbours);
/* Whether a training playlist contains the artist of a row. */
bool artist_neighbours_know(const struct artist_neighbours *neighbours, int32_t row);

/* False if memory ran out; to be closed even then. */
bool artist_scratch_open(struct artist_scratch *scratch, const struct artist_neighbours *neighbours);
void artist_scratch_close(struct artist_scratch *scratch);
/* The scores [n_artists] of all artists for these seeds, scaled so that the highest is 1; all 0 if no training playlist
 * contains an artist of the seeds. */
void artist_neighbours_score(const struct artist_neighbours *neighbours, struct artist_scratch *scratch,
                             const int32_t *seeds, int64_t n_seeds, float *scores);

#endif
