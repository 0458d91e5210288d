#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/playlist_history.h"

void playlist_history_free(struct playlist_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        free(history->items[i].name);
        free(history->items[i].tracks.ids);
        free(history->items[i].is_added);
        free(history->items[i].is_removed);
    }
    free(history->items);
    *history = (struct playlist_history){0};
}

void playlist_past_describe(const struct playlist_past *past, char text[PLAYLIST_PAST_TEXT])
{
    const struct playlist_changes *changes = &past->changes;
    char added[24] = "", removed[24] = "", moved[32] = "";
    if (changes->added > 0)
        snprintf(added, sizeof added, " +%zu", changes->added);
    if (changes->removed > 0)
        snprintf(removed, sizeof removed, " -%zu", changes->removed);
    if (changes->moved > 0)
        snprintf(moved, sizeof moved, " moved %zu", changes->moved);
    snprintf(text, PLAYLIST_PAST_TEXT, "%s%s%s%s", added, removed, moved, past->renamed ? " renamed" : "");
    if (past->first || !text[0])
        snprintf(text, PLAYLIST_PAST_TEXT, past->first ? "first" : "same tracks");
    else
        memmove(text, text + 1, strlen(text));
}

void playlist_past_time(const struct playlist_past *past, char text[PLAYLIST_PAST_TIME])
{
    const time_t at = (time_t)past->saved;
    struct tm parts;
    if (past->saved <= 0 || !localtime_r(&at, &parts) ||
        strftime(text, PLAYLIST_PAST_TIME, "%Y-%m-%d %H:%M", &parts) == 0)
        snprintf(text, PLAYLIST_PAST_TIME, "earlier");
}
