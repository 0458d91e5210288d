/* The title of the playlist that is being built, for suggestions. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/views/explore/explore.h"

/* Names that say nothing about the music; a number may follow. */
static const char *const placeholders[] = {"Unsaved", "Untitled", "Playlist", "New playlist"};

static bool is_placeholder(const char *name)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        size_t length = strlen(placeholders[i]);
        if (strncasecmp(name, placeholders[i], length) == 0 &&
            name[length + strspn(name + length, " ()0123456789")] == '\0')
            return true;
    }
    return name[strspn(name, " ")] == '\0';
}

const char *explore_title(const struct state *state)
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    bool few = playlist->count <= EXPLORE_TITLE_TRACKS && !explore_is_test(state);
    return few && !is_placeholder(playlist->name) ? playlist->name : "";
}
