/* In the selected track's pane: the playlists that it fits best, and its energy over time. */
#include <stdio.h>
#include <string.h>

#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum { PLAYLISTS = 5, NUMBER_COLUMNS = 5, CURVE_ROWS = 2 };

/* "no fitness model": the track has a file, and nothing to listen with. The pane says nothing where neither is there.
 */
static const char *fitness_note(const struct track_fitness *fitness)
{
    if (!fitness->model[0])
        return fitness->has_file ? "no fitness model" : "";
    return fitness->n > 0 ? "" : "no sound file";
}

static int draw_fitness(const struct track_fitness *fitness, struct screen *screen, int row, int column, int columns,
                        int rows)
{
    const char *note = fitness_note(fitness);
    char text[128];
    int used = 0;
    if (rows < 1 || (fitness->n == 0 && !note[0]))
        return 0;
    snprintf(text, sizeof text, "fits, by the model %s", fitness->model);
    screen_text(screen, row + used++, column, columns, STYLE_DIM, note[0] ? note : text);
    for (int i = 0; i < fitness->n && i < PLAYLISTS && used < rows; i++, used++) {
        snprintf(text, sizeof text, "%.2f", fitness->items[i].fitness);
        screen_text(screen, row + used, column, columns - NUMBER_COLUMNS, STYLE_TEXT, fitness->items[i].name);
        screen_text_right(screen, row + used, column + columns, NUMBER_COLUMNS, STYLE_DIM, text);
    }
    return used;
}

static int draw_curve(const struct attribute_curve *curve, struct screen *screen, int row, int column, int columns,
                      int rows)
{
    struct buffer bars = {0};
    char text[128], consistency[32] = "undefined";
    if (curve->n < 1 || rows < CURVE_ROWS)
        return 0;
    if (curve->consistent)
        snprintf(consistency, sizeof consistency, "%.2f", curve->consistency);
    snprintf(text, sizeof text, "energy %.2f, consistency %s", curve->peak, consistency);
    const int used = view_paragraph(screen, row, column, columns, rows - 1 < 2 ? 1 : 2, STYLE_DIM, text);
    attribute_curve_draw(curve, columns, &bars);
    if (bars.data && !bars.failed)
        screen_text(screen, row + used, column, columns, STYLE_ACCENT, bars.data);
    buffer_free(&bars);
    return used + 1;
}

int explore_draw_sound(const struct state *state, const struct track *track, struct screen *screen, int row, int column,
                       int columns, int rows)
{
    const struct explore_sound *sound = &explore_of(state)->sound;
    int used = 0;
    if (sound->heard == track->id) {
        used += draw_fitness(&sound->fitness, screen, row, column, columns, rows);
        used += used > 0;
    }
    if (sound->curve_heard == track->id) {
        const int more = draw_curve(&sound->curve, screen, row + used, column, columns, rows - used);
        used += more > 0 ? more + 1 : 0;
    }
    if (sound->failure[0] && sound->selected == track->id) {
        const int most = rows - used < 3 ? rows - used : 3;
        const int more = view_paragraph(screen, row + used, column, columns, most, STYLE_DIM, sound->failure);
        used += more > 0 ? more + 1 : 0;
    }
    return used;
}
