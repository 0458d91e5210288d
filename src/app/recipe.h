#ifndef SLEEVE_APP_RECIPE_H
#define SLEEVE_APP_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* A recipe: what the tracks of a playlist have in common, as constraints that a person can read and edit. Patwari,
 * Kong, Wang, Gargi, Covell, Jansen, "Semantically meaningful attributes from co-listen embeddings for playlist
 * exploration and expansion", ISMIR 2020, section 3.3.2. Plain data: assignment copies it. */

enum {
    RECIPE_NAME_SIZE = 128,
    RECIPE_ITEM_SIZE = 200, /* of a genre or an artist */
    RECIPE_ITEMS_MAX = 64,
    RECIPE_ATTRIBUTES_MAX = 16,
    RECIPE_CONSTRAINTS_MAX = 3 + RECIPE_ATTRIBUTES_MAX,
    RECIPE_ARTISTS = 10, /* the paper's number of artists */
    RECIPE_LIMIT = 100,  /* candidates that are kept, unless another number is given */
    RECIPE_LIMIT_MAX = 10000,
    RECIPE_YEAR_MAX = 9999,
};
/* Two or three tracks say little about what a playlist would hold, and hardly any other track would fit what they have
 * in common. So from fewer than RECIPE_FEW tracks artists are dropped, a standard deviation is at least the share
 * 1 - tracks / RECIPE_FEW of the catalogue's, and years span at least that share of RECIPE_FEW_YEARS. */
enum { RECIPE_FEW = 10, RECIPE_FEW_YEARS = 20 };
#define RECIPE_SHARE 0.8 /* of the genres' frequencies that the most frequent genres must reach */
#define RECIPE_DEVIATIONS_MAX 100.0
#define RECIPE_DEVIATIONS_STEP 0.25 /* by which an attribute is loosened or tightened once */

/* What every constraint has. */
struct recipe_rule {
    bool dropped;      /* kept in the form, but not applied */
    bool locked;       /* not changed by edits, nor when the recipe is made from a playlist again */
    bool keep_unknown; /* tracks of which the value is unknown pass */
};

struct recipe_item {
    char name[RECIPE_ITEM_SIZE];
    int32_t count; /* tracks of the playlist that have it */
    bool used;     /* tracks that have it pass */
};

struct recipe_list {
    struct recipe_rule rule;
    int count; /* of items, the most frequent first */
    int known; /* tracks of the playlist that have any */
    int total; /* genres, or artists, of the playlist: those past the end are not listed */
    struct recipe_item items[RECIPE_ITEMS_MAX];
};

struct recipe_years {
    struct recipe_rule rule;
    int low, high; /* inclusive; 0: unknown */
    int known;     /* tracks of the playlist with a year */
    bool earliest; /* compared with the earliest known year of the same title and artist, not with the release's */
    bool doubtful_known; /* a doubtful year (app/editions.h) counts as known */
    bool widened;        /* from those of the playlist, which has too few tracks to go by */
};

struct recipe_attribute {
    char name[65]; /* "energy" */
    struct recipe_rule rule;
    double mean, deviation; /* over the playlist's tracks that have it; the population's standard deviation */
    bool widened;           /* the deviation is larger than that, because few tracks have it */
    int known;              /* those tracks */
    int predicted;          /* of these, with a predicted value */
    double deviations;      /* |value - mean| is at most so many standard deviations */
    bool fixed;             /* low <= value <= high instead */
    double low, high;
};

struct recipe {
    char name[RECIPE_NAME_SIZE];
    char playlist_key[RECIPE_ITEM_SIZE], playlist_name[RECIPE_ITEM_SIZE]; /* that it was made from; "": unknown */
    int n_tracks;                                                         /* of that playlist, without repeats */
    int limit;
    struct recipe_list genres, artists;
    struct recipe_years years;
    int n_attributes;
    struct recipe_attribute attributes[RECIPE_ATTRIBUTES_MAX];
};

/* Constraints are numbered: genres, artists, years, then the attributes. */
enum { RECIPE_GENRES, RECIPE_ARTISTS_LIST, RECIPE_YEARS, RECIPE_FIRST_ATTRIBUTE };
int recipe_constraints(const struct recipe *recipe);
const char *recipe_constraint_name(const struct recipe *recipe, int constraint);
/* -1: there is none of this name. */
int recipe_constraint_find(const struct recipe *recipe, const char *name);
struct recipe_rule *recipe_rule(struct recipe *recipe, int constraint);
const struct recipe_rule *recipe_rule_of(const struct recipe *recipe, int constraint);
/* Whether the constraint says anything: it has items, years, or a range. One that does not is dropped. */
bool recipe_has_values(const struct recipe *recipe, int constraint);

/* The range of an attribute; low > high where it has none. */
void recipe_range(const struct recipe_attribute *attribute, double *low, double *high);

/* A recipe without constraints: every track passes. */
void recipe_start(struct recipe *recipe);
/* Makes the most frequent genres that together reach the share of all counts the used ones: the smallest such number
 * of them. */
void recipe_use_share(struct recipe_list *list, double share);
/* Makes the first `n` the used ones. */
void recipe_use_first(struct recipe_list *list, int n);
int recipe_used(const struct recipe_list *list);

/* ---- edits; each refuses a locked constraint with STATUS_USAGE, and then nothing has changed ---- */

/* Loosens (steps > 0) or tightens (steps < 0): an attribute by quarters of a standard deviation, years by a year on
 * each side, genres and artists by the next or last item of the list. */
enum status recipe_loosen(struct recipe *recipe, int constraint, int steps, struct error *error);
enum status recipe_drop(struct recipe *recipe, int constraint, bool drop, struct error *error);
void recipe_lock(struct recipe *recipe, int constraint, bool lock);
/* Sets a constraint from a text as a person types it: "energy" "0.4..0.8", "1.5sd", "drop", "use", "lock", "unlock",
 * "unknown=keep", "unknown=drop"; "years" "1980..1989", "of=release", "of=earliest", "doubtful=trust",
 * "doubtful=unknown"; "genres" "90%", "3", "+rock", "-rock"; "artists" "20", "+NAME", "-NAME". Several with ";"
 * between. The name "limit" sets the number of candidates, "name" the recipe's. */
enum status recipe_set(struct recipe *recipe, const char *name, const char *value, struct error *error);
/* The same from "NAME=VALUE", "NAME+=ITEM", "NAME-=ITEM". */
enum status recipe_set_pair(struct recipe *recipe, const char *pair, struct error *error);
/* What recipe_set would take for the present value: to begin an edit with. */
void recipe_value_text(const struct recipe *recipe, int constraint, char *text, size_t size);

/* Appends the value of a constraint as people read it: "dance pop, electropop (2 of 5)", "1999..2020", "0.41..0.83".
 * With `most` items of a list at most, "and 3 more". */
void recipe_describe_value(const struct recipe *recipe, int constraint, int most, struct buffer *out);
/* What the playlist has: "0.62 ± 0.21, 90 of 97 tracks". */
void recipe_describe_source(const struct recipe *recipe, int constraint, struct buffer *out);

/* Takes the locked constraints and the limit of `old` over into a recipe that was made again. */
void recipe_keep_locked(struct recipe *recipe, const struct recipe *old);

#endif
