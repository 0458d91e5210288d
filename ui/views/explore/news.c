/* What an edit of the playlist changed in the suggestions: rows that are new on the page or have moved are marked for a
 * short time, and the row above them says how many there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/views/explore/explore.h"

struct position {
    const struct track *track;
    size_t at;
};

static int by_track(const void *left, const void *right)
{
    const struct position *a = left, *b = right;
    return (a->track->id > b->track->id) - (a->track->id < b->track->id);
}

/* before[i]: where the i'th track was in the earlier list; -1: it was not. */
static bool find_before(const struct track_row *earlier, const struct track_row *now, struct news *news)
{
    struct position *positions = calloc(earlier->count + 1, sizeof *positions);
    if (!positions)
        return false;
    for (size_t i = 0; i < earlier->count; i++)
        positions[i] = (struct position){earlier->items[i], i};
    qsort(positions, earlier->count, sizeof *positions, by_track);
    for (size_t i = 0; i < now->count; i++) {
        struct position wanted = {now->items[i], 0};
        const struct position *found = bsearch(&wanted, positions, earlier->count, sizeof *positions, by_track);
        news[i].before = found ? (int)found->at : -1;
    }
    free(positions);
    return true;
}

/* Ranks among the tracks of both lists: a track that only gives way to another, or fills the place of one that was
 * added to the playlist, has not moved. */
static bool find_moves(size_t n_earlier, size_t n_now, struct news *news)
{
    int *ranks = calloc(n_earlier + 1, sizeof *ranks), rank = 0;
    if (!ranks)
        return false;
    for (size_t i = 0; i < n_now; i++)
        if (news[i].before >= 0)
            ranks[news[i].before] = 1;
    for (size_t i = 0; i < n_earlier; i++) {
        int common = ranks[i];
        ranks[i] = rank;
        rank += common;
    }
    rank = 0;
    for (size_t i = 0; i < n_now; i++)
        if (news[i].before >= 0)
            news[i].moved = ranks[news[i].before] - rank++;
    free(ranks);
    return true;
}

void explore_forget_news(struct suggestions *suggestions)
{
    free(suggestions->news);
    suggestions->news = NULL;
}

void explore_find_news(struct suggestions *suggestions)
{
    const struct track_row *earlier = &suggestions->before, *now = &suggestions->tracks;
    explore_forget_news(suggestions);
    struct news *news = calloc(now->count + 1, sizeof *news);
    if (news && find_before(earlier, now, news) && find_moves(earlier->count, now->count, news))
        suggestions->news = news;
    else
        free(news);
}

static bool is_new(const struct news *news, size_t at)
{
    return news->before < 0 || (size_t)news->before / PAGE_TRACKS != at / PAGE_TRACKS;
}

double explore_news_left(const struct state *state)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    double left = suggestions->replaced + EXPLORE_NEWS - state->now;
    return suggestions->news && left > 0 ? left : -1;
}

void explore_news_of(const struct state *state, size_t at, char text[16])
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    text[0] = '\0';
    if (explore_news_left(state) < 0)
        return;
    const struct news *news = &suggestions->news[at];
    if (is_new(news, at))
        snprintf(text, 16, "new");
    else if (news->moved != 0)
        snprintf(text, 16, "%s%d", news->moved > 0 ? "↑" : "↓", abs(news->moved));
}

void explore_news_describe(const struct state *state, char text[64])
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t first = suggestions->page * PAGE_TRACKS, fresh = 0, moved = 0;
    text[0] = '\0';
    if (explore_news_left(state) < 0)
        return;
    for (size_t at = first; at < first + explore_page_tracks(state); at++) {
        bool unseen = is_new(&suggestions->news[at], at);
        fresh += unseen;
        moved += !unseen && suggestions->news[at].moved != 0;
    }
    if (fresh > 0 && moved > 0)
        snprintf(text, 64, "%zu new, %zu moved", fresh, moved);
    else if (fresh > 0 || moved > 0)
        snprintf(text, 64, "%zu %s", fresh > 0 ? fresh : moved, fresh > 0 ? "new" : "moved");
}
