#ifndef SLEEVE_APP_APP_RATINGS_H
#define SLEEVE_APP_APP_RATINGS_H

#include "app/app.h"
#include "app/rating_table.h"
#include "app/ratings.h"

/* Ratings for the explorer, thread-safe. The rater is the one of ratings_rater (app/ratings.h). */

/* What the rater thinks of the tracks of a playlist: the latest rating of each, whatever model it was for. The others'
 * ratings are not shown, so that raters do not influence each other. */
struct app_rated {
    char rater[RATING_TEXT_MAX + 1];
    struct app_rated_track {
        int64_t track;
        enum rating_value value;
    } * items; /* [count] in the order of tracks */
    size_t count;
};
void app_rated_free(struct app_rated *rated);
/* `playlist` 0: only the rater's name. The first has a connection, the second borrows one. */
enum status ratings_latest(struct catalogue *catalogue, int64_t playlist, struct app_rated *rated, struct error *error);
enum status app_rated(struct app *app, int64_t playlist, struct app_rated *rated, struct error *error);

/* Stores the rating, or with `remove` removes that of its playlist, track, rater and model. Its `rater` "" is the one
 * in use, its `rated` 0 is now. `before` and `after` are lists of what was there and what is there: none or one. */
enum status app_rate(struct app *app, const struct rating *rating, bool remove, struct rating_list *before,
                     struct rating_list *after, struct error *error);

enum status app_rating_reasons(struct app *app, struct rating_reason_list *list, struct error *error);
enum status app_ratings_table(struct app *app, const struct rating_filter *filter, struct rating_table *table,
                              struct error *error);
/* Names the rater, or with "" forgets the name; *rater is who rates from now on. */
enum status app_set_rater(struct app *app, const char *name, struct rater *rater, struct error *error);

#endif
