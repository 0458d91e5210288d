#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/heat_map.h"
#include "ui/view_text.h"
#include "ui/views/sound/sound.h"

enum { LABEL = 7, LOUDEST = 255 };

struct image_rect sound_rect(const struct state *state, const struct layout *layout)
{
    const int top = layout->header_row + 2;
    return (struct image_rect){
        .row = top,
        .column = LABEL,
        .rows = layout->body_end - top - 1,
        .columns = state->columns - LABEL - 2,
        .reference = {.kind = IMAGE_MAP, .id = IMAGE_MAP_SOUND, .version = sound_of(state)->version},
        .colour = 0xf4f8fc,
    };
}

/* ------------------------------------------------------------------ without pixels */

/* The mean level of the part x of `columns` and y of `rows`, rows from the top. */
static uint32_t colour_at(const struct sound_picture *picture, int x, int columns, int y, int rows)
{
    const int left = x * picture->columns / columns, right = (x + 1) * picture->columns / columns;
    const int low = (rows - 1 - y) * picture->bands / rows, high = (rows - y) * picture->bands / rows;
    int64_t sum = 0, count = 0;
    for (int i = left; i < right || i == left; i++)
        for (int k = low; k < high || k == low; k++, count++)
            sum += picture->levels[i * picture->bands + k];
    return heat_map_colour((double)sum / (double)count, 0, LOUDEST);
}

/* Two parts in each cell, one above the other. */
static void draw_cells(const struct sound_picture *picture, const struct image_rect *at, struct screen *screen)
{
    for (int row = 0; row < at->rows; row++)
        for (int column = 0; column < at->columns; column++) {
            screen_text(screen, at->row + row, at->column + column, 1, STYLE_TEXT, "▀");
            struct cell *cell = screen_cell(screen, at->row + row, at->column + column);
            if (!cell)
                continue;
            cell->foreground = colour_at(picture, column, at->columns, 2 * row, 2 * at->rows);
            cell->background = colour_at(picture, column, at->columns, 2 * row + 1, 2 * at->rows);
        }
}

/* ------------------------------------------------------------------ axes */

/* Labels that would touch the one before are left out. */
static void draw_hertz(const struct sound_picture *picture, const struct image_rect *at, struct screen *screen)
{
    int last = at->row + at->rows;
    for (int i = 0; i < picture->n_ticks; i++) {
        const int row = at->row + at->rows - 1 - (int)floor(picture->ticks[i].at * at->rows);
        if (row >= last || row <= at->row)
            continue;
        screen_text_right(screen, row, at->column - 1, LABEL - 1, STYLE_DIM, picture->ticks[i].text);
        last = row;
    }
    screen_text_right(screen, at->row, at->column - 1, LABEL - 1, STYLE_DIM, "Hz");
}

static void draw_seconds(const struct sound_picture *picture, const struct image_rect *at, struct screen *screen)
{
    const double step = spectrogram_seconds_step(picture->seconds, at->columns / 8);
    char number[32];
    for (double seconds = 0; seconds <= picture->seconds; seconds += step) {
        const int column = at->column + (int)(seconds / picture->seconds * (at->columns - 1));
        snprintf(number, sizeof number, "%g%s", round(seconds * 10) / 10, seconds == 0 ? " s" : "");
        if (column + (int)strlen(number) <= at->column + at->columns)
            screen_text(screen, at->row + at->rows, column, 8, STYLE_DIM, number);
    }
}

static void draw_title(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct sound_state *mine = sound_of(state);
    char text[128] = "";
    if (state_awaits(state, EFFECT_SPECTROGRAM))
        snprintf(text, sizeof text, "decoding …");
    else if (mine->picture.levels)
        snprintf(text, sizeof text, "%.0f to %.0f dB · %d channel%s · %d Hz · %.0f s", mine->picture.low,
                 mine->picture.high, mine->picture.info.channels, mine->picture.info.channels == 1 ? "" : "s",
                 mine->picture.info.rate, mine->picture.seconds);
    const int used =
        screen_text_right(screen, layout->header_row, screen->columns - 2, screen->columns / 2, STYLE_DIM, text);
    screen_text(screen, layout->header_row, 2, screen->columns - 6 - used, STYLE_TITLE, mine->title);
    view_rule(screen, layout->header_row + 1, 1, screen->columns - 2);
}

void sound_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct sound_state *mine = sound_of(state);
    const struct image_rect at = sound_rect(state, layout);
    draw_title(state, layout, screen);
    if (!mine->picture.levels) {
        const bool failed = mine->failure[0] != '\0';
        view_paragraph(screen, at.row + 1, 2, screen->columns - 4, 6, failed ? STYLE_WARNING : STYLE_DIM,
                       failed ? mine->failure : "The file is decoded …");
        return;
    }
    if (state->no_images || !state->pixel_images)
        draw_cells(&mine->picture, &at, screen);
    else
        screen_image(screen, &at);
    draw_hertz(&mine->picture, &at, screen);
    draw_seconds(&mine->picture, &at, screen);
}
