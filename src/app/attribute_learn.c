/* One attribute: its network, the baseline, and how good both are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/attribute_fit.h"
#include "attributes/logistic.h"
#include "features/projection.h"

#define PAPER_RATE 0.05 /* of Adagrad, for genre */

struct learning {
    struct attribute_work *work;
    struct compute *compute;
    const struct attribute_target *target;
    const struct attribute_spec *spec;
    int64_t n, out;
    int32_t *items[ATTRIBUTE_PARTS];
    int64_t counts[ATTRIBUTE_PARTS];
    float *y;                    /* [n x out] of amounts standardised */
    double mean, deviation;      /* of amounts, over the training tracks */
    float *predicted, *baseline; /* [n x out] */
    double *thresholds, *others; /* [out] of classes, before σ: of the network and of the baseline */
    struct dense_result trained;
    double lambda, baseline_score;
    struct dense_settings settings;
};

static double value(const struct learning *learning, const char *key)
{
    return settings_value(&learning->work->settings, key);
}

static bool is_amount(const struct learning *learning)
{
    return learning->spec->type == ATTRIBUTE_AMOUNT;
}

/* ---- data ---- */

static enum status list_items(struct learning *learning, struct error *error)
{
    const struct attribute_work *work = learning->work;
    for (int part = 0; part < ATTRIBUTE_PARTS; part++) {
        learning->items[part] = malloc(((size_t)learning->n + 1) * sizeof **learning->items);
        if (!learning->items[part])
            return error_no_memory(error);
    }
    for (int64_t t = 0; t < learning->n; t++)
        if (learning->target->known[t] && work->inputs.present[t]) {
            const int part = work->parts[t];
            learning->items[part][learning->counts[part]++] = (int32_t)t;
        }
    return STATUS_OK;
}

static void standardise(struct learning *learning)
{
    const int32_t *items = learning->items[ATTRIBUTE_TRAIN];
    const int64_t count = learning->counts[ATTRIBUTE_TRAIN];
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)learning->target->y[items[i]];
    learning->mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++) {
        const double difference = (double)learning->target->y[items[i]] - learning->mean;
        squares += difference * difference;
    }
    learning->deviation = sqrt(squares / (double)count);
    for (int64_t t = 0; t < learning->n; t++)
        learning->y[t] = (float)(((double)learning->target->y[t] - learning->mean) / learning->deviation);
}

static enum status prepare(struct learning *learning, struct error *error)
{
    const size_t size = (size_t)(learning->n * learning->out) + 1;
    enum status status = list_items(learning, error);
    if (status != STATUS_OK)
        return status;
    learning->y = malloc(size * sizeof *learning->y);
    learning->predicted = calloc(size, sizeof *learning->predicted);
    learning->baseline = calloc(size, sizeof *learning->baseline);
    learning->thresholds = calloc((size_t)learning->out, sizeof *learning->thresholds);
    learning->others = calloc((size_t)learning->out, sizeof *learning->others);
    if (!learning->y || !learning->predicted || !learning->baseline || !learning->thresholds || !learning->others)
        return error_no_memory(error);
    memcpy(learning->y, learning->target->y, (size - 1) * sizeof *learning->y);
    learning->deviation = 1;
    if (is_amount(learning))
        standardise(learning);
    return STATUS_OK;
}

static void free_learning(struct learning *learning)
{
    for (int part = 0; part < ATTRIBUTE_PARTS; part++)
        free(learning->items[part]);
    free(learning->y);
    free(learning->predicted);
    free(learning->baseline);
    free(learning->thresholds);
    free(learning->others);
}

/* ---- fitting ---- */

static void set_settings(struct learning *learning)
{
    const struct attribute_spec *spec = learning->spec;
    struct dense_settings *settings = &learning->settings;
    *settings = (struct dense_settings){
        .n_hidden = spec->n_hidden,
        .loss = is_amount(learning) ? DENSE_SQUARED_ERROR : DENSE_CROSS_ENTROPY,
        .optimiser = spec->optimiser,
        .dropout = (float)value(learning, "dropout"),
        .learning_rate = (float)(spec->learning_rate * value(learning, "rate_factor")),
        .weight_decay = (float)value(learning, "weight_decay"),
        .rate_decay = (float)spec->rate_decay,
        .batch = (int64_t)value(learning, "batch"),
        .epochs = (int64_t)value(learning, "epochs"),
        .patience = (int64_t)value(learning, "patience"),
        .seed = learning->work->wanted->seed + (uint64_t)learning->target->kind,
    };
    if (learning->target->kind == ATTRIBUTE_GENRE && value(learning, "genre_optimiser") > 0) {
        settings->optimiser = OPTIMISER_ADAGRAD;
        settings->learning_rate = (float)(PAPER_RATE * value(learning, "rate_factor"));
    }
    memcpy(settings->hidden, spec->hidden, sizeof settings->hidden);
}

static enum status fit_baseline(struct learning *learning, const struct dense_data *data, struct error *error)
{
    struct ridge_choice ridge;
    struct logistic_choice logistic;
    enum status status =
        is_amount(learning)
            ? ridge_fit(learning->compute, data, 0, learning->baseline, learning->work->progress, &ridge, error)
            : logistic_fit(learning->compute, data, 0, learning->baseline, learning->work->progress, &logistic, error);
    if (status != STATUS_OK)
        return status;
    learning->lambda = is_amount(learning) ? ridge.lambda : logistic.lambda;
    learning->baseline_score = is_amount(learning) ? ridge.validation_r2 : logistic.validation_score;
    return STATUS_OK;
}

/* Gives the weights and names to the model. */
static enum status keep(struct learning *learning, float *weights, struct error *error)
{
    struct attribute_model *model = &learning->work->model;
    struct attribute_network *network = &model->networks[model->n_networks++];
    *network = (struct attribute_network){
        .kind = learning->target->kind,
        .shape = {.in = learning->work->inputs.width, .out = learning->out, .n_hidden = learning->spec->n_hidden},
        .weights = weights,
        .classes = calloc((size_t)learning->out, sizeof *network->classes),
        .thresholds = is_amount(learning) ? NULL : malloc((size_t)learning->out * sizeof *network->thresholds),
        .mean = learning->mean,
        .deviation = learning->deviation,
    };
    memcpy(network->shape.hidden, learning->spec->hidden, sizeof network->shape.hidden);
    if (!network->classes || (!is_amount(learning) && !network->thresholds))
        return error_no_memory(error);
    for (int64_t c = 0; c < learning->out; c++) {
        network->classes[c] = strdup(learning->target->classes[c]);
        if (!network->classes[c])
            return error_no_memory(error);
        if (network->thresholds)
            network->thresholds[c] = (float)(1 / (1 + exp(-learning->thresholds[c])));
    }
    return STATUS_OK;
}

/* ---- thresholds ---- */

static enum status choose_threshold(const struct learning *learning, const float *predicted, int64_t class,
                                    double *threshold, struct error *error)
{
    const int64_t n = learning->counts[ATTRIBUTE_VALIDATION], out = learning->out;
    double *scores = malloc(((size_t)n + 1) * sizeof *scores), f1;
    bool *positive = malloc((size_t)n + 1);
    enum status status = scores && positive ? STATUS_OK : error_no_memory(error);
    for (int64_t i = 0; status == STATUS_OK && i < n; i++) {
        const int64_t at = learning->items[ATTRIBUTE_VALIDATION][i] * out + class;
        scores[i] = (double)predicted[at];
        positive[i] = learning->target->y[at] > 0;
    }
    if (status == STATUS_OK)
        status = quality_threshold(scores, positive, n, threshold, &f1, error);
    free(scores);
    free(positive);
    return status;
}

static enum status choose_thresholds(struct learning *learning, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t c = 0; status == STATUS_OK && !is_amount(learning) && c < learning->out; c++) {
        status = choose_threshold(learning, learning->predicted, c, &learning->thresholds[c], error);
        if (status == STATUS_OK)
            status = choose_threshold(learning, learning->baseline, c, &learning->others[c], error);
    }
    return status;
}

/* ---- quality ---- */

/* The test tracks of classes first to end - 1, one class after another. */
struct test {
    double *truth, *sides[2];
    int32_t *groups;
    int64_t n;
};

static void free_test(struct test *test)
{
    free(test->truth);
    free(test->sides[0]);
    free(test->sides[1]);
    free(test->groups);
}

static void add_test(const struct learning *learning, int64_t item, int64_t class, struct test *test)
{
    const int64_t at = item * learning->out + class, i = test->n++;
    const double ours = (double)learning->predicted[at], theirs = (double)learning->baseline[at];
    test->truth[i] = (double)learning->target->y[at];
    test->groups[i] = (int32_t)learning->work->artists[item];
    if (is_amount(learning)) {
        test->sides[0][i] = fmin(fmax(learning->mean + learning->deviation * ours, 0), 1);
        test->sides[1][i] = fmin(fmax(learning->mean + learning->deviation * theirs, 0), 1);
    } else {
        test->sides[0][i] = ours - learning->thresholds[class];
        test->sides[1][i] = theirs - learning->others[class];
    }
}

/* Numbers the groups from 0 without gaps. */
static enum status number_groups(struct test *test, int32_t *n_groups, struct error *error)
{
    int32_t most = 0;
    for (int64_t i = 0; i < test->n; i++)
        most = test->groups[i] > most ? test->groups[i] : most;
    int32_t *number = calloc((size_t)most + 1, sizeof *number);
    if (!number)
        return error_no_memory(error);
    *n_groups = 0;
    for (int64_t i = 0; i < test->n; i++) {
        int32_t *mine = &number[test->groups[i]];
        *mine = *mine == 0 ? ++*n_groups : *mine;
        test->groups[i] = *mine - 1;
    }
    free(number);
    return STATUS_OK;
}

static void json_estimate(struct json_writer *json, const char *key, const struct quality_estimate *estimate)
{
    json_key(json, key);
    json_object_begin(json);
    json_pair_number(json, "value", estimate->value);
    json_pair_number(json, "low", estimate->low);
    json_pair_number(json, "high", estimate->high);
    json_object_end(json);
}

static void json_quality(struct json_writer *json, const char *name, const struct quality *quality)
{
    json_object_begin(json);
    json_pair_text(json, "name", name);
    json_pair_integer(json, "n", quality->n);
    json_pair_integer(json, "positives", quality->positives);
    for (int m = 0; m < QUALITY_METRICS; m++) {
        if (isnan(quality->sides[0][m].value) && isnan(quality->sides[1][m].value))
            continue;
        json_key(json, quality_names[m]);
        json_object_begin(json);
        json_estimate(json, "network", &quality->sides[0][m]);
        json_estimate(json, "baseline", &quality->sides[1][m]);
        json_estimate(json, "difference", &quality->difference[m]);
        json_object_end(json);
    }
    json_object_end(json);
}

static enum status measure(const struct learning *learning, const char *name, int64_t first, int64_t end,
                           struct error *error)
{
    const int64_t n = learning->counts[ATTRIBUTE_TEST];
    const size_t size = (size_t)(n * (end - first)) + 1;
    struct test test = {malloc(size * sizeof(double)),
                        {malloc(size * sizeof(double)), malloc(size * sizeof(double))},
                        malloc(size * sizeof(int32_t)),
                        0};
    struct quality quality;
    int32_t n_groups = 0;
    enum status status =
        test.truth && test.sides[0] && test.sides[1] && test.groups ? STATUS_OK : error_no_memory(error);
    for (int64_t c = first; status == STATUS_OK && c < end; c++)
        for (int64_t i = 0; i < n; i++)
            add_test(learning, learning->items[ATTRIBUTE_TEST][i], c, &test);
    if (status == STATUS_OK)
        status = number_groups(&test, &n_groups, error);
    if (status == STATUS_OK) {
        const struct quality_data data = {.n = test.n,
                                          .truth = test.truth,
                                          .sides = {test.sides[0], test.sides[1]},
                                          .groups = test.groups,
                                          .n_groups = n_groups,
                                          .amounts = is_amount(learning),
                                          .within = learning->spec->within};
        status = quality_measure(&data, learning->work->wanted->seed, &quality, error);
    }
    if (status == STATUS_OK)
        json_quality(&learning->work->json, name, &quality);
    free_test(&test);
    return status;
}

/* All classes of genre together come first, then each. */
static enum status measure_all(const struct learning *learning, struct error *error)
{
    enum status status = measure(learning, learning->spec->name, 0, learning->out, error);
    for (int64_t c = 0; status == STATUS_OK && learning->spec->type == ATTRIBUTE_CLASSES && c < learning->out; c++)
        status = measure(learning, learning->target->classes[c], c, c + 1, error);
    return status;
}

static enum status report(struct learning *learning, struct error *error)
{
    struct json_writer *json = &learning->work->json;
    json_object_begin(json);
    json_pair_text(json, "name", learning->spec->name);
    json_pair_integer(json, "training", learning->counts[ATTRIBUTE_TRAIN]);
    json_pair_integer(json, "validation", learning->counts[ATTRIBUTE_VALIDATION]);
    json_pair_integer(json, "test", learning->counts[ATTRIBUTE_TEST]);
    json_pair_integer(json, "steps", learning->trained.steps);
    json_pair_integer(json, "epochs", learning->trained.epochs);
    json_pair_integer(json, "best_epoch", learning->trained.best_epoch);
    json_pair_number(json, "validation_score", learning->trained.validation_score);
    json_pair_text(json, "baseline", is_amount(learning) ? "ridge" : "logistic");
    json_pair_number(json, "baseline_lambda", learning->lambda);
    json_pair_number(json, "baseline_validation_score", learning->baseline_score);
    json_pair_number(json, "within", learning->spec->within);
    json_pair_text(json, "paper", learning->spec->paper);
    json_key(json, "results");
    json_array_begin(json);
    enum status status = measure_all(learning, error);
    json_array_end(json);
    json_object_end(json);
    return status;
}

enum status attribute_learn(struct attribute_work *work, struct compute *compute, struct attribute_target *target,
                            struct error *error)
{
    struct learning learning = {.work = work,
                                .compute = compute,
                                .target = target,
                                .spec = &attribute_specs[target->kind],
                                .n = work->inputs.n,
                                .out = target->out};
    enum status status = prepare(&learning, error);
    set_settings(&learning);
    const struct dense_shape shape = {.in = work->inputs.width,
                                      .out = target->out,
                                      .n_hidden = learning.spec->n_hidden,
                                      .hidden = {learning.spec->hidden[0], learning.spec->hidden[1],
                                                 learning.spec->hidden[2], learning.spec->hidden[3],
                                                 learning.spec->hidden[4], learning.spec->hidden[5],
                                                 learning.spec->hidden[6], learning.spec->hidden[7]}};
    float *weights = status == STATUS_OK ? malloc((size_t)dense_size(&shape) * sizeof *weights) : NULL;
    if (status == STATUS_OK && !weights)
        status = error_no_memory(error);
    const struct dense_data data = {.n = learning.n,
                                    .in = work->inputs.width,
                                    .out = target->out,
                                    .x = work->x,
                                    .y = learning.y,
                                    .training = learning.items[ATTRIBUTE_TRAIN],
                                    .n_training = learning.counts[ATTRIBUTE_TRAIN],
                                    .validation = learning.items[ATTRIBUTE_VALIDATION],
                                    .n_validation = learning.counts[ATTRIBUTE_VALIDATION]};
    if (status == STATUS_OK)
        status = attribute_fit(work, compute, target->kind, &data, &learning.settings, learning.predicted, weights,
                               &learning.trained, error);
    if (status == STATUS_OK)
        status = fit_baseline(&learning, &data, error);
    if (status == STATUS_OK)
        status = choose_thresholds(&learning, error);
    if (status == STATUS_OK) {
        status = keep(&learning, weights, error);
        weights = NULL; /* the model's */
    }
    if (status == STATUS_OK)
        status = report(&learning, error);
    free(weights);
    free_learning(&learning);
    return status;
}
