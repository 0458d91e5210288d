/* The row above the suggestions: what they are made by, which page is shown, and what the bars mean. */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/model_names.h"
#include "ui/view_text.h"
#include "ui/views/explore/explore.h"

enum { TITLE_SIZE = LINE_SIZE + 64, GAP = 3 };

/* The same title for wide and for narrow panes. */
struct titles {
    char full[TITLE_SIZE], brief[TITLE_SIZE];
    enum style style;
};

/* What the list holds if it is not the model's. */
static const struct {
    const char *full, *brief;
} instead[ANSWERS] = {
    [ANSWER_MODEL] = {"", ""},
    [ANSWER_FEATURES] = {"; these have similar features", ": similar tracks"},
    [ANSWER_ARTISTS] = {"; these are by the same artists", ": same artists"},
    [ANSWER_TITLE] = {"; these are by the title", ": by the title"},
    [ANSWER_POPULARITY] = {"; these are popular", ": popular tracks"},
};

/* The model has no list for the playlist's tracks. */
static void write_fallback(const struct suggestions *suggestions, const char *model, const char *joined,
                           struct titles *titles)
{
    const struct seed_counts *seeds = &suggestions->seeds;
    const char *full = instead[seeds->answer].full, *brief = instead[seeds->answer].brief;
    if (seed_counts_used(seeds) > 0) {
        snprintf(titles->full, TITLE_SIZE, "%s finds nothing for these tracks%s%s", model, full, joined);
        snprintf(titles->brief, TITLE_SIZE, "%s finds nothing%s%s", model, brief, joined);
    } else if (seeds->distinct == 1) {
        snprintf(titles->full, TITLE_SIZE, "%s does not know this track%s%s", model, full, joined);
        snprintf(titles->brief, TITLE_SIZE, "%s does not know it%s%s", model, brief, joined);
    } else {
        snprintf(titles->full, TITLE_SIZE, "%s knows none of these %zu tracks%s%s", model, seeds->distinct, full,
                 joined);
        snprintf(titles->brief, TITLE_SIZE, "%s knows none of %zu%s%s", model, seeds->distinct, brief, joined);
    }
    titles->style = STYLE_WARNING;
}

static void write_both(struct titles *titles, const char *format, const char *text)
{
    snprintf(titles->full, TITLE_SIZE, format, text);
    snprintf(titles->brief, TITLE_SIZE, format, text);
}

/* The list for seeds of which the model knows at least some. */
static void write_basis(const struct suggestions *suggestions, const char *model, const char *name, const char *joined,
                        struct titles *titles)
{
    const struct seed_counts *seeds = &suggestions->seeds;
    if (seeds->predicted > 0) {
        snprintf(titles->full, TITLE_SIZE, "%s knows %zu of these %zu tracks%s; %zu predicted%s", model, seeds->known,
                 seeds->distinct, joined, seeds->predicted,
                 seed_counts_used(seeds) < seeds->distinct ? "; the rest do not count" : "");
        snprintf(titles->brief, TITLE_SIZE, "%s knows %zu, predicts %zu of %zu%s", model, seeds->known,
                 seeds->predicted, seeds->distinct, joined);
    } else if (seeds->known < seeds->distinct) {
        snprintf(titles->full, TITLE_SIZE, "%s knows %zu of these %zu tracks%s; the other%s not count", model,
                 seeds->known, seeds->distinct, joined, seeds->distinct - seeds->known == 1 ? " does" : "s do");
        snprintf(titles->brief, TITLE_SIZE, "%s knows %zu of these %zu tracks%s", model, seeds->known, seeds->distinct,
                 joined);
    } else if (joined[0]) {
        snprintf(titles->full, TITLE_SIZE, "%s%s \"%.400s\"", model, joined, name);
        snprintf(titles->brief, TITLE_SIZE, "%s", titles->full);
    } else {
        write_both(titles, name[0] ? "Suggestions for \"%.400s\"" : "Suggestions", name);
    }
}

static void write_titles(const struct state *state, struct titles *titles)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    const struct playlist_version *playlist = playlist_now(&state->playlist);
    const struct seed_counts *seeds = &suggestions->seeds;
    const char *joined = suggestions->title == TITLE_JOINED ? " + title" : "";
    bool shown = suggestions->tracks.count > 0 && seeds->distinct > 0;
    char model[MODEL_LABEL_SIZE];
    model_mark(state, suggestions->model, model);
    titles->style = STYLE_TITLE;
    if (shown && (seed_counts_used(seeds) == 0 ||
                  (seeds->answer != ANSWER_MODEL && !(suggestions->title == TITLE_ALONE && playlist->name[0]))))
        write_fallback(suggestions, model, joined, titles);
    else if (suggestions->title == TITLE_ALONE && playlist->name[0])
        write_both(titles, "By the title \"%.400s\"", playlist->name);
    else if (shown)
        write_basis(suggestions, model, playlist->name, joined, titles);
    else
        write_both(titles, playlist->count == 0 && !suggestions->failed ? "Popular tracks" : "Suggestions", "");
}

/* The suggestions for a test playlist are no evidence where the model has seen what follows. */
static void warn_of_answers(const struct state *state, struct titles *titles)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    enum seen_answers seen = model_seen(state, suggestions->model);
    if (seen == SEEN_NO || !explore_is_test(state) || suggestions->tracks.count == 0)
        return;
    snprintf(titles->full, TITLE_SIZE, "%.60s %s: no evidence", suggestions->model, seen_answers_text(seen));
    snprintf(titles->brief, TITLE_SIZE, "%.60s %s", suggestions->model, seen_answers_text(seen));
    titles->style = STYLE_WARNING;
}

/* "page 2 of 50"; for the seeds of a test playlist also how many of its held-out tracks are in the list, and clicks,
 * which is a metric of Failures. */
static void write_page(const struct state *state, char text[128])
{
    const struct explore_state *explore = explore_of(state);
    const struct suggestions *suggestions = &explore->suggestions;
    size_t found = 0;
    int used = 0;
    bool test = explore_is_test(state) && !suggestions->stale;
    if (state->present) {
        present_describe(state, text);
        return;
    }
    for (size_t i = 0; i < suggestions->tracks.count && test; i++)
        found += held_out_has(&explore->held_out, suggestions->tracks.items[i]->id);
    if (suggestions->hidden > 0 && state->columns >= 100)
        used = snprintf(text, 128, "%zu hidden   ", suggestions->hidden);
    if (suggestions->repeats > 0)
        used += snprintf(text + used, 128 - (size_t)used, "%zu repeat%s%s   ", suggestions->repeats,
                         suggestions->repeats == 1 ? "" : "s", state->columns >= 140 ? " left out" : "");
    if (test && state->columns >= 100)
        used += snprintf(text + used, 128 - (size_t)used, "found %zu of %zu   ", found, explore->held_out.n_tracks);
    used += snprintf(text + used, 128 - (size_t)used, "page %zu of %zu", suggestions->page + 1, explore_pages(state));
    if (test)
        snprintf(text + used, 128 - (size_t)used, "   %d %s", suggestions->clicks,
                 suggestions->clicks == 1 ? "click" : "clicks");
}

static int width_of(const char *text)
{
    return text_width(text, strlen(text));
}

/* What stands in the row. */
struct header {
    const char *title, *page, *aside; /* aside: what the bars mean, or for a moment what an edit changed */
};

static int width_beside(const struct header *header)
{
    return (header->page[0] ? width_of(header->page) + GAP : 0) +
           (header->aside[0] ? width_of(header->aside) + GAP : 0);
}

/* The first that fits; the last is cut if it does not fit either. */
static const struct header *fitting(const struct header *headers, size_t count, int columns)
{
    size_t at = 0;
    while (at + 1 < count && width_of(headers[at].title) + width_beside(&headers[at]) > columns)
        at++;
    return &headers[at];
}

static void draw(const struct header *header, const struct explore_layout *mine, int row, enum style title,
                 enum style aside, struct screen *screen)
{
    int right = mine->right_column + mine->right_columns, columns = mine->right_columns;
    int used = screen_text_right(screen, row, right, columns, aside, header->aside);
    screen_text_right(screen, row, right - used - (used ? GAP : 0), columns, STYLE_DIM, header->page);
    screen_text(screen, row, mine->right_column, columns - width_beside(header) + 1, title, header->title);
}

/* How the list was re-ranked is always visible: instead of what the bars mean, and where columns are few instead of the
 * title, unless that is a warning. */
static void draw_steered(const struct state *state, const struct titles *titles, const char *page,
                         const struct explore_layout *mine, int row, struct screen *screen)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    char full[RERANK_TEXT_SIZE + 16], brief_page[64];
    bool warning = titles->style == STYLE_WARNING;
    snprintf(full, sizeof full, "steered: %s", suggestions->steered);
    snprintf(brief_page, sizeof brief_page, "%zu/%zu", suggestions->page + 1, explore_pages(state));
    const struct header headers[] = {{titles->full, page, full},
                                     {titles->brief, page, full},
                                     {warning ? titles->brief : "Suggestions", page, warning ? "steered" : full},
                                     {warning ? titles->brief : full, page, warning ? "steered" : ""},
                                     {warning ? titles->brief : full, brief_page, warning ? "steered" : ""}};
    const struct header *header = fitting(headers, sizeof headers / sizeof headers[0], mine->right_columns);
    draw(header, mine, row, header->aside[0] ? titles->style : STYLE_ACCENT, STYLE_ACCENT, screen);
}

void explore_draw_header(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                         struct screen *screen)
{
    const struct suggestions *suggestions = &explore_of(state)->suggestions;
    struct titles titles;
    char page[128] = "", news[64];
    write_titles(state, &titles);
    warn_of_answers(state, &titles);
    explore_news_describe(state, news);
    if (suggestions->tracks.count > 0)
        write_page(state, page);
    bool explained = page[0] && !state->present;
    const char *scale = explained ? "score 0–100" : "";
    const char *legend = explained && suggestions->has_features ? "━ song ┅ features   score 0–100" : scale;
    const struct header usual[] = {
        {titles.full, page, legend},  {titles.full, page, scale},  {titles.full, page, explained ? "score" : ""},
        {titles.brief, page, legend}, {titles.brief, page, scale}, {titles.brief, page, explained ? "score" : ""},
        {titles.brief, page, ""}};
    const struct header changed[] = {{titles.full, page, news}, {titles.brief, page, news}, {titles.brief, "", news}};
    bool edited = news[0] != '\0';
    if (suggestions->steered[0]) {
        draw_steered(state, &titles, page, mine, layout->header_row, screen);
        return;
    }
    const struct header *header = edited ? fitting(changed, sizeof changed / sizeof changed[0], mine->right_columns)
                                         : fitting(usual, sizeof usual / sizeof usual[0], mine->right_columns);
    draw(header, mine, layout->header_row, titles.style, edited ? STYLE_NEW : STYLE_DIM, screen);
}
