#ifndef SLEEVE_APP_RECIPE_ATTRIBUTES_H
#define SLEEVE_APP_RECIPE_ATTRIBUTES_H

#include "app/recipe_index.h"
#include "db/catalogue.h"
#include "features/feature_set.h"

/* Attributes that people gave and that `attributes apply` predicted, in the columns of an index: a value of the
 * catalogue counts first, then what people say (the mean of their labels), then the prediction. */

/* Opens the set of predictions, with its columns; false: there is none that can be read. */
bool recipe_attributes_open(struct catalogue *catalogue, struct feature_set *set);
/* Whether a set is one of predictions. */
bool recipe_attributes_has(const struct feature_set *set);
/* The threshold of a class ("vocalness", "genre:metal"); INFINITY where there is none. */
double recipe_attributes_threshold(const struct feature_set *set, const char *column);

/* Predicted genres of tracks without any: those with a probability at or above the threshold. */
struct recipe_genres {
    struct recipe_genre_row {
        int32_t row;
        const char *name; /* valid until recipe_genres_free */
    } * items;
    size_t count;
    void *owner;
};

/* Energy, valence and vocalness. Columns are made where the catalogue has none; no value is left as it is without a set
 * of predictions, and a set that cannot be read is left out: `features` says what is wrong with it. `has_genre`
 * [words]: rows with a genre. */
enum status recipe_attributes_load(struct catalogue *catalogue, struct recipe_index *index, struct error *error);
enum status recipe_genres_load(struct catalogue *catalogue, const struct recipe_index *index, const uint64_t *has_genre,
                               struct recipe_genres *genres, struct error *error);
void recipe_genres_free(struct recipe_genres *genres);

/* Appends what identifies the labels and the file of predictions, so that an index is read again when they change. */
void recipe_attributes_version(struct catalogue *catalogue, struct buffer *version);

#endif
