#ifndef SLEEVE_UI_EFFECTS_SAVE_INTERNAL_H
#define SLEEVE_UI_EFFECTS_SAVE_INTERNAL_H

#include "ui/effects/save.h"

/* Shared by save.c and save_exit.c. */

struct save_memory {
    struct saved_serial *saved; /* numbers of saved playlists; the state learns them from the results */
    size_t n_saved;
    struct own_playlist *bases; /* playlists as they were last read or written here */
    size_t n_bases;
};

struct save_output {
    int64_t id;
    enum playlist_outcome outcome;
    struct playlist_change change;
};

/* The number under which the playlist with this serial was saved; 0: it was not. */
int64_t save_known_id(const struct save_memory *memory, uint64_t serial);
/* The playlist of this number as it was last read or written here; NULL: it was not. */
struct own_playlist *save_base(const struct save_memory *memory, int64_t id);
/* Applies changes made elsewhere, which `saved` has found, to a later save of the same playlist. */
void save_follow(const struct result *saved, struct effect *later);

#endif
