#ifndef SLEEVE_APP_PLAYLIST_SORT_H
#define SLEEVE_APP_PLAYLIST_SORT_H

#include "app/app.h"

/* Orders of a playlist. Locked entries keep their positions; the others are sorted into the rest. */

/* X(NAME, name, help) */
#define PLAYLIST_SORTS(X)                                                                                              \
    X(TEMPO, tempo, "beats per minute, slow ones first")                                                               \
    X(ENERGY, energy, "energy, calm ones first")                                                                       \
    X(VALENCE, valence, "valence, sad ones first")                                                                     \
    X(VOCALNESS, vocalness, "vocalness, instrumental ones first")                                                      \
    X(DANCEABILITY, danceability, "danceability, the least first")                                                     \
    X(LOUDNESS, loudness, "loudness, quiet ones first")                                                                \
    X(ACOUSTICNESS, acousticness, "acousticness, electric ones first")                                                 \
    X(INSTRUMENTALNESS, instrumentalness, "instrumentalness, sung ones first")                                         \
    X(SPEECHINESS, speechiness, "speechiness, the least first")                                                        \
    X(LIVENESS, liveness, "liveness, studio recordings first")                                                         \
    X(YEAR, year, "year of release, old ones first")                                                                   \
    X(SIMILARITY, similarity, "similarity to the first locked entry, or to the first one")                             \
    X(PATH, path, "a smooth path: neighbours are similar (models/smooth_path.h)")
#define PLAYLIST_SORT_ENUMERATOR(NAME, ...) PLAYLIST_SORT_##NAME,
enum playlist_sort { PLAYLIST_SORTS(PLAYLIST_SORT_ENUMERATOR) PLAYLIST_SORT_COUNT };
#undef PLAYLIST_SORT_ENUMERATOR

const char *playlist_sort_name(enum playlist_sort by);
const char *playlist_sort_help(enum playlist_sort by);
/* PLAYLIST_SORT_COUNT for another text. */
enum playlist_sort playlist_sort_named(const char *name);
/* Whether it compares tracks in a feature set. */
bool playlist_sort_has_space(enum playlist_sort by);

struct playlist_sort_settings {
    enum playlist_sort by;
    bool descending;    /* the largest first; not for a path */
    const char *set;    /* feature set; NULL: "audio" if there is one, otherwise the first */
    const bool *locked; /* [count of the tracks]; NULL: none */
};

struct playlist_sort_result {
    int32_t *order;                 /* [count] positions; malloc'ed */
    size_t n_unknown;               /* entries about which nothing is known: the last of those not locked */
    char set[FEATURE_NAME_MAX + 1]; /* that was used; "": none */
    double before, after;           /* of a path: sums of the distances (0..2) of neighbours; NAN otherwise */
};
void playlist_sort_result_free(struct playlist_sort_result *result);

/* `tracks`: the entries in order, repeats included. On any error `result` is empty. */
enum status app_playlist_sort(struct app *app, const int64_t *tracks, size_t count,
                              const struct playlist_sort_settings *settings, struct playlist_sort_result *result,
                              struct error *error);

/* Sorts the entries that are not locked by their values, ascending or descending; equal ones keep their order, NAN come
 * last. */
enum status playlist_sort_values(const double *values, size_t count, const bool *locked, bool descending,
                                 int32_t *order, struct error *error);

#endif
