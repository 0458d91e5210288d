#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/label/label.h"

enum { HEIGHT = 2, WORD = 18 };

const char *label_word(const char *attribute, double value)
{
    enum attribute_kind kind = ATTRIBUTE_GENRE; /* of one class: no, yes */
    attribute_kind_named(attribute, &kind);
    return attribute_value_word(kind, value);
}

struct list_box label_box(const struct state *state, const struct layout *layout)
{
    const int top = layout->header_row + 2;
    return (struct list_box){.row = top,
                             .column = 1,
                             .columns = state->columns - 3,
                             .rows = layout->body_end - top,
                             .height = HEIGHT,
                             .bar_column = state->columns - 1};
}

static void draw_item(const struct label_state *mine, const struct list_box *box, size_t at, struct screen *screen)
{
    const struct track *track = &mine->unsure.tracks.items[at];
    const bool selected = at == mine->at.selected, labelled = !isnan(mine->labels[at]);
    const struct row_styles styles = view_row_styles(selected, false, STYLE_TITLE);
    const int row = list_item_row(box, &mine->at, at), cover_column = box->column + 1;
    const int left = cover_column + 2 * HEIGHT + 1, right = box->column + box->columns - 1;
    const struct cover cover = cover_of_track(track);
    char text[512], year[16] = "";
    if (selected)
        list_draw_selected(box, row, screen);
    view_cover(screen, row, cover_column, HEIGHT, &cover, false);
    int used = screen_text_right(screen, row, right, WORD, styles.title,
                                 labelled ? label_word(mine->attribute, mine->labels[at]) : "");
    view_title(screen, row, left, right - used - 2 - left, labelled && !selected ? STYLE_DIM : styles.title, track);
    text[0] = '\0';
    if (mine->unsure.predicted)
        snprintf(text, sizeof text, "predicted %.2f", mine->unsure.values[at]);
    used = screen_text_right(screen, row + 1, right, WORD, styles.dim, text);
    if (track->year > 0)
        snprintf(year, sizeof year, " · %d", track->year);
    snprintf(text, sizeof text, "%.200s%s%s%.200s", track->artist, year, track->album[0] ? " · " : "", track->album);
    screen_text(screen, row + 1, left, right - used - 2 - left, styles.dim, text);
}

static const char *explain_none(const struct label_state *mine)
{
    if (mine->failure[0])
        return mine->failure;
    if (!mine->read)
        return "Reading the predictions …";
    return mine->unsure.predicted ? "Every track that was predicted has a label or a value already."
                                  : "There is no track without a label or a value.";
}

void label_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct label_state *mine = label_of(state);
    const struct list_box box = label_box(state, layout);
    const size_t count = mine->labels ? mine->unsure.tracks.count : 0, end = mine->at.top + (size_t)list_items(&box);
    char text[160] = "";
    if (count > 0)
        snprintf(text, sizeof text, "%zu labelled · - %s%s · + %s", mine->given, label_word(mine->attribute, 0),
                 strcmp(label_word(mine->attribute, 0), "no") == 0 ? "" : " · = the middle",
                 label_word(mine->attribute, 1));
    const int used = screen_text_right(screen, layout->header_row, screen->columns - 2, 60, STYLE_DIM, text);
    snprintf(text, sizeof text,
             !mine->attribute[0]      ? "Labels%.90s"
             : mine->unsure.predicted ? "Label %.90s: what the model is least sure of"
                                      : "Label %.90s: drawn at random",
             mine->attribute);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, text);
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
