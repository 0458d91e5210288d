#ifndef SLEEVE_TESTS_UI_FAKE_TRACKS_H
#define SLEEVE_TESTS_UI_FAKE_TRACKS_H

#include "db/catalogue.h"

/* Invented tracks, albums and artists with numbers from 1, the same at every start. Their texts live as long as the
 * program; some are difficult for terminals. */
enum { FAKE_TRACKS = 320, FAKE_ALBUMS = 80, FAKE_ARTISTS = 24 };

struct track fake_track(int64_t id);
struct album fake_album(int64_t id);
/* While this is on, every third album has a real cover, and the others generated ones. */
void fake_real_covers(bool on);
const char *fake_artist(int64_t id);
/* Whether the title is one of those that are difficult for terminals. */
bool fake_track_is_odd(int64_t id);
/* Whether the title or artist contains this text, which is folded (core/text.h). */
bool fake_track_matches(int64_t id, const char *text);

#endif
