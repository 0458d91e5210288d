/* The figure of the areas under the curve. */
#include <math.h>
#include <stdio.h>

#include "app/rating_auc.h"
#include "figure/bars.h"

enum status auc_plot_check(const char *path, struct error *error)
{
    if (file_has_extension(path, ".png") || file_has_extension(path, ".svg"))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "--out needs a file that ends in .png or .svg, not \"%s\"", path);
}

enum status auc_plot(const struct auc_result *result, const char *path, struct error *error)
{
    struct bar list[BARS_MAX];
    char subtitle[160];
    struct buffer bytes = {0};
    const size_t n = result->n_scores < BARS_MAX ? result->n_scores : BARS_MAX;
    double lowest = 0.5;
    for (size_t i = 0; i < n; i++) {
        const struct auc_scores *scores = &result->scores[i];
        list[i] = (struct bar){.name = scores->name,
                               .note = scores->features ? "features" : "model",
                               .value = scores->pooled.value,
                               .low = scores->pooled.low,
                               .high = scores->pooled.high};
        lowest = isfinite(scores->pooled.value) ? fmin(lowest, scores->pooled.value) : lowest;
        lowest = isfinite(scores->pooled.low) ? fmin(lowest, scores->pooled.low) : lowest;
    }
    snprintf(subtitle, sizeof subtitle, "%zu tracks rated good, %zu rated bad, all playlists together; 95 %% intervals",
             result->scores[0].pooled.positives, result->scores[0].pooled.negatives);
    const struct bars bars = {
        .title = "Good against bad suggestions, by score",
        .subtitle = subtitle,
        .x_label = "area under the ROC curve",
        .line_label = "random",
        .n = (int)n,
        .bars = list,
        .first = lowest < 0.4 ? 0 : 0.4,
        .last = 1,
        .step = 0.1,
        .line = 0.5,
    };
    enum status status =
        file_has_extension(path, ".svg") ? bars_svg(&bars, &bytes, error) : bars_png(&bars, &bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}
