#ifndef SLEEVE_APP_COMPARE_LISTS_H
#define SLEEVE_APP_COMPARE_LISTS_H

#include "app/failures.h"
#include "db/split.h"
#include "eval/rank_moves.h"

/* Two models' suggestions for the same seeds, side by side: for a test or validation playlist as an evaluation shows it
 * to a model, with the held-out tracks marked; for any other playlist all of its tracks are seeds. */

enum { COMPARE_SIDES = FAILURE_SIDES };

struct compare_question {
    int64_t playlist_id;  /* a playlist of the catalogue; 0: the seeds below */
    const int64_t *seeds; /* [n_seeds] track numbers */
    size_t n_seeds;
    const char *title; /* of the seeds below; NULL: none */
};

struct compared_lists {
    int64_t playlist_id; /* as asked */
    char *name;          /* of the playlist, or the title; never NULL once filled */
    enum split_set set;  /* test or validation; SPLIT_TRAIN: nothing is held out */
    struct track_list seeds, held_out;
    struct failure_side sides[COMPARE_SIDES]; /* `ranks` are those of the held-out tracks */
    struct rank_moves moves;                  /* elsewhere[i] belongs to sides[i].tracks */
};
void compared_lists_free(struct compared_lists *lists);

/* Fills hits and ranks of the sides, and the moves, from their tracks. */
enum status compared_lists_match(struct compared_lists *lists, struct error *error);

/* The first 500 suggestions of `a` and `b`. A model is given the title if its evaluation did (a playlist of the split)
 * or if the question has one. Needs at least one seed or a title. On any error `lists` is empty. */
enum status app_compare_lists(struct app *app, const char *a, const char *b, const struct compare_question *question,
                              struct compared_lists *lists, struct error *error);

/* The same, given as a person names them (app/lookup.h): a playlist, or tracks and perhaps a title. */
struct compare_named {
    const char *playlist;      /* NULL: the tracks */
    const char *const *tracks; /* [n_tracks] */
    size_t n_tracks;
    const char *title; /* NULL: none */
};
enum status app_compare_named(struct app *app, const char *a, const char *b, const struct compare_named *named,
                              struct compared_lists *lists, struct error *error);

#endif
