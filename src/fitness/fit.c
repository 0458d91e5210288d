#include "fitness/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "fitness/order.h"
#include "fitness/runner.h"
#include "fitness/scores.h"
#include "nn/best_weights.h"
#include "nn/epoch_record.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/trainer.h"

/* ------------------------------------------------------------------ training */

struct training {
    struct compute *compute;
    const struct fitness_data *data;
    const struct fitness_fit_settings *settings;
    struct fitness_network *network;
    struct optimiser optimiser;
    struct fitness_runner runner;
    struct fitness_order order;
    int64_t steps;
    float *x;                  /* [piece x input] */
    float *logits;             /* [piece x classes] */
    float *targets;            /* [piece x classes] */
    struct epoch_record curve; /* CURVE columns */
    struct buffer best;
};

enum curve_column { CURVE_HITS, CURVE_SEEN, CURVE_VALIDATION, CURVE };

/* Adds the losses of the members; each member learns alone. */
static void add_losses(struct training *training, int64_t rows, const int32_t *classes, int64_t of_batch, int64_t n,
                       struct tensor *const *logits, struct compute_slice loss)
{
    struct tape *tape = &training->runner.tape;
    const int64_t n_classes = training->network->shape.n_classes;
    if (training->settings->loss == FITNESS_BINARY) {
        const struct compute_slice targets = tape_upload(tape, training->targets, rows * n_classes);
        for (int64_t m = 0; m < n; m++)
            nn_element_loss(tape, ELEMENT_LOSS_LOGISTIC, logits[m], targets, (struct compute_slice){0},
                            1 / (float)(of_batch * n_classes), loss);
        return;
    }
    float *weights = tape_host_memory(tape, (size_t)rows * sizeof *weights);
    for (int64_t i = 0; weights && i < rows; i++)
        weights[i] = 1 / (float)of_batch;
    for (int64_t m = 0; m < n; m++)
        nn_cross_entropy(tape, logits[m], classes, weights, loss);
}

/* One piece of a batch: reads inputs, adds to the gradients, counts hits. */
static enum status step_piece(struct training *training, int64_t epoch, int64_t first, int64_t rows, int64_t of_batch,
                              double *loss, float *curve, struct error *error)
{
    const struct fitness_shape *shape = &training->network->shape;
    const int64_t size = fitness_input_size(shape), n_classes = shape->n_classes;
    struct tape *tape = &training->runner.tape;
    struct tensor *logits[FITNESS_MEMBERS_MAX];
    int32_t classes[FITNESS_PIECE_ROWS];
    double value = 0;
    for (int64_t i = 0; i < rows; i++) {
        const struct fitness_pair *pair = &training->data->pairs[training->order.order[first + i]];
        const struct fitness_inputs *inputs = &training->data->inputs;
        enum status status =
            inputs->read(inputs->context, pair->song, fitness_order_number(&training->order, epoch, first + i),
                         training->x + i * size, error);
        if (status != STATUS_OK)
            return status;
        classes[i] = pair->class;
        fitness_order_targets(&training->order, pair->song, training->targets + i * n_classes);
    }
    const struct dropout dropout = {training->settings->dropout,
                                    (uint32_t)fitness_order_number(&training->order, epoch, -1 - first)};
    tape_reset(tape, true);
    struct tensor x = tensor_of(tape_upload(tape, training->x, rows * size), rows, size);
    const int64_t n = fitness_network_apply(tape, training->network, &x, rows, dropout, logits);
    struct compute_slice sum = tape_doubles(tape, 1);
    add_losses(training, rows, classes, of_batch, n, logits, sum);
    tape_backward(tape);
    tape_download_doubles(tape, sum, &value, 1);
    fitness_runner_take(&training->runner, rows, n, logits, training->logits);
    for (int64_t i = 0; i < rows; i++)
        curve[CURVE_HITS] += fitness_rank(training->logits + i * n_classes, (int32_t)n_classes, classes[i]) == 1;
    curve[CURVE_SEEN] += (float)rows;
    *loss += value / (double)n;
    return tape_status(tape, error);
}

static enum status step(void *context, int64_t epoch, int64_t number, double *loss, struct error *error)
{
    struct training *training = context;
    const struct fitness_fit_settings *settings = training->settings;
    const int64_t first = number * settings->batch, left = training->order.n_train - first;
    const int64_t n = left < settings->batch ? left : settings->batch,
                  piece = fitness_piece_rows(&training->network->shape);
    const int64_t taken = training->optimiser.step;
    const double rate =
        settings->cosine ? schedule_cosine((double)settings->learning_rate, taken, settings->epochs * training->steps)
                         : (double)settings->learning_rate;
    enum status status = epoch_record_read(&training->curve, error);
    fitness_order_draw(&training->order, epoch);
    parameters_begin(&training->network->parameters);
    *loss = 0;
    for (int64_t at = 0, rows; status == STATUS_OK && at < n; at += rows) {
        rows = n - at < piece ? n - at : piece;
        status =
            step_piece(training, epoch, first + at, rows, n, loss, epoch_record_row(&training->curve, epoch), error);
    }
    if (status != STATUS_OK)
        return status;
    optimiser_step(&training->optimiser, &training->runner.tape, (float)rate);
    status = tape_status(&training->runner.tape, error);
    return status == STATUS_OK ? epoch_record_write(&training->curve, error) : status;
}

/* ------------------------------------------------------------------ validation */

static enum status validate_piece(struct training *training, int64_t first, int64_t rows, double *reciprocal,
                                  int64_t *hits, bool *finite, struct error *error)
{
    const int64_t size = fitness_input_size(&training->network->shape), n_classes = training->network->shape.n_classes;
    const struct fitness_inputs *inputs = &training->data->inputs;
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < rows; i++)
        status = inputs->read(inputs->context, training->data->pairs[training->order.validation[first + i]].song, 0,
                              training->x + i * size, error);
    if (status == STATUS_OK)
        status = fitness_runner_run(&training->runner, training->x, rows, training->logits, error);
    for (int64_t i = 0; status == STATUS_OK && i < rows; i++) {
        const float *logits = training->logits + i * n_classes;
        const int32_t rank = fitness_rank(logits, (int32_t)n_classes,
                                          training->data->pairs[training->order.validation[first + i]].class);
        for (int64_t c = 0; c < n_classes; c++)
            *finite = *finite && isfinite(logits[c]);
        *reciprocal += 1 / (double)rank;
        *hits += rank == 1;
    }
    return status;
}

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct training *training = context;
    const int64_t piece = fitness_piece_rows(&training->network->shape), n = training->order.n_validation;
    const int64_t epoch = (training->optimiser.step + training->steps - 1) / training->steps - 1;
    double reciprocal = 0;
    int64_t hits = 0;
    bool finite = true;
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n; first += piece)
        status =
            validate_piece(training, first, n - first < piece ? n - first : piece, &reciprocal, &hits, &finite, error);
    if (status == STATUS_OK)
        status = epoch_record_read(&training->curve, error);
    if (status != STATUS_OK)
        return status;
    epoch_record_row(&training->curve, epoch)[CURVE_VALIDATION] = (float)((double)hits / (double)n);
    score->diverged = !finite;
    score->value = reciprocal / (double)n;
    snprintf(score->text, sizeof score->text, "top-1 %.1f %%, mean 1 / rank %.3f", 100 * (double)hits / (double)n,
             score->value);
    return epoch_record_write(&training->curve, error);
}

/* ------------------------------------------------------------------ the best weights */

static enum status keep(void *context, bool better, struct error *error)
{
    const struct training *training = context;
    return better || training->settings->keep_last
               ? best_weights_write(&training->network->parameters, training->best.data, training->settings->identity,
                                    error)
               : STATUS_OK;
}

static enum status check_kept(void *context, struct error *error)
{
    const struct training *training = context;
    return best_weights_check(&training->network->parameters, training->best.data, training->settings->identity, error);
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct training *training = context;
    optimiser_state(&training->optimiser, list);
    epoch_record_list(&training->curve, list);
}

/* ------------------------------------------------------------------ a training */

static bool allocate(struct training *training)
{
    const struct fitness_fit_settings *settings = training->settings;
    const size_t piece = (size_t)fitness_piece_rows(&settings->shape), classes = (size_t)settings->shape.n_classes;
    training->network = calloc(1, sizeof *training->network);
    training->x = malloc(piece * (size_t)fitness_input_size(&settings->shape) * sizeof *training->x);
    training->logits = malloc(piece * classes * sizeof *training->logits);
    training->targets = malloc(piece * classes * sizeof *training->targets);
    buffer_printf(&training->best, "%s.best", settings->checkpoint);
    return training->network && training->x && training->logits && training->targets && !training->best.failed;
}

/* Without validation songs the last weights are kept. */
static enum status check_songs(const struct training *training, struct error *error)
{
    const bool validates = training->order.n_validation > 0 || training->settings->keep_last;
    return training->order.n_train > 0 && validates
               ? STATUS_OK
               : error_set(error, STATUS_BAD_DATA, "there are no songs to train with, or none to validate with");
}

static enum status open_training(struct training *training, struct error *error)
{
    const struct fitness_fit_settings *settings = training->settings;
    const struct optimiser_settings optimiser = {.kind = OPTIMISER_ADAM, .weight_decay = settings->weight_decay};
    struct random random;
    enum status status = allocate(training)
                             ? fitness_order_init(&training->order, training->data, settings->shape.n_classes,
                                                  settings->seed, settings->balanced, error)
                             : error_no_memory(error);
    if (status == STATUS_OK)
        status = check_songs(training, error);
    if (status != STATUS_OK)
        return status;
    training->steps = (training->order.n_train + settings->batch - 1) / settings->batch;
    random_seed(&random, random_mix(settings->seed));
    fitness_network_declare(training->network, &settings->shape);
    status = parameters_create(&training->network->parameters, training->compute, true, &random, error);
    if (status == STATUS_OK)
        status = optimiser_open(&training->optimiser, &training->network->parameters, &optimiser, error);
    if (status == STATUS_OK)
        status = fitness_runner_init(&training->runner, training->compute, training->network, error);
    if (status == STATUS_OK)
        status = epoch_record_open(&training->curve, training->compute, settings->epochs, CURVE, error);
    return status;
}

static void close_training(struct training *training)
{
    fitness_runner_free(&training->runner);
    if (training->optimiser.parameters)
        optimiser_close(&training->optimiser);
    if (training->network && training->network->parameters.compute)
        parameters_destroy(&training->network->parameters);
    epoch_record_close(&training->curve);
    fitness_order_free(&training->order);
    free(training->network);
    free(training->x);
    free(training->logits);
    free(training->targets);
    buffer_free(&training->best);
}

static enum status train(struct training *training, struct progress *progress, struct trainer_result *result,
                         struct error *error)
{
    const struct fitness_fit_settings *settings = training->settings;
    const bool validates = training->order.n_validation > 0;
    const struct trainer_network network = {.context = training,
                                            .step = step,
                                            .taken = &training->optimiser.step,
                                            .state = list_state,
                                            .validate = validates ? validate : NULL,
                                            .keep = keep,
                                            .check_kept = check_kept};
    const char *const identities[] = {settings->identity, NULL};
    const struct trainer_settings trainer = {.epochs = settings->epochs,
                                             .steps = training->steps,
                                             .validate_every = 1,
                                             .patience = settings->patience,
                                             .score_low = -1,
                                             .score_high = 1,
                                             .score_name = validates ? "mean 1 / rank" : NULL,
                                             .divergence_advice = "use a lower learning_rate",
                                             .checkpoint = settings->checkpoint,
                                             .identities = identities,
                                             .resume = settings->resume,
                                             .progress = progress};
    if (settings->resume && !file_exists(settings->checkpoint))
        return error_set(error, STATUS_USAGE,
                         "there is no interrupted training of this model to resume; leave --resume out");
    return trainer_run(training->compute, &network, &trainer, result, error);
}

static enum status take(struct training *training, const struct trainer_result *result, struct fitness_fitted *fitted,
                        struct error *error)
{
    fitted->n_weights = training->network->parameters.n_values;
    fitted->curve = malloc((size_t)training->settings->epochs * sizeof *fitted->curve);
    enum status status = fitted->curve ? best_weights_copy(&training->network->parameters, training->best.data,
                                                           training->settings->identity, &fitted->weights, error)
                                       : error_no_memory(error);
    if (status == STATUS_OK)
        status = epoch_record_read(&training->curve, error);
    for (int64_t e = 0; status == STATUS_OK && e < result->epochs; e++) {
        const float *row = epoch_record_row(&training->curve, e);
        fitted->curve[e] = (struct fitness_epoch){row[CURVE_HITS] / row[CURVE_SEEN],
                                                  training->order.n_validation > 0 ? row[CURVE_VALIDATION] : NAN};
    }
    fitted->epochs = result->epochs;
    fitted->best_epoch = training->settings->keep_last ? result->epochs : result->best_epoch;
    snprintf(fitted->report, sizeof fitted->report, "%s", result->report);
    return status;
}

void fitness_fitted_free(struct fitness_fitted *fitted)
{
    free(fitted->weights);
    free(fitted->curve);
    *fitted = (struct fitness_fitted){0};
}

enum status fitness_fit(struct compute *compute, const struct fitness_data *data,
                        const struct fitness_fit_settings *settings, struct progress *progress,
                        struct fitness_fitted *fitted, struct error *error)
{
    struct training training = {.compute = compute, .data = data, .settings = settings};
    struct trainer_result result;
    *fitted = (struct fitness_fitted){0};
    enum status status = open_training(&training, error);
    if (status == STATUS_OK)
        status = train(&training, progress, &result, error);
    if (status == STATUS_OK)
        status = take(&training, &result, fitted, error);
    if (status == STATUS_OK) {
        unlink(settings->checkpoint);
        unlink(training.best.data);
    } else {
        fitness_fitted_free(fitted);
    }
    close_training(&training);
    return status;
}
