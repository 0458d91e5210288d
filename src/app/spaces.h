#ifndef SLEEVE_APP_SPACES_H
#define SLEEVE_APP_SPACES_H

#include "db/catalogue.h"
#include "models/recommender.h"
#include "models/rerank.h"

/* The spaces in which re-rankings compare tracks: feature sets, which stay open, and the song vectors of a model. */
struct spaces;
enum status spaces_create(struct spaces **spaces, struct error *error);
void spaces_destroy(struct spaces *spaces);

/* Writes the direction [width] of a track; zeros where the space knows nothing of it. */
struct space_source {
    size_t width;
    void (*direction)(const struct space_source *source, int64_t track, int64_t album, float *vector);
    const void *owner; /* struct directions, or struct track_vectors */
};
/* A feature set of tracks, or of albums: then a track has the direction of its album's row. It is opened again if it
 * has changed. May be called by several threads. `source` is valid until spaces_destroy. */
enum status spaces_set(struct spaces *spaces, struct catalogue *catalogue, const char *name,
                       struct space_source *source, struct error *error);
/* The vectors of a model, as long as `vectors` is valid. */
struct space_source space_of_vectors(const struct track_vectors *vectors);

/* What belongs to a list, and is not in it. */
struct space_context {
    const int64_t *seeds, *seed_artists, *seed_albums; /* [n_seeds] */
    size_t n_seeds;
    const int64_t *wish_albums; /* [list->n_wishes] of a wished track its album; otherwise not read */
};
/* Computes the directions of the list's tracks, its seeds and its wishes into one malloc'ed block, *values. A wished
 * track has its own direction; an album or an artist that of the mean of its tracks in the list and among the seeds. */
enum status space_fill(const struct space_source *source, const char *name, const struct rerank_list *list,
                       const struct space_context *context, struct rerank_space *space, float **values,
                       struct error *error);

#endif
