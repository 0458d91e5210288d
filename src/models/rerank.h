#ifndef SLEEVE_MODELS_RERANK_H
#define SLEEVE_MODELS_RERANK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "db/steering.h"
#include "features/feature_set.h"

/* Re-rankings of a model's list. Each is a function of the tracks, the model's scores and attributes of the tracks. The
 * result is an order of the same tracks: none is lost or repeated, and no score changes.
 *
 * A specification such as "artists=2,new=0.3,like=audio:0.5,diversity=0.2" names them. They are applied in the order of
 * the table below, whatever the order of the text. */

enum { RERANK_PAGE = 10, RERANK_DIVERSE = 100, RERANK_TERMS_MAX = 16, RERANK_SPEC_SIZE = 1024, RERANK_TEXT_SIZE = 512 };

/* The space of the model's own song vectors; other spaces are feature sets. */
#define RERANK_SONG "song"

/* What a re-ranking compares tracks by. */
enum rerank_space_use {
    RERANK_NO_SPACE,
    RERANK_SPACE_OPTIONAL, /* without one, tracks are alike if they share the artist or album */
    RERANK_SPACE_NEEDED,
};

/* X(NAME, name, lowest, highest, step, use of a space, what it does in two words for values above and below 0, help),
 * in the order in which they are applied. Wishes, like and new are weights: together with the rest, which is the
 * model's score, they add up to 1. A step of 1 means whole numbers. The value 0 changes nothing. */
#define RERANK_TABLE(X)                                                                                                \
    X(NEW, new, -1, 1, 0.1, RERANK_NO_SPACE, "less known", "better known",                                             \
      "tracks in few playlists first; below 0: tracks in many")                                                        \
    X(LIKE, like, -1, 1, 0.1, RERANK_SPACE_NEEDED, "like", "unlike",                                                   \
      "similar to the playlist in this space; below 0: different from it")                                             \
    X(WISHES, wishes, 0, 1, 0.1, RERANK_SPACE_OPTIONAL, "wishes", "",                                                  \
      "nearer to what is wished more, farther from what is wished less (sleeve steer)")                                \
    X(DIVERSITY, diversity, 0, 1, 0.1, RERANK_SPACE_OPTIONAL, "diverse", "",                                           \
      "fewer tracks like an earlier one: maximal marginal relevance (Carbonell and Goldstein 1998)")                   \
    X(DRAW, draw, 0, 999999, 1, RERANK_NO_SPACE, "draw", "",                                                           \
      "another draw: each track moves at random by fewer than 20 ranks; the value is the seed")                        \
    X(TOTAL, total, 0, 500, 1, RERANK_NO_SPACE, "per artist in all", "",                                               \
      "at most so many tracks of an artist; the others follow after all other artists")                                \
    X(ALBUMS, albums, 0, 10, 1, RERANK_NO_SPACE, "per album", "",                                                      \
      "at most so many tracks of an album on a page of ten")                                                           \
    X(ARTISTS, artists, 0, 10, 1, RERANK_NO_SPACE, "per artist", "",                                                   \
      "at most so many tracks of an artist on a page of ten")

#define RERANK_ENUMERATOR(NAME, ...) RERANK_##NAME,
enum rerank_kind { RERANK_TABLE(RERANK_ENUMERATOR) RERANK_KINDS };
#undef RERANK_ENUMERATOR

/* For help texts: "  name=VALUE: help\n" of every re-ranking. */
#define RERANK_HELP_VALUE_RERANK_NO_SPACE "VALUE"
#define RERANK_HELP_VALUE_RERANK_SPACE_OPTIONAL "[SPACE:]VALUE"
#define RERANK_HELP_VALUE_RERANK_SPACE_NEEDED "SPACE:VALUE"
#define RERANK_HELP_LINE(NAME, name, low, high, step, space, above, below, help)                                       \
    "  " #name "=" RERANK_HELP_VALUE_##space ": " help "\n"
#define RERANK_HELP RERANK_TABLE(RERANK_HELP_LINE)

struct rerank_info {
    const char *name;
    double low, high, step;
    enum rerank_space_use space;
    const char *above, *below; /* "less known", "better known" */
    const char *help;
};
extern const struct rerank_info rerank_infos[RERANK_KINDS];

struct rerank_term {
    enum rerank_kind kind;
    double value;
    char space[FEATURE_NAME_MAX + 1]; /* "": none */
};
/* Without terms of value 0, in the order of the table. Only "like" may be there several times, in different spaces. */
struct rerank_spec {
    struct rerank_term terms[RERANK_TERMS_MAX];
    int count;
};

/* ---- specifications (rerank_spec.c) ---- */

/* Reads a specification; "" is an empty one. STATUS_USAGE says which term is wrong and what is possible. Names of
 * feature sets are not checked here. */
enum status rerank_spec_read(const char *text, struct rerank_spec *spec, struct error *error);
/* The text that is read as this specification; "" for an empty one. */
void rerank_spec_write(const struct rerank_spec *spec, char text[RERANK_SPEC_SIZE]);
/* A few words for each term, with commas between: "less known, at most 2 per artist"; "" for an empty one. */
void rerank_spec_describe(const struct rerank_spec *spec, char text[RERANK_TEXT_SIZE]);
/* The term of a kind; NULL if it is not in the specification. `space` only matters for "like"; NULL: any. */
const struct rerank_term *rerank_spec_find(const struct rerank_spec *spec, enum rerank_kind kind, const char *space);
/* Its value, or 0. */
double rerank_spec_value(const struct rerank_spec *spec, enum rerank_kind kind, const char *space);
/* Sets, adds or (value 0) removes a term; the value is limited to the kind's range. False if there is no space for
 * another one. */
bool rerank_spec_set(struct rerank_spec *spec, enum rerank_kind kind, const char *space, double value);

/* ---- lists ---- */

/* Directions of tracks in a space: unit vectors, or zeros for a track of which the space knows nothing. The product of
 * two is their similarity. */
struct rerank_space {
    const char *name;
    size_t width;
    const float *items;  /* [count x width] of the list's tracks */
    const float *seeds;  /* [width] of the playlist: the direction of the mean of its tracks' directions */
    const float *wishes; /* [n_wishes x width] */
};

/* What a person wants more or less of. */
struct rerank_wish {
    enum steering_item item;
    int64_t id;
    bool less;
};

struct rerank_list {
    size_t count;
    const int64_t *tracks;           /* [count] */
    const int64_t *artists, *albums; /* [count] 0: unknown, which is different from every other */
    const float *scores;             /* [count] the model's, best first */
    const int64_t *playlists;        /* [count] how many playlists contain the track */
    const struct rerank_space *spaces;
    size_t n_spaces;
    const struct rerank_wish *wishes;
    size_t n_wishes;
};

/* order [count] receives positions in the list, the best first. STATUS_USAGE for a space that the list does not have.
 *
 * The scores are mapped to 0..1 between the lowest and the highest of the list, or by rank where all are equal. So is
 * the attribute of each weight: for "new" the logarithm of the number of playlists, for "like" the cosine with the
 * playlist, for "wishes" the mean nearness to what is wished more minus that to what is wished less. Equal values keep
 * the model's order. */
enum status rerank(const struct rerank_spec *spec, const struct rerank_list *list, int32_t *order, struct error *error);

/* ---- steps, for rerank and its tests (rerank_steps.c) ---- */

/* Maximal marginal relevance: repeatedly takes the item with the largest
 * (1 - diversity) value - diversity max over the taken ones of their similarity, up to RERANK_DIVERSE items, which are
 * ten pages; the others follow in their order. `order` holds all positions, in the order in which equal items are
 * taken. Similarity: in `space`, or (NULL) 1 for the same artist, otherwise 0. */
enum status rerank_diversify(const struct rerank_list *list, const float *values, const struct rerank_space *space,
                             double diversity, int32_t *order, struct error *error);
/* Moves each position by fewer than 2 RERANK_PAGE ranks, at random as a function of seed and track. */
enum status rerank_draw(const struct rerank_list *list, uint64_t seed, int32_t *order, struct error *error);
/* Moves what exceeds `most` of a group (artist; 0: in none) behind everything else. */
enum status rerank_cap_list(const struct rerank_list *list, int most, int32_t *order, struct error *error);
/* Fills pages of ten from the front: each takes the first remaining tracks of which the page has fewer than
 * `per_artist` and `per_album` (0: no limit). Where all remaining ones exceed a limit, the first is taken, so a limit
 * is exceeded only if no remaining track respects it. */
enum status rerank_cap_pages(const struct rerank_list *list, int per_artist, int per_album, int32_t *order,
                             struct error *error);
float rerank_product(const float *a, const float *b, size_t width);

#endif
