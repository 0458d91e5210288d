#ifndef SLEEVE_APP_STEER_ATTRIBUTES_H
#define SLEEVE_APP_STEER_ATTRIBUTES_H

#include "app/spaces.h"
#include "app/steer.h"

/* What `rerank` reads of a list (models/rerank.h). */
struct steer_attributes {
    struct rerank_list list;
    struct space_context context;
    int64_t *numbers; /* of tracks, artists, albums and playlists of the list and the seeds, and albums of wishes */
    float *scores;
    struct rerank_wish *wishes;
    struct rerank_space spaces[RERANK_TERMS_MAX];
    float *values[RERANK_TERMS_MAX]; /* of the spaces */
};
/* Start with `{0}`; to be freed also after an error. */
enum status steer_attributes_read(struct app *app, const struct recommend_query *query, int64_t playlist,
                                  const struct recommendation *list, const struct track_list *tracks,
                                  struct steer_attributes *attributes, struct error *error);
/* Adds the spaces that suggested->applied names. If `lenient`, a term whose space cannot be opened is removed and the
 * reason noted. */
enum status steer_attributes_add_spaces(struct app *app, const char *model, bool lenient,
                                        struct steer_attributes *attributes, struct suggest_answer *suggested,
                                        struct error *error);
void steer_attributes_free(struct steer_attributes *attributes);

#endif
