#ifndef SLEEVE_APP_EXPLAIN_H
#define SLEEVE_APP_EXPLAIN_H

#include "app/recommend.h"
#include "models/explain.h"

/* Why a model suggested a track for a playlist: the explanation of its score (models/explain.h) with names, the nearest
 * tracks of the playlist, and what carries the suggestion.
 *
 * What carries it is decided by a rule. Each candidate has a share of the score:
 *     popularity     the mean score of the track for random lists of as many tracks (not of content-blend, where that
 *                    takes long; its scores do not depend on popularity);
 *     album, artist  what the score loses without all tracks of that album or artist, or the part of the score that is
 *                    its, whichever is larger;
 *     a feature set  its part of the score;
 *     co-occurrence  what the score loses without all tracks that share a training playlist with it, or the part of
 *                    the score for that.
 * The first of them, in this order, with at least half of the score carries it. Otherwise nothing does alone. Shares
 * overlap, so they do not add up to 1. Where the score is not above 0, shares have no meaning and nothing is said. */

enum why_carrier {
    WHY_POPULARITY,
    WHY_ALBUM,
    WHY_ARTIST,
    WHY_FEATURE,
    WHY_CO_OCCURRENCE,
    WHY_CANDIDATES,
    WHY_TITLE = WHY_CANDIDATES, /* the list is by the title */
    WHY_MIXED,                  /* nothing has half of the score */
    WHY_UNKNOWN,                /* it cannot be said */
};
/* "popularity", "album", "artist", "feature", "co-occurrence", "title", "mixed", "unknown" */
const char *why_carrier_name(enum why_carrier carrier);

enum { WHY_VOTERS = 20, WHY_SPACES_MAX = 14, WHY_TEXT_SIZE = 512 };

/* The playlist's track that is nearest to the suggestion in a space. */
struct why_nearest {
    char space[FEATURE_NAME_MAX + 1]; /* "song" (the model's vectors), or a feature set */
    bool of_model;                    /* the model uses it */
    size_t seed;                      /* index of the track among the seeds */
    bool is_distance; /* root mean square difference of standardised columns; otherwise the cosine of both vectors */
    double value;
};

/* A training playlist that voted. */
struct why_voter {
    int64_t id;       /* 0: it has changed or is gone since the training */
    const char *name; /* "" then */
    int64_t length;   /* tracks, when the model was trained */
    double gain;
};

struct app_why {
    struct score_explanation score;
    struct track_list tracks; /* the suggestion, then the distinct seeds */
    size_t *order;            /* [score.n_seeds] indices of the seeds, those with the largest change first */
    unsigned char *groups;    /* [score.n_seeds] enum seed_group */
    int32_t *together;        /* [score.n_seeds] training playlists that contain both */
    bool counted;             /* false: `together` could not be counted; counted_note says why */
    char counted_note[WHY_TEXT_SIZE];
    struct why_nearest nearest[WHY_SPACES_MAX];
    size_t n_nearest;
    struct why_voter voters[WHY_VOTERS]; /* of score.n_votes, the largest first */
    size_t n_voters;
    double shares[WHY_CANDIDATES]; /* of the score; NAN: not known */
    enum why_carrier carrier;
    size_t feature; /* the part of the score of the feature set with the largest share */
    char sentence[WHY_TEXT_SIZE];
    char list_note[WHY_TEXT_SIZE]; /* what made the list, where that is not the model alone; "" otherwise */
    double milliseconds;
    struct arena memory; /* owns names */
};
void app_why_free(struct app_why *why);

/* Explains why `track` is suggested for a query in a list of k. A track of the playlist is STATUS_USAGE. On any error
 * `why` is empty. */
enum status app_explain(struct app *app, const char *model, const struct recommend_query *query, int64_t track,
                        size_t k, struct app_why *why, struct error *error);

/* The same for a playlist as a person names it. */
struct explain_settings {
    struct recommend_settings recommend; /* `number`: length of the list; `page` is not used */
    const char *suggestion;              /* as lookup_track takes it; NULL: the track at `rank` */
    size_t rank;                         /* from 1 */
};
enum status app_explain_for(struct app *app, const struct explain_settings *settings, struct app_why *why,
                            struct error *error);

/* Sets shares, carrier and sentence from the rest. */
void app_why_conclude(struct app_why *why, const char *model);

#endif
