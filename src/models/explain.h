#ifndef SLEEVE_MODELS_EXPLAIN_H
#define SLEEVE_MODELS_EXPLAIN_H

#include "models/session_index.h"

/* Why a model gives one track its score: of which parts it is the sum, how it changes if seeds are left out, and which
 * training playlists voted for it. All numbers are computed by the functions that rank (recommender_ops.score), for the
 * playlist with and without the seeds in question; nothing is estimated. */

enum {
    SCORE_PART_NAME = 96,
    EXPLAINED_PARTS_MAX = SCORE_PARTS_MAX + MODEL_MEMBERS_MAX,
    EXPLAINED_SEEDS_MAX = 100, /* that are left out one by one: the last ones of a longer playlist */
    TYPICAL_LISTS = 16,        /* from which the typical score is computed */
};

/* What a part of a score comes from. */
enum score_part_kind {
    PART_SONG, /* the song itself: what was learned about it from playlists */
    PART_ARTIST,
    PART_ALBUM,
    PART_CO_OCCURRENCE,
    PART_FEATURE,
    PART_POPULARITY, /* the same for every playlist */
    PART_TITLE,
};

struct explained_part {
    char name[SCORE_PART_NAME];
    enum score_part_kind kind;
    double value;
};

/* A training playlist that added `gain` to the score. */
struct score_vote {
    int32_t playlist;      /* its number among the training playlists, from 0 */
    int64_t length;        /* tracks */
    const int32_t *tracks; /* their rows, in the model's file */
    double gain;
};

/* What a kind of model adds (recommender_ops.reasons). */
struct score_reasons {
    double song; /* set by the caller: the part of the song, which `parts` divide */
    struct explained_part parts[MODEL_MEMBERS_MAX];
    size_t n_parts;
    struct score_vote *votes; /* they add up to the score */
    size_t n_votes, capacity;
};
void score_reasons_add_part(struct score_reasons *reasons, const char *name, enum score_part_kind kind, double value);
enum status score_reasons_add_vote(struct score_reasons *reasons, const struct session_index *index, int32_t playlist,
                                   double gain, struct error *error);

struct explained_seed {
    int64_t track;
    bool known;     /* the model learned something about it */
    bool predicted; /* it did not, and counts by a predicted vector (models/new_tracks.h) */
    bool computed;  /* false: it is before the last EXPLAINED_SEEDS_MAX ones */
    bool alone;     /* without it the model knows no seed: it would not recommend, and the change is the whole score */
    double change;  /* the score less the score without this seed */
};

/* Groups of seeds that are left out together. Bits. */
enum seed_group { SEEDS_OF_ARTIST = 1, SEEDS_OF_ALBUM = 2, SEEDS_TOGETHER = 4 };
enum { SEED_GROUPS = 3 };

struct explain_query {
    struct recommend_query query;
    const unsigned char *groups; /* [query.n_seeds] enum seed_group of each seed; NULL: none */
    int64_t track;               /* which is not among the seeds */
    size_t k;                    /* length of the list in which it was suggested, from 1 */
};

/* Where the list that was shown is joined with the title's (models/titles.h). */
struct explained_join {
    size_t rank, title_rank; /* from 1; 0: not among the k */
    double gain, title_gain; /* they add up to the score that was shown */
};

struct score_explanation {
    struct seed_counts counts;
    enum title_use title;
    size_t rank;       /* in the list as it is shown, from 1; 0: not among the k */
    double list_score; /* the score there; NAN if it is not in the list */
    /* What made the score that is explained: the model (also if its list was then joined with the title's), or what
     * takes its place. */
    enum answer by;
    struct explained_join join;                       /* all 0 unless title is TITLE_JOINED by ranks */
    double score;                                     /* NAN: it could not be computed */
    struct explained_part parts[EXPLAINED_PARTS_MAX]; /* they add up to the score */
    size_t n_parts;
    struct explained_seed *seeds; /* [n_seeds] distinct, in the playlist's order */
    size_t n_seeds;
    bool ignores_seeds; /* the score is the same for every playlist */
    /* The score less the score without all seeds of a group; NAN: there are none, or the model would know no other. */
    double without[SEED_GROUPS];
    bool whole[SEED_GROUPS];  /* without the group the model knows no seed */
    double typical;           /* the mean score for lists of as many random tracks, each drawn as often as it is in
                               * playlists, at most EXPLAINED_SEEDS_MAX; NAN: not computed (content-blend, where it takes long) */
    struct score_vote *votes; /* [n_votes] largest first */
    size_t n_votes;
    double playlists;        /* training playlists that contain the track */
    int64_t popularity_rank; /* among the tracks of training playlists, from 1; 0: it is in none */
    int64_t n_ranked;        /* tracks of training playlists */
};
void score_explanation_free(struct score_explanation *explanation);

/* Explains a score; on any error the explanation is empty. STATUS_USAGE if the track is one of the seeds. */
enum status recommender_explain(struct recommender *recommender, const struct explain_query *query,
                                struct score_explanation *explanation, struct error *error);

/* The model's own scores of tracks for n queries, whether or not they would be recommended: scores [n x n_tracks]. NAN
 * where the model knows no seed and does not read the title, or does not have the track. Lists by title and those for
 * unknown seeds are not scored here. */
enum status recommender_score_tracks(struct recommender *recommender, const struct recommend_query *queries, size_t n,
                                     const int64_t *tracks, size_t n_tracks, float *scores, struct error *error);

#endif
