#include <math.h>

#include "app/map_file.h"
#include "core/text_number.h"

void map_settings_caption(const struct map_run *run, struct buffer *caption)
{
    buffer_printf(caption, "%s, perplexity %.4g, %d iteration%s, seed %llu, KL divergence %.3f", run->points,
                  (double)run->perplexity, run->iterations, run->iterations == 1 ? "" : "s",
                  (unsigned long long)run->seed, fmax(run->kl_divergence, 0));
}

void map_caption(const struct map_run *run, struct buffer *caption)
{
    buffer_printf(caption, "t-SNE of %s%s: ", run->source, run->random_weights ? " (random weights)" : "");
    map_settings_caption(run, caption);
}

void map_purity_caption(const struct map_run *run, struct buffer *caption)
{
    const struct map_measures *map = run->map, *space = run->space;
    if (!map || isnan(map->purity))
        return;
    buffer_printf(caption, "%d nearest of the same %s: %.1f %% (", map->neighbours, run->label, 100 * map->purity);
    if (space)
        buffer_printf(caption, "embedding %.1f %%, ", 100 * space->purity);
    buffer_printf(caption, "chance %.1f %%)", 100 * map->purity_chance);
}

void map_silhouette_caption(const struct map_run *run, struct buffer *caption)
{
    if (!run->map || isnan(text_plain_zero(run->map->silhouette, 3)))
        return;
    buffer_printf(caption, "silhouette %.3f", run->map->silhouette);
    if (run->space)
        buffer_printf(caption, " (embedding %.3f)", text_plain_zero(run->space->silhouette, 3));
}
