#ifndef SLEEVE_EVAL_CAUSES_H
#define SLEEVE_EVAL_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Why the list of a model misses the held-out tracks of a playlist: one measured share a cause.
 *
 * S are the seeds, G the held-out tracks (R of them), L the list of at most 500, P its first page of ten. A track is
 * out of reach if the model was trained on no playlist with it and no feature describes it (recommender_knows). Two
 * tracks are the same song if their titles and their artists' names have the same keys (text_key, docs/keys.md): "Halo"
 * and "HALO" are, "Halo" and "Halo - Live" are not. The genre of a track is that of its album, the decade that of the
 * album's release; tracks without one are left out of numerator and denominator. A genre or decade is rare in a
 * playlist if fewer than a tenth of its held-out tracks have it. Counts are of the model's training playlists.
 *
 * A share is NAN where its denominator is 0. A cause applies to a playlist from the share `from` on; several may. The
 * first four say why held-out tracks were not found, the others what is wrong with the first page. The main cause is
 * the largest of the first four that apply or, where none of them does, the largest of the others; causes with the same
 * share are equal. */

/* One row per cause: the name in conditions and JSON, and its formula. `long_words` and `short_words` follow "7 of 10"
 * (cause_sentence). */
/* clang-format off */
#define CAUSE_TABLE(CAUSE)                                                                                             \
    CAUSE(UNKNOWN, unknown, "seeds that the model does not know / seeds",                                                \
          .title = "unknown seeds", .from = 0.5,                                                                       \
          .long_words = "seeds are unknown to the model",                                                              \
          .short_words = "seeds are unknown to the model")                                                             \
    CAUSE(UNREACHABLE, unreachable, "held-out tracks that it cannot recommend, in no playlist and without features / R",    \
          .title = "out of reach", .from = 0.5,                                                                        \
          .long_words = "held-out tracks are tracks that the model cannot recommend",                                  \
          .short_words = "tracks it cannot recommend")                                                                 \
    CAUSE(CUT, cut, "held-out tracks of ranks 501 to 1000, or how many there are beyond 500 if that is more / R",       \
          .title = "cut short", .from = 0.25,                                                                          \
          .long_words = "held-out tracks come just after the 500 suggestions",                                         \
          .short_words = "tracks come just after the 500")                                                                  \
    CAUSE(DUPLICATE, duplicate, "held-out tracks outside the list whose song is in it under another id / R",           \
          .title = "same song, other id", .from = 0.1,                                                                 \
          .long_words = "held-out tracks were suggested under another id",                                             \
          .short_words = "tracks found under another id")                                                              \
    CAUSE(GENRE, genre, "suggestions of the first page of a genre that is rare among the held-out tracks",             \
          .title = "wrong genre", .from = 0.5,                                                                         \
          .long_words = "first suggestions are of a genre rare among those held out",                                  \
          .short_words = "suggestions have the wrong genre")                                                           \
    CAUSE(DECADE, decade, "suggestions of the first page of a decade that is rare among the held-out tracks",          \
          .title = "wrong decade", .from = 0.5,                                                                        \
          .long_words = "first suggestions are of a decade rare among those held out",                                 \
          .short_words = "suggestions have the wrong decade")                                                          \
    CAUSE(ARTIST, artist, "suggestions of the first page by artists of no held-out track",                             \
          .title = "wrong artist", .from = 0.9,                                                                        \
          .long_words = "first suggestions are by artists of no held-out track",                                       \
          .short_words = "suggestions are by other artists")                                                           \
    CAUSE(POPULAR, popular, "suggestions of the first page in more training playlists than the median held-out track in any", \
          .title = "too popular", .from = 0.8,                                                                         \
          .long_words = "first suggestions are better known than the median held-out track",                           \
          .short_words = "suggestions are too popular")
/* clang-format on */

#define CAUSE_ENUMERATOR(id, ...) CAUSE_##id,
enum cause { CAUSE_TABLE(CAUSE_ENUMERATOR) CAUSES, CAUSE_FIRST_OF_PAGE = CAUSE_GENRE };
#undef CAUSE_ENUMERATOR

/* For help texts: "  name: formula\n" of every cause. */
#define CAUSE_HELP_LINE(id, name, help, ...) "  " #name ": " help "\n"
#define CAUSE_HELP CAUSE_TABLE(CAUSE_HELP_LINE)

struct cause_info {
    const char *name;  /* "unreachable" */
    const char *help;  /* its formula */
    const char *title; /* "out of reach" */
    double from;       /* the share from which it applies */
    const char *long_words, *short_words;
};
extern const struct cause_info cause_infos[CAUSES];
/* CAUSES if there is none with this name. */
enum cause cause_named(const char *name);

enum { CAUSE_LIST = 500, CAUSE_NEAR = 1000, CAUSE_PAGE = 10 };

/* What the causes need to know about a track. */
struct cause_track {
    int64_t track;  /* its number */
    int32_t artist; /* equal numbers: the same artist */
    int32_t genre;  /* 0: unknown */
    int32_t decade; /* 1990; 0: unknown */
    float count;    /* training playlists that contain it */
    uint64_t song;  /* equal numbers: the same song */
    bool in_reach;  /* the model can recommend it */
};
/* The number of a song, from its title and the name of its artist; 0 when memory ran out. */
uint64_t cause_song(const char *title, const char *artist);

/* One model's answer to one playlist. */
struct cause_input {
    size_t n_seeds, n_known;            /* distinct seeds, and those that the model knows */
    const struct cause_track *held_out; /* [n_held_out] distinct, at least 1 */
    size_t n_held_out;
    const struct cause_track *list; /* [n_list] best first, at most CAUSE_LIST */
    size_t n_list;
    /* [n_near] the numbers of the tracks of the ranks after CAUSE_LIST, up to CAUSE_NEAR. NULL: not known; then only R
     * - 500 counts as cut. */
    const int64_t *near;
    size_t n_near;
};
struct cause_shares {
    double of[CAUSES];
    size_t part[CAUSES], whole[CAUSES]; /* each share is part / whole */
    /* The highest recall of the model's own lists: min(500, held-out tracks in reach) / R. A list that is made by other
     * means, because the model knows no seed (models/fallback.h), can be better. */
    double ceiling;
};
/* STATUS_FAILED only when memory runs out. */
enum status causes_of(const struct cause_input *input, struct cause_shares *shares, struct error *error);

bool cause_applies(const struct cause_shares *shares, enum cause cause);
/* The main cause of these shares, the first of equal ones; CAUSES: none applies. */
enum cause cause_main(const double shares[CAUSES]);
/* Whether a cause is the main one or equal to it. */
bool cause_is_main(const double shares[CAUSES], enum cause cause);
/* A cause in words: "7 of 10 held-out tracks were in no training playlist"; `brief`: in at most 42 columns. */
enum { CAUSE_SENTENCE_SIZE = 160 };
void cause_sentence(const struct cause_shares *shares, enum cause cause, bool brief, char text[CAUSE_SENTENCE_SIZE]);

#endif
