#ifndef SLEEVE_MODELS_ANSWER_H
#define SLEEVE_MODELS_ANSWER_H

/* What a list of recommendations is made by: the model, or what takes its place (models/fallback.h, models/titles.h).
 */
enum answer { ANSWER_MODEL, ANSWER_FEATURES, ANSWER_ARTISTS, ANSWER_TITLE, ANSWER_POPULARITY, ANSWERS };

/* "model", "features", "artist", "title", "popularity" */
const char *answer_name(enum answer answer);
/* What the list holds, for a message. */
const char *answer_holds(enum answer answer);

#endif
