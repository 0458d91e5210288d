#ifndef SLEEVE_APP_SEARCH_SCOPED_H
#define SLEEVE_APP_SEARCH_SCOPED_H

#include "app/recipe_index.h"
#include "app/search_scopes.h"
#include "db/search_text.h"

/* The tracks that the scopes of a search allow, as a filter of the search in the texts. Years, genres and attributes
 * are looked up once in the columns of all tracks. */
struct scoped_filter {
    struct search_filter passing;
    uint64_t *rows; /* of the columns: those that pass their scopes; NULL: there are none */
    const struct search_scope *texts[SEARCH_SCOPES_MAX]; /* the scopes of fields */
    int n_texts;
};

/* `index` may be NULL unless scopes->columns. The scopes must outlive the filter, which must not be moved. There is
 * something to free even after a failure. */
enum status scoped_filter_make(const struct search_scopes *scopes, const struct recipe_index *index,
                               struct scoped_filter *filter, struct error *error);
void scoped_filter_free(struct scoped_filter *filter);

#endif
