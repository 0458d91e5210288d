#include "fitness/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "fitness/network.h"
#include "fitness/scores.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "nn/trainer.h"

/* Floats of inputs that are computed together: the CNN's first layer has 16 times as many, and as many gradients. A
 * batch is a sum over such pieces, so that it needs no more memory. */
enum { PIECE_FLOATS = 3 << 19, PIECE_ROWS = 1024 };

static int64_t piece_rows(const struct fitness_shape *shape)
{
    const int64_t rows = PIECE_FLOATS / fitness_input_size(shape);
    return rows < 1 ? 1 : rows > PIECE_ROWS ? PIECE_ROWS : rows;
}

/* ------------------------------------------------------------------ logits */

struct runner {
    struct tape tape;
    struct fitness_network *network;
    float *one; /* [piece x classes] */
};

static enum status runner_init(struct runner *runner, struct compute *compute, struct fitness_network *network,
                               struct error *error)
{
    tape_open(&runner->tape, compute);
    runner->network = network;
    runner->one = malloc((size_t)(piece_rows(&network->shape) * network->shape.n_classes) * sizeof *runner->one);
    return runner->one ? STATUS_OK : error_no_memory(error);
}

static void runner_free(struct runner *runner)
{
    if (runner->tape.compute)
        tape_close(&runner->tape);
    free(runner->one);
}

/* Adds the logits of members, divided by their number, to out [rows x classes]. */
static void take_logits(struct runner *runner, int64_t rows, int64_t n, struct tensor *const *logits, float *out)
{
    const int64_t count = rows * runner->network->shape.n_classes;
    memset(out, 0, (size_t)count * sizeof *out);
    for (int64_t m = 0; m < n; m++) {
        tape_download(&runner->tape, logits[m]->value, runner->one, (size_t)count * sizeof *out);
        for (int64_t i = 0; runner->tape.status == STATUS_OK && i < count; i++)
            out[i] += runner->one[i] / (float)n;
    }
}

static enum status run_piece(struct runner *runner, const float *x, int64_t rows, float *out, struct error *error)
{
    struct tensor *logits[FITNESS_MEMBERS_MAX];
    const int64_t size = fitness_input_size(&runner->network->shape);
    tape_reset(&runner->tape, false);
    struct tensor input = tensor_of(tape_upload(&runner->tape, x, rows * size), rows, size);
    const int64_t n = fitness_network_apply(&runner->tape, runner->network, &input, rows, (struct dropout){0}, logits);
    take_logits(runner, rows, n, logits, out);
    return tape_status(&runner->tape, error);
}

/* ------------------------------------------------------------------ training */

struct training {
    struct compute *compute;
    const struct fitness_data *data;
    const struct fitness_fit_settings *settings;
    struct fitness_network *network;
    struct optimiser optimiser;
    struct runner runner;
    int64_t *train, *validation; /* indices of pairs */
    int64_t n_train, n_validation;
    int64_t *starts; /* [classes + 1] of `by_class`: training pairs by class */
    int64_t *by_class;
    int64_t steps;
    int64_t *order; /* [n_train] of epoch `ordered` */
    int64_t ordered;
    int64_t *first_pair; /* [n_songs] index of its first pair */
    float *x;            /* [piece x input] */
    float *logits;       /* [piece x classes] */
    float *targets;      /* [piece x classes] */
    struct compute_buffer *curve_buffer;
    float *curve; /* [epochs x CURVE] */
    struct buffer best;
};

enum curve_column { CURVE_HITS, CURVE_SEEN, CURVE_VALIDATION, CURVE };

static uint64_t draw_of(const struct training *training, int64_t epoch, int64_t i)
{
    const uint64_t draw =
        random_mix(random_mix(training->settings->seed ^ random_mix((uint64_t)epoch + 1)) + (uint64_t)i);
    return draw == 0 ? 1 : draw;
}

/* The order of an epoch is a function of seed and epoch. */
static void draw_order(struct training *training, int64_t epoch)
{
    struct random random;
    const int64_t n_classes = training->network->shape.n_classes;
    if (training->ordered == epoch)
        return;
    random_seed(&random, random_mix(training->settings->seed) ^ random_mix((uint64_t)epoch + 1));
    for (int64_t i = 0; i < training->n_train && training->settings->balanced; i++) {
        int64_t class, count;
        do {
            class = (int64_t)random_below(&random, (uint64_t)n_classes);
            count = training->starts[class + 1] - training->starts[class];
        } while (count == 0);
        training->order[i] =
            training->by_class[training->starts[class] + (int64_t)random_below(&random, (uint64_t)count)];
    }
    if (!training->settings->balanced) {
        memcpy(training->order, training->train, (size_t)training->n_train * sizeof *training->order);
        for (int64_t i = training->n_train; i-- > 1;) {
            const int64_t other = (int64_t)random_below(&random, (uint64_t)i + 1), pair = training->order[i];
            training->order[i] = training->order[other];
            training->order[other] = pair;
        }
    }
    training->ordered = epoch;
}

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

/* All playlists of the song, and the class. */
static void set_targets(const struct training *training, const struct fitness_pair *pair, float *targets)
{
    const struct fitness_data *data = training->data;
    memset(targets, 0, (size_t)training->network->shape.n_classes * sizeof *targets);
    for (int64_t i = training->first_pair[pair->song]; i < data->n_pairs && data->pairs[i].song == pair->song; i++)
        targets[data->pairs[i].class] = 1;
}

/* One piece of a batch: reads inputs, adds to the gradients, counts hits. */
static enum status step_piece(struct training *training, int64_t epoch, int64_t first, int64_t rows, int64_t of_batch,
                              double *loss, float *curve, struct error *error)
{
    const struct fitness_shape *shape = &training->network->shape;
    const int64_t size = fitness_input_size(shape), n_classes = shape->n_classes;
    struct tape *tape = &training->runner.tape;
    struct tensor *logits[FITNESS_MEMBERS_MAX];
    int32_t classes[PIECE_ROWS];
    double value = 0;
    for (int64_t i = 0; i < rows; i++) {
        const struct fitness_pair *pair = &training->data->pairs[training->order[first + i]];
        const struct fitness_inputs *inputs = &training->data->inputs;
        enum status status = inputs->read(inputs->context, pair->song, draw_of(training, epoch, first + i),
                                          training->x + i * size, error);
        if (status != STATUS_OK)
            return status;
        classes[i] = pair->class;
        set_targets(training, pair, training->targets + i * n_classes);
    }
    const struct dropout dropout = {training->settings->dropout, (uint32_t)draw_of(training, epoch, -1 - first)};
    tape_reset(tape, true);
    struct tensor x = tensor_of(tape_upload(tape, training->x, rows * size), rows, size);
    const int64_t n = fitness_network_apply(tape, training->network, &x, rows, dropout, logits);
    struct compute_slice sum = tape_doubles(tape, 1);
    add_losses(training, rows, classes, of_batch, n, logits, sum);
    tape_backward(tape);
    tape_download_doubles(tape, sum, &value, 1);
    take_logits(&training->runner, rows, n, logits, training->logits);
    for (int64_t i = 0; i < rows; i++)
        curve[CURVE_HITS] += fitness_rank(training->logits + i * n_classes, (int32_t)n_classes, classes[i]) == 1;
    curve[CURVE_SEEN] += (float)rows;
    *loss += value / (double)n;
    return tape_status(tape, error);
}

static enum status curve_io(struct training *training, bool write, struct error *error)
{
    const struct compute *compute = training->compute;
    const size_t bytes = (size_t)(training->settings->epochs * CURVE) * sizeof *training->curve;
    return write ? compute->ops->buffer_write(compute->stream, training->curve_buffer, 0, training->curve, bytes, error)
                 : compute->ops->buffer_read(compute->stream, training->curve_buffer, 0, training->curve, bytes, error);
}

static enum status step(void *context, int64_t epoch, int64_t number, double *loss, struct error *error)
{
    struct training *training = context;
    const struct fitness_fit_settings *settings = training->settings;
    const int64_t first = number * settings->batch, left = training->n_train - first;
    const int64_t n = left < settings->batch ? left : settings->batch, piece = piece_rows(&training->network->shape);
    const int64_t taken = training->optimiser.step;
    const double rate =
        settings->cosine ? schedule_cosine((double)settings->learning_rate, taken, settings->epochs * training->steps)
                         : (double)settings->learning_rate;
    enum status status = curve_io(training, false, error);
    draw_order(training, epoch);
    parameters_begin(&training->network->parameters);
    *loss = 0;
    for (int64_t at = 0, rows; status == STATUS_OK && at < n; at += rows) {
        rows = n - at < piece ? n - at : piece;
        status = step_piece(training, epoch, first + at, rows, n, loss, training->curve + epoch * CURVE, error);
    }
    if (status != STATUS_OK)
        return status;
    optimiser_step(&training->optimiser, &training->runner.tape, (float)rate);
    status = tape_status(&training->runner.tape, error);
    return status == STATUS_OK ? curve_io(training, true, error) : status;
}

/* ------------------------------------------------------------------ validation */

static enum status validate_piece(struct training *training, int64_t first, int64_t rows, double *reciprocal,
                                  int64_t *hits, bool *finite, struct error *error)
{
    const int64_t size = fitness_input_size(&training->network->shape), n_classes = training->network->shape.n_classes;
    const struct fitness_inputs *inputs = &training->data->inputs;
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < rows; i++)
        status = inputs->read(inputs->context, training->data->pairs[training->validation[first + i]].song, 0,
                              training->x + i * size, error);
    if (status == STATUS_OK)
        status = run_piece(&training->runner, training->x, rows, training->logits, error);
    for (int64_t i = 0; status == STATUS_OK && i < rows; i++) {
        const float *logits = training->logits + i * n_classes;
        const int32_t rank =
            fitness_rank(logits, (int32_t)n_classes, training->data->pairs[training->validation[first + i]].class);
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
    const int64_t piece = piece_rows(&training->network->shape), n = training->n_validation;
    const int64_t epoch = (training->optimiser.step + training->steps - 1) / training->steps - 1;
    double reciprocal = 0;
    int64_t hits = 0;
    bool finite = true;
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n; first += piece)
        status =
            validate_piece(training, first, n - first < piece ? n - first : piece, &reciprocal, &hits, &finite, error);
    if (status == STATUS_OK)
        status = curve_io(training, false, error);
    if (status != STATUS_OK)
        return status;
    training->curve[epoch * CURVE + CURVE_VALIDATION] = (float)((double)hits / (double)n);
    score->diverged = !finite;
    score->value = reciprocal / (double)n;
    snprintf(score->text, sizeof score->text, "top-1 %.1f %%, mean 1 / rank %.3f", 100 * (double)hits / (double)n,
             score->value);
    return curve_io(training, true, error);
}

/* ------------------------------------------------------------------ the best weights */

static enum status write_best(const struct training *training, struct error *error)
{
    const struct parameters *parameters = &training->network->parameters;
    float *values = malloc((parameters->n_values + 1) * sizeof *values);
    enum status status = values ? parameters_read(parameters, values, error) : error_no_memory(error);
    const struct tensor_source source = {
        .name = "values", .dtype = "F32", .rank = 1, .shape = {(int64_t)parameters->n_values}, .bytes = values};
    const struct metadata_pair pair = {"identity", training->settings->identity};
    if (status == STATUS_OK)
        status = safetensors_write(training->best.data, &source, 1, &pair, 1, error);
    free(values);
    return status;
}

static enum status open_best(const struct training *training, struct safetensors **file, const float **values,
                             struct error *error)
{
    const struct tensor_view *view;
    enum status status = safetensors_open(training->best.data, file, error);
    if (status != STATUS_OK)
        return status;
    const char *identity = safetensors_metadata(*file, "identity");
    if (!identity || strcmp(identity, training->settings->identity) != 0)
        return error_set(error, STATUS_BAD_DATA, "%s is of another training", training->best.data);
    return safetensors_floats(*file, "values", 1, (const int64_t[]){(int64_t)training->network->parameters.n_values},
                              values, &view, error);
}

static enum status keep(void *context, bool better, struct error *error)
{
    const struct training *training = context;
    return better || training->settings->keep_last ? write_best(training, error) : STATUS_OK;
}

static enum status check_kept(void *context, struct error *error)
{
    const struct training *training = context;
    struct safetensors *file = NULL;
    const float *values;
    enum status status = open_best(training, &file, &values, error);
    safetensors_close(file);
    return status;
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct training *training = context;
    optimiser_state(&training->optimiser, list);
    checkpoint_add(list, "curve", "", false, training->curve_buffer, training->settings->epochs * CURVE);
}

/* ------------------------------------------------------------------ a training */

/* Pairs by part, and training pairs by class. */
static void sort_pairs(struct training *training)
{
    const struct fitness_data *data = training->data;
    for (int64_t i = data->n_pairs; i-- > 0;)
        training->first_pair[data->pairs[i].song] = i;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const int8_t part = data->parts[data->pairs[i].song];
        if (part == FITNESS_TRAINING) {
            training->train[training->n_train++] = i;
            training->starts[data->pairs[i].class + 1]++;
        } else if (part == FITNESS_VALIDATION) {
            training->validation[training->n_validation++] = i;
        }
    }
    const int32_t n_classes = training->settings->shape.n_classes;
    for (int32_t c = 0; c < n_classes; c++)
        training->starts[c + 1] += training->starts[c];
    int64_t *next = training->order; /* drawn later */
    memcpy(next, training->starts, (size_t)n_classes * sizeof *next);
    for (int64_t i = 0; i < training->n_train; i++)
        training->by_class[next[data->pairs[training->train[i]].class]++] = training->train[i];
}

static bool allocate(struct training *training)
{
    const struct fitness_data *data = training->data;
    const struct fitness_fit_settings *settings = training->settings;
    const size_t pairs = (size_t)data->n_pairs + 1, classes = (size_t)settings->shape.n_classes;
    const size_t piece = (size_t)piece_rows(&settings->shape), size = (size_t)fitness_input_size(&settings->shape);
    training->network = calloc(1, sizeof *training->network);
    training->train = malloc(pairs * sizeof *training->train);
    training->validation = malloc(pairs * sizeof *training->validation);
    training->by_class = malloc(pairs * sizeof *training->by_class);
    training->order = malloc((pairs + classes) * sizeof *training->order);
    training->starts = calloc(classes + 1, sizeof *training->starts);
    training->first_pair = calloc((size_t)data->n_songs + 1, sizeof *training->first_pair);
    training->x = malloc(piece * size * sizeof *training->x);
    training->logits = malloc(piece * classes * sizeof *training->logits);
    training->targets = malloc(piece * classes * sizeof *training->targets);
    training->curve = calloc((size_t)settings->epochs * CURVE, sizeof *training->curve);
    buffer_printf(&training->best, "%s.best", settings->checkpoint);
    return training->network && training->train && training->validation && training->by_class && training->order &&
           training->starts && training->first_pair && training->x && training->logits && training->targets &&
           training->curve && !training->best.failed;
}

static enum status open_training(struct training *training, struct error *error)
{
    const struct fitness_fit_settings *settings = training->settings;
    const struct optimiser_settings optimiser = {.kind = OPTIMISER_ADAM, .weight_decay = settings->weight_decay};
    struct random random;
    if (!allocate(training))
        return error_no_memory(error);
    sort_pairs(training);
    if (training->n_train == 0 || training->n_validation == 0)
        return error_set(error, STATUS_BAD_DATA, "there are no songs to train with, or none to validate with");
    training->steps = (training->n_train + settings->batch - 1) / settings->batch;
    random_seed(&random, random_mix(settings->seed));
    fitness_network_declare(training->network, &settings->shape);
    enum status status = parameters_create(&training->network->parameters, training->compute, true, &random, error);
    if (status == STATUS_OK)
        status = optimiser_open(&training->optimiser, &training->network->parameters, &optimiser, error);
    if (status == STATUS_OK)
        status = runner_init(&training->runner, training->compute, training->network, error);
    if (status == STATUS_OK)
        status = training->compute->ops->buffer_create(training->compute->device,
                                                       (size_t)(settings->epochs * CURVE) * sizeof(float),
                                                       &training->curve_buffer, error);
    return status == STATUS_OK ? curve_io(training, true, error) : status;
}

static void close_training(struct training *training)
{
    runner_free(&training->runner);
    if (training->optimiser.parameters)
        optimiser_close(&training->optimiser);
    if (training->network && training->network->parameters.compute)
        parameters_destroy(&training->network->parameters);
    if (training->curve_buffer)
        training->compute->ops->buffer_destroy(training->curve_buffer);
    free(training->network);
    free(training->train);
    free(training->validation);
    free(training->by_class);
    free(training->order);
    free(training->starts);
    free(training->first_pair);
    free(training->x);
    free(training->logits);
    free(training->targets);
    free(training->curve);
    buffer_free(&training->best);
}

static enum status train(struct training *training, struct progress *progress, struct trainer_result *result,
                         struct error *error)
{
    const struct fitness_fit_settings *settings = training->settings;
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
                                             .score_low = -1,
                                             .score_high = 1,
                                             .score_name = "mean 1 / rank",
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
    struct safetensors *file = NULL;
    const float *values;
    fitted->n_weights = training->network->parameters.n_values;
    fitted->weights = malloc(fitted->n_weights * sizeof *fitted->weights);
    fitted->curve = malloc((size_t)training->settings->epochs * sizeof *fitted->curve);
    if (!fitted->weights || !fitted->curve)
        return error_no_memory(error);
    enum status status = open_best(training, &file, &values, error);
    if (status == STATUS_OK)
        memcpy(fitted->weights, values, fitted->n_weights * sizeof *values);
    safetensors_close(file);
    if (status == STATUS_OK)
        status = curve_io(training, false, error);
    for (int64_t e = 0; status == STATUS_OK && e < result->epochs; e++) {
        const float *row = training->curve + e * CURVE;
        fitted->curve[e] = (struct fitness_epoch){row[CURVE_HITS] / row[CURVE_SEEN], row[CURVE_VALIDATION]};
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
    struct training training = {.compute = compute, .data = data, .settings = settings, .ordered = -1};
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

/* ------------------------------------------------------------------ a trained network */

struct fitness_open {
    struct fitness_network network;
    struct runner runner;
};

enum status fitness_open(struct compute *compute, const struct fitness_shape *shape, const float *weights,
                         struct fitness_open **open, struct error *error)
{
    struct random random;
    struct fitness_open *made = calloc(1, sizeof *made);
    *open = NULL;
    if (!made)
        return error_no_memory(error);
    random_seed(&random, 0);
    fitness_network_declare(&made->network, shape);
    enum status status = parameters_create(&made->network.parameters, compute, false, &random, error);
    if (status == STATUS_OK)
        status = parameters_write(&made->network.parameters, weights, error);
    if (status == STATUS_OK)
        status = runner_init(&made->runner, compute, &made->network, error);
    if (status == STATUS_OK)
        *open = made;
    else
        fitness_open_close(made);
    return status;
}

void fitness_open_close(struct fitness_open *open)
{
    if (!open)
        return;
    runner_free(&open->runner);
    if (open->network.parameters.compute)
        parameters_destroy(&open->network.parameters);
    free(open);
}

enum status fitness_open_run(struct fitness_open *open, const float *x, int64_t n, float *logits, struct error *error)
{
    const struct fitness_shape *shape = &open->network.shape;
    const int64_t piece = piece_rows(shape), size = fitness_input_size(shape);
    enum status status = STATUS_OK;
    for (int64_t first = 0; status == STATUS_OK && first < n; first += piece)
        status = run_piece(&open->runner, x + first * size, n - first < piece ? n - first : piece,
                           logits + first * shape->n_classes, error);
    return status;
}
