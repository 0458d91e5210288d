#ifndef SLEEVE_UI_VIEWS_RATINGS_H
#define SLEEVE_UI_VIEWS_RATINGS_H

#include "app/app_ratings.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Rating suggestions in Explore, Failures and Compare, and the popup with the table of all ratings. */

/* A rating as it is stored, or that there is none. */
struct rating_mark {
    bool there, metadata;
    enum rating_value value;
    int32_t rank;
    int64_t rated;
    char reason[RATING_TEXT_MAX + 1];
};

/* A change of a rating, for undo. */
struct rating_step {
    int64_t playlist;
    const struct track *track; /* the book's */
    char model[NAME_SIZE], rater[RATING_TEXT_MAX + 1];
    struct rating_mark before, after;
    /* Where the history of the playlist was: `u` undoes this step when that is at the same place again, and `U` repeats
     * it while nothing else was edited there. */
    size_t edit, edits;
};

/* A suggestion that is being rated bad, while the reason is chosen. */
struct rating_target {
    const struct track *track; /* NULL: none */
    char model[NAME_SIZE];
    int32_t rank;
    int64_t playlist; /* of the catalogue; 0: the playlist in hand */
};

struct ratings_state {
    struct app_rated rated; /* of the playlist `of`, by the rater in use */
    int64_t of;             /* the catalogue's number; 0: a playlist without one. -1: nothing was read yet */
    int64_t requested;      /* the number for which they were requested */
    struct rating_target target;

    struct rating_step *steps; /* [n_steps], of which the first `done` are not undone */
    size_t n_steps, done;

    struct rating_table table; /* of all ratings */
    struct track_list tracks;  /* [table.ratings.count], or empty where there are very many */
    bool read;                 /* `table` has arrived */
    bool discounted;           /* shares without the ratings that are bad because of wrong metadata */
    char failure[512];         /* why there is no table; "" otherwise */
    struct list_position at;   /* in the rows, then the totals */
};

static inline struct ratings_state *ratings_of(const struct state *state)
{
    return state->own[VIEW_RATINGS];
}

/* The catalogue's number of the playlist that the view's suggestions are for; 0: it has none yet. */
int64_t ratings_playlist(const struct state *state);
/* What the rater thinks of a track for that playlist; false: it is not rated. */
bool ratings_value(const struct state *state, int64_t track, enum rating_value *value);
/* Draws the sign of the track's rating in one cell of a row, if it has one. */
void ratings_draw_sign(const struct state *state, int64_t track, bool selected, struct screen *screen, int row,
                       int column);
/* The sign of a rating, as its key: "+", "=" or "-". */
extern const char *const rating_signs[RATING_VALUES];
/* And its colour: three that people with any colour vision can tell apart. */
extern const enum style rating_styles[RATING_VALUES];

/* Undoes (or repeats) a rating if that is the latest change; *done: there was one. */
enum status ratings_walk(struct state *state, struct effect_list *effects, bool back, bool *done, struct error *error);
/* Whether a rating is being stored, so that undo has to wait. */
bool ratings_pending(const struct state *state);

COMMAND(command_rate);
/* Names the rater in the catalogue; "none" forgets the name, "" says who it is. */
COMMAND(command_rater);
/* With the reason for the suggestion for which it was asked; "metadata: TEXT" is one of wrong metadata. */
enum status ratings_take_reason(struct state *state, struct effect_list *effects, const char *reason,
                                struct error *error);
enum { RATINGS_REASON_MARK = sizeof "metadata:" - 1 };

/* ---- for the effects ---- */

/* Input of EFFECT_RATE; the effect's text is the reason, its id the playlist. */
struct rate_input {
    uint64_t serial; /* of the playlist, for one that is being saved */
    const struct track *track;
    char model[NAME_SIZE], rater[RATING_TEXT_MAX + 1]; /* rater "": the one in use */
    int32_t rank;
    int64_t rated; /* 0: now */
    enum rating_value value;
    bool metadata, remove;
    bool saved; /* the playlist was saved for this rating */
    bool other; /* the playlist is not the one in hand */
    int step;   /* the step that this undoes or repeats; -1: it is a new one */
    bool back;
};

/* The rows of the popup: those of playlists, then the totals. */
size_t ratings_rows(const struct ratings_state *mine);
const struct rating_row *ratings_row(const struct ratings_state *mine, size_t at);
/* Whether a rating is counted in the row. */
bool ratings_in_row(const struct rating_row *row, const struct rating *rating);
struct ratings_layout {
    struct list_box list;
    int detail_row, detail_rows; /* the reasons and the agreement; rows 0: not shown */
    int tracks_row, tracks_rows; /* the rated tracks of the selected row; rows 0: not shown */
};
struct ratings_layout ratings_layout(const struct state *state, const struct layout *layout);
/* The rated tracks of the selected row, by rank. */
void ratings_draw_tracks(const struct state *state, const struct ratings_layout *at, struct screen *screen);
void ratings_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
