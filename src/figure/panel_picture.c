#include "figure/panel_picture.h"

#include <math.h>

#include "draw/plot.h"

double panel_picture_x(const struct panel_picture *picture, double x)
{
    double first = picture->x[0] - 0.5, last = picture->x[picture->n_points - 1] + 0.5;
    return (x - first) / (last - first);
}

double panel_picture_y(const struct panel_picture *picture, double y)
{
    return (picture->axis.high - y) / (picture->axis.high - picture->axis.low);
}

/* The picture being drawn, with the size of its lines. */
struct drawing {
    const struct panel_picture *picture;
    struct image *image;
    float scale; /* of lines and marks */
};

static float at_x(const struct drawing *drawing, int point)
{
    return (float)drawing->image->width * (float)panel_picture_x(drawing->picture, drawing->picture->x[point]);
}

static float at_y(const struct drawing *drawing, double value)
{
    return (float)drawing->image->height * (float)panel_picture_y(drawing->picture, value);
}

static bool mean_of(const struct panel_picture *picture, int line, int point, double *mean, double *spread)
{
    *mean = picture->means[line * picture->n_points + point];
    *spread = picture->spreads[line * picture->n_points + point];
    return isfinite(*mean);
}

static void draw_grid(const struct drawing *drawing)
{
    const struct panel_axis *axis = &drawing->picture->axis;
    const float width = (float)drawing->image->width, height = (float)drawing->image->height;
    int ticks = (int)lrint((axis->high - axis->low) / axis->step);
    for (int k = 0; k <= ticks; k++) {
        float y = at_y(drawing, axis->low + k * axis->step);
        y = y < 0.5F ? 0.5F : y > height - 0.5F ? height - 0.5F : y;
        plot_line(drawing->image, 0, y, width, y, 1, drawing->picture->grid);
    }
    plot_line(drawing->image, 0.5F, 0, 0.5F, height, 1, drawing->picture->grid);
}

static void draw_band(const struct drawing *drawing, int line)
{
    const struct panel_picture *picture = drawing->picture;
    for (int point = 0; point < picture->n_points; point++) {
        double mean, spread, next, next_spread;
        if (!mean_of(picture, line, point, &mean, &spread))
            continue;
        float x = at_x(drawing, point), low = at_y(drawing, mean - spread), high = at_y(drawing, mean + spread);
        plot_line(drawing->image, x, low, x, high, drawing->scale, picture->colours[line]);
        if (point + 1 < picture->n_points && mean_of(picture, line, point + 1, &next, &next_spread))
            plot_band(drawing->image, x, low, high, at_x(drawing, point + 1), at_y(drawing, next - next_spread),
                      at_y(drawing, next + next_spread), 0.16F, picture->colours[line]);
    }
}

static void draw_line(const struct drawing *drawing, int line)
{
    const struct panel_picture *picture = drawing->picture;
    double mean, spread, next;
    for (int point = 0; point + 1 < picture->n_points; point++)
        if (mean_of(picture, line, point, &mean, &spread) && mean_of(picture, line, point + 1, &next, &spread))
            plot_line(drawing->image, at_x(drawing, point), at_y(drawing, mean), at_x(drawing, point + 1),
                      at_y(drawing, next), 2 * drawing->scale, picture->colours[line]);
    for (int point = 0; point < picture->n_points; point++) {
        if (!mean_of(picture, line, point, &mean, &spread))
            continue;
        const enum mark mark = (enum mark)(line % N_MARKS);
        float x = at_x(drawing, point), y = at_y(drawing, mean);
        plot_mark(drawing->image, mark, x, y, 3.5F * drawing->scale, 1.5F * drawing->scale, picture->background);
        plot_mark(drawing->image, mark, x, y, 3.5F * drawing->scale, 0, picture->colours[line]);
    }
}

enum status panel_picture_draw(const struct panel_picture *picture, int width, int height, struct image *image,
                               struct error *error)
{
    enum status status = image_create(width, height, image, error);
    if (status != STATUS_OK)
        return status;
    const struct drawing drawing = {picture, image, fmaxf(1, (float)height / 160)};
    plot_fill(image, picture->background);
    draw_grid(&drawing);
    for (int line = 0; line < picture->n_lines; line++)
        draw_band(&drawing, line);
    for (int line = 0; line < picture->n_lines; line++)
        draw_line(&drawing, line);
    return STATUS_OK;
}
