/* Effects of Failures that take longer: ranks and causes of the opened playlist, and the causes of all. */
#include <stdio.h>
#include <string.h>

#include "app/failure_explain.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "core/progress.h"
#include "core/text.h"
#include "ui/effect.h"
#include "ui/views/failures/failures.h"

/* ---- the opened playlist ---- */

const struct explained_side *failures_explained(const struct state *state, int which)
{
    const struct failures_state *failures = failures_of(state);
    const struct failure_case *opened = &failures->opened;
    const struct failure_explained *explained = &failures->explained;
    bool same = explained->playlist_id == opened->playlist_id && explained->n_held_out == opened->held_out.count;
    if (!same || which >= explained->n_sides || which >= opened->n_sides)
        return NULL;
    return strcmp(explained->sides[which].model, opened->sides[which].model) == 0 ? &explained->sides[which] : NULL;
}

static void request_now(struct state *state, struct effect_list *effects)
{
    const struct failure_case *opened = &failures_of(state)->opened;
    struct effect *effect = effect_request(effects, state, EFFECT_FAILURE_EXPLAIN, opened->sides[0].model);
    if (!effect)
        return;
    struct failures_input *input = effect->input;
    snprintf(input->against, sizeof input->against, "%.63s", opened->n_sides > 1 ? opened->sides[1].model : "");
    effect->id = opened->playlist_id;
}

void failures_request_explained(struct state *state, struct effect_list *effects)
{
    enum { AT_ONCE = 30 }; /* milliseconds */
    struct failures_state *failures = failures_of(state);
    double cost = failures->explained.milliseconds, rest = cost / 500;
    failures->explain_at = 0;
    if (cost <= AT_ONCE)
        request_now(state, effects);
    else
        failures->explain_at = state->now + (rest < 1 ? rest : 1);
}

void failures_tick(struct state *state, struct effect_list *effects)
{
    struct failures_state *failures = failures_of(state);
    if (failures->explain_at == 0 || state->now < failures->explain_at)
        return;
    failures->explain_at = 0;
    request_now(state, effects);
}

/* When that is, or when the page has to be dimmed. */
double failures_due(const struct state *state)
{
    const struct failures_state *failures = failures_of(state);
    double dimmed = failures->requested + STATE_LATE - state->now, rest = failures->explain_at - state->now;
    double due = !failures->stale || failures_late(state) ? -1 : dimmed > 0 ? dimmed : 0;
    if (failures->explain_at == 0)
        return due;
    rest = rest > 0 ? rest : 0;
    return due < 0 || rest < due ? rest : due;
}

static void free_explained(void *output)
{
    failure_explained_free(output);
}

static enum status run_explain(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                               struct error *error)
{
    const struct failures_input *input = result->effect.input;
    return app_failure_explain_id(world->app, result->effect.id, result->effect.text, input->against, cancel,
                                  result->output, error);
}

static void take_explained(struct state *state, struct effect_list *effects, struct result *result)
{
    struct failures_state *failures = failures_of(state);
    struct failure_explained *output = result->output;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    failure_explained_free(&failures->explained);
    failures->explained = *output;
    *output = (struct failure_explained){0};
}

const struct effect_ops effect_failure_explain = {
    .name = "failure explain",
    .urgency = 70,
    .latest_only = true,
    .input_size = sizeof(struct failures_input),
    .output_size = sizeof(struct failure_explained),
    .free_output = free_explained,
    .run = run_explain,
    .take = take_explained,
};

/* ---- all playlists ---- */

void failures_request_causes(struct state *state, struct effect_list *effects)
{
    struct failures_state *failures = failures_of(state);
    const struct failure_list *list = &failures->list;
    bool failed = failures->causes_failure[0] && strcmp(failures->causes_model, list->model) == 0;
    if (list->explained >= list->evaluated || failed)
        return;
    if (!effect_request(effects, state, EFFECT_CAUSES, list->model))
        return;
    snprintf(failures->causes_model, sizeof failures->causes_model, "%.63s", list->model);
    failures->causes_failure[0] = '\0';
}

/* Stops when the effect is cancelled, and after some seconds, so that views show how far it is. */
struct slice {
    struct progress progress;
    const atomic_bool *cancel;
    double end; /* 0: it has not started */
};

static bool slice_is_over(struct progress *progress)
{
    enum { SECONDS = 10 };
    struct slice *slice = (struct slice *)progress;
    if (slice->end == 0)
        slice->end = clock_seconds() + SECONDS;
    return atomic_load(slice->cancel) || clock_seconds() > slice->end;
}

static enum status run_causes(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    struct slice slice = {.progress = {.cancelled = slice_is_over}, .cancel = cancel};
    size_t *computed = result->output;
    enum status status = app_causes(world->app, result->effect.text, &slice.progress, computed, error);
    bool rest = status == STATUS_INTERRUPTED && *computed > 0 && !atomic_load(cancel);
    return rest ? STATUS_OK : status;
}

/* The list is read again, and asks for the rest. */
static void take_causes(struct state *state, struct effect_list *effects, struct result *result)
{
    struct failures_state *failures = failures_of(state);
    const size_t *computed = result->output;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    if (result->error.status != STATUS_OK)
        snprintf(failures->causes_failure, sizeof failures->causes_failure, "%.159s", result->error.text);
    else if (*computed == 0) /* those that are missing cannot be computed: the split has changed */
        snprintf(failures->causes_failure, sizeof failures->causes_failure,
                 "the split has changed since the evaluation; evaluate the model again");
    else if (strcmp(result->effect.text, failures->list.model) == 0)
        failures_refresh(state, effects);
}

const struct effect_ops effect_causes = {
    .name = "causes",
    .urgency = 20,
    .latest_only = true,
    .output_size = sizeof(size_t),
    .run = run_causes,
    .take = take_causes,
};

/* ---- why the opened playlist fails ---- */

/* A row of pieces, with dots between them, as many as fit. */
struct pieces {
    struct screen *screen;
    int row, column, right;
    bool any;
};

static void add_piece(struct pieces *pieces, enum style style, const char *text)
{
    static const char between[] = " · ";
    const int width = text_width(text, strlen(text)), gap = pieces->any ? 3 : 0;
    if (pieces->column + gap + width > pieces->right)
        return;
    if (pieces->any)
        pieces->column += screen_text(pieces->screen, pieces->row, pieces->column, gap, STYLE_DIM, between);
    pieces->column += screen_text(pieces->screen, pieces->row, pieces->column, width, style, text);
    pieces->any = true;
}

static bool is_perfect(const struct failure_side *side)
{
    return side->evaluated && side->values[METRIC_NDCG] >= 0.9995;
}

/* "7 of 10 held-out tracks were in no training playlist", and with equal causes "; equally, ..." */
static void write_sentences(const struct cause_shares *causes, bool brief, struct buffer *text)
{
    char sentence[CAUSE_SENTENCE_SIZE];
    buffer_clear(text);
    for (int cause = 0; cause < CAUSES; cause++) {
        if (!cause_is_main(causes->of, (enum cause)cause))
            continue;
        cause_sentence(causes, (enum cause)cause, brief, sentence);
        buffer_printf(text, "%s%s", text->size > 0 ? "; equally, " : "", sentence);
    }
}

/* "wrong genre and wrong decade, each 60 %", for equal causes whose sentences do not fit. */
static void write_titles(const struct cause_shares *causes, struct buffer *text)
{
    buffer_clear(text);
    for (int cause = 0; cause < CAUSES; cause++)
        if (cause_is_main(causes->of, (enum cause)cause))
            buffer_printf(text, "%s%s", text->size > 0 ? " and " : "", cause_infos[cause].title);
    buffer_printf(text, ", each %.0f %%", 100 * causes->of[cause_main(causes->of)]);
}

/* The longest form of the main causes that fits. */
static void draw_main(const struct cause_shares *causes, struct pieces *line)
{
    struct buffer text = {0};
    const int columns = line->right - line->column;
    int equal = 0;
    for (int cause = 0; cause < CAUSES; cause++)
        equal += cause_is_main(causes->of, (enum cause)cause);
    for (int form = 0; form < (equal > 1 ? 3 : 2); form++) {
        if (form < 2)
            write_sentences(causes, form == 1, &text);
        else
            write_titles(causes, &text);
        if (text.data && text_width(text.data, text.size) <= columns)
            break;
    }
    line->column +=
        screen_text(line->screen, line->row, line->column, columns, STYLE_WARNING, text.data ? text.data : "");
    buffer_free(&text);
    line->any = true;
}

/* The other causes with their shares, those that apply first. */
static void draw_others(const struct cause_shares *causes, bool ranked, struct pieces *line)
{
    char text[96];
    snprintf(text, sizeof text, "recall at most %.1f %%", 100 * causes->ceiling);
    if (causes->ceiling < 1 && ranked)
        add_piece(line, STYLE_TEXT, text);
    for (int applies = 1; applies >= 0; applies--)
        for (int cause = 0; cause < CAUSES; cause++) {
            if (cause_is_main(causes->of, (enum cause)cause) || !(causes->of[cause] > 0) ||
                cause_applies(causes, (enum cause)cause) != applies)
                continue;
            snprintf(text, sizeof text, "%s %.0f %%", cause_infos[cause].title, 100 * causes->of[cause]);
            add_piece(line, applies ? STYLE_TEXT : STYLE_DIM, text);
        }
}

void failures_draw_causes(const struct state *state, const struct failures_layout *mine, struct screen *screen)
{
    const struct explained_side *explained = failures_explained(state, 0);
    const struct failure_side *side = &failures_of(state)->opened.sides[0];
    struct pieces line = {.screen = screen,
                          .row = mine->causes_row,
                          .column = mine->right_column,
                          .right = mine->right_column + mine->right_columns};
    if (!explained || line.row < 0)
        return;
    const bool none = is_perfect(side) || cause_main(explained->causes.of) == CAUSES;
    line.column += screen_text(screen, line.row, line.column, 5, STYLE_DIM, "why: ");
    if (none)
        add_piece(&line, STYLE_TEXT, is_perfect(side) ? "it does not fail" : "no cause that is measured applies");
    else
        draw_main(&explained->causes, &line);
    if (mine->others_row >= 0) {
        line = (struct pieces){
            .screen = screen, .row = mine->others_row, .column = mine->right_column, .right = line.right};
        line.column += screen_text(screen, line.row, line.column, 6, STYLE_DIM, "also: ");
    }
    draw_others(&explained->causes, explained->n_ranked > 0, &line);
    if (!line.any)
        screen_fill(screen, line.row, mine->right_column, 6, STYLE_TEXT);
}
