/* The selected track: its cover, what the catalogue says about it, and where its score comes from. In a pane of its own
 * on wide screens, else in a strip below the page where there are rows for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum { SENTENCE_SIZE = 512 };

/* The selected suggestion's position in the list; its count when another pane is active. */
static size_t selected_suggestion(const struct state *state)
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t at = suggestions->page * PAGE_TRACKS + suggestions->selected;
    return explore->pane == PANE_SUGGESTIONS && at < suggestions->tracks.count ? at : suggestions->tracks.count;
}

/* "1983 · 4:33 · in 894 playlists" */
static void write_facts(const struct track *track, char text[SENTENCE_SIZE])
{
    char count[32], duration[32], year[32] = "";
    view_count(track->n_playlists, count);
    view_duration(track->duration_ms, duration);
    if (track->year > 0)
        snprintf(year, sizeof year, "%d · ", (int)track->year);
    snprintf(text, SENTENCE_SIZE, "%s%s%sin %s %s", year, duration, duration[0] ? " · " : "", count,
             track->n_playlists == 1 ? "playlist" : "playlists");
}

/* What the playlist has in common with a suggestion; "" for nothing that the catalogue knows. */
static void write_reason(const struct state *state, const struct track *track, char text[SENTENCE_SIZE])
{
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct track *album = NULL, *artist = NULL, *twin = NULL;
    size_t by_artist = 0;
    text[0] = '\0';
    for (size_t i = 0; i < playlist->count; i++) {
        const struct track *entry = playlist->items[i];
        bool same = entry->artist_id == track->artist_id && entry->artist_id > 0 && entry->id != track->id;
        by_artist += same;
        artist = same ? entry : artist;
        if (same && strcasecmp(entry->title, track->title) == 0)
            twin = entry;
        if (same && entry->album_id == track->album_id && track->album_id > 0)
            album = entry;
    }
    if (twin)
        snprintf(text, SENTENCE_SIZE, "The playlist has \"%.200s\" by this artist from \"%.200s\".", twin->title,
                 twin->album[0] ? twin->album : "another release");
    else if (album)
        snprintf(text, SENTENCE_SIZE, "From the album of \"%.200s\", which is in the playlist.", album->title);
    else if (by_artist > 1)
        snprintf(text, SENTENCE_SIZE, "The playlist has %zu other tracks by %.200s.", by_artist, track->artist);
    else if (artist)
        snprintf(text, SENTENCE_SIZE, "By the artist of \"%.200s\", which is in the playlist.", artist->title);
}

/* "; rank 37 of the model" where a re-ranking has moved it. */
static void add_rank(const struct suggestions *suggestions, size_t at, char *text, size_t size)
{
    size_t used = strlen(text);
    if (suggestions->steered[0] && suggestions->ranks && (size_t)suggestions->ranks[at] != at + 1 && used < size)
        snprintf(text + used, size - used, "; rank %d of the model", (int)suggestions->ranks[at]);
}

/* "0.61; the best of the list has 0.64" */
static void write_score(const struct suggestions *suggestions, size_t at, char text[SENTENCE_SIZE])
{
    char score[32], best[32], worst[32];
    view_score(suggestions->scores[at], score);
    view_score(suggestions->best, best);
    view_score(suggestions->worst, worst);
    if (suggestions->worst < 0)
        snprintf(text, SENTENCE_SIZE, "%s; the list has %s to %s", score, best, worst);
    else if (suggestions->scores[at] < suggestions->best)
        snprintf(text, SENTENCE_SIZE, "%s; the best of the list has %s", score, best);
    else
        snprintf(text, SENTENCE_SIZE, "%s, the best of the list", score);
    add_rank(suggestions, at, text, SENTENCE_SIZE);
}

/* One line a part: its name, its share of the best score as in the bar of the whole, its value. Returns the rows used.
 */
static int draw_parts(const struct suggestions *suggestions, size_t at, struct screen *screen, int row, int column,
                      int columns, int rows)
{
    enum { VALUE_COLUMNS = 10 };
    const struct app_parts *names = &suggestions->part_names;
    bool shares = explore_has_shares(suggestions, at);
    int name = columns >= 40 ? 16 : 10, used = 0;
    for (int i = 0; i < names->count && used < rows; i++, used++) {
        char text[32];
        float part = suggestions->parts[at][i];
        view_score(part, text);
        screen_text(screen, row + used, column, name - 1, STYLE_DIM, names->names[i]);
        screen_text_right(screen, row + used, column + columns, VALUE_COLUMNS - 1, STYLE_TEXT, text);
        float share = part / suggestions->best;
        if (shares)
            view_parts(screen, row + used, column + name, columns - name - VALUE_COLUMNS, i == 0 ? share : 0,
                       i == 0 ? 0 : share, false);
    }
    return used;
}

static int draw_score(const struct state *state, struct screen *screen, int row, int column, int columns, int rows)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    size_t at = selected_suggestion(state);
    char text[SENTENCE_SIZE], number[32];
    if (at >= suggestions->tracks.count || rows < 2)
        return 0;
    snprintf(number, sizeof number, "%.0f", (double)(100 * explore_share(suggestions, at)));
    screen_text(screen, row, column, 6, STYLE_DIM, "score");
    screen_text_right(screen, row, column + 9, 3, STYLE_TITLE, number);
    explore_draw_bar(suggestions, at, screen, row, column + 10, columns - 10, false);
    write_score(suggestions, at, text);
    int used = 1 + view_paragraph(screen, row + 1, column, columns, rows - 1 < 2 ? 1 : 2, STYLE_DIM, text);
    if (suggestions->has_features)
        used += draw_parts(suggestions, at, screen, row + used, column, columns, rows - used);
    return used;
}

/* Other suggestions by the same artist, with their numbers. */
static void draw_more(const struct state *state, const struct track *track, struct screen *screen, int row, int column,
                      int columns, int rows)
{
    enum { MORE_MAX = 8 };
    const struct track_row *tracks = &explore_of(state)->suggestions.tracks;
    char text[SENTENCE_SIZE];
    int used = 0;
    for (size_t i = 0; i < tracks->count && used < rows - 1 && used < MORE_MAX; i++) {
        const struct track *other = tracks->items[i];
        if (other->artist_id != track->artist_id || other->id == track->id)
            continue;
        used++;
        snprintf(text, sizeof text, "%zu", i + 1);
        screen_text_right(screen, row + used, column + 3, 3, STYLE_DIM, text);
        view_title(screen, row + used, column + 4, columns - 4, STYLE_TEXT, other);
    }
    snprintf(text, sizeof text, "also by %.200s", track->artist);
    if (used > 0)
        screen_text(screen, row, column, columns, STYLE_DIM, text);
}

struct image_rect explore_large_cover(const struct state *state, const struct layout *layout,
                                      const struct explore_layout *mine, const struct track *track)
{
    enum { TEXT_ROWS = 12 }; /* below the cover */
    const struct page_layout *page = &mine->page;
    struct cover cover = cover_of_track(track);
    if (mine->info_columns > 0) {
        int edge = (mine->info_columns - 1) / 2, most = layout->body_end - page->top - TEXT_ROWS;
        return view_large_cover_rect(state, page->top, mine->info_column, edge < most ? edge : most, &cover);
    }
    return view_cover_rect(page->strip_row + 1, mine->right_column + 1, page->strip_rows - 1, &cover);
}

/* Cover and metadata; returns the row after them. */
static int draw_track(const struct state *state, const struct track *track, const struct explore_layout *mine,
                      const struct image_rect *cover, struct screen *screen)
{
    const struct explore_attributes *attributes = &explore_of(state)->attributes;
    int column = mine->info_column, columns = mine->info_columns - 1, row = mine->page.top;
    char text[SENTENCE_SIZE];
    screen_image(screen, cover);
    row += cover->rows > 0 ? cover->rows + 1 : 0;
    row += view_title_lines(screen, row, column, columns, 2, STYLE_TITLE, track);
    screen_text(screen, row++, column, columns, STYLE_TEXT, track->artist);
    if (track->album[0])
        row += view_paragraph(screen, row, column, columns, 2, STYLE_DIM, track->album);
    write_facts(track, text);
    screen_text(screen, row++, column, columns, STYLE_DIM, text);
    const char *note = view_cover_note(track->cover);
    if (note[0])
        screen_text(screen, row++, column, columns, STYLE_DIM, note);
    if (attributes->track == track->id && attributes->text[0])
        row += view_paragraph(screen, row, column, columns, 4, STYLE_DIM, attributes->text);
    return row;
}

void explore_draw_track(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen)
{
    const struct track *track = explore_selected_track(state);
    int column = mine->info_column, columns = mine->info_columns - 1, end = layout->body_end;
    char text[SENTENCE_SIZE];
    if (!track)
        return;
    struct image_rect cover = explore_large_cover(state, layout, mine, track);
    int row = draw_track(state, track, mine, &cover, screen) + 1;
    int used = draw_score(state, screen, row, column, columns, end - row);
    row += used > 0 ? used + 1 : 0;
    write_reason(state, track, text);
    used = view_paragraph(screen, row, column, columns, end - row, STYLE_TEXT, text);
    row += used > 0 ? used + 1 : 0;
    row += explore_draw_sound(state, track, screen, row, column, columns, end - row);
    draw_more(state, track, screen, row, column, columns, end - row);
}

/* "score 6.91, best 8.26: song 4.88 + gist 2.03" */
static void write_sum(const struct suggestions *suggestions, size_t at, char *text, size_t size)
{
    char score[32], best[32], parts[SCORE_TEXT_SIZE] = "";
    view_score(suggestions->scores[at], score);
    view_score(suggestions->best, best);
    if (suggestions->has_features)
        view_score_parts(&suggestions->part_names, suggestions->parts[at], parts);
    snprintf(text, size, "score %s, best %s%s%s", score, best, parts[0] ? ": " : "", parts);
    add_rank(suggestions, at, text, size);
}

/* The title, and if both fit also year, duration and playlists. */
static bool draw_strip_title(const struct track *track, struct screen *screen, int row, int column, int columns)
{
    char facts[SENTENCE_SIZE];
    write_facts(track, facts);
    bool fit = text_width(track->title, strlen(track->title)) + 3 + text_width(facts, strlen(facts)) <= columns;
    view_title(screen, row, column, columns, STYLE_TITLE, track);
    if (fit)
        screen_text_right(screen, row, column + columns, columns, STYLE_DIM, facts);
    return fit;
}

/* Also on screens that are too small to show it always. */
bool explore_suggestion(const struct state *state, struct view_suggestion *suggestion)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    size_t at = selected_suggestion(state);
    if (at >= suggestions->tracks.count)
        return false;
    *suggestion = (struct view_suggestion){.track = suggestions->tracks.items[at],
                                           .model = suggestions->model,
                                           .title = explore_title(state),
                                           .seeds = malloc((playlist->count + 1) * sizeof(int64_t)),
                                           .n_seeds = playlist->count};
    for (size_t i = 0; suggestion->seeds && i < playlist->count; i++)
        suggestion->seeds[i] = playlist->items[i]->id;
    return true;
}

void explore_draw_strip(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct track *track = explore_selected_track(state);
    int row = mine->page.strip_row, end = row + mine->page.strip_rows;
    int rows = mine->page.strip_rows - 1, column = mine->right_column + 1 + 2 * rows + 2;
    int columns = mine->right_column + mine->right_columns - column;
    size_t at = selected_suggestion(state);
    char text[SENTENCE_SIZE + SCORE_TEXT_SIZE];
    view_rule(screen, row++, mine->right_column, mine->right_columns);
    if (!track)
        return;
    struct image_rect cover = explore_large_cover(state, layout, mine, track);
    screen_image(screen, &cover);
    bool facts = draw_strip_title(track, screen, row++, column, columns);
    snprintf(text, sizeof text, "%.480s%s%.480s", track->artist, track->album[0] ? " · " : "", track->album);
    screen_text(screen, row++, column, columns, STYLE_TEXT, text);
    if (!facts) {
        write_facts(track, text);
        screen_text(screen, row++, column, columns, STYLE_DIM, text);
    }
    if (at < suggestions->tracks.count && row < end) {
        write_sum(suggestions, at, text, sizeof text);
        row += view_paragraph(screen, row, column, columns, end - row >= 2 ? 2 : 1, STYLE_DIM, text);
    }
    write_reason(state, track, text);
    if (row < end)
        view_paragraph(screen, row, column, columns, end - row, STYLE_TEXT, text);
}
