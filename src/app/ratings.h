#ifndef SLEEVE_APP_RATINGS_H
#define SLEEVE_APP_RATINGS_H

#include "db/ratings.h"

/* Rating tracks as continuations of a playlist (db/ratings.h). */

/* Who rates: `given` (NULL: nobody was named), else the name of ratings_configure, else the setting "rater" of the
 * catalogue, else $USER, else $LOGNAME, else the system's name of the user. STATUS_USAGE where all are missing. *from
 * says which it was: "--rater", ... */
struct rater {
    char name[RATING_TEXT_MAX + 1];
    const char *from;
};
enum status ratings_rater(struct catalogue *catalogue, const char *given, struct rater *rater, struct error *error);
/* The name in the person's file of settings; "": none. Call it at the start of the program. */
void ratings_configure(const char *name);
/* The setting "rater"; "" removes it. It counts from now on, whatever was configured. */
enum status ratings_set_rater(struct catalogue *catalogue, const char *name, struct error *error);

/* A rating as a person names it. */
struct rating_request {
    const char *playlist, *track; /* as lookup_playlist and lookup_track take them */
    const char *model;            /* "": none; otherwise a model of the catalogue, or one that has ratings */
    const char *rating;           /* "good", "borderline" or "bad" */
    const char *reason;           /* needed for "bad", refused for the others; NULL or "": none */
    bool metadata;                /* the reason, where it is new: the catalogue is wrong about the track */
    const char *rater;            /* as `given` of ratings_rater */
    int32_t rank;                 /* 0: unknown */
};
/* Stores it with the present time. `stored` is a list of one; *replaced: the rater had rated this before. */
enum status ratings_add(struct catalogue *catalogue, const struct rating_request *request, struct rating_list *stored,
                        bool *replaced, struct error *error);
/* A filter as a person names it; NULL: any. The texts must outlive the filter. */
enum status ratings_filter(struct catalogue *catalogue, const char *playlist, const char *track, const char *model,
                           const char *rater, struct rating_filter *filter, struct error *error);

/* "2026-03-01T12:00:00Z". */
enum { RATING_TIME_SIZE = 32 };
void rating_time(int64_t rated, char text[RATING_TIME_SIZE]);
bool rating_time_read(const char *text, int64_t *rated);

#endif
