#ifndef SLEEVE_APP_FAILURE_QUERY_H
#define SLEEVE_APP_FAILURE_QUERY_H

#include "app/failures.h"

/* Conditions on evaluated playlists, as a person types them: words with blanks between, all of which must hold.
 *
 *   rain            the name contains it, compared as the search compares
 *   ndcg<10%        a field (app/failure_fields.h), one of < <= > >= = !=, and a number: 10% is 0.1
 *   cause:artist    the cause applies (eval/causes.h); cause:none where none does
 *   genre:rock      the playlist's genre contains it; genre=rock: it is that
 *   sort:FIELD      the order: the worst first; sort:+FIELD the lowest first, sort:-FIELD the highest first
 *   !WORD           any of these but the order: not
 *
 * In quotes, blanks and signs are part of the text: "a<b", genre="new jack"; and so are numbers: genre="80". A number
 * that is not known holds in no comparison, with or without "!". */

/* For help texts. */
#define FAILURE_QUERY_HELP                                                                                             \
    "  rain: the name contains it; \"two words\" in quotes\n"                                                          \
    "  ndcg<10%: a field, one of < <= > >= = !=, and a number (10% or 0.1)\n"                                          \
    "  cause:artist: the cause applies; cause:none where none does\n"                                                  \
    "  genre:rock: the playlist's genre contains it; genre=rock: it is that\n"                                         \
    "  sort:FIELD: the worst first; sort:+FIELD the lowest first, sort:-FIELD the highest first\n"                     \
    "  !WORD: not\n"

enum { FAILURE_TERMS_MAX = 24, FAILURE_TEXT_MAX = 96 };

enum failure_comparison { LESS, LESS_EQUAL, MORE, MORE_EQUAL, EQUAL, NOT_EQUAL, FAILURE_COMPARISONS };

struct failure_term {
    enum { TERM_TEXT, TERM_NUMBER, TERM_CAUSE, TERM_GENRE } kind;
    bool negated;
    bool whole;                         /* of TERM_GENRE: it is the text, not only contains it */
    int field;                          /* of TERM_NUMBER */
    enum failure_comparison comparison; /* of TERM_NUMBER */
    double number;                      /* of TERM_NUMBER */
    enum cause cause;                   /* of TERM_CAUSE; CAUSES: none applies */
    char text[FAILURE_TEXT_MAX];        /* of TERM_TEXT and TERM_GENRE, folded */
};
struct failure_query {
    struct failure_term terms[FAILURE_TERMS_MAX];
    size_t count;
    int sort;      /* field; -1: the order stays */
    bool downward; /* the highest first */
};
/* A word that is not understood is STATUS_USAGE; the query then has the other words. */
enum status failure_query_parse(const char *text, struct failure_query *query, struct error *error);
bool failure_query_holds(const struct failure_query *query, const struct failure *failure);
/* Copies those that hold to `some` [count], in the query's order, and counts them in *kept. Equal ones keep their
 * order, and unknown values come last. STATUS_FAILED only when memory runs out. */
enum status failure_query_select(const struct failure_query *query, const struct failure *all, size_t count,
                                 struct failure *some, size_t *kept, struct error *error);
/* Whether it needs the causes to be computed (app/causes.h). */
bool failure_query_needs_causes(const struct failure_query *query);
/* The words of the texts with blanks between, for marking matches in names (ui/match.h). */
void failure_query_words(const struct failure_query *query, char *text, size_t size);

#endif
