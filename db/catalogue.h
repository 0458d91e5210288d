#ifndef SLEEVE_DB_CATALOGUE_H
#define SLEEVE_DB_CATALOGUE_H

/* Everything a catalogue holds: one header a topic. */
#include "db/albums.h"
#include "db/connection.h"
#include "db/cover_fetches.h"
#include "db/covers.h"
#include "db/interactions.h"
#include "db/playlists.h"
#include "db/registry.h"
#include "db/sessions.h"
#include "db/summary.h"
#include "db/tracks.h"

#endif
