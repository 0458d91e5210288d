#include "content/sound_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content/sound_fit_internal.h"
#include "core/file.h"
#include "nn/best_weights.h"
#include "nn/schedule.h"
#include "nn/trainer.h"

/* Of a step in training: a batch is a sum over such pieces, so that it needs no more memory, unless it is normalised as
 * a whole. */
static int64_t step_rows(const struct sound_fit_settings *settings)
{
    const int64_t rows = sound_piece_rows(&settings->shape);
    return settings->shape.spec->norm || rows > settings->batch ? settings->batch : rows;
}

/* ------------------------------------------------------------------ a training */

/* The order of an epoch is a function of seed and epoch. */
static void draw_order(struct sound_training *training, int64_t epoch)
{
    struct random random;
    if (training->ordered == epoch)
        return;
    random_seed(&random, random_mix(training->settings->seed) ^ random_mix((uint64_t)epoch + 1));
    memcpy(training->order, training->train.items, (size_t)training->train.count * sizeof *training->order);
    for (int64_t i = training->train.count; i-- > 1;) {
        const int64_t other = (int64_t)random_below(&random, (uint64_t)i + 1);
        const struct input input = training->order[i];
        training->order[i] = training->order[other];
        training->order[other] = input;
    }
    training->ordered = epoch;
}

static enum status run_piece(struct sound_training *training, const struct sound_piece *piece, double *loss,
                             struct error *error)
{
    return training->settings->objective == SOUND_TARGETS ? sound_run_targets(training, piece, loss, error)
                                                          : sound_run_triplets(training, piece, loss, error);
}

static enum status step(void *context, int64_t epoch, int64_t number, double *loss, struct error *error)
{
    struct sound_training *training = context;
    const struct sound_fit_settings *settings = training->settings;
    const int64_t first = number * settings->batch, left = training->train.count - first;
    const int64_t n = left < settings->batch ? left : settings->batch;
    const uint64_t draw = random_mix((uint64_t)epoch + 1) + (uint64_t)first;
    enum status status = epoch_record_read(&training->curve, error);
    draw_order(training, epoch);
    if (status == STATUS_OK && settings->objective == SOUND_SEMI_HARD) {
        const struct sound_piece batch = {training->order + first, n, n, true, draw, NULL};
        status = sound_mine_negatives(training, &batch, training->negatives, error);
    }
    parameters_begin(&training->network->parameters);
    parameters_begin(&training->network->pretrained);
    *loss = 0;
    for (int64_t at = 0, rows; status == STATUS_OK && at < n; at += rows) {
        rows = n - at < training->piece ? n - at : training->piece;
        const struct sound_piece piece = {training->order + first + at,
                                          rows,
                                          n,
                                          true,
                                          draw + (uint64_t)at,
                                          settings->objective == SOUND_SEMI_HARD ? training->negatives + at : NULL};
        status = run_piece(training, &piece, loss, error);
    }
    if (status != STATUS_OK)
        return status;
    const float rate =
        schedule_inverse((double)settings->learning_rate, (double)settings->rate_decay, training->optimiser.step);
    optimiser_step(&training->optimiser, &training->tape, rate);
    if (settings->shape.spec->adapted) {
        training->adapting.step = training->optimiser.step - 1;
        optimiser_step(&training->adapting, &training->tape, settings->adapted_rate);
    }
    status = tape_status(&training->tape, error);
    if (status != STATUS_OK || !isfinite(*loss))
        return status;
    float *row = epoch_record_row(&training->curve, epoch);
    row[CURVE_LOSS] += (float)(*loss * (double)n);
    row[CURVE_SEEN] += (float)n;
    return epoch_record_write(&training->curve, error);
}

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct sound_training *training = context;
    const int64_t epoch = (training->optimiser.step + training->steps - 1) / training->steps - 1;
    const int64_t count = training->validation.count;
    double loss = 0;
    enum status status = epoch_record_read(&training->curve, error);
    for (int64_t at = 0, rows; status == STATUS_OK && at < count; at += rows) {
        rows = count - at < training->piece ? count - at : training->piece;
        const struct sound_piece piece = {training->validation.items + at, rows, count, false, (uint64_t)at, NULL};
        status = run_piece(training, &piece, &loss, error);
    }
    if (status != STATUS_OK)
        return status;
    score->diverged = !isfinite(loss);
    score->value = loss < 2 ? 1 - loss : -1;
    snprintf(score->text, sizeof score->text, "error %.4f", loss);
    if (score->diverged)
        return STATUS_OK;
    epoch_record_row(&training->curve, epoch)[CURVE_VALIDATION] = (float)loss;
    return epoch_record_write(&training->curve, error);
}

/* ------------------------------------------------------------------ the best weights */

static enum status keep(void *context, bool better, struct error *error)
{
    const struct sound_training *training = context;
    const char *identity = training->settings->identity;
    if (!better)
        return STATUS_OK;
    enum status status = best_weights_write(&training->network->parameters, training->best.data, identity, error);
    if (status == STATUS_OK && training->settings->shape.spec->adapted)
        status = best_weights_write(&training->network->pretrained, training->best_pretrained.data, identity, error);
    return status;
}

static enum status check_kept(void *context, struct error *error)
{
    const struct sound_training *training = context;
    const char *identity = training->settings->identity;
    enum status status = best_weights_check(&training->network->parameters, training->best.data, identity, error);
    if (status == STATUS_OK && training->settings->shape.spec->adapted)
        status = best_weights_check(&training->network->pretrained, training->best_pretrained.data, identity, error);
    return status;
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct sound_training *training = context;
    const struct parameters *pretrained = &training->network->pretrained;
    optimiser_state(&training->optimiser, list);
    epoch_record_list(&training->curve, list);
    if (!training->settings->shape.spec->adapted)
        return;
    checkpoint_add(list, "pretrained", "", false, pretrained->values, (int64_t)pretrained->n_values);
    checkpoint_add(list, "pretrained.velocity", "", false, pretrained->velocity, (int64_t)pretrained->n_trained);
    checkpoint_add(list, "pretrained.second", "", false, training->adapting.second, (int64_t)pretrained->n_trained);
}

/* ------------------------------------------------------------------ all of it */

static enum status list_inputs(const struct sound_inputs *inputs, const int32_t *songs, int64_t n_songs,
                               struct input_list *list, struct error *error)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n_songs; i++)
        count += inputs->count(inputs->context, songs[i]);
    list->items = malloc(((size_t)count + 1) * sizeof *list->items);
    if (!list->items)
        return error_no_memory(error);
    for (int64_t i = 0; i < n_songs; i++)
        for (int64_t which = 0; which < inputs->count(inputs->context, songs[i]); which++)
            list->items[list->count++] = (struct input){songs[i], (int32_t)which};
    return STATUS_OK;
}

static enum status allocate(struct sound_training *training, struct error *error)
{
    const struct sound_data *data = training->data;
    const struct sound_fit_settings *settings = training->settings;
    enum status status = list_inputs(&data->inputs, data->training, data->n_training, &training->train, error);
    if (status == STATUS_OK)
        status = list_inputs(&data->inputs, data->validation, data->n_validation, &training->validation, error);
    if (status != STATUS_OK)
        return status;
    if (training->train.count == 0 || training->validation.count == 0)
        return error_set(error, STATUS_BAD_DATA, "there are no songs to train with, or none to validate with");
    training->piece = step_rows(settings);
    training->steps = (training->train.count + settings->batch - 1) / settings->batch;
    training->network = calloc(1, sizeof *training->network);
    training->order = malloc((size_t)training->train.count * sizeof *training->order);
    training->negatives = malloc((size_t)settings->batch * sizeof *training->negatives);
    training->x = malloc((size_t)(INPUTS_OF_TRIPLET * training->piece * sound_input_size(&settings->shape)) *
                         sizeof *training->x);
    training->y = malloc((size_t)(training->piece * settings->shape.out) * sizeof *training->y);
    buffer_printf(&training->best, "%s.best", settings->checkpoint);
    buffer_printf(&training->best_pretrained, "%s.pretrained", settings->checkpoint);
    return training->network && training->order && training->negatives && training->x && training->y &&
                   !training->best.failed && !training->best_pretrained.failed
               ? STATUS_OK
               : error_no_memory(error);
}

static enum status open_training(struct sound_training *training, struct error *error)
{
    const struct sound_fit_settings *settings = training->settings;
    const struct optimiser_settings optimiser = {
        .kind = OPTIMISER_ADAM, .epsilon = 1e-6F, .weight_decay = settings->weight_decay};
    struct random random;
    enum status status = allocate(training, error);
    if (status != STATUS_OK)
        return status;
    random_seed(&random, random_mix(settings->seed));
    sound_network_declare(training->network, &settings->shape);
    status = sound_network_create(training->network, training->compute, true, &random, error);
    if (status == STATUS_OK && settings->weights)
        status = sound_network_load(training->network, training->compute, settings->weights, error);
    if (status == STATUS_OK)
        status = optimiser_open(&training->optimiser, &training->network->parameters, &optimiser, error);
    if (status == STATUS_OK && settings->shape.spec->adapted)
        status = optimiser_open(&training->adapting, &training->network->pretrained, &optimiser, error);
    if (status == STATUS_OK)
        status = epoch_record_open(&training->curve, training->compute, settings->epochs, CURVE, error);
    return status;
}

static void close_training(struct sound_training *training)
{
    tape_close(&training->tape);
    if (training->optimiser.parameters)
        optimiser_close(&training->optimiser);
    if (training->adapting.parameters)
        optimiser_close(&training->adapting);
    if (training->network)
        sound_network_destroy(training->network);
    epoch_record_close(&training->curve);
    free(training->network);
    free(training->train.items);
    free(training->validation.items);
    free(training->order);
    free(training->negatives);
    free(training->x);
    free(training->y);
    buffer_free(&training->best);
    buffer_free(&training->best_pretrained);
}

static enum status train(struct sound_training *training, struct progress *progress, struct trainer_result *result,
                         struct error *error)
{
    const struct sound_fit_settings *settings = training->settings;
    const struct trainer_network network = {.context = training,
                                            .step = step,
                                            .taken = &training->optimiser.step,
                                            .state = list_state,
                                            .validate = validate,
                                            .keep = keep,
                                            .check_kept = check_kept};
    const char *const identities[] = {settings->identity, NULL};
    const struct trainer_settings trainer = {.epochs = settings->epochs,
                                             .steps = training->steps,
                                             .validate_every = 1,
                                             .patience = settings->patience,
                                             .loss_max = 1000, /* that of the mean is about 1 */
                                             .score_low = -2,
                                             .score_high = 1,
                                             .score_name = settings->objective == SOUND_TARGETS ? "R2" : "1 - loss",
                                             .divergence_advice = "use a lower learning_rate",
                                             .checkpoint = settings->checkpoint,
                                             .identities = identities,
                                             .resume = settings->resume,
                                             .progress = progress};
    if (settings->resume && !file_exists(settings->checkpoint))
        return error_set(error, STATUS_USAGE,
                         "there is no interrupted training of this name to resume; leave --resume out");
    return trainer_run(training->compute, &network, &trainer, result, error);
}

/* A network that is not adapted has the values that it began with. */
static enum status take_pretrained(const struct sound_training *training, struct sound_fitted *fitted,
                                   struct error *error)
{
    const struct parameters *pretrained = &training->network->pretrained;
    fitted->n_pretrained = pretrained->n_values;
    if (training->settings->shape.spec->adapted)
        return best_weights_copy(pretrained, training->best_pretrained.data, training->settings->identity,
                                 &fitted->pretrained, error);
    fitted->pretrained = malloc((pretrained->n_values + 1) * sizeof *fitted->pretrained);
    return fitted->pretrained ? parameters_read(pretrained, fitted->pretrained, error) : error_no_memory(error);
}

static enum status take(struct sound_training *training, const struct trainer_result *result,
                        struct sound_fitted *fitted, struct error *error)
{
    fitted->n_weights = training->network->parameters.n_values;
    fitted->curve = malloc((size_t)training->settings->epochs * sizeof *fitted->curve);
    enum status status = fitted->curve ? best_weights_copy(&training->network->parameters, training->best.data,
                                                           training->settings->identity, &fitted->weights, error)
                                       : error_no_memory(error);
    if (status == STATUS_OK)
        status = take_pretrained(training, fitted, error);
    if (status == STATUS_OK)
        status = epoch_record_read(&training->curve, error);
    for (int64_t e = 0; status == STATUS_OK && e < result->epochs; e++) {
        const float *row = epoch_record_row(&training->curve, e);
        fitted->curve[e] = (struct sound_epoch){row[CURVE_LOSS] / row[CURVE_SEEN], row[CURVE_VALIDATION]};
    }
    fitted->epochs = result->epochs;
    fitted->best_epoch = result->best_epoch;
    fitted->n_inputs = training->train.count;
    snprintf(fitted->report, sizeof fitted->report, "%s", result->report);
    return status;
}

void sound_fitted_free(struct sound_fitted *fitted)
{
    free(fitted->weights);
    free(fitted->pretrained);
    free(fitted->curve);
    *fitted = (struct sound_fitted){0};
}

void sound_fit_forget(const char *checkpoint)
{
    static const char *const suffixes[] = {"", ".best", ".pretrained"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        struct buffer path = {0};
        buffer_printf(&path, "%s%s", checkpoint, suffixes[i]);
        if (!path.failed)
            unlink(path.data);
        buffer_free(&path);
    }
}

enum status sound_fit(struct compute *compute, const struct sound_data *data, const struct sound_fit_settings *settings,
                      struct progress *progress, struct sound_fitted *fitted, struct error *error)
{
    struct sound_training training = {.compute = compute, .data = data, .settings = settings, .ordered = -1};
    struct trainer_result result;
    *fitted = (struct sound_fitted){0};
    tape_open(&training.tape, compute);
    enum status status = open_training(&training, error);
    if (status == STATUS_OK)
        status = train(&training, progress, &result, error);
    if (status == STATUS_OK)
        status = take(&training, &result, fitted, error);
    if (status != STATUS_OK)
        sound_fitted_free(fitted);
    close_training(&training);
    return status;
}
