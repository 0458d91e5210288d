#ifndef SLEEVE_APP_FAILURES_H
#define SLEEVE_APP_FAILURES_H

#include "app/app.h"
#include "app/causes.h"
#include "eval/results.h"

/* Where a model fails: the playlists that it was evaluated on, sorted and filtered, and one of them in detail, with its
 * seeds, its held-out tracks and the model's suggestions. A second model can be shown beside it. */

enum { FAILURE_SIDES = 2, FAILURE_NAME_SIZE = 65 };

enum failure_order {
    FAILURES_BY_NDCG,   /* worst first */
    FAILURES_BY_CLICKS, /* most first */
    FAILURES_BY_LOSS,   /* largest loss of NDCG against the other model first; playlists on which that one has no result
                         * come last */
    FAILURE_ORDERS
};
extern const char *const failure_order_names[FAILURE_ORDERS]; /* "ndcg", "clicks", "loss" */

/* Which playlists, in which order. All zeros: all playlists, worst NDCG first. */
struct failure_filter {
    enum failure_order order;
    bool by_seeds; /* only playlists with this many seeds */
    int seeds;
    bool missed;      /* only those without a hit among the 500 */
    int64_t shortest; /* entries; 0: any number */
    int64_t longest;  /* 0: any number */
};

struct failure {
    int64_t playlist_id;
    const char *key;
    const char *name; /* the key of a playlist without a name */
    int64_t n_entries;
    int32_t seeds; /* tracks that the model was shown */
    double values[METRICS];
    double other[METRICS];                  /* the NDCG of the other model; NAN where it was not evaluated */
    bool has_causes;                        /* they are computed (app/causes.h): */
    double facts[FACTS];                    /* shares of the causes and other facts; NAN: not known */
    const char *genre;                      /* of the playlist; "": unknown */
    const char *folded_name, *folded_genre; /* as text_fold makes them, for conditions */
};
static inline bool failure_has_cause(const struct failure *failure, enum cause cause)
{
    return failure->has_causes && failure->facts[cause] >= cause_infos[cause].from;
}
/* As cause_main; CAUSES: none applies, or they are not computed. */
enum cause failure_main_cause(const struct failure *failure);

/* Over all playlists of the list, before the filter, on which a model has a result. */
struct failure_mean {
    size_t count;
    struct interval ndcg;
};

/* A kind of playlists and how the model does on them: one bar of an overview. */
enum failure_group_kind {
    GROUP_CAUSE,     /* a cause applies; a playlist may be in several */
    GROUP_SEEDS,     /* so many seeds */
    GROUP_LENGTH,    /* thirds by number of entries */
    GROUP_UNPOPULAR, /* thirds by the share of the held-out tracks in the long tail */
    GROUP_UNCOVERED, /* thirds by the share of the tracks without a cover */
    GROUP_GENRE,     /* the most frequent genres of playlists */
    FAILURE_GROUP_KINDS
};
extern const char *const failure_group_titles[FAILURE_GROUP_KINDS]; /* "by number of seeds" */
struct failure_group {
    enum failure_group_kind kind;
    const char *label;              /* "wrong artist", "21 to 40" */
    const char *where;              /* the condition that finds its playlists (app/failure_query.h) */
    size_t count;                   /* at least 1, but 0 is possible for causes */
    size_t missed;                  /* those without a hit */
    struct interval means[METRICS]; /* of metrics with a priority (eval/metrics.h) */
    double rest[METRICS];           /* their means over all other playlists; NAN: there are none */
    double share;                   /* of GROUP_CAUSE: mean of the cause's share where it is known */
};

struct failure_list {
    char model[FAILURE_NAME_SIZE], against[FAILURE_NAME_SIZE]; /* "": no other model */
    bool validation;  /* evaluated on the validation playlists, not on the test playlists */
    size_t evaluated; /* playlists before the filter; 0: the model was not evaluated */
    size_t explained; /* those of them whose causes are computed */
    int32_t *seeds;   /* [n_seeds] the numbers of seeds of all of them, ascending */
    size_t n_seeds;
    double best_ndcg;                         /* the best NDCG of all of them */
    struct failure_mean means[FAILURE_SIDES]; /* of the model, and of the other one */
    struct failure_group *groups;             /* [n_groups] of all of them, kind by kind */
    size_t n_groups;
    struct failure *items;
    size_t count;
    struct arena memory; /* owns items, names, seeds and groups */
};
void failure_list_free(struct failure_list *list);
/* Sets the texts of a playlist: copies in the list's memory, and folded ones. */
enum status failure_set_texts(struct failure_list *list, struct failure *failure, const char *key, const char *name,
                              const char *genre, struct error *error);
/* Fills groups of all items (failure_groups.c). */
enum status failure_list_group(struct failure_list *list, struct error *error);
/* Removes what the filter excludes and sorts the rest; ties are broken by NDCG, clicks and name, then by number. Sets
 * evaluated, explained, seeds, best_ndcg, means and groups. */
enum status failure_list_arrange(struct failure_list *list, const struct failure_filter *filter, struct error *error);

/* One model's answer to one playlist. */
struct failure_side {
    char model[FAILURE_NAME_SIZE];
    bool evaluated; /* it was evaluated on this playlist, with the results `values` */
    bool titled;    /* and was given the titles of the playlists */
    double values[METRICS];
    struct recommendation *list; /* [count] best first, at most 500 */
    struct track_list tracks;    /* of the list */
    size_t count;
    bool *hits;     /* [count] it is among the held-out tracks */
    int32_t *ranks; /* [held-out tracks] from 1; 0: not in the list */
    size_t n_hits;
    bool has_features; /* a part other than the song's adds to some score of the list */
    struct app_answer answer;
};

struct failure_case {
    int64_t playlist_id; /* 0: nothing is opened */
    char *name;
    struct track_list seeds;    /* the tracks that the model was shown, in order, without repeats */
    struct track_list held_out; /* the tracks after the seeds, in order, without repeats */
    struct failure_side sides[FAILURE_SIDES];
    int n_sides;
};
void failure_case_free(struct failure_case *opened);
void failure_side_free(struct failure_side *side);
/* Reads the stored result of side->model on a playlist; *seeds is not changed where it was not evaluated on it. */
enum status failure_side_read(struct catalogue *catalogue, int64_t playlist_id, struct failure_side *side,
                              int32_t *seeds, struct error *error);
/* Fills hits, ranks, n_hits and has_features from list and held_out. */
enum status failure_side_match(struct failure_side *side, const struct track_list *held_out, struct error *error);

/* The playlists of a model; with `against` "" there is no other model. A model that cannot be opened is refused with
 * the reason. A model that was not evaluated gives an empty list with evaluated 0; as the other model it is refused. */
enum status app_failures(struct app *app, const char *model, const char *against, const struct failure_filter *filter,
                         struct failure_list *list, struct error *error);
/* Opens one playlist as the evaluation showed it to `model`. STATUS_FAILED when the model has no result for it any
 * more, or the playlist was deleted. */
enum status app_failure_open(struct app *app, int64_t playlist_id, const char *model, const char *against,
                             struct failure_case *opened, struct error *error);

#endif
