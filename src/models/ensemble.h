#ifndef SLEEVE_MODELS_ENSEMBLE_H
#define SLEEVE_MODELS_ENSEMBLE_H

#include "models/rank_fusion.h"

/* An ensemble fuses the lists of other trained models, its members (models/rank_fusion.h). Its file contains the whole
 * files of its members, so it does not change when a member is trained again or removed.
 *
 * It has two sets of weights: [0], and [1] for playlists whose title a member reads itself (kind.h, reads_title),
 * because such a member knows much more then. */

/* Refuses members that cannot be: none, too many, one twice, the ensemble itself; weights that are not finite, negative
 * or all 0; and members given to a kind that takes none. */
enum status ensemble_check_members(const struct model_spec *spec, struct error *error);
/* Whether an opened model can be the member `name` of an ensemble that is trained on these playlists. */
enum status ensemble_check_member(const char *name, const struct recommender *member,
                                  const struct interactions *interactions, struct error *error);
/* Both sets of weights of an opened ensemble, for members of the same kinds in the same order. */
enum status ensemble_copy_weights(const struct recommender *ensemble, const struct model_members *members,
                                  double weights[2][MODEL_MEMBERS_MAX], struct error *error);

/* The lists of each member, `length` rows for each seed list. A member has no say about seeds of which it knows none,
 * unless it reads the title, or no member knows more. */
struct member_lists {
    size_t n_members, length, n_lists;
    int32_t *rows[MODEL_MEMBERS_MAX]; /* [lists x length] */
    bool *used;                       /* [lists x members] the member has a say */
    bool *titled;                     /* [lists] a member reads the title */
};
enum status member_lists_find(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              size_t length, struct member_lists *found, struct error *error);
/* Those of one list; NULL for a member without a say. */
void member_lists_of(const struct member_lists *found, size_t list, const int32_t *out[MODEL_MEMBERS_MAX]);
void member_lists_free(struct member_lists *found);

/* Lists of one seed list that are kept, because its suggestions may be explained next. All zeros: nothing is kept. */
struct kept_lists {
    struct member_lists lists;
    int32_t *seeds; /* [n_seeds] */
    int64_t n_seeds;
    char *title; /* "": none */
};
/* Finds the lists of the first seed list, unless they are what is kept. */
enum status member_lists_keep(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              size_t length, struct kept_lists *kept, struct error *error);
void kept_lists_free(struct kept_lists *kept);

/* The rank of one row in the lists of each member, to a depth. `first` holds those of the first seed list. */
struct member_ranks {
    struct member_lists lists; /* without rows */
    size_t *ranks;             /* [members x lists] from 1; 0: not among the first `depth` */
};
enum status member_ranks_find(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              const struct member_lists *first, size_t depth, int32_t row, struct member_ranks *found,
                              struct error *error);
void member_ranks_free(struct member_ranks *found);

/* The weights with the highest mean NDCG@500 of the fused lists on these playlists, found by coordinate ascent from
 * equal weights; the largest is 1. With `titles` [playlists], only playlists whose title a member reads are used, with
 * their titles. *n is the number of playlists used; if it is 0, no weights were found. *ndcg receives the mean. */
enum status ensemble_find_weights(struct recommender *const *members, size_t n_members,
                                  const struct interactions *playlists, const char *const *titles, size_t depth,
                                  struct progress *progress, double weights[MODEL_MEMBERS_MAX], double *ndcg, size_t *n,
                                  struct error *error);

#endif
