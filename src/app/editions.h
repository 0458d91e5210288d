#ifndef SLEEVE_APP_EDITIONS_H
#define SLEEVE_APP_EDITIONS_H

#include <stdint.h>

#include "core/buffer.h"

/* Whether the year of a release may be later than that of the recording: what titles say, and what is the same title on
 * an earlier release. Patwari et al. (ISMIR 2020, 3.3.4): most suggestions that curators rated bad for playlists of a
 * decade were of another decade, because of such years. */

enum edition_flags {
    EDITION_REMASTER = 1,    /* the title or the album's says that it is remastered */
    EDITION_REISSUE = 2,     /* an anniversary, reissue, expanded or collector's edition */
    EDITION_COMPILATION = 4, /* the album's title is one of a compilation, or it has tracks by several artists */
    EDITION_EARLIER = 8,     /* the same title by the same artist is on an earlier release */
    EDITION_DECADE = 16,     /* and that is of an earlier decade */
};
enum {
    EDITION_NAMED = EDITION_REMASTER | EDITION_REISSUE | EDITION_COMPILATION, /* doubtful by names alone */
    EDITION_ARTISTS = 4, /* an album with so many artists is a compilation */
};

/* What the titles say: EDITION_REMASTER, EDITION_REISSUE, EDITION_COMPILATION. Any bytes; album may be "". */
unsigned edition_of_titles(const char *title, const char *album);
/* Appends the title in the form that is compared: folded (text_fold), without parts in brackets or after " - " that
 * name an edition of the same recording ("Africa - 2018 Remaster", "Africa (Mono Version)", "Africa (feat. X)"). A
 * remix, a live or an acoustic version remains another title. */
void edition_base_title(const char *title, struct buffer *out);
/* "remaster", "reissue, earlier release": the flags as words; "" for 0. `text` holds EDITION_TEXT_SIZE bytes. */
enum { EDITION_TEXT_SIZE = 96 };
void edition_describe(unsigned flags, char text[EDITION_TEXT_SIZE]);

/* The earliest year at which each title was released, by artist: an open hash table of 16 bytes a slot. All zero is
 * empty. */
struct edition_years {
    struct edition_slot {
        uint64_t key; /* 0: free */
        int32_t year;
    } * slots;
    size_t capacity; /* a power of two */
};
/* For at most `n` titles. False when memory ran out. */
bool edition_years_start(struct edition_years *years, size_t n);
void edition_years_free(struct edition_years *years);
/* Identifies the base title of an artist; never 0. `scratch` is overwritten. */
uint64_t edition_key(const char *title, int64_t artist, struct buffer *scratch);
/* Unknown years (0) are not stored. */
void edition_years_add(struct edition_years *years, uint64_t key, int32_t year);
int32_t edition_years_find(const struct edition_years *years, uint64_t key); /* 0: unknown */

#endif
