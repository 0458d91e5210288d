#ifndef SLEEVE_MODELS_FALLBACK_H
#define SLEEVE_MODELS_FALLBACK_H

#include "core/pool.h"
#include "features/feature_set.h"
#include "models/answer.h"

/* Lists for playlists of which a model knows no track. They hold the tracks of the catalogue that are similar to the
 * seeds. With x the standardised columns of a feature set of tracks, the score of a track t for the seeds S is
 *     mean over s in S of exp(-sum over the sets of mean((x_s - x_t)^2)) + [artist of t in S] + [album of t in S] / 2
 * plus at most 0.01 for the popularity of t. Only seeds with a row in a set count in the mean; where t has no row, the
 * distance is 2, as of two unrelated tracks. Without such seeds, only artists, albums and popularity count.
 * The constants were chosen on validation playlists of spotify_songs. */
struct fallback;

struct fallback_input {
    const char *catalogue;   /* its path; it is read and closed again */
    const float *popularity; /* [n_popular] of the first tracks; others have none. It outlives the fallback. */
    int64_t n_popular;
    struct pool *pool; /* outlives the fallback */
};
/* Feature sets of tracks that cannot be used are left out, and reported through log_message. */
enum status fallback_open(const struct fallback_input *input, struct fallback **fallback, struct error *error);
void fallback_close(struct fallback *fallback);
int64_t fallback_tracks(const struct fallback *fallback); /* of the catalogue */

/* The k best rows (track number - 1), best first, without the seeds; -1 where there are fewer. Of more than 100 seeds,
 * only the last 100 count. ANSWER_POPULARITY: neither a feature set nor another track of their artists says anything
 * about the seeds, and there is no list. */
enum answer fallback_recommend(struct fallback *fallback, const int64_t *seeds, size_t n_seeds, size_t k, int32_t *ids,
                               float *scores);
/* The score of one row (track number - 1) for these seeds, in its parts: nearness in the feature sets, the artist, the
 * album, popularity. */
enum { FALLBACK_PARTS = 4 };
void fallback_score(struct fallback *fallback, const int64_t *seeds, size_t n_seeds, int64_t row,
                    float parts[FALLBACK_PARTS]);

#endif
