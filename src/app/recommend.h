#ifndef SLEEVE_APP_RECOMMEND_H
#define SLEEVE_APP_RECOMMEND_H

#include "app/steer.h"

/* Continues a playlist, or a list of tracks, given as a person names them, or begins a playlist with a title. */

enum { RECOMMEND_PAGE = 10 };

struct recommend_settings {
    const char *model;
    const char *playlist;      /* as lookup_playlist takes it; NULL: `tracks` are the seeds */
    const char *const *tracks; /* [n_tracks] as lookup_track takes them */
    size_t n_tracks;
    const char *title;  /* NULL: none */
    size_t number;      /* tracks at most, from 1 */
    size_t page;        /* only page K of ten, from 1; 0: all */
    const char *rerank; /* a specification (models/rerank.h); NULL: none */
    bool all;           /* also tracks that are never to be suggested (app/hidden.h) */
    bool once;          /* of tracks of the same song, only the best (app/song_set.h) */
};

struct recommend_result {
    size_t n_seeds;
    struct recommendation *list; /* [tracks.count] best first */
    struct track_list tracks;
    struct app_answer answer;
    struct suggest_answer suggested;
    size_t first, end; /* rows of the page, in list and tracks */
};
void recommend_result_free(struct recommend_result *result);

/* The numbers of the seeds: *seeds (malloc'ed, also on an error) and their number. */
enum status app_read_seeds(struct app *app, const struct recommend_settings *settings, int64_t **seeds, size_t *count,
                           struct error *error);
/* On any error `result` is empty. */
enum status app_recommend_for(struct app *app, const struct recommend_settings *settings,
                              struct recommend_result *result, struct error *error);

#endif
