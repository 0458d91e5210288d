#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/duplicates/duplicates.h"

enum { HEIGHT = 2, WORD = 18 };

struct list_box duplicates_box(const struct state *state, const struct layout *layout)
{
    const int top = layout->header_row + 2;
    return (struct list_box){.row = top,
                             .column = 1,
                             .columns = state->columns - 3,
                             .rows = layout->body_end - top,
                             .height = HEIGHT,
                             .bar_column = state->columns - 1};
}

/* A bracket beside the entries of one song. */
static void draw_bracket(const struct duplicates *found, size_t item, int row, int column, struct screen *screen)
{
    const bool first = item == 0 || found->items[item - 1].song != found->items[item].song;
    const bool last = item + 1 == found->count || found->items[item + 1].song != found->items[item].song;
    screen_text(screen, row, column, 1, STYLE_RULE, first ? "┌" : "│");
    screen_text(screen, row + 1, column, 1, STYLE_RULE, last ? "└" : "│");
}

static void write_place(const struct duplicate *item, char text[128])
{
    if (item->entry.playlist_name[0])
        snprintf(text, 128, "%.90s, entry %zu", item->entry.playlist_name, item->entry.position + 1);
    else
        snprintf(text, 128, "entry %zu", item->entry.position + 1);
}

static void draw_item(const struct duplicates_state *mine, const struct list_box *box, size_t at, struct screen *screen)
{
    const struct duplicate *item = &mine->found.items[at];
    const struct track *track = item->entry.track;
    const bool selected = at == mine->at.selected, removable = duplicate_removable(item->kind);
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TITLE);
    const int row = list_item_row(box, &mine->at, at), cover_column = box->column + 3;
    const int left = cover_column + 2 * HEIGHT + 1, right = box->column + box->columns - 1;
    const struct cover cover = cover_of_track(track);
    char text[512], place[128], year[16] = "", length[16] = "";
    if (selected)
        list_draw_selected(box, row, screen);
    draw_bracket(&mine->found, at, row, box->column + 1, screen);
    view_cover(screen, row, cover_column, HEIGHT, &cover, removable);
    const char *relation = item->kind == DUPLICATE_FIRST ? "" : duplicate_names[item->kind];
    int used =
        screen_text_right(screen, row, right, WORD, removable && !selected ? STYLE_WARNING : styles.text, relation);
    used += used > 0 ? 2 : 0;
    view_title(screen, row, left, right - used - 2 - left, removable && !selected ? STYLE_DIM : styles.title, track);
    write_place(item, place);
    if (track->year > 0)
        snprintf(year, sizeof year, " · %d", track->year);
    if (track->duration_ms > 0)
        snprintf(length, sizeof length, " · %d:%02d", track->duration_ms / 60000, track->duration_ms / 1000 % 60);
    used = screen_text_right(screen, row + 1, right, (right - left) / 2, styles.dim, place);
    snprintf(text, sizeof text, "%.160s · %s%s%s%s%.160s", track->artist, song_version_names[item->version], year,
             length, track->album[0] ? " · " : "", track->album);
    screen_text(screen, row + 1, left, right - used - 2 - left, styles.dim, text);
}

static const char *explain_none(const struct duplicates_state *mine)
{
    if (mine->failure[0])
        return mine->failure;
    if (!mine->read)
        return "Comparing the songs …";
    return mine->across ? "No song of this playlist is in another one of yours. a looks within this playlist."
                        : "No song is in this playlist twice, in any version. a looks in your other playlists.";
}

void duplicates_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct duplicates_state *mine = duplicates_of(state);
    const struct list_box box = duplicates_box(state, layout);
    const size_t count = mine->found.count, end = mine->at.top + (size_t)list_items(&box);
    char text[128] = "";
    if (count > 0)
        snprintf(text, sizeof text, "%zu %s · %zu %s of the same recording", mine->found.n_songs,
                 mine->found.n_songs == 1 ? "song" : "songs", mine->found.n_removable,
                 mine->found.n_removable == 1 ? "duplicate" : "duplicates");
    const int used = screen_text_right(screen, layout->header_row, screen->columns - 2, 60, STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE,
                mine->across ? "Songs in several of your playlists" : "Duplicates in the playlist");
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
    if (count == 0) {
        view_paragraph(screen, box.row, 2, screen->columns - 4, 4, mine->failure[0] ? STYLE_WARNING : STYLE_DIM,
                       explain_none(mine));
        return;
    }
    for (size_t i = mine->at.top; i < count && i < end; i++)
        draw_item(mine, &box, i, screen);
    list_draw_bar(&box, &mine->at, count, screen);
}
