#ifndef SLEEVE_APP_SEEN_ANSWERS_H
#define SLEEVE_APP_SEEN_ANSWERS_H

#include "models/recommender.h"

/* Whether a model was trained on playlists that it is evaluated on. Its metrics say nothing about playlists that it
 * does not know. An evaluation stores what it found with the results, as "seen_answers". */

enum seen_answers {
    SEEN_NO,
    SEEN_PERHAPS, /* it was trained on other playlists, or with other cold tracks, than the split allows */
    SEEN_SURELY,  /* it was trained on more playlists than there are apart from those that it is evaluated on */
    SEEN_ANSWERS
};
/* "has seen the answers", "may have seen the answers"; "" for SEEN_NO. */
const char *seen_answers_text(enum seen_answers seen);

/* What models may be trained on that are evaluated on one set of the split. */
struct training_check {
    char fingerprints[2][33]; /* of the playlists that they may be trained on: one of the two */
    int64_t others;           /* playlists that are not in the set */
};
enum status training_check_make(struct catalogue *catalogue, enum split_set set, struct training_check *check,
                                struct error *error);
enum seen_answers training_check_model(const struct training_check *check, const struct model_record *record);

/* The same for the feature sets that a model was trained with: one that was fitted to the vectors of another model
 * (app/feature_fit.h) has seen what that model was trained on. SEEN_PERHAPS if those are not among the allowed
 * playlists; `set` receives the first such set. */
enum seen_answers training_check_features(struct catalogue *catalogue, const struct training_check *check,
                                          const struct model_record *record, char set[FEATURE_NAME_MAX + 1]);

/* The name under which the results store it: "no", "perhaps", "surely". */
const char *seen_answers_name(enum seen_answers seen);
/* What the results of a record say. SEEN_NO where there are no results. */
enum seen_answers seen_answers_read(const struct model_record *record);
/* Moves models that have seen the answers to the end; otherwise the order stays. */
enum status seen_answers_last(struct model_list *models, struct error *error);
/* Adds it to results that do not say it, those of version 0.1, by the present split. Only the list in memory is
 * changed. */
enum status seen_answers_complete(struct catalogue *catalogue, struct model_list *models, struct error *error);

#endif
