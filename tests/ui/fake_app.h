#ifndef SLEEVE_TESTS_UI_FAKE_APP_H
#define SLEEVE_TESTS_UI_FAKE_APP_H

#include "app/app.h"
#include "app/failures.h"
#include "db/ratings.h"
#include "fake_tracks.h"

/* An app with invented tracks, in memory and the same at every start, so that screens can be compared with files. */
struct app *fake_app_create(void);
void fake_app_destroy(struct app *app);

/* What the explorer wrote last; NULL or 0 when it wrote nothing. */
const char *fake_session(const struct app *app);
void fake_set_session(struct app *app, const char *json);
size_t fake_saved_playlists(const struct app *app);
size_t fake_saved_tracks(const struct app *app, const char *name);

/* The playlists of another fake app. */
void fake_copy_playlists(struct app *app, const struct app *from);

/* What another explorer does to a saved playlist; the first one that is saved has the number 1000. */
void fake_write_playlist(struct app *app, int64_t id, const char *name, const int64_t *ids, size_t count);
void fake_delete_playlist(struct app *app, int64_t id);

size_t fake_rescued(const struct app *app);
void fake_fail_rescue(struct app *app, const char *text); /* playlists that app_rescue has kept */

/* Later calls fail with this message; NULL: they work again. */
void fake_fail_recommend(struct app *app, const char *sentence);
void fake_fail_why(struct app *app);
void fake_fail_save(struct app *app, const char *sentence);
/* Only the next write of a playlist fails. */
void fake_fail_playlist_once(struct app *app, const char *sentence);
void fake_fail_session(struct app *app, const char *sentence);
void fake_fail_search(struct app *app, const char *sentence);
void fake_without_clip(struct app *app); /* no embedding set in which words find covers */
void fake_random_weights(struct app *app);
/* While this is on, models do not return. */
void fake_hang(struct app *app, bool on);
bool fake_is_hanging(struct app *app);
void fake_without_gpu(struct app *app);
/* The device in use fails with this message, and the CPU is used from then on. */
void fake_lose_gpu(struct app *app, const char *sentence);
/* The catalogue has this many playlists, "Playlist 1", "Playlist 2", ... */
void fake_many_playlists(struct app *app, int64_t count);
void fake_without_models(struct app *app);
void fake_with_one_model(struct app *app); /* als */
/* No model, and nothing to train one on. */
void fake_without_playlists(struct app *app);
/* Every third album has a real cover. */
void fake_with_real_covers(struct app *app);
/* No model knows a seed; lists are by features. */
void fake_unknown_seeds(struct app *app);
/* Models know only the first n seeds. */
void fake_know_seeds(struct app *app, size_t n);
/* Lists have at most n suggestions; or only those with unusual titles. */
void fake_limit_suggestions(struct app *app, size_t n);
void fake_odd_suggestions(struct app *app);
/* als and mf-avg (which uses covers) were evaluated on FAKE_TESTS playlists, popularity was not; or none was. */
enum { FAKE_TESTS = 60 };
void fake_without_results(struct app *app);
/* The causes of failures are not computed yet; their computation fails. */
void fake_without_causes(struct app *app);
void fake_refuse_causes(struct app *app);
const char *fake_failures_exported(const struct app *app); /* "MODEL|CONDITIONS|FILE" of the last export */
/* What the results of this model say: 1 that it may have seen the answers, 2 that it has. */
void fake_seen_answers(struct app *app, const char *model, int seen);
/* The ratings that were stored. */
enum { FAKE_RATINGS_MAX = 64 };
struct fake_rating {
    int64_t playlist, track, rated;
    enum rating_value value;
    bool metadata;
    int32_t rank;
    char model[64], rater[64], reason[RATING_TEXT_MAX + 1];
};
size_t fake_ratings(const struct app *app);
const struct fake_rating *fake_rating(const struct app *app, size_t at);
void fake_fail_rate(struct app *app, const char *sentence);
/* Suggestions and the candidates of a recipe leave out so many repeated songs. */
void fake_repeats(struct app *app);
/* Tracks have neither attributes nor genres. */
void fake_without_attributes(struct app *app);
/* Tracks have files, and models listen to them; or only files. */
void fake_with_sound(struct app *app);
void fake_with_files(struct app *app);
/* Making and saving recipes fails with this message; NULL: it works again. */
void fake_fail_recipes(struct app *app, const char *sentence);
/* Neither the failures nor a playlist of this model can be opened; NULL: all can. */
void fake_refuse_model(struct app *app, const char *model);

#endif
