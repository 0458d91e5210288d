#include "cli/print_lists.h"

#include <math.h>
#include <stdio.h>

/* ---- JSON ---- */

static void add_row_json(const struct compared_lists *lists, int which, size_t at, struct json_writer *json)
{
    const struct failure_side *side = &lists->sides[which];
    int32_t other = lists->moves.elsewhere[which][at];
    json_object_begin(json);
    json_pair_integer(json, "rank", (int64_t)at + 1);
    cli_json_track(json, &side->tracks.items[at]);
    json_key(json, "score");
    json_float(json, side->list[at].score);
    json_key(json, "other_rank");
    if (other > 0)
        json_integer(json, other);
    else
        json_null(json);
    if (lists->held_out.count > 0)
        json_pair_bool(json, "held_out", side->hits[at]);
    json_object_end(json);
}

static void add_side_json(const struct compared_lists *lists, int which, size_t rows, struct json_writer *json)
{
    const struct failure_side *side = &lists->sides[which];
    json_object_begin(json);
    json_pair_text(json, "model", side->model);
    json_pair_text(json, "answered_by",
                   side->answer.title == TITLE_ALONE           ? "title"
                   : side->answer.seeds.answer == ANSWER_MODEL ? side->model
                                                               : answer_name(side->answer.seeds.answer));
    json_pair_integer(json, "known_seeds", (int64_t)side->answer.seeds.known);
    if (lists->held_out.count > 0)
        json_pair_integer(json, "hits", (int64_t)side->n_hits);
    json_key(json, "list");
    json_array_begin(json);
    for (size_t at = 0; at < side->count && at < rows; at++)
        add_row_json(lists, which, at, json);
    json_array_end(json);
    json_object_end(json);
}

static const char *set_name(enum split_set set)
{
    return set == SPLIT_TEST ? "test" : set == SPLIT_VALIDATION ? "val" : "none";
}

enum status print_lists_json(const struct compared_lists *lists, size_t rows, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    const struct rank_moves *moves = &lists->moves;
    json_object_begin(&json);
    json_pair_text(&json, "name", lists->name);
    json_pair_text(&json, "evaluated_on", set_name(lists->set));
    json_pair_integer(&json, "seeds", (int64_t)lists->seeds.count);
    json_pair_integer(&json, "held_out", (int64_t)lists->held_out.count);
    json_pair_integer(&json, "shared", (int64_t)moves->shared);
    for (int top = 0; top < RANK_TOPS; top++) {
        char key[32];
        snprintf(key, sizeof key, "shared_%zu", rank_tops[top]);
        json_pair_integer(&json, key, (int64_t)moves->tops[top]);
    }
    json_pair_number(&json, "kendall_tau", moves->tau);
    json_pair_number(&json, "rank_biased_overlap", moves->overlap);
    for (int which = 0; which < COMPARE_SIDES; which++) {
        json_key(&json, which == 0 ? "a" : "b");
        add_side_json(lists, which, rows, &json);
    }
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- a table ---- */

/* "↑3", "↓12", "=", "only here": from a's rank to b's. */
static void add_move(int32_t a, int32_t b, const char *alone, struct buffer *out)
{
    if (a == 0 || b == 0)
        buffer_add_text(out, alone);
    else if (a == b)
        buffer_add_byte(out, '=');
    else
        buffer_printf(out, "%s%d", b < a ? "↑" : "↓", b < a ? a - b : b - a);
}

static void add_side(const struct compared_lists *lists, int which, size_t at, struct buffer *out)
{
    const struct failure_side *side = &lists->sides[which];
    if (at >= side->count) {
        buffer_add_text(out, "\t\t\t");
        return;
    }
    int32_t here = (int32_t)at + 1, other = lists->moves.elsewhere[which][at];
    buffer_add_text(out, lists->held_out.count > 0 && side->hits[at] ? "held out\t" : "\t");
    add_move(which == 0 ? here : other, which == 0 ? other : here, "only here", out);
    buffer_add_byte(out, '\t');
    cli_add_field(out, side->tracks.items[at].title, ' ');
    buffer_add_text(out, "· ");
    cli_add_field(out, side->tracks.items[at].artist, '\t');
}

static void describe(const struct compared_lists *lists)
{
    const struct rank_moves *moves = &lists->moves;
    for (int which = 0; which < COMPARE_SIDES; which++) {
        const struct failure_side *side = &lists->sides[which];
        if (side->answer.note[0])
            log_message(LOG_WARNING, "%s", side->answer.note);
        if (lists->held_out.count > 0)
            log_message(LOG_INFO, "%s: %zu of %zu held-out tracks in %zu", side->model, side->n_hits,
                        lists->held_out.count, side->count);
    }
    log_message(LOG_INFO, "in both: %zu of the first 10, %zu of 50, %zu of 500; rank-biased overlap %.2f",
                moves->tops[0], moves->tops[1], moves->tops[2], moves->overlap);
    if (!isnan(moves->tau))
        log_message(LOG_INFO, "rank correlation (Kendall's tau) of the %zu tracks in both: %.2f", moves->shared,
                    moves->tau);
}

enum status print_lists(const struct compared_lists *lists, size_t rows, struct error *error)
{
    struct buffer out = {0};
    size_t most = lists->sides[0].count > lists->sides[1].count ? lists->sides[0].count : lists->sides[1].count;
    buffer_printf(&out, "rank\thit\tmove\t%s\thit\tmove\t%s\n", lists->sides[0].model, lists->sides[1].model);
    for (size_t at = 0; at < most && at < rows; at++) {
        buffer_printf(&out, "%zu\t", at + 1);
        add_side(lists, 0, at, &out);
        add_side(lists, 1, at, &out);
        if (!out.failed && out.size > 0)
            out.data[out.size - 1] = '\n';
    }
    describe(lists);
    return cli_print_table(&out, error);
}
