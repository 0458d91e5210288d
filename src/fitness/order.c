#include "fitness/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"

/* Pairs by part, and training pairs by class. */
static void sort_pairs(struct fitness_order *order)
{
    const struct fitness_data *data = order->data;
    for (int64_t i = data->n_pairs; i-- > 0;)
        order->first_pair[data->pairs[i].song] = i;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const int8_t part = data->parts[data->pairs[i].song];
        if (part == FITNESS_TRAINING) {
            order->train[order->n_train++] = i;
            order->starts[data->pairs[i].class + 1]++;
        } else if (part == FITNESS_VALIDATION) {
            order->validation[order->n_validation++] = i;
        }
    }
    for (int32_t c = 0; c < order->n_classes; c++)
        order->starts[c + 1] += order->starts[c];
    int64_t *next = order->order; /* drawn later */
    memcpy(next, order->starts, (size_t)order->n_classes * sizeof *next);
    for (int64_t i = 0; i < order->n_train; i++)
        order->by_class[next[data->pairs[order->train[i]].class]++] = order->train[i];
}

enum status fitness_order_init(struct fitness_order *order, const struct fitness_data *data, int32_t n_classes,
                               uint64_t seed, bool balanced, struct error *error)
{
    const size_t pairs = (size_t)data->n_pairs + 1, classes = (size_t)n_classes;
    *order =
        (struct fitness_order){.data = data, .seed = seed, .n_classes = n_classes, .balanced = balanced, .drawn = -1};
    order->train = malloc(pairs * sizeof *order->train);
    order->validation = malloc(pairs * sizeof *order->validation);
    order->by_class = malloc(pairs * sizeof *order->by_class);
    order->order = malloc((pairs + classes) * sizeof *order->order);
    order->starts = calloc(classes + 1, sizeof *order->starts);
    order->first_pair = calloc((size_t)data->n_songs + 1, sizeof *order->first_pair);
    if (!order->train || !order->validation || !order->by_class || !order->order || !order->starts ||
        !order->first_pair)
        return error_no_memory(error);
    sort_pairs(order);
    return STATUS_OK;
}

void fitness_order_free(struct fitness_order *order)
{
    free(order->train);
    free(order->validation);
    free(order->by_class);
    free(order->order);
    free(order->starts);
    free(order->first_pair);
    *order = (struct fitness_order){0};
}

uint64_t fitness_order_number(const struct fitness_order *order, int64_t epoch, int64_t i)
{
    const uint64_t number = random_mix(random_mix(order->seed ^ random_mix((uint64_t)epoch + 1)) + (uint64_t)i);
    return number == 0 ? 1 : number;
}

/* Playlists equally often, then a song of each. */
static void draw_balanced(struct fitness_order *order, struct random *random)
{
    for (int64_t i = 0; i < order->n_train; i++) {
        int64_t class, count;
        do {
            class = (int64_t)random_below(random, (uint64_t)order->n_classes);
            count = order->starts[class + 1] - order->starts[class];
        } while (count == 0);
        order->order[i] = order->by_class[order->starts[class] + (int64_t)random_below(random, (uint64_t)count)];
    }
}

static void shuffle(struct fitness_order *order, struct random *random)
{
    memcpy(order->order, order->train, (size_t)order->n_train * sizeof *order->order);
    for (int64_t i = order->n_train; i-- > 1;) {
        const int64_t other = (int64_t)random_below(random, (uint64_t)i + 1), pair = order->order[i];
        order->order[i] = order->order[other];
        order->order[other] = pair;
    }
}

void fitness_order_draw(struct fitness_order *order, int64_t epoch)
{
    struct random random;
    if (order->drawn == epoch)
        return;
    random_seed(&random, random_mix(order->seed) ^ random_mix((uint64_t)epoch + 1));
    if (order->balanced)
        draw_balanced(order, &random);
    else
        shuffle(order, &random);
    order->drawn = epoch;
}

void fitness_order_targets(const struct fitness_order *order, int32_t song, float *targets)
{
    const struct fitness_data *data = order->data;
    memset(targets, 0, (size_t)order->n_classes * sizeof *targets);
    for (int64_t i = order->first_pair[song]; i < data->n_pairs && data->pairs[i].song == song; i++)
        targets[data->pairs[i].class] = 1;
}
