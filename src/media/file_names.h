#ifndef SLEEVE_MEDIA_FILE_NAMES_H
#define SLEEVE_MEDIA_FILE_NAMES_H

#include "media/media.h"

/* Fills the title, artist, album, track, disc and date that the tags lack from the path, where it has them (UTF-8,
 * relative to the music folder). Files are named "01 - Artist - Title.mp3", "Artist - Title.mp3", "1-03 Title.flac" or
 * the like, in a folder "Artist/Album", "Artist - Album" or "Artist/1999 - Album", perhaps with a folder "CD 1" in it.
 * True when something was taken from the path. */
bool media_tags_from_path(const char *path, struct media_tags *tags);

/* The number of a disc if this is the name of its folder ("CD 2", "Disc 1"), otherwise 0. */
int media_disc_of_folder(const char *name);
/* Removes "(Disc 2)", "[CD 1]", ", Disc 3" at the end of an album's title and returns the number; 0: there was none. */
int media_disc_of_title(char *title);

#endif
