#ifndef SLEEVE_APP_STEER_H
#define SLEEVE_APP_STEER_H

#include "app/app.h"
#include "db/steering.h"
#include "models/rerank.h"

/* Suggestions as a person steers them: a model's list without the tracks that are hidden (app/hidden.h) and without
 * those of a song that is already there (app/song_set.h), re-ranked (models/rerank.h). app_recommend is the model
 * alone. */

enum { SUGGEST_POOL = 500 };

struct suggest_settings {
    int64_t playlist; /* the saved playlist whose wishes apply; 0: only those for all playlists */
    struct rerank_spec spec;
    const int64_t *rejected; /* [n_rejected] more tracks to leave out */
    size_t n_rejected;
    bool all;     /* hidden tracks and repeated songs stay in the list */
    bool once;    /* leaves out tracks of a song that a seed or a better track is of */
    bool lenient; /* what the model or the catalogue cannot do is left out of the specification and noted */
};

struct suggest_answer {
    int32_t *ranks; /* [tracks.count] each track's rank in the model's list, from 1; malloc'ed */
    size_t hidden;  /* tracks of the model's list that were left out as hidden */
    size_t repeats; /* and those that are another track of a song */
    struct rerank_spec applied;
    char note[320];      /* what of the specification was left out, as a sentence; "": nothing */
    double milliseconds; /* of the re-ranking */
};
void suggest_answer_free(struct suggest_answer *answer);

/* Like app_recommend. For tracks that are left out, the model's next ones follow, but for repeated songs not beyond the
 * model's best SUGGEST_POOL or k, so that the model is not asked twice. These are re-ranked, then cut to k. */
enum status app_suggest(struct app *app, const char *model, const struct recommend_query *query,
                        const struct suggest_settings *settings, size_t k, struct recommendation *recommendations,
                        struct track_list *tracks, struct app_answer *answer, struct suggest_answer *suggested,
                        struct error *error);

/* The spaces of re-rankings: names of feature sets, sorted; malloc'ed, ended by NULL, freed by app_names_free. */
enum status app_spaces(struct app *app, char ***names, struct error *error);
/* Whether a model has song vectors, for the space "song". */
enum status app_model_has_songs(struct app *app, const char *model, bool *has, struct error *error);

/* ---- wishes ---- */

/* All of them, or (playlist >= 0) those that apply to this playlist. */
enum status app_steering(struct app *app, int64_t playlist, struct steering_list *list, struct error *error);
enum status app_steering_set(struct app *app, const struct steering_entry *entry, int64_t *id, struct error *error);
enum status app_steering_remove(struct app *app, const int64_t *ids, size_t count, struct error *error);

#endif
