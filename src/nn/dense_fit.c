#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "nn/best_weights.h"
#include "nn/dense.h"
#include "nn/schedule.h"
#include "nn/trainer.h"

/* The training of a fully-connected network (nn/trainer.h). */

enum { ROWS_AT_ONCE = 4096 };

struct training {
    struct compute *compute;
    const struct dense_data *data;
    const struct dense_settings *settings;
    struct parameters parameters;
    struct dense dense;
    struct optimiser optimiser;
    struct tape tape;
    int64_t steps;      /* of an epoch */
    int32_t *order;     /* [n_training] of the present epoch */
    int64_t ordered;    /* the epoch of `order`; -1: none */
    float *x, *y;       /* [max(batch, ROWS_AT_ONCE) x in], [batch x out] */
    float *predicted;   /* [n x out], the caller's */
    struct buffer best; /* path of the best weights */
};

/* ---- a step ---- */

/* The order of an epoch is a function of seed and epoch. */
static void draw_order(struct training *training, int64_t epoch)
{
    const struct dense_data *data = training->data;
    struct random random;
    if (training->ordered == epoch)
        return;
    random_seed(&random, random_mix(training->settings->seed) ^ random_mix((uint64_t)epoch + 1));
    memcpy(training->order, data->training, (size_t)data->n_training * sizeof *training->order);
    for (int64_t i = data->n_training; i-- > 1;) {
        int64_t other = (int64_t)random_below(&random, (uint64_t)i + 1);
        int32_t item = training->order[i];
        training->order[i] = training->order[other];
        training->order[other] = item;
    }
    training->ordered = epoch;
}

static void gather(const float *values, int64_t columns, const int32_t *items, int64_t n, float *rows)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(rows + i * columns, values + items[i] * columns, (size_t)columns * sizeof *rows);
}

/* The gradient of the mean squared error, 2 (Y - T) / (number of values), from which the error follows. */
static struct compute_slice add_squared_error(struct tape *tape, struct tensor *y, struct compute_slice targets)
{
    int64_t count = y->rows * y->columns;
    float beta, factor = 2.0f / (float)count;
    struct compute_slice gradient = tape_gradient(tape, y, &beta), squares = tape_doubles(tape, 1);
    TAPE_RUN(tape, network.add_scaled, count, factor, y->value, 0, gradient);
    TAPE_RUN(tape, network.add_scaled, count, -factor, targets, 1, gradient);
    TAPE_RUN(tape, network.sum_squares, count, gradient, squares);
    return squares;
}

/* The mean of -t ln σ(y) - (1 - t) ln σ(-y) = -ln σ(y) + (1 - t) y. `others` holds (1 - t) / (number of values), and
 * *linear receives the second part. */
static struct compute_slice add_cross_entropy(struct tape *tape, struct tensor *y, struct compute_slice weights,
                                              struct compute_slice others, struct compute_slice *linear)
{
    int64_t count = y->rows * y->columns;
    float beta;
    struct compute_slice gradient = tape_gradient(tape, y, &beta), loss = tape_doubles(tape, 1);
    *linear = tape_memory(tape, 1);
    TAPE_RUN(tape, network.log_sigmoid_loss, count, 1, y->value, weights, loss, gradient);
    TAPE_RUN(tape, network.add_scaled, count, 1, others, 1, gradient);
    TAPE_RUN(tape, network.batched_dot, 1, 1, count, y->value, others, *linear);
    return loss;
}

/* Writes the gradient of the loss, and says how to find the loss: it is `sum` · factor + *linear. */
struct loss_parts {
    struct compute_slice sum, linear; /* a double; a float, no buffer: none */
    double factor;
};

static struct loss_parts add_loss(struct training *training, struct tensor *y)
{
    struct tape *tape = &training->tape;
    const int64_t count = y->rows * y->columns;
    struct loss_parts parts = {.factor = 1};
    if (training->settings->loss == DENSE_SQUARED_ERROR) {
        parts.sum = add_squared_error(tape, y, tape_upload(tape, training->y, count));
        parts.factor = (double)count / 4;
        return parts;
    }
    for (int64_t i = 0; i < count; i++)
        training->y[i] = (1 - training->y[i]) / (float)count;
    struct compute_slice others = tape_upload(tape, training->y, count);
    for (int64_t i = 0; i < count; i++)
        training->y[i] = 1 / (float)count;
    parts.sum = add_cross_entropy(tape, y, tape_upload(tape, training->y, count), others, &parts.linear);
    return parts;
}

static double read_loss(struct tape *tape, const struct loss_parts *parts)
{
    double sum = 0;
    float linear = 0;
    tape_download_doubles(tape, parts->sum, &sum, 1);
    if (parts->linear.buffer)
        tape_download(tape, parts->linear, &linear, sizeof linear);
    return sum * parts->factor + (double)linear;
}

static float rate_of(const struct training *training, int64_t epoch)
{
    const struct dense_settings *settings = training->settings;
    const double rate = (double)settings->learning_rate;
    if (settings->rate_decay > 0)
        return (float)(rate * pow((double)settings->rate_decay, (double)epoch));
    return schedule_cosine(rate, training->optimiser.step, settings->epochs * training->steps);
}

static enum status step(void *context, int64_t epoch, int64_t number, double *loss, struct error *error)
{
    struct training *training = context;
    const struct dense_data *data = training->data;
    const struct dense_settings *settings = training->settings;
    struct tape *tape = &training->tape;
    int64_t first = number * settings->batch, left = data->n_training - first;
    int64_t n = left < settings->batch ? left : settings->batch;
    int64_t taken = training->optimiser.step;
    const struct dropout dropout = {settings->dropout, (uint32_t)random_mix(settings->seed ^ (uint64_t)taken << 20)};
    draw_order(training, epoch);
    gather(data->x, data->in, training->order + first, n, training->x);
    gather(data->y, data->out, training->order + first, n, training->y);
    tape_reset(tape, true);
    parameters_begin(&training->parameters);
    struct tensor x = tensor_of(tape_upload(tape, training->x, n * data->in), n, data->in);
    struct tensor *y = dense_apply(tape, &training->dense, &x, dropout);
    const struct loss_parts parts = add_loss(training, y);
    tape_backward(tape);
    optimiser_step(&training->optimiser, tape, rate_of(training, epoch));
    *loss = read_loss(tape, &parts);
    return tape_status(tape, error);
}

/* ---- prediction ---- */

/* Some items, or all from the first on if `items` is NULL. */
static enum status predict(struct training *training, const int32_t *items, int64_t n_items, struct error *error)
{
    const struct dense_data *data = training->data;
    struct tape *tape = &training->tape;
    float *rows = malloc((size_t)(ROWS_AT_ONCE * data->out) * sizeof *rows);
    enum status status = rows ? STATUS_OK : error_no_memory(error);
    for (int64_t first = 0; first < n_items && status == STATUS_OK; first += ROWS_AT_ONCE) {
        int64_t count = n_items - first < ROWS_AT_ONCE ? n_items - first : ROWS_AT_ONCE;
        const float *inputs = data->x + first * data->in;
        if (items) {
            gather(data->x, data->in, items + first, count, training->x);
            inputs = training->x;
        }
        tape_reset(tape, false);
        struct tensor x = tensor_of(tape_upload(tape, inputs, count * data->in), count, data->in);
        const struct tensor *y = dense_apply(tape, &training->dense, &x, (struct dropout){0});
        tape_download(tape, y->value, rows, (size_t)(count * data->out) * sizeof *rows);
        status = tape_status(tape, error);
        for (int64_t i = 0; status == STATUS_OK && i < count; i++)
            memcpy(training->predicted + (items ? items[first + i] : first + i) * data->out, rows + i * data->out,
                   (size_t)data->out * sizeof *rows);
    }
    free(rows);
    return status;
}

static const char *score_name(const struct dense_settings *settings)
{
    return settings->loss == DENSE_SQUARED_ERROR ? "R2" : "explained entropy";
}

static enum status validate(void *context, struct trainer_score *score, struct error *error)
{
    struct training *training = context;
    const struct dense_data *data = training->data;
    enum status status = predict(training, data->validation, data->n_validation, error);
    if (status != STATUS_OK)
        return status;
    double value =
        dense_score(training->settings->loss, data, training->predicted, data->validation, data->n_validation);
    score->diverged = !isfinite(value);
    score->value = value > -1 ? value : -1;
    snprintf(score->text, sizeof score->text, "%s %.2f %%", score_name(training->settings), 100 * score->value);
    return STATUS_OK;
}

/* ---- the best weights ---- */

static enum status keep(void *context, bool better, struct error *error)
{
    const struct training *training = context;
    return better ? best_weights_write(&training->parameters, training->best.data, training->settings->identity, error)
                  : STATUS_OK;
}

static enum status check_kept(void *context, struct error *error)
{
    const struct training *training = context;
    return best_weights_check(&training->parameters, training->best.data, training->settings->identity, error);
}

static void list_state(void *context, struct checkpoint_list *list)
{
    const struct training *training = context;
    optimiser_state(&training->optimiser, list);
}

/* ---- a training ---- */

static enum status open_training(struct training *training, struct error *error)
{
    const struct dense_data *data = training->data;
    const struct dense_settings *settings = training->settings;
    const struct optimiser_settings optimiser = {.kind = settings->optimiser, .weight_decay = settings->weight_decay};
    int64_t rows = settings->batch > ROWS_AT_ONCE ? settings->batch : ROWS_AT_ONCE;
    struct random random;
    training->steps = (data->n_training + settings->batch - 1) / settings->batch;
    training->order = malloc(((size_t)data->n_training + 1) * sizeof *training->order);
    training->x = malloc((size_t)(rows * data->in) * sizeof *training->x);
    training->y = malloc((size_t)(settings->batch * data->out) * sizeof *training->y);
    buffer_printf(&training->best, "%s.best", settings->checkpoint);
    if (!training->order || !training->x || !training->y || training->best.failed)
        return error_no_memory(error);
    random_seed(&random, random_mix(settings->seed));
    struct dense_shape shape = {.in = data->in, .out = data->out, .n_hidden = settings->n_hidden};
    memcpy(shape.hidden, settings->hidden, sizeof shape.hidden);
    dense_declare(&training->parameters, &shape, &training->dense);
    enum status status = parameters_create(&training->parameters, training->compute, true, &random, error);
    return status == STATUS_OK ? optimiser_open(&training->optimiser, &training->parameters, &optimiser, error)
                               : status;
}

static void close_training(struct training *training)
{
    if (training->optimiser.parameters)
        optimiser_close(&training->optimiser);
    if (training->parameters.compute)
        parameters_destroy(&training->parameters);
    tape_close(&training->tape);
    free(training->order);
    free(training->x);
    free(training->y);
    buffer_free(&training->best);
}

static enum status train(struct training *training, struct progress *progress, struct dense_result *result,
                         struct error *error)
{
    const struct dense_settings *settings = training->settings;
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
                                             .score_name = score_name(settings),
                                             .divergence_advice = "use a lower learning_rate",
                                             .checkpoint = settings->checkpoint,
                                             .identities = identities,
                                             .resume = settings->resume,
                                             .keep_checkpoint = settings->keep_checkpoint,
                                             .progress = progress};
    struct trainer_result trained;
    enum status status = trainer_run(training->compute, &network, &trainer, &trained, error);
    if (status == STATUS_OK)
        *result = (struct dense_result){trained.epochs, trained.best_epoch, trained.steps, trained.best};
    return status;
}

static enum status check_resume(const struct dense_settings *settings, struct error *error)
{
    if (!settings->resume || file_exists(settings->checkpoint))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "there is no interrupted training of this name to resume; leave --resume out");
}

enum status dense_fit(struct compute *compute, const struct dense_data *data, const struct dense_settings *settings,
                      float *predicted, float *weights, struct progress *progress, struct dense_result *result,
                      struct error *error)
{
    struct training training = {
        .compute = compute, .data = data, .settings = settings, .ordered = -1, .predicted = predicted};
    tape_open(&training.tape, compute);
    enum status status = check_resume(settings, error);
    if (status == STATUS_OK)
        status = open_training(&training, error);
    if (status == STATUS_OK)
        status = train(&training, progress, result, error);
    if (status == STATUS_OK)
        status = best_weights_load(&training.parameters, training.best.data, training.settings->identity, error);
    if (status == STATUS_OK)
        status = predict(&training, NULL, data->n, error);
    if (status == STATUS_OK && weights)
        status = dense_read_weights(&training.parameters, weights, error);
    if (status == STATUS_OK && !settings->keep_checkpoint)
        dense_checkpoint_remove(settings->checkpoint);
    close_training(&training);
    return status;
}

void dense_checkpoint_remove(const char *checkpoint)
{
    struct buffer best = {0};
    buffer_printf(&best, "%s.best", checkpoint);
    unlink(checkpoint);
    if (!best.failed)
        unlink(best.data);
    buffer_free(&best);
}
