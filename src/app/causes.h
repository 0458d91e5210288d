#ifndef SLEEVE_APP_CAUSES_H
#define SLEEVE_APP_CAUSES_H

#include "app/app.h"
#include "core/progress.h"
#include "eval/causes.h"
#include "eval/metrics.h"

/* The causes of a model's failures on all playlists that it was evaluated on. They are computed once from the model's
 * lists, in the background, and stored in the catalogue beside its results (db/result_causes.h), so that views and
 * conditions over thousands of playlists read them at once. */

/* What is stored for each playlist: the shares of all causes, then these. */
enum failure_fact {
    FACT_CEILING = CAUSES, /* the highest recall of any list of the model */
    FACT_HELD_OUT,         /* number of held-out tracks */
    FACT_UNPOPULAR,        /* the slices of eval/slices.h: share of the hidden tracks in the long tail, */
    FACT_UNCOVERED,        /* and share of the tracks without a cover */
    FACTS
};
/* After them, so that a list of thousands of playlists needs no other rows: the number of seeds, and the metrics. */
enum { STORED_SEEDS = FACTS, STORED_METRICS, STORED_VALUES = STORED_METRICS + METRICS };
enum { CAUSES_VERSION = 2 }; /* of the formulas: what another version stored is computed again */

/* Computes and stores what is missing, in parts: an interrupted call keeps what it has stored, and the next one
 * continues there (STATUS_INTERRUPTED). *computed: for how many playlists. Needs a catalogue that may be written. */
enum status app_causes(struct app *app, const char *model, struct progress *progress, size_t *computed,
                       struct error *error);

#endif
