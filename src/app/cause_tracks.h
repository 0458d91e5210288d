#ifndef SLEEVE_APP_CAUSE_TRACKS_H
#define SLEEVE_APP_CAUSE_TRACKS_H

#include "db/catalogue.h"
#include "eval/causes.h"
#include "models/recommender.h"

/* What the causes of failures need to know about tracks, from the catalogue and from a model. */
struct cause_tracks {
    struct cause_track *items; /* ascending by number */
    size_t count;
};
/* The tracks of these numbers, in any order and with repeats; NULL: 1..count. Numbers that do not exist are left out.
 */
enum status cause_tracks_read(struct catalogue *catalogue, const int64_t *ids, size_t count,
                              struct cause_tracks *tracks, struct error *error);
void cause_tracks_free(struct cause_tracks *tracks);
/* Fills count and in_reach of all of them. A track that was added after the training is out of reach. */
void cause_tracks_ask(struct cause_tracks *tracks, const struct recommender *recommender);
/* NULL: it is not among them. */
const struct cause_track *cause_tracks_find(const struct cause_tracks *tracks, int64_t track);

/* The most frequent known genre of some rows (track number - 1); 0: none is known. */
enum status cause_tracks_genre(const struct cause_tracks *tracks, const int32_t *rows, size_t count, int64_t *genre,
                               struct error *error);

/* Computes the shares of one playlist. All tracks must be in `tracks`; `near` as in struct cause_input. */
struct cause_question {
    const int64_t *held_out; /* [n_held_out] */
    size_t n_held_out;
    const int64_t *list; /* [n_list] the best first; only the first CAUSE_LIST count as the list */
    size_t n_list;
    const int64_t *near; /* [n_near] */
    size_t n_near;
    struct seed_counts seeds;
};
enum status cause_tracks_answer(const struct cause_tracks *tracks, const struct cause_question *question,
                                struct cause_shares *shares, struct error *error);

#endif
