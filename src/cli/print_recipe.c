#include "cli/print_recipe.h"

#include <string.h>

#include "app/editions.h"
#include "app/recipe_file.h"
#include "app/recommend.h"

static enum status finish_json(struct buffer *out, struct error *error)
{
    buffer_add_byte(out, '\n');
    return cli_print(out, error);
}

/* ---- the form ---- */

static void json_effect(struct json_writer *json, const struct recipe *recipe, const struct app_recipe_answer *answer,
                        int constraint)
{
    const struct recipe_effect *effect = &answer->counts.effects[constraint];
    json_object_begin(json);
    json_pair_text(json, "constraint", recipe_constraint_name(recipe, constraint));
    json_pair_integer(json, "left", effect->left);
    if (recipe_rule_of(recipe, constraint)->dropped)
        json_pair_integer(json, "using_it_removes", effect->removed);
    else
        json_pair_integer(json, "dropping_it_adds", effect->added);
    json_pair_integer(json, "unknown", effect->unknown);
    if (constraint == RECIPE_YEARS)
        json_pair_integer(json, "doubtful", effect->doubtful);
    json_pair_bool(json, "in_catalogue", !answer->missing[constraint]);
    json_object_end(json);
}

static void json_counts(struct json_writer *json, const struct recipe *recipe, const struct app_recipe_answer *answer)
{
    json_key(json, "counts");
    json_object_begin(json);
    json_pair_integer(json, "tracks", answer->counts.n_tracks);
    json_pair_integer(json, "in_playlist", answer->counts.excluded);
    json_pair_integer(json, "candidates", answer->counts.candidates);
    json_pair_number(json, "milliseconds", answer->milliseconds);
    json_key(json, "constraints");
    json_array_begin(json);
    for (int i = 0; i < recipe_constraints(recipe); i++)
        json_effect(json, recipe, answer, i);
    json_array_end(json);
    json_object_end(json);
}

static void add_state(const struct recipe *recipe, const struct app_recipe_answer *answer, int constraint,
                      struct buffer *out)
{
    const struct recipe_rule *rule = recipe_rule_of(recipe, constraint);
    buffer_add_text(out, answer && answer->missing[constraint] ? "not in the catalogue"
                         : rule->dropped                       ? "dropped"
                                                               : "used");
    if (rule->locked)
        buffer_add_text(out, ", locked");
    if (rule->keep_unknown)
        buffer_add_text(out, ", unknown kept");
}

static void add_row(const struct recipe *recipe, const struct app_recipe_answer *answer, int constraint,
                    struct buffer *out)
{
    struct buffer text = {0};
    cli_add_field(out, recipe_constraint_name(recipe, constraint), '\t');
    recipe_describe_value(recipe, constraint, RECIPE_ITEMS_MAX, &text);
    cli_add_field(out, text.data ? text.data : "", '\t');
    buffer_clear(&text);
    recipe_describe_source(recipe, constraint, &text);
    cli_add_field(out, text.data ? text.data : "", '\t');
    add_state(recipe, answer, constraint, out);
    if (answer) {
        const struct recipe_effect *effect = &answer->counts.effects[constraint];
        const bool dropped = recipe_rule_of(recipe, constraint)->dropped;
        buffer_printf(out, "\t%lld\t%s%lld\t%lld", (long long)effect->left, dropped ? "-" : "+",
                      (long long)(dropped ? effect->removed : effect->added), (long long)effect->unknown);
    }
    buffer_add_byte(out, '\n');
    buffer_free(&text);
}

enum status cli_print_recipe(const struct cli *cli, const struct recipe *recipe, const struct app_recipe_answer *answer,
                             struct error *error)
{
    struct buffer out = {0};
    if (cli->json) {
        struct json_writer json = {.out = &out};
        json_object_begin(&json);
        recipe_write_members(recipe, &json);
        if (answer)
            json_counts(&json, recipe, answer);
        json_object_end(&json);
        return finish_json(&out, error);
    }
    buffer_add_text(&out, "constraint\tvalue\tplaylist\tstate");
    buffer_add_text(&out, answer ? "\tleft\tdropping\tunknown\n" : "\n");
    for (int i = 0; i < recipe_constraints(recipe); i++)
        add_row(recipe, answer, i, &out);
    if (answer)
        buffer_printf(&out, "candidates\tthe best %d by training playlists\t%lld in the playlist\t\t%lld\t\t\n",
                      recipe->limit, (long long)answer->counts.excluded, (long long)answer->counts.candidates);
    return cli_print_table(&out, error);
}

/* ---- tracks ---- */

static void json_year(struct json_writer *json, const struct app_recipe_year *year)
{
    char text[EDITION_TEXT_SIZE];
    edition_describe(year->editions, text);
    cli_json_year(json, year->release);
    json_key(json, "earliest");
    if (year->earliest > 0)
        json_integer(json, year->earliest);
    else
        json_null(json);
    json_pair_text(json, "year_doubt", text);
    json_pair_integer(json, "training_playlists", year->count);
}

static void add_track(const struct track *track, const struct app_recipe_year *year, struct buffer *out)
{
    char text[EDITION_TEXT_SIZE];
    edition_describe(year->editions, text);
    cli_add_field(out, track->title, '\t');
    cli_add_field(out, track->artist, '\t');
    cli_add_field(out, track->album, '\t');
    cli_add_year(out, year->release);
    buffer_add_byte(out, '\t');
    cli_add_year(out, year->earliest);
    buffer_printf(out, "\t%s\t", text);
    cli_add_key(out, track->key, '\n');
}

static const char track_columns[] = "title\tartist\talbum\tyear\tearliest\tyear doubt\tkey\n";

static void add_list(const struct cli *cli, const struct track_list *tracks, const struct app_recipe_year *years,
                     struct json_writer *json)
{
    struct buffer *out = json->out;
    if (cli->json) {
        json_key(json, "list");
        json_array_begin(json);
    } else {
        buffer_printf(out, "training playlists\t%s", track_columns);
    }
    for (size_t i = 0; i < tracks->count; i++) {
        if (!cli->json) {
            buffer_printf(out, "%d\t", (int)years[i].count);
            add_track(&tracks->items[i], &years[i], out);
            continue;
        }
        json_object_begin(json);
        cli_json_track(json, &tracks->items[i]);
        json_year(json, &years[i]);
        json_object_end(json);
    }
    if (cli->json)
        json_array_end(json);
}

enum status cli_print_candidates(const struct cli *cli, const struct recipe *recipe,
                                 const struct app_recipe_answer *answer, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "recipe", recipe->name);
        json_pair_text(&json, "sort", "training playlists");
        json_counts(&json, recipe, answer);
        json_pair_integer(&json, "repeats_left_out", (int64_t)answer->repeats);
    }
    add_list(cli, &answer->tracks, answer->years, &json);
    if (!cli->json)
        return cli_print_table(&out, error);
    json_object_end(&json);
    return finish_json(&out, error);
}

enum status cli_print_filtered(const struct cli *cli, const struct recipe *recipe, const char *model,
                               const struct recommend_result *result, const struct app_recipe_answer *answer,
                               struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_text(&json, "recipe", recipe->name);
        json_pair_text(&json, "model", model);
        json_pair_integer(&json, "suggestions", (int64_t)result->tracks.count);
        json_pair_integer(&json, "pass", (int64_t)answer->n_passes);
        json_key(&json, "list");
        json_array_begin(&json);
    } else {
        buffer_printf(&out, "rank\tscore\t%s", cli_track_header);
    }
    for (size_t i = 0; i < result->tracks.count; i++) {
        if (!answer->passes[i])
            continue;
        if (!cli->json) {
            buffer_printf(&out, "%zu\t%.4g\t", i + 1, (double)result->list[i].score);
            cli_add_track(&out, &result->tracks.items[i]);
            continue;
        }
        json_object_begin(&json);
        json_pair_integer(&json, "rank", (int64_t)i + 1);
        cli_json_track(&json, &result->tracks.items[i]);
        json_key(&json, "score");
        json_float(&json, result->list[i].score);
        json_object_end(&json);
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    json_object_end(&json);
    return finish_json(&out, error);
}

enum status cli_print_years(const struct cli *cli, const struct app_years_answer *answer, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    static const char *const names[] = {"remaster", "reissue", "compilation", "earlier_release", "earlier_decade"};
    if (cli->json) {
        json_object_begin(&json);
        json_pair_integer(&json, "tracks", answer->n_tracks);
        json_pair_integer(&json, "without_year", answer->unknown);
        json_pair_integer(&json, "flagged", answer->flagged);
        json_key(&json, "by_reason");
        json_object_begin(&json);
        for (int i = 0; i < 5; i++)
            json_pair_integer(&json, names[i], answer->by_flag[i]);
        json_object_end(&json);
    }
    add_list(cli, &answer->tracks, answer->years, &json);
    if (!cli->json)
        return cli_print_table(&out, error);
    json_object_end(&json);
    return finish_json(&out, error);
}

/* ---- saved recipes ---- */

enum status cli_print_recipes(const struct cli *cli, const struct recipe_rows *rows, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "recipe\tconstraints used\tplaylist\tof\n");
    for (size_t i = 0; i < rows->count; i++) {
        struct recipe recipe;
        struct error why = {0};
        const char *text = rows->items[i].json;
        const bool usable = recipe_read(text, strlen(text), &recipe, &why) == STATUS_OK;
        int used = 0;
        for (int c = 0; usable && c < recipe_constraints(&recipe); c++)
            used += !recipe_rule_of(&recipe, c)->dropped;
        if (cli->json) {
            json_object_begin(&json);
            json_pair_text(&json, "name", rows->items[i].name);
            json_pair_integer(&json, "changed", rows->items[i].changed);
            if (usable) {
                json_pair_integer(&json, "used", used);
                json_pair_text(&json, "playlist", recipe.playlist_name);
                json_pair_text(&json, "playlist_key", recipe.playlist_key);
            } else {
                json_pair_text(&json, "error", why.text);
            }
            json_object_end(&json);
            continue;
        }
        cli_add_field(&out, rows->items[i].name, '\t');
        if (usable)
            buffer_printf(&out, "%d of %d\t", used, recipe_constraints(&recipe));
        else
            buffer_add_text(&out, "-\t");
        cli_add_field(&out, usable ? recipe.playlist_name : why.text, '\t');
        cli_add_key(&out, usable ? recipe.playlist_key : "", '\n');
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    return finish_json(&out, error);
}
