#include "figure/training_curve.h"

#include "figure/small_multiples.h"

enum { LINES = 2 };

enum status training_curve_figure(const struct training_curve *curve, bool svg, struct buffer *out, struct error *error)
{
    static const char *const names[LINES] = {"training", "validation"};
    const int points = curve->epochs < PANELS_POINTS_MAX ? (int)curve->epochs : PANELS_POINTS_MAX;
    int x[PANELS_POINTS_MAX];
    double means[LINES * PANELS_POINTS_MAX], spreads[LINES * PANELS_POINTS_MAX] = {0};
    if (points < 1)
        return error_set(error, STATUS_BAD_DATA, "the training has no epochs to draw");
    for (int i = 0; i < points; i++) {
        const int64_t epoch = (i + 1) * curve->epochs / points - 1;
        x[i] = (int)epoch + 1;
        means[i] = curve->training[epoch];
        means[points + i] = curve->validation[epoch];
    }
    const struct panel panel = {.title = curve->measure, .note = "", .means = means, .spreads = spreads};
    const struct small_multiples figure = {.title = curve->title,
                                           .subtitle = curve->subtitle,
                                           .x_label = "Epoch",
                                           .n_lines = LINES,
                                           .n_points = points,
                                           .n_small_multiples = 1,
                                           .names = names,
                                           .x = x,
                                           .small_multiples = &panel};
    return svg ? small_multiples_svg(&figure, out, error) : small_multiples_png(&figure, out, error);
}
