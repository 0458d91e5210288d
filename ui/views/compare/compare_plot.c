/* Metrics against the number of seeds, a panel each, as in the papers: pictures where the terminal has pixels, else
 * braille. Titles and numbers are text in both. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/braille.h"
#include "ui/view_text.h"
#include "ui/views/compare/plot_picture.h"

enum { ACROSS = 3, NUMBERS = 6 /* columns of the numbers at the left */ };

/* A panel's inside, below its title and above the numbers of seeds. */
static struct image_rect panel_rect(const struct layout *layout, const struct screen *screen, int panel, int n_panels)
{
    const int down = (n_panels + ACROSS - 1) / ACROSS, top = layout->header_row + 2 + (screen->rows >= 36);
    const int height = (layout->body_end - top) / (down > 0 ? down : 1), width = (screen->columns - 1) / ACROSS;
    return (struct image_rect){
        .row = top + panel / ACROSS * height + 1,
        .column = panel % ACROSS * width + NUMBERS + 1,
        .rows = height - 2 - (height >= 12),
        .columns = width - NUMBERS - 2,
    };
}

static void draw_numbers(const struct plot_shown *shown, const struct image_rect *rect, struct screen *screen)
{
    const struct panel_picture picture = plot_panel(shown);
    const struct panel_axis *axis = &shown->axis;
    int ticks = (int)lrint((axis->high - axis->low) / axis->step), last_row = -1, last_column = 0;
    char text[32];
    for (int k = 0; k <= ticks; k++) {
        double value = axis->low + k * axis->step;
        int row = (int)(panel_picture_y(&picture, value) * rect->rows);
        row = rect->row + (row < rect->rows ? row : rect->rows - 1);
        snprintf(text, sizeof text, "%g", fabs(value) < axis->step / 2 ? 0 : value);
        if (row != last_row)
            screen_text_right(screen, row, rect->column - 1, NUMBERS - 1, STYLE_DIM, text);
        last_row = row;
    }
    for (int point = 0; point < shown->n_points; point++) {
        snprintf(text, sizeof text, "%d", shown->x[point]);
        int width = (int)strlen(text);
        int column = rect->column + (int)(panel_picture_x(&picture, shown->x[point]) * rect->columns) - (width - 1) / 2;
        if (column <= last_column || column + width > rect->column + rect->columns + 1)
            continue;
        screen_text(screen, rect->row + rect->rows, column, width, STYLE_DIM, text);
        last_column = column + width;
    }
}

/* The dot of a value; the two models' intervals are one dot apart, so that neither hides the other. */
static int dot_x(const struct panel_picture *picture, const struct image_rect *rect, int point, int line)
{
    return (int)(panel_picture_x(picture, picture->x[point]) * 2 * rect->columns) + line;
}

static int dot_y(const struct panel_picture *picture, const struct image_rect *rect, double value)
{
    int y = (int)(panel_picture_y(picture, value) * 4 * rect->rows);
    return y < 4 * rect->rows ? y : 4 * rect->rows - 1;
}

static void draw_dots(const struct plot_shown *shown, const struct image_rect *rect, struct screen *screen)
{
    const struct panel_picture picture = plot_panel(shown);
    struct braille braille;
    for (int row = 0; row < rect->rows; row++)
        screen_text(screen, rect->row + row, rect->column - 1, 1, STYLE_RULE, "│");
    if (!braille_create(rect->rows, rect->columns, &braille))
        return;
    for (int at = 0; at < COMPARE_SIDES * shown->n_points; at++) {
        const int line = at / shown->n_points, point = at % shown->n_points, x = dot_x(&picture, rect, point, line);
        const double mean = shown->means[at], spread = shown->spreads[at];
        if (!isfinite(mean))
            continue;
        braille_line(&braille, x, dot_y(&picture, rect, mean - spread), x, dot_y(&picture, rect, mean + spread),
                     STYLE_DIM, shown->colours[line]);
        if (point + 1 < shown->n_points && isfinite(shown->means[at + 1]))
            braille_line(&braille, x, dot_y(&picture, rect, mean), dot_x(&picture, rect, point + 1, line),
                         dot_y(&picture, rect, shown->means[at + 1]), STYLE_TITLE, shown->colours[line]);
    }
    braille_draw(&braille, rect->row, rect->column, screen);
    braille_free(&braille);
}

/* "NDCG, %", and at the right what is better. */
static void draw_title(enum metric metric, const struct image_rect *rect, struct screen *screen)
{
    const struct metric_info *info = &metric_infos[metric];
    char text[64];
    snprintf(text, sizeof text, "%s%s%s", info->title, *info->unit ? ", " : "", info->unit);
    int used = screen_text(screen, rect->row - 1, rect->column, rect->columns, STYLE_TITLE, text);
    const char *note = results_note(metric);
    if (text_width(note, strlen(note)) + used + 1 <= rect->columns)
        screen_text_right(screen, rect->row - 1, rect->column + rect->columns, rect->columns, STYLE_DIM, note);
}

static void draw_legend(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    char text[160], group[64], count[32];
    const bool wide = screen->columns >= 100;
    view_count((int64_t)compare->results.n_playlists, count);
    compare_group_name(&compare->filter, group);
    snprintf(text, sizeof text, "by number of seeds · %s playlists%s%s%s", count, group[0] ? ": " : "", group,
             wide ? " · mean and 95 % interval" : " · 95 % intervals");
    screen_text(screen, layout->header_row + 1, 1, screen->columns - 2, STYLE_DIM, text);
}

static void draw_panel(const struct state *state, int panel, enum metric metric, struct image_rect *rect,
                       struct screen *screen)
{
    struct plot_shown shown;
    if (!plot_shown_take(state, panel, rect, &shown) || rect->rows < 1)
        return;
    draw_title(metric, rect, screen);
    draw_numbers(&shown, rect, screen);
    if (state->no_images || !state->pixel_images) {
        draw_dots(&shown, rect, screen);
        return;
    }
    rect->reference = (struct image_reference){
        .kind = IMAGE_MAP, .id = IMAGE_MAP_PLOT + panel, .version = compare_of(state)->version};
    screen_image(screen, rect);
}

_Static_assert((int)METRICS <= (int)IMAGE_MAP_PLOTS, "a picture for each metric");

void compare_draw_plot(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct compare_state *compare = compare_of(state);
    enum metric metrics[METRICS];
    const int n = results_plotted(metrics);
    if (!compare->results_there || !compare->results.curves) {
        const struct compare_layout mine = compare_layout(state, layout);
        compare_draw_no_results(state, &mine, screen);
        return;
    }
    draw_legend(state, layout, screen);
    for (int panel = 0; panel < n && panel < METRICS; panel++) {
        struct image_rect rect = panel_rect(layout, screen, panel, n);
        draw_panel(state, panel, metrics[panel], &rect, screen);
    }
}
