#ifndef SLEEVE_DB_FITNESS_PARTS_H
#define SLEEVE_DB_FITNESS_PARTS_H

#include "db/connection.h"

/* Which part of the songs a track belongs to when fitness is learned (fitness/split.h). A track keeps its part. */

/* parts [n_tracks], by track number - 1: where none is stored, -1. */
enum status catalogue_fitness_parts(struct catalogue *catalogue, int64_t n_tracks, int8_t *parts, struct error *error);
/* Stores the parts of tracks that have none; others keep theirs. In a transaction of its own unless one is open. */
enum status catalogue_fitness_parts_add(struct catalogue *catalogue, int64_t n_tracks, const int8_t *parts,
                                        struct error *error);

#endif
