#ifndef SLEEVE_DB_SEARCH_H
#define SLEEVE_DB_SEARCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/pool.h"
#include "db/catalogue.h"

/* Up to so many matches of words are counted. */
enum { SEARCH_COUNTED = 20000 };

/* Search as you type over title, artist and album of every track, from the first character: folded text (core/text.h)
 * kept in one memory-mapped file next to the catalogue. All words of the query must occur, anywhere in the text
 * (infix). */
struct search_index;

/* Rebuilds the index file from the catalogue (atomically). Called at the end of an import. */
enum status search_index_build(struct catalogue *catalogue, struct pool *pool, struct error *error);
/* Opens the index of this catalogue; builds it first when it is missing, damaged or not of this catalogue's state
 * (in memory only when the folder cannot be written). */
enum status search_index_open(struct catalogue *catalogue, struct pool *pool, struct search_index **index,
                              struct error *error);
/* The same without building: STATUS_FAILED when there is no index file or it is of an earlier state of the catalogue,
 * STATUS_BAD_DATA when it is damaged. In either case the next search rebuilds it. */
enum status search_index_check(struct catalogue *catalogue, struct error *error);
void search_index_close(struct search_index *index);

/* Track numbers, best first. Ranks: a field equals the query; a field begins with it; each word of it begins a word (at
 * the start of a field, or after a character that is not a letter, mark or number); its words occur anywhere. Within a
 * rank the order is by number of playlists, then popularity, then number. At most `limit` are returned; *total is the
 * number of matches, or SEARCH_COUNTED if that or more (a filter without words counts all). A text that folds to
 * nothing matches nothing. Ends with STATUS_INTERRUPTED soon after *cancel becomes true (cancel may be NULL). A query
 * that extends the last one is answered from the last one's matches where these were few. One call at a time. */
enum status search_index_query(struct search_index *index, const char *text, size_t limit, int64_t *ids, size_t *count,
                               int64_t *total, const atomic_bool *cancel, struct error *error);

/* The same for the tracks that a filter passes (db/search_text.h). */
struct search_filter;
enum status search_index_query_filtered(struct search_index *index, const char *text,
                                        const struct search_filter *filter, size_t limit, int64_t *ids, size_t *count,
                                        int64_t *total, const atomic_bool *cancel, struct error *error);

#endif
