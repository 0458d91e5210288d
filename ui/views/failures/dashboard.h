#ifndef SLEEVE_UI_VIEWS_DASHBOARD_H
#define SLEEVE_UI_VIEWS_DASHBOARD_H

#include "ui/views/failures/failures.h"

/* The dashboard of Failures: how often each cause applies, and how well the model does by seeds, length, popularity,
 * covers and genre. Each bar lists its playlists in Failures. It shows the groups of the list there
 * (struct failure_group), so it waits for nothing. */

struct dashboard_state {
    struct list_position at; /* among the groups */
    int metric;              /* which of the metrics with a priority is shown; 0 is NDCG */
};

static inline struct dashboard_state *dashboard_of(const struct state *state)
{
    return state->own[VIEW_DASHBOARD];
}

struct dashboard_layout {
    struct list_box list; /* an item is a group */
    int head_row;
    int section, label, label_columns;
    int share_bar, mean_bar, bar_columns; /* two plots, of shares and of a metric */
    int share, count, mean;               /* right edges of numbers; count 0: not shown */
    int detail_row, detail_rows;          /* about the selected bar */
};
struct dashboard_layout dashboard_layout(const struct state *state, const struct layout *layout);
void dashboard_draw(const struct state *state, const struct layout *layout, struct screen *screen);
enum metric dashboard_metric(const struct state *state);

#endif
