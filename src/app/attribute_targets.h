#ifndef SLEEVE_APP_ATTRIBUTE_TARGETS_H
#define SLEEVE_APP_ATTRIBUTE_TARGETS_H

#include "attributes/model_file.h"
#include "db/catalogue.h"

/* What is known of the attributes of tracks, to learn from and to evaluate with. */

enum { ATTRIBUTE_WHY = 320 };

struct attribute_target {
    enum attribute_kind kind;
    int64_t out;    /* classes of genre; 1 */
    char **classes; /* [out] names of the genres; the attribute's own name */
    float *y;       /* [n x out] 0 or 1, or an amount; 0 where it is not known */
    bool *known;    /* [n] */
    int64_t n_known;
};

struct attribute_targets {
    int64_t n;                                      /* tracks of the catalogue */
    struct attribute_target items[ATTRIBUTE_KINDS]; /* n_known 0: there are no labels */
    /* Of a file. */
    int64_t rows, skipped;
    char first_skipped[ATTRIBUTE_WHY]; /* "line 7: there is no track ..." */
};

/* `labels`:
 *   "catalogue"  energy and valence as imported (spotify_songs), vocalness 1 where instrumentalness is below 0.5, and
 *                the genres of the playlists that hold a track
 *   "explorer"   labels that people gave in the explorer; where they differ, their mean (of classes: the majority)
 *   a file       a table with the column "track" (key or link), or "title" and "artist" (compared as keys of names
 *                are), and any of "energy", "valence", "vocalness", "music", "genre" (several with ; between). An empty
 *                field is unknown.
 * Rows that name unknown tracks, repeat a track or hold no possible value are counted and the first is named. A file
 * without any usable label is STATUS_BAD_DATA. Free it with attribute_targets_free; after a failure there is nothing
 * to free. */
enum status attribute_targets_load(struct catalogue *catalogue, const char *labels, struct attribute_targets *targets,
                                   struct error *error);
void attribute_targets_free(struct attribute_targets *targets);

/* For reading labels one by one. */
enum status attribute_targets_start(struct attribute_targets *targets, int64_t n, struct error *error);
/* The number of a genre, which is added if it is new; -1: there are ATTRIBUTE_CLASSES_MAX, or the name is too long; -2:
 * no memory. */
int attribute_targets_class(struct attribute_targets *targets, const char *name, size_t size);
/* A table of labels. */
enum status attribute_targets_read_file(struct catalogue *catalogue, const char *path,
                                        struct attribute_targets *targets, struct error *error);

#endif
