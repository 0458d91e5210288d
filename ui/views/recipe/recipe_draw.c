/* The form of a recipe. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"
#include "ui/views/recipe/recipe_view.h"

/* "7 of 12 constraints · edited" */
static void describe(const struct recipe_state *mine, char text[96])
{
    int used = 0, all = recipe_constraints(&mine->recipe);
    for (int i = 0; i < all; i++)
        used += !recipe_rule_of(&mine->recipe, i)->dropped;
    snprintf(text, 96, "%d of %d used%s", used, all, mine->edited ? " · edited" : "");
}

static void draw_title(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const char *name = mine->recipe.name[0] ? mine->recipe.name : "the playlist";
    const int right = at->rule_column - 1;
    char text[128];
    describe(mine, text);
    const int used = screen_text_right(screen, at->title_row, right, 28, STYLE_DIM, text);
    const int column = 1 + screen_text(screen, at->title_row, 1, 10, STYLE_TITLE, "Recipe of ");
    screen_text(screen, at->title_row, column, right - used - 2 - column, STYLE_TITLE, name);
}

/* How many tracks pass, and how many of the model's suggestions. */
static void draw_counts(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const struct recipe_counts *counts = &mine->answer.counts;
    const int columns = at->rule_column - 2;
    const bool pending = state_awaits(state, EFFECT_RECIPE_COUNT);
    char text[192], candidates[32], all[32];
    view_count(counts->candidates, candidates);
    view_count(counts->n_tracks, all);
    snprintf(text, sizeof text, "%s of %s tracks pass", candidates, all);
    const int used =
        screen_text(screen, at->summary_row, 1, columns, counts->candidates > 0 ? STYLE_ACCENT : STYLE_WARNING, text);
    snprintf(text, sizeof text, " · %lld in the playlist%s", (long long)counts->excluded, pending ? " …" : "");
    if (text_width(text, strlen(text)) <= columns - used)
        screen_text(screen, at->summary_row, 1 + used, columns - used, STYLE_DIM, text);
    if (recipe_is_of_other(state))
        return;
    if (mine->n_suggested > 0)
        snprintf(text, sizeof text, "%zu of %zu suggestions of %s pass", mine->passing.count, mine->n_suggested,
                 mine->model);
    else
        snprintf(text, sizeof text, "no suggestions to filter");
    screen_text(screen, at->filter_row, 1, columns, STYLE_DIM, text);
}

/* Where tracks go if the recipe is another playlist's. */
static void draw_other(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const char *name = playlist_now(&state->playlist)->name, *end = "; r makes it of that";
    const int columns = at->rule_column - 2, most = columns - text_width(end, strlen(end));
    int used = screen_text(screen, at->filter_row, 1, most, STYLE_WARNING, "songs go to ");
    used +=
        screen_text(screen, at->filter_row, 1 + used, most - used, STYLE_WARNING, name[0] ? name : "the new playlist");
    screen_text(screen, at->filter_row, 1 + used, columns - used, STYLE_WARNING, end);
}

static void draw_head(const struct recipe_layout *at, struct screen *screen)
{
    const int right = at->rule_column - 1;
    if (at->unknown_columns > 0)
        screen_text_right(screen, at->head_row, right, at->unknown_columns, STYLE_DIM, "unknown");
    screen_text_right(screen, at->head_row, right - at->unknown_columns, at->count_columns, STYLE_DIM, "if dropped");
    screen_text(screen, at->head_row, 3, at->name_columns, STYLE_DIM, "constraint");
    screen_text(screen, at->head_row, at->value_column, at->value_columns, STYLE_DIM, "value");
}

/* What dropping the constraint alone would add, or using it again would remove. */
static void write_change(const struct recipe_state *mine, int constraint, int columns, char text[64])
{
    const struct recipe_effect *effect = &mine->answer.counts.effects[constraint];
    const bool dropped = recipe_rule_of(&mine->recipe, constraint)->dropped;
    char count[32];
    if (dropped && !recipe_has_values(&mine->recipe, constraint)) {
        text[0] = '\0';
        return;
    }
    view_count(dropped ? effect->removed : effect->added, count);
    const bool none = dropped ? effect->removed == 0 : effect->added == 0;
    snprintf(text, 64, "%s%s%s", dropped ? "used: " : "", none ? "" : dropped ? "−" : "+", count);
    if (text_width(text, strlen(text)) >= columns)
        snprintf(text, 64, "%s%s", none ? "" : dropped ? "−" : "+", count);
}

/* As many items of a list as fit; of a range the number of deviations only if all of it fits. */
static void write_value(const struct recipe *recipe, int constraint, int columns, struct buffer *value)
{
    for (int most = 4; most >= 0; most--) {
        buffer_clear(value);
        recipe_describe_value(recipe, constraint, most, value);
        if (!value->data || text_width(value->data, value->size) <= columns)
            return;
    }
    char *deviations = strstr(value->data, " (");
    if (deviations)
        *deviations = '\0';
}

static void draw_constraint(const struct state *state, const struct recipe_layout *at, int constraint,
                            struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const struct recipe_rule *rule = recipe_rule_of(&mine->recipe, constraint);
    const int row = list_item_row(&at->form, &mine->form_at, (size_t)constraint), right = at->rule_column - 1;
    const bool selected = (size_t)constraint == mine->form_at.selected, active = mine->pane == RECIPE_FORM;
    const struct row_styles styles = view_row_styles(selected && active, rule->dropped, STYLE_TEXT);
    struct buffer value = {0};
    char text[64];
    if (selected && active)
        list_draw_selected(&at->form, row, screen);
    screen_text(screen, row, 2, 1, selected && !active ? STYLE_ACCENT : styles.dim, rule->dropped ? "○" : "●");
    screen_text(screen, row, 3, 1, styles.title, rule->locked ? "=" : " ");
    screen_text(screen, row, 4, at->name_columns - 1, styles.title, recipe_constraint_name(&mine->recipe, constraint));
    write_value(&mine->recipe, constraint, at->value_columns - 1, &value);
    screen_text(screen, row, at->value_column, at->value_columns - 1, styles.text, value.data ? value.data : "");
    buffer_free(&value);
    if (!mine->answered)
        return;
    if (at->unknown_columns > 0) {
        view_count(mine->answer.counts.effects[constraint].unknown, text);
        screen_text_right(screen, row, right, at->unknown_columns, styles.dim, text);
    }
    write_change(mine, constraint, at->count_columns, text);
    screen_text_right(screen, row, right - at->unknown_columns, at->count_columns, styles.text, text);
}

/* ---- the selected constraint ---- */

static int add_line(const struct recipe_layout *at, int used, enum style style, const char *text, struct screen *screen)
{
    if (used >= at->detail_rows || !text[0])
        return used;
    return used +
           view_paragraph(screen, at->detail_row + used, 2, at->rule_column - 4, at->detail_rows - used, style, text);
}

static void describe_unknown(const struct recipe_state *mine, int constraint, char text[256])
{
    const struct recipe_effect *effect = &mine->answer.counts.effects[constraint];
    const struct recipe_rule *rule = recipe_rule_of(&mine->recipe, constraint);
    text[0] = '\0';
    if (mine->answer.missing[constraint])
        snprintf(text, 256, "The catalogue does not have this of any track.");
    else if (effect->unknown == 1)
        snprintf(text, 256, "1 track that passes the rest has no such value; %s.",
                 rule->dropped || rule->keep_unknown ? "it passes (x: does not pass)" : "it does not pass (x: pass)");
    else if (effect->unknown > 0)
        snprintf(text, 256, "%lld tracks that pass the rest have no such value; %s.", (long long)effect->unknown,
                 rule->dropped || rule->keep_unknown ? "they pass (x: do not pass)" : "they do not pass (x: pass)");
}

/* "used: rock 12, pop 3": what passes, or what would be next. */
static void write_items(const struct recipe_list *list, bool used, struct buffer *out)
{
    bool any = false;
    for (int i = 0; i < list->count; i++) {
        if (list->items[i].used != used)
            continue;
        buffer_printf(out, "%s%s %d",
                      any    ? ", "
                      : used ? "used: "
                             : "next: ",
                      list->items[i].name, (int)list->items[i].count);
        any = true;
    }
}

static void describe_years(const struct recipe_state *mine, char text[256])
{
    const struct recipe_years *years = &mine->recipe.years;
    snprintf(text, 256, "Years of the %s. %lld candidates are reissues or on compilations; their years %s.",
             years->earliest ? "earliest release known (Y: of the release)" : "release (Y: of the earliest one known)",
             (long long)mine->answer.counts.effects[RECIPE_YEARS].doubtful,
             years->doubtful_known ? "are trusted (D: count as unknown)" : "count as unknown (D: are trusted)");
}

static bool stands_in(const struct recipe *recipe, int constraint)
{
    return strcmp(recipe_constraint_name(recipe, constraint), "instrumentalness") == 0 &&
           recipe_constraint_find(recipe, "vocalness") < 0;
}

static void draw_detail(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const int constraint = recipe_selected(state);
    const struct recipe_rule *rule = recipe_rule_of(&mine->recipe, constraint);
    struct buffer text = {0};
    char more[256];
    buffer_printf(&text, "%s", recipe_constraint_name(&mine->recipe, constraint));
    buffer_printf(&text, "%s: ", rule->locked ? " (locked)" : rule->dropped ? " (dropped)" : "");
    recipe_describe_source(&mine->recipe, constraint, &text);
    int used = add_line(at, 0, STYLE_TITLE, text.data ? text.data : "", screen);
    buffer_clear(&text);
    if (constraint == RECIPE_GENRES || constraint == RECIPE_ARTISTS_LIST) {
        const struct recipe_list *list = constraint == RECIPE_GENRES ? &mine->recipe.genres : &mine->recipe.artists;
        describe_unknown(mine, constraint, more);
        used = add_line(at, used, STYLE_DIM, more, screen);
        write_items(list, true, &text);
        used = add_line(at, used, STYLE_TEXT, text.data ? text.data : "", screen);
        buffer_clear(&text);
        write_items(list, false, &text);
        used = add_line(at, used, STYLE_DIM, text.data ? text.data : "", screen);
    } else {
        describe_unknown(mine, constraint, more);
        used = add_line(at, used, STYLE_DIM, more, screen);
        more[0] = '\0';
        if (constraint == RECIPE_YEARS)
            describe_years(mine, more);
        else if (stands_in(&mine->recipe, constraint))
            snprintf(more, sizeof more, "It is used in place of vocalness, which the catalogue does not have.");
        used = add_line(at, used, STYLE_DIM, more, screen);
    }
    if (mine->recipe.n_attributes == 0)
        add_line(at, used, STYLE_WARNING,
                 "No energy, valence or tempo: the catalogue has no audio features. \"sleeve help import\" says which "
                 "tables have them.",
                 screen);
    buffer_free(&text);
}

static void draw_line(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    static const char *const hints[] = {"90%, 3, +NAME, -NAME", "20, +NAME, -NAME", "1980..1989, of=earliest",
                                        "0.4..0.8, 1.5sd"};
    const bool naming = mine->typing == RECIPE_TYPES_NAME;
    const int constraint = mine->typed_constraint;
    char label[96];
    snprintf(label, sizeof label, "%.64s: ", naming ? "save as" : recipe_constraint_name(&mine->recipe, constraint));
    const int used = screen_text(screen, at->detail_row, 2, at->rule_column - 4, STYLE_ACCENT, label);
    screen->cursor_row = at->detail_row;
    screen->cursor_column = view_line(screen, at->detail_row, 2 + used, at->rule_column - 4 - used, &mine->line);
    screen->cursor_visible = true;
    if (naming)
        return;
    snprintf(label, sizeof label, "%s, drop, lock, unknown=keep",
             hints[constraint < RECIPE_FIRST_ATTRIBUTE ? constraint : RECIPE_FIRST_ATTRIBUTE]);
    view_paragraph(screen, at->detail_row + 1, 2, at->rule_column - 4, at->detail_rows - 1, STYLE_DIM, label);
}

void recipe_draw_form(const struct state *state, const struct recipe_layout *at, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const size_t count = (size_t)recipe_constraints(&mine->recipe);
    draw_title(state, at, screen);
    draw_head(at, screen);
    if (mine->answered)
        draw_counts(state, at, screen);
    if (recipe_is_of_other(state))
        draw_other(state, at, screen);
    for (size_t i = mine->form_at.top; i < count && i < mine->form_at.top + (size_t)list_items(&at->form); i++)
        draw_constraint(state, at, (int)i, screen);
    list_draw_bar(&at->form, &mine->form_at, count, screen);
    view_rule(screen, at->detail_row - 1, 1, at->rule_column - 2);
    if (mine->typing != RECIPE_TYPES_NOTHING)
        draw_line(state, at, screen);
    else if (mine->answered)
        draw_detail(state, at, screen);
}

/* ---- without a recipe ---- */

static void draw_nothing(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct recipe_state *mine = recipe_of(state);
    const int columns = layout_between(screen->columns - 6, 20, 90);
    int row = layout->header_row + 1;
    if (mine->failure[0]) {
        view_paragraph(screen, row, 3, columns, 6, STYLE_WARNING, mine->failure);
        return;
    }
    if (state_awaits(state, EFFECT_RECIPE_MAKE) || state_awaits(state, EFFECT_RECIPE_OPEN)) {
        view_paragraph(screen, row, 3, columns, 3, STYLE_DIM, "The tracks of the catalogue are read …");
        return;
    }
    row += view_paragraph(screen, row, 3, columns, 2, STYLE_TITLE, "There is no recipe yet.") + 1;
    row += view_paragraph(screen, row, 3, columns, 4, STYLE_TEXT,
                          "A recipe says what the tracks of a playlist have in common: genres, artists, years, and how "
                          "much energy, valence and tempo vary. Tracks of the catalogue that fit are its candidates.") +
           1;
    view_paragraph(screen, row, 3, columns, 4, STYLE_DIM,
                   "The playlist is empty. Add tracks in Explore (1) or load a playlist there, then come back; o opens "
                   "a saved recipe.");
}

void recipe_draw(const struct state *state, const struct layout *layout, struct screen *screen)
{
    const struct recipe_layout at = recipe_layout(state, layout);
    if (!recipe_of(state)->made) {
        draw_nothing(state, layout, screen);
        return;
    }
    for (int row = layout->header_row; row < layout->body_end; row++)
        screen_text(screen, row, at.rule_column, 1, STYLE_RULE, "│");
    recipe_draw_form(state, &at, screen);
    recipe_draw_tracks(state, &at, screen);
}
