#include "app/fitness_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const side_names[FITNESS_SIDES] = {"model", "logistic", "largest", "chance"};

struct quality {
    const struct fitness_songs *songs;
    enum fitness_part part;
    int64_t n;                                  /* pairs of the part */
    uint8_t *hits[FITNESS_SIDES][FITNESS_TOPS]; /* [n] */
    int32_t *classes;                           /* [n] */
    float *sizes;                               /* [n_classes] songs in training: what ranking by size knows */
};

static void write_share(struct json_writer *json, const char *key, struct fitness_share share)
{
    json_key(json, key);
    json_object_begin(json);
    json_pair_number(json, "value", share.value);
    json_pair_number(json, "low", share.low);
    json_pair_number(json, "high", share.high);
    json_object_end(json);
}

static int64_t count_hits(const struct quality *quality, enum fitness_side side, int top, int32_t class, int64_t *n)
{
    int64_t right = 0;
    *n = 0;
    for (int64_t i = 0; i < quality->n; i++) {
        if (class >= 0 && quality->classes[i] != class)
            continue;
        right += quality->hits[side][top][i];
        ++*n;
    }
    return right;
}

static const char *const top_names[FITNESS_TOPS] = {"top1", "top3", "top5"};

static void write_side(const struct quality *quality, enum fitness_side side, struct json_writer *json)
{
    json_key(json, side_names[side]);
    json_object_begin(json);
    for (int top = 0; top < FITNESS_TOPS; top++) {
        int64_t n;
        const int64_t right = side == FITNESS_CHANCE ? 0 : count_hits(quality, side, top, -1, &n);
        const double k = fitness_tops[top] < quality->songs->n_classes ? fitness_tops[top] : quality->songs->n_classes;
        if (side == FITNESS_CHANCE)
            json_pair_number(json, top_names[top], k / quality->songs->n_classes);
        else
            write_share(json, top_names[top], fitness_share_of(right, n));
    }
    json_object_end(json);
}

static enum status measure(struct quality *quality, const float *model, const float *logistic, struct error *error)
{
    const struct fitness_songs *songs = quality->songs;
    const size_t pairs = (size_t)songs->n_pairs + 1;
    bool failed = false;
    quality->classes = malloc(pairs * sizeof *quality->classes);
    quality->sizes = calloc((size_t)songs->n_classes, sizeof *quality->sizes);
    for (int side = 0; side < FITNESS_CHANCE; side++)
        for (int top = 0; top < FITNESS_TOPS; top++) {
            quality->hits[side][top] = malloc(pairs);
            failed = failed || !quality->hits[side][top];
        }
    if (failed || !quality->classes || !quality->sizes)
        return error_no_memory(error);
    int64_t training = 0;
    for (int64_t i = 0; i < songs->n_pairs; i++) {
        quality->sizes[songs->pairs[i].class] += songs->parts[songs->pairs[i].song] == FITNESS_TRAINING;
        training += songs->parts[songs->pairs[i].song] == FITNESS_TRAINING;
    }
    for (int32_t c = 0; training == 0 && c < songs->n_classes; c++) /* of a cross-validation */
        quality->sizes[c] = (float)songs->sizes[c];
    for (int64_t i = 0; i < songs->n_pairs; i++) {
        const struct fitness_pair *pair = &songs->pairs[i];
        if (songs->parts[pair->song] != (int8_t)quality->part)
            continue;
        const float *scores[] = {model + pair->song * songs->n_classes, logistic + pair->song * songs->n_classes,
                                 quality->sizes};
        for (int side = 0; side < FITNESS_CHANCE; side++) {
            const int32_t rank = fitness_rank(scores[side], songs->n_classes, pair->class);
            for (int top = 0; top < FITNESS_TOPS; top++)
                quality->hits[side][top][quality->n] = rank <= fitness_tops[top];
        }
        quality->classes[quality->n++] = pair->class;
    }
    return STATUS_OK;
}

static void write_part(const struct quality *quality, const char *name, struct json_writer *json)
{
    json_key(json, name);
    json_object_begin(json);
    json_pair_integer(json, "songs", quality->n);
    for (int side = 0; side < FITNESS_SIDES; side++)
        write_side(quality, (enum fitness_side)side, json);
    json_key(json, "model_less_logistic");
    json_object_begin(json);
    for (int top = 0; top < FITNESS_TOPS; top++)
        write_share(
            json, top_names[top],
            fitness_difference(quality->hits[FITNESS_MODEL][top], quality->hits[FITNESS_LOGISTIC][top], quality->n));
    json_object_end(json);
    json_object_end(json);
}

/* Ranks with means for ties. */
static void rank(const double *values, int32_t n, double *ranks)
{
    for (int32_t i = 0; i < n; i++) {
        double below = 0, equal = 0;
        for (int32_t j = 0; j < n; j++) {
            below += values[j] < values[i];
            equal += values[j] == values[i];
        }
        ranks[i] = below + (equal + 1) / 2;
    }
}

static double correlate(const double *a, const double *b, int32_t n)
{
    double x = 0, y = 0, xy = 0, xx = 0, yy = 0;
    for (int32_t i = 0; i < n; i++) {
        x += a[i] / n;
        y += b[i] / n;
    }
    for (int32_t i = 0; i < n; i++) {
        xy += (a[i] - x) * (b[i] - y);
        xx += (a[i] - x) * (a[i] - x);
        yy += (b[i] - y) * (b[i] - y);
    }
    return xy / sqrt(xx * yy);
}

static enum status write_classes(const struct quality *quality, const char *const *names, struct json_writer *json,
                                 struct error *error)
{
    const struct fitness_songs *songs = quality->songs;
    const int32_t n = songs->n_classes;
    double *space = calloc((size_t)n * 4, sizeof *space);
    int32_t used = 0;
    if (!space)
        return error_no_memory(error);
    json_key(json, "per_class");
    json_array_begin(json);
    for (int32_t c = 0; c < n; c++) {
        int64_t tested = 0, right = 0;
        json_object_begin(json);
        json_pair_text(json, "class", names[c]);
        json_pair_integer(json, "songs", songs->sizes[c]);
        for (int top = 0; top < FITNESS_TOPS; top++) {
            right = count_hits(quality, FITNESS_MODEL, top, c, &tested);
            if (top == 0)
                json_pair_integer(json, "tested", tested);
            write_share(json, top_names[top], fitness_share_of(right, tested));
        }
        json_object_end(json);
        if (tested > 0) {
            space[used] = (double)songs->sizes[c];
            space[n + used++] = (double)right / (double)tested;
        }
    }
    json_array_end(json);
    rank(space, used, space + 2 * n);
    rank(space + n, used, space + 3 * n);
    json_pair_number(json, "size_correlation", correlate(space + 2 * n, space + 3 * n, used));
    free(space);
    return STATUS_OK;
}

static void free_quality(struct quality *quality)
{
    for (int side = 0; side < FITNESS_CHANCE; side++)
        for (int top = 0; top < FITNESS_TOPS; top++)
            free(quality->hits[side][top]);
    free(quality->classes);
    free(quality->sizes);
}

enum status fitness_report_part(const struct fitness_songs *songs, enum fitness_part part, const char *key,
                                const float *model, const float *logistic, const char *const *names,
                                struct json_writer *json, struct error *error)
{
    struct quality quality = {.songs = songs, .part = part};
    enum status status = measure(&quality, model, logistic, error);
    if (status == STATUS_OK)
        write_part(&quality, key, json);
    if (status == STATUS_OK && names)
        status = write_classes(&quality, names, json, error);
    free_quality(&quality);
    return status;
}

enum status fitness_report_quality(const struct fitness_songs *songs, const char *const *names, const float *model,
                                   const float *logistic, struct json_writer *json, struct error *error)
{
    enum status status =
        fitness_report_part(songs, FITNESS_VALIDATION, "validation", model, logistic, NULL, json, error);
    return status == STATUS_OK ? fitness_report_part(songs, FITNESS_TEST, "test", model, logistic, names, json, error)
                               : status;
}
