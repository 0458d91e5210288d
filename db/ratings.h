#ifndef SLEEVE_DB_RATINGS_H
#define SLEEVE_DB_RATINGS_H

#include "core/arena.h"
#include "db/connection.h"

/* What raters think of tracks as continuations of a playlist: good, borderline, or bad with a reason, as curators rated
 * suggestions in Patwari et al., "Semantically Meaningful Attributes from Co-listen Embeddings for Playlist Exploration
 * and Expansion", ISMIR 2020, section 3.3. Ratings of a playlist are deleted with it. */

enum rating_value {
    RATING_GOOD,       /* appropriate, and of high quality */
    RATING_BORDERLINE, /* fits, but the rater would not be excited to add it */
    RATING_BAD,        /* the rater would never add it */
    RATING_VALUES
};
/* "good", "borderline", "bad". */
extern const char *const rating_names[RATING_VALUES];
/* False for another text. */
bool rating_named(const char *name, enum rating_value *value);

/* Texts are at most so long, in bytes. */
enum { RATING_TEXT_MAX = 200 };

struct rating {
    int64_t playlist_id, track_id;
    const char *rater; /* not "" */
    const char *model; /* that suggested the track; "": none */
    int32_t rank;      /* in the model's list, from 1; 0: it was in none */
    enum rating_value value;
    const char *reason; /* of a bad one, in the rater's words; "": none */
    bool metadata;      /* the reason: the catalogue is wrong about the track */
    int64_t rated;      /* seconds since 1970 */
};

struct rating_list {
    struct rating *items;
    size_t count;
    struct arena memory; /* owns the items and texts */
};
void rating_list_free(struct rating_list *list);

/* Which ratings are meant. 0 and NULL: any. */
struct rating_filter {
    int64_t playlist_id, track_id;
    const char *model, *rater;
};

/* In the order of playlists, models, ranks (those without last), tracks and raters. */
enum status catalogue_ratings_read(struct catalogue *catalogue, const struct rating_filter *filter,
                                   struct rating_list *list, struct error *error);
/* Stores a rating, in place of the one by the same rater for the same playlist, track and model. A reason that is not
 * known yet is added; `metadata` of one that is known is ignored. */
enum status catalogue_rating_write(struct catalogue *catalogue, const struct rating *rating, struct error *error);
/* Gives playlist `to` the rater's ratings of playlist `from`, of which it is a copy. Those that it has stay. */
enum status catalogue_ratings_copy(struct catalogue *catalogue, int64_t from, int64_t to, const char *rater,
                                   struct error *error);
/* Removes the ratings of the filter; *removed: how many. */
enum status catalogue_ratings_remove(struct catalogue *catalogue, const struct rating_filter *filter, int64_t *removed,
                                     struct error *error);
/* What the raters together think of a track for a playlist: good or bad, by the latest rating of each rater, whatever
 * model it was for. Tracks that are borderline, and those that are good for one rater and bad for another, are only
 * counted. */
struct rating_verdicts {
    struct rating_verdict {
        int64_t playlist, track;
        bool good;
    } * items; /* [count] in the order of playlists, then tracks; malloc'ed */
    size_t count, borderline, contested;
};
/* Sorts the ratings. `discount`: bad ratings because of wrong metadata are left out. */
enum status rating_verdicts_make(struct rating_list *ratings, bool discount, struct rating_verdicts *verdicts,
                                 struct error *error);

struct rating_reason {
    const char *text;
    bool metadata;
    int64_t count; /* ratings that give it */
};
struct rating_reason_list {
    struct rating_reason *items;
    size_t count;
    struct arena memory;
};
void rating_reason_list_free(struct rating_reason_list *list);
/* The most used first, then by text. */
enum status catalogue_rating_reasons(struct catalogue *catalogue, struct rating_reason_list *list, struct error *error);
/* Adds a reason, or changes what kind it is of. */
enum status catalogue_rating_reason_write(struct catalogue *catalogue, const char *text, bool metadata,
                                          struct error *error);
/* Removes a reason that no rating gives; *removed is false where there is none of this text. A reason that is given is
 * STATUS_USAGE. */
enum status catalogue_rating_reason_remove(struct catalogue *catalogue, const char *text, bool *removed,
                                           struct error *error);

#endif
