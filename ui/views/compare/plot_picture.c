#include "ui/views/compare/plot_picture.h"

#include <string.h>

static uint32_t page_of(const struct state *state)
{
    return state->page == SCREEN_NO_COLOUR ? 0x000000 : state->page;
}

/* A little lighter than a dark page, a little darker than a light one. */
static uint32_t grid_of(uint32_t page)
{
    bool light = (page >> 8 & 0xff) > 127;
    uint32_t grid = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        uint32_t part = page >> shift & 0xff;
        grid |= (light ? part - part / 6 : part + (255 - part) / 5) << shift;
    }
    return grid;
}

bool plot_shown_is(const struct plot_shown *shown, const struct state *state, const struct image_rect *rect)
{
    return shown->version != 0 && shown->version == compare_of(state)->version &&
           shown->width == rect->columns * state->cell_width && shown->height == rect->rows * state->cell_height &&
           shown->background == page_of(state);
}

bool plot_shown_take(const struct state *state, int panel, const struct image_rect *rect, struct plot_shown *shown)
{
    const struct compare_state *compare = compare_of(state);
    const struct results_curves *curves = compare->results.curves;
    enum metric metrics[METRICS];
    if (!curves || panel >= results_plotted(metrics))
        return false;
    *shown = (struct plot_shown){
        .n_points = curves->n_points,
        .background = page_of(state),
        .grid = grid_of(page_of(state)),
        .width = rect->columns * state->cell_width,
        .height = rect->rows * state->cell_height,
        .version = compare->version,
    };
    const size_t values = (size_t)(COMPARE_SIDES * curves->n_points);
    memcpy(shown->x, curves->x, (size_t)curves->n_points * sizeof *shown->x);
    memcpy(shown->means, curves->means[metrics[panel]], values * sizeof *shown->means);
    memcpy(shown->spreads, curves->spreads[metrics[panel]], values * sizeof *shown->spreads);
    for (int side = 0; side < COMPARE_SIDES; side++)
        shown->colours[side] = compare_colour(state, side);
    shown->axis = panel_axis_of(shown->means, shown->spreads, (int)values);
    return true;
}

struct panel_picture plot_panel(const struct plot_shown *shown)
{
    return (struct panel_picture){
        .n_lines = COMPARE_SIDES,
        .n_points = shown->n_points,
        .x = shown->x,
        .means = shown->means,
        .spreads = shown->spreads,
        .axis = shown->axis,
        .background = shown->background,
        .grid = shown->grid,
        .colours = shown->colours,
    };
}

enum status plot_picture(const struct plot_shown *shown, struct image *image, struct error *error)
{
    const struct panel_picture picture = plot_panel(shown);
    return panel_picture_draw(&picture, shown->width, shown->height, image, error);
}
