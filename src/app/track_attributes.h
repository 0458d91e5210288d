#ifndef SLEEVE_APP_TRACK_ATTRIBUTES_H
#define SLEEVE_APP_TRACK_ATTRIBUTES_H

#include "app/app.h"
#include "attributes/kinds.h"

/* What is known and what is predicted of one track. */

enum { TRACK_GENRES_MAX = 8, TRACK_GENRE_SIZE = 96 };

struct track_attributes {
    double known[ATTRIBUTE_KINDS];     /* as imported, else the mean of what people say; NAN: unknown. Not of genre */
    double predicted[ATTRIBUTE_KINDS]; /* from 0 to 1; NAN: no prediction. Not of genre */
    int n_genres;                      /* predicted, the most probable first */
    struct track_genre {
        char name[TRACK_GENRE_SIZE];
        double probability;
    } genres[TRACK_GENRES_MAX];
    bool any; /* something is known or predicted */
};
enum status track_attributes_read(struct catalogue *catalogue, int64_t track, struct track_attributes *attributes,
                                  struct error *error);
enum status app_track_attributes(struct app *app, int64_t track, struct track_attributes *attributes,
                                 struct error *error);
/* "energy 0.81, valence 0.43; predicted: vocalness 0.97, rock 0.62"; "" for nothing. */
void track_attributes_describe(const struct track_attributes *attributes, struct buffer *out);

/* The means over the albums' tracks, known and predicted: values [count], NAN where nothing is known. `attribute`: a
 * column of recipes, such as "energy"; STATUS_USAGE where there is none of that name. */
enum status app_album_attributes(struct app *app, const char *attribute, const int64_t *ids, size_t count,
                                 double *values, struct error *error);

/* ---- labels ---- */

/* The rater is that of ratings (app/ratings.h).
 *
 * Tracks whose attribute the model is least sure of: those of a class with a probability nearest to its threshold,
 * those of an amount nearest to the border of two labels (1/4, 3/4). Tracks that the rater has labelled are left out,
 * as are those of which the catalogue knows the value. Where nothing is predicted yet, tracks are drawn at random, in
 * an order that stays the same. */
struct attribute_unsure {
    struct track_list tracks;
    double *values; /* [tracks.count] predictions; NAN: none */
    double threshold;
    bool predicted;
};
void attribute_unsure_free(struct attribute_unsure *unsure);
/* `attribute`: "energy", "genre:metal"; STATUS_USAGE where it is neither an attribute nor a genre. */
enum status app_attribute_unsure(struct app *app, const char *attribute, size_t most, struct attribute_unsure *unsure,
                                 struct error *error);
/* The attributes that were predicted, with commas between; those that are no genres where nothing was predicted. */
enum status app_attribute_names(struct app *app, struct buffer *names, struct error *error);
/* Stores the rater's label; NAN removes it. */
enum status app_attribute_label(struct app *app, int64_t track, const char *attribute, double value,
                                struct error *error);

#endif
