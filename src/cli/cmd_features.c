#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/features_fit.h"
#include "features/feature_set.h"

struct listing {
    struct catalogue *catalogue;
    struct json_writer *json; /* NULL: a table */
    struct buffer *out;
};

static void json_set(struct json_writer *json, const char *name, const struct feature_set *set)
{
    json_pair_text(json, "name", name);
    json_pair_text(json, "item", feature_item_name(set->item));
    json_pair_integer(json, "width", set->width);
    json_pair_integer(json, "present", set->n_present);
    json_pair_integer(json, "rows", set->n_rows);
    json_pair_text(json, "from", set->extractor);
    json_pair_bool(json, "random_weights", set->random_weights);
}

/* "gist", "clip (random weights)", "fit of gist to als". */
static void add_from(const struct feature_set *set, struct buffer *out)
{
    const char *fitted = feature_set_metadata(set, "fit.set"), *model = feature_set_metadata(set, "fit.model");
    const char *permuted = feature_set_metadata(set, "permuted.of");
    struct buffer text = {0};
    buffer_add_text(&text, set->extractor);
    if (fitted && model)
        buffer_printf(&text, " of %s to %s", fitted, model);
    else if (permuted)
        buffer_printf(&text, " from %s", permuted);
    if (set->random_weights)
        buffer_add_text(&text, " (random weights)");
    cli_add_field(out, text.data ? text.data : "", '\n');
    buffer_free(&text);
}

/* A set that cannot be opened is listed with the reason. */
static void list_one(const char *name, void *context)
{
    const struct listing *listing = context;
    struct feature_set set;
    struct error why;
    bool usable = feature_set_open(listing->catalogue, name, &set, &why) == STATUS_OK;
    if (listing->json) {
        json_object_begin(listing->json);
        if (usable) {
            json_set(listing->json, name, &set);
        } else {
            json_pair_text(listing->json, "name", name);
            json_pair_text(listing->json, "error", why.text);
        }
        json_object_end(listing->json);
    } else {
        cli_add_field(listing->out, name, '\t');
        if (usable)
            buffer_printf(listing->out, "%s\t%d\t%lld of %lld\t", feature_item_name(set.item), set.width,
                          (long long)set.n_present, (long long)set.n_rows);
        else
            buffer_add_text(listing->out, "-\t-\t-\t");
        if (usable)
            add_from(&set, listing->out);
        else
            cli_add_field(listing->out, why.text, '\n');
    }
    if (usable)
        feature_set_close(&set);
}

static enum status list(struct cli *cli, struct catalogue *catalogue, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    struct listing listing = {catalogue, cli->json ? &json : NULL, &out};
    if (cli->json)
        json_array_begin(&json);
    else
        buffer_add_text(&out, "name\titem\twidth\trows present\tfrom\n");
    enum status status = feature_sets_list(catalogue, list_one, &listing, error);
    if (status != STATUS_OK) {
        buffer_free(&out);
        return status;
    }
    if (!cli->json)
        return cli_print_table(&out, error);
    json_array_end(&json);
    buffer_add_byte(&out, '\n');
    return cli_print(&out, error);
}

/* ---- show ---- */

static bool is_not_finite(const struct column_statistics *column)
{
    return column->n_not_finite > 0;
}

static void json_number_or_null(struct json_writer *json, const char *key, int64_t n, double value)
{
    json_key(json, key);
    if (n > 0)
        json_float(json, (float)value);
    else
        json_null(json);
}

static void json_columns(struct json_writer *json, const struct feature_set *set,
                         const struct column_statistics *columns)
{
    json_key(json, "columns");
    json_array_begin(json);
    for (int i = 0; i < set->width; i++) {
        const struct column_statistics *column = &columns[i];
        json_object_begin(json);
        if (set->columns)
            json_pair_text(json, "name", set->columns[i]);
        json_number_or_null(json, "mean", column->n_finite, column->mean);
        json_number_or_null(json, "deviation", column->n_finite, column->deviation);
        json_number_or_null(json, "min", column->n_finite, (double)column->low);
        json_number_or_null(json, "max", column->n_finite, (double)column->high);
        json_pair_integer(json, "not_finite", column->n_not_finite);
        json_object_end(json);
    }
    json_array_end(json);
}

/* Names in the file may be any text, so control characters in them are replaced on a terminal. */
static void add_faults(const struct feature_set *set, const struct column_statistics *columns, const char *title,
                       bool (*is_one)(const struct column_statistics *column), struct buffer *out)
{
    enum { NAMED = 12 };
    struct buffer names = {0}, text = {0};
    int count = feature_set_name_columns(set, columns, is_one, NAMED, &names);
    buffer_printf(&text, count > 0 ? "%d (%s)" : "%d", count, names.data ? names.data : "");
    buffer_printf(out, "%s\t", title);
    cli_add_field(out, text.data ? text.data : "", '\n');
    buffer_free(&names);
    buffer_free(&text);
}

static void add_column(const char *name, const struct column_statistics *column, struct buffer *out)
{
    cli_add_field(out, name, '\t');
    if (column->n_finite == 0)
        buffer_add_text(out, "unknown in every row\n");
    else
        buffer_printf(out, "mean %.4g, deviation %.4g, from %.4g to %.4g, unknown in %lld rows\n", column->mean,
                      column->deviation, (double)column->low, (double)column->high, (long long)column->n_not_finite);
}

/* Metadata of a set that says what it was made from, and the text before it. */
static const struct origin_key {
    const char *key, *title;
    enum { TEXT, COUNT, FIGURES } kind; /* FIGURES: a JSON object of numbers */
} origin_keys[] = {
    {"weights.name", "weights", TEXT},
    {"weights.path", "path of the weights", TEXT},
    {"weights.shape", "network", TEXT},
    {"weights.fingerprint", "fingerprint", TEXT},
    {"preparation", "prepared", TEXT},
    {"covers.stored", "stored covers", COUNT},
    {"covers.generated", "generated covers", COUNT},
    {"covers.none", "albums without cover", COUNT},
    {"fit.set", "fitted from", TEXT},
    {"fit.model", "to the vectors of", TEXT},
    {"fit.kind", "kind of model", TEXT},
    {"fit.trained_on", "fingerprint of the training playlists", TEXT},
    {"fit.method", "method", TEXT},
    {"fit.settings", "settings", TEXT},
    {"fit.seed", "seed", COUNT},
    {"fit.held_out", "held-out items", FIGURES},
    {"permuted.of", "rows exchanged of", TEXT},
    {"permuted.seed", "seed of the exchange", COUNT},
};
enum { ORIGIN_KEYS = sizeof origin_keys / sizeof *origin_keys };

/* {"known":9,"r2":0.5} as "known 9, r2 0.5". */
static void add_figures(const char *json, struct buffer *out)
{
    struct buffer text = {0};
    for (const char *at = json; *at; at++)
        if (*at == ',')
            buffer_add_text(&text, ", ");
        else if (!strchr("{}\"", *at))
            buffer_add_byte(&text, *at == ':' ? ' ' : *at);
    cli_add_field(out, text.data ? text.data : "", '\n');
    buffer_free(&text);
}

static void add_origin(const struct feature_set *set, struct buffer *out)
{
    for (size_t i = 0; i < ORIGIN_KEYS; i++) {
        const char *value = feature_set_metadata(set, origin_keys[i].key);
        if (!value)
            continue;
        buffer_printf(out, "%s\t", origin_keys[i].title);
        if (origin_keys[i].kind == FIGURES)
            add_figures(value, out);
        else
            cli_add_field(out, value, '\n');
    }
}

static bool is_integer(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

static void json_origin(struct json_writer *json, const struct feature_set *set)
{
    json_key(json, "made_from");
    json_object_begin(json);
    for (size_t i = 0; i < ORIGIN_KEYS; i++) {
        const char *value = feature_set_metadata(set, origin_keys[i].key);
        int64_t count;
        if (value && origin_keys[i].kind == COUNT && is_integer(value, &count))
            json_pair_integer(json, origin_keys[i].key, count);
        else if (value)
            json_pair_text(json, origin_keys[i].key, value);
    }
    json_object_end(json);
}

static void add_table(const char *name, const struct feature_set *set, const struct column_statistics *columns,
                      struct buffer *out)
{
    buffer_printf(out, "name\t%s\nitem\t%s\nwidth\t%d\nrows present\t%lld of %lld\nfrom\t", name,
                  feature_item_name(set->item), set->width, (long long)set->n_present, (long long)set->n_rows);
    add_from(set, out);
    add_origin(set, out);
    add_faults(set, columns, "constant or unknown columns", column_is_constant, out);
    add_faults(set, columns, "columns with unknown values", is_not_finite, out);
    for (int i = 0; set->columns && i < set->width; i++)
        add_column(set->columns[i], &columns[i], out);
}

static enum status show(struct cli *cli, struct catalogue *catalogue, const char *name, struct error *error)
{
    struct feature_set set;
    enum status status = feature_set_open(catalogue, name, &set, error);
    if (status != STATUS_OK)
        return status;
    struct column_statistics *columns = malloc((size_t)set.width * sizeof *columns);
    struct buffer out = {0};
    if (!columns) {
        feature_set_close(&set);
        return error_no_memory(error);
    }
    feature_set_statistics(&set, columns);
    if (cli->json) {
        struct json_writer json = {.out = &out};
        json_object_begin(&json);
        json_set(&json, name, &set);
        json_origin(&json, &set);
        json_columns(&json, &set, columns);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        add_table(name, &set, columns, &out);
    }
    free(columns);
    feature_set_close(&set);
    return cli->json ? cli_print(&out, error) : cli_print_table(&out, error);
}

static const struct cli_option options[] = {
    {"model", 0, "MODEL", "fit: the model whose vectors are predicted (als, hybrid, mf-..., fm-..., nn-...)"},
    {"name", 0, "NEW", "fit: name of the new set"},
    {"method", 0, "ridge|network", "fit: ridge regression (default), or a network with hidden layers"},
    {"set", 0, "KEY=VALUE", "fit: one setting; may be given several times"},
    {"seed", 0, "S", "fit: random seed of the held-out items and of the network (default 42)"},
    {"resume", 0, NULL, "fit: continue the training of a network that was stopped"},
};

static const struct cli_verb verb_options[] = {
    {"", ""}, {"show", ""}, {"rm", ""}, {"fit", "model|name|method|set|seed|resume"}, {NULL, NULL},
};

static char details[4000];

static void prepare(void)
{
    struct buffer help = {0};
    buffer_add_text(
        &help,
        "A feature set has a vector of numbers for each album or track; `sleeve embed` makes one. show prints the\n"
        "statistics of its columns, and names those that are constant or have unknown values. rm removes a set; "
        "models\n"
        "that were trained with it stay as they are.\n"
        "fit predicts the vectors that a model learned from playlists from the features, for all items that have\n"
        "features: albums or tracks of no playlist get neighbours in the model's space, too. The new set can be used\n"
        "like any other (neighbours, tsne, train --features). Some of the known items are held out before anything is\n"
        "fitted, and the result is evaluated on them: R2, the rank of an item's true vector among those of all\n"
        "held-out items, and how far nearest neighbours by predicted and by true vectors agree (overlap@k), each\n"
        "beside what chance gives.\n");
    feature_fit_help(&help);
    while (help.size > 0 && help.data[help.size - 1] == '\n')
        help.data[--help.size] = '\0';
    cli_keep_text(&help, details, sizeof details);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *action = cli->n_arguments > 0 ? cli->arguments[0] : NULL;
    const char *name = cli->n_arguments > 1 ? cli->arguments[1] : NULL;
    bool shows = action && strcmp(action, "show") == 0, removes = action && strcmp(action, "rm") == 0;
    bool fits = action && strcmp(action, "fit") == 0;
    if (action && (!name || (!shows && !removes && !fits)))
        return error_set(error, STATUS_USAGE, "usage: sleeve features %s", cli_command_features.arguments);
    if (fits)
        return features_fit(cli, name, error);
    struct catalogue *catalogue = NULL;
    enum status status = cli_open_catalogue(cli, removes ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK && shows)
        status = show(cli, catalogue, name, error);
    else if (status == STATUS_OK && removes)
        status = feature_set_remove(catalogue, name, error);
    else if (status == STATUS_OK)
        status = list(cli, catalogue, error);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_features = {
    .name = "features",
    .arguments =
        "[show NAME | rm NAME | fit SET --model MODEL --name NEW [--method ridge|network] [--set KEY=VALUE]... "
        "[--seed S] [--resume]]",
    .summary = "list the feature sets of the catalogue; show or remove one; fit one to a model's vectors",
    .details = details,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_max = 2,
    .prepare = prepare,
    .verbs = verb_options,
    .run = run,
};
