#include "generated.h"
#include "models/rta/full_softmax.h"

/* The input of a step of objective full_softmax: which tracks are seeds, which are targets, and from which playlists.
 */

enum { TRACKS = 60, D = 6 };

/* Playlists of at least two tracks, and vectors for the tracks. */
struct world {
    struct interactions interactions;
    float *vectors;
};

static struct world make_world(uint64_t seed, int64_t n_playlists)
{
    struct world world = {.interactions = generate(seed, n_playlists, TRACKS)};
    struct interactions *r = &world.interactions;
    int64_t kept = 0, from = 0;
    for (int64_t p = 0; p < n_playlists; p++) {
        int64_t end = r->starts[p + 1], size = end - from;
        if (size >= 2) {
            memmove(r->tracks + r->starts[kept], r->tracks + from, (size_t)size * sizeof *r->tracks);
            r->starts[kept + 1] = r->starts[kept] + size;
            kept++;
        }
        from = end;
    }
    r->n_playlists = kept;
    struct random random;
    random_seed(&random, seed + 1);
    world.vectors = malloc(TRACKS * D * sizeof *world.vectors);
    for (int i = 0; i < TRACKS * D; i++)
        world.vectors[i] = (float)random_normal(&random);
    return world;
}

static void free_world(struct world *world)
{
    generated_free(&world->interactions);
    free(world->vectors);
}

struct drawing {
    struct rta_full_softmax_sampler sampler;
    struct rta_full_softmax_batch batch;
};

static void open_drawing(struct drawing *drawing, const struct world *world,
                         const struct rta_full_softmax_settings *settings)
{
    struct compute_slice vectors = {0};
    must(compute.ops->buffer_wrap(compute.device, world->vectors,
                                  (size_t)(world->interactions.n_tracks * D) * sizeof(float), &vectors.buffer, &error));
    must(
        rta_full_softmax_sampler_open(&drawing->sampler, &compute, &world->interactions, settings, vectors, D, &error));
    compute.ops->buffer_destroy(vectors.buffer);
    must(rta_full_softmax_batch_create(&drawing->sampler, &drawing->batch, &error));
}

static void close_drawing(struct drawing *drawing)
{
    rta_full_softmax_batch_free(&drawing->batch);
    rta_full_softmax_sampler_close(&drawing->sampler);
}

static const struct rta_shape shape = {.window = 5};

static void draw(struct drawing *drawing, int64_t epoch, int64_t step)
{
    rta_full_softmax_batch_draw(&drawing->sampler, &shape, epoch, step, &drawing->batch);
}

/* The playlist of a batch's row, from the order of the epoch. */
static int64_t playlist_of(const struct drawing *drawing, int64_t step, int64_t b)
{
    return drawing->sampler.playlists[step * drawing->sampler.settings.batch + b];
}

static bool holds(const int32_t *tracks, int64_t n, int32_t track)
{
    for (int64_t i = 0; i < n; i++)
        if (tracks[i] == track)
            return true;
    return false;
}

static bool is_in(const struct interactions *r, int64_t playlist, int32_t track)
{
    return holds(r->tracks + r->starts[playlist], r->starts[playlist + 1] - r->starts[playlist], track);
}

/* Whether the targets of a row are the tracks of a playlist that are not seeds, each once. */
static bool targets_are_of(const struct rta_full_softmax_batch *batch, int64_t b, const struct interactions *r,
                           int64_t playlist)
{
    const int32_t *given = batch->given + batch->given_starts[b], *targets = batch->targets + batch->starts[b];
    int64_t n_given = batch->given_starts[b + 1] - batch->given_starts[b], left = 0;
    int64_t n_targets = batch->starts[b + 1] - batch->starts[b];
    for (int64_t e = r->starts[playlist]; e < r->starts[playlist + 1]; e++)
        if (!holds(given, n_given, r->tracks[e])) {
            left++;
            if (!holds(targets, n_targets, r->tracks[e]))
                return false;
        }
    return left == n_targets;
}

static void check_given(const struct drawing *drawing, int64_t playlist, int64_t b)
{
    const struct interactions *r = drawing->sampler.interactions;
    const struct rta_full_softmax_batch *batch = &drawing->batch;
    const int32_t *given = batch->given + batch->given_starts[b];
    int64_t n = batch->given_starts[b + 1] - batch->given_starts[b];
    assert_in_range(n, 1, drawing->sampler.settings.max_seeds);
    assert_true(n < r->starts[playlist + 1] - r->starts[playlist]);
    for (int64_t i = 0; i < n; i++) {
        assert_true(is_in(r, playlist, given[i]));
        assert_false(holds(given, i, given[i]));
        if (!drawing->sampler.settings.shuffled)
            assert_int_equal(given[i], r->tracks[r->starts[playlist] + i]);
    }
    /* Checks the arrays that the network uses: padded on the right, positions aligned to the right end of the position
     * table. */
    assert_int_equal(batch->lengths[b], n);
    assert_true(n <= batch->length);
    for (int64_t t = 0; t < batch->length; t++) {
        assert_int_equal(batch->inputs[b * batch->length + t], t < n ? given[t] : -1);
        if (t < n)
            assert_int_equal(batch->positions[b * batch->length + t],
                             n - t < shape.window ? shape.window - (n - t) : 1);
    }
    assert_int_equal(batch->ends[b], b * batch->length + n - 1);
}

static void an_epoch_meets_every_playlist_once(void **state)
{
    (void)state;
    struct world world = make_world(3, 90);
    const struct interactions *r = &world.interactions;
    int *met = calloc((size_t)r->n_playlists, sizeof *met);
    const int64_t mosts[] = {1, 3, 10, 40};
    for (int variant = 0; variant < 8; variant++) {
        const struct rta_full_softmax_settings settings = {
            .batch = 16, .max_seeds = mosts[variant / 2], .shuffled = variant % 2 == 1, .seed = 7};
        struct drawing drawing;
        open_drawing(&drawing, &world, &settings);
        assert_int_equal(drawing.sampler.count, r->n_playlists);
        int64_t steps = rta_full_softmax_sampler_steps(&drawing.sampler);
        assert_true(steps > 3 && r->n_playlists % 16 != 0);
        for (int64_t epoch = 0; epoch < 3; epoch++) {
            int64_t seen = 0, most = 0;
            memset(met, 0, (size_t)r->n_playlists * sizeof *met);
            for (int64_t step = 0; step < steps; step++) {
                draw(&drawing, epoch, step);
                assert_int_equal(drawing.batch.count, step + 1 < steps ? 16 : r->n_playlists % 16);
                for (int64_t b = 0; b < drawing.batch.count; b++) {
                    int64_t playlist = playlist_of(&drawing, step, b);
                    assert_int_equal(met[playlist]++, 0);
                    check_given(&drawing, playlist, b);
                    assert_true(targets_are_of(&drawing.batch, b, r, playlist));
                    most = drawing.batch.lengths[b] > most ? drawing.batch.lengths[b] : most;
                    seen++;
                }
            }
            assert_int_equal(seen, r->n_playlists);
            assert_true(most == (settings.max_seeds < 10 ? settings.max_seeds : most) && most >= 1);
        }
        close_drawing(&drawing);
    }
    free(met);
    free_world(&world);
}

/* ---- probabilities ---- */

/* Adds (seen - expected)²/expected. */
static void add_square(double *sum, double seen, double expected)
{
    assert_true(expected >= 5); /* for smaller values the sum does not follow the chi-square distribution */
    *sum += (seen - expected) * (seen - expected) / expected;
}

/* Chi-square has its degrees of freedom as mean, and twice that as variance. */
static void is_likely(const char *what, double sum, double freedom)
{
    if (fabs(sum - freedom) > 4 * sqrt(2 * freedom))
        fail_msg("%s: chi-square %.1f with %.0f degrees of freedom", what, sum, freedom);
}

/* Playlists of eleven tracks with up to four seeds: all numbers of seeds are equally likely, and so are all tracks. */
static void numbers_and_tracks_are_given_uniformly(void **state)
{
    (void)state;
    enum { PLAYLISTS = 5, SIZE = 11, MOST = 4, EPOCHS = 2000 };
    int64_t starts[PLAYLISTS + 1];
    int32_t tracks[PLAYLISTS * SIZE];
    for (int p = 0; p <= PLAYLISTS; p++)
        starts[p] = (int64_t)p * SIZE;
    for (int i = 0; i < PLAYLISTS * SIZE; i++)
        tracks[i] = i;
    struct world world = {
        .interactions = {.n_tracks = TRACKS, .n_playlists = PLAYLISTS, .starts = starts, .tracks = tracks}};
    const struct rta_full_softmax_settings settings = {
        .batch = PLAYLISTS, .max_seeds = MOST, .shuffled = true, .seed = 11};
    struct drawing drawing;
    open_drawing(&drawing, &world, &settings);
    double numbers[MOST] = {0}, first[PLAYLISTS * SIZE] = {0}, last[PLAYLISTS * SIZE] = {0}, lasts = 0;
    double places[PLAYLISTS][PLAYLISTS] = {{0}};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        draw(&drawing, epoch, 0);
        for (int64_t b = 0; b < PLAYLISTS; b++) {
            int32_t n = drawing.batch.lengths[b];
            const int32_t *given = drawing.batch.given + drawing.batch.given_starts[b];
            numbers[n - 1]++;
            first[given[0]]++;
            last[given[n - 1]] += n == MOST;
            lasts += n == MOST;
            places[playlist_of(&drawing, 0, b)][b]++;
        }
    }
    double of_numbers = 0, of_first = 0, of_last = 0, of_places = 0;
    for (int i = 0; i < MOST; i++)
        add_square(&of_numbers, numbers[i], (double)EPOCHS * PLAYLISTS / MOST);
    for (int i = 0; i < PLAYLISTS * SIZE; i++) {
        add_square(&of_first, first[i], (double)EPOCHS / SIZE);
        add_square(&of_last, last[i], lasts / (PLAYLISTS * SIZE));
    }
    for (int i = 0; i < PLAYLISTS * PLAYLISTS; i++)
        add_square(&of_places, places[i / PLAYLISTS][i % PLAYLISTS], (double)EPOCHS / PLAYLISTS);
    is_likely("number of seeds", of_numbers, MOST - 1);
    is_likely("the first seed", of_first, PLAYLISTS * (SIZE - 1));
    is_likely("the fourth seed", of_last, PLAYLISTS * SIZE - 1);
    is_likely("positions in the epoch", of_places, (PLAYLISTS - 1) * (PLAYLISTS - 1));
    close_drawing(&drawing);
}

/* ---- similar playlists ---- */

/* Cosine of the vector sums of two playlists. */
static double cosine(const struct world *world, int64_t left, int64_t right)
{
    const struct interactions *r = &world->interactions;
    double sums[2][D] = {{0}}, dot = 0, squares[2] = {0};
    for (int side = 0; side < 2; side++) {
        int64_t p = side ? right : left;
        for (int64_t e = r->starts[p]; e < r->starts[p + 1]; e++)
            for (int j = 0; j < D; j++)
                sums[side][j] += (double)world->vectors[r->tracks[e] * D + j];
        for (int j = 0; j < D; j++)
            squares[side] += sums[side][j] * sums[side][j];
    }
    for (int j = 0; j < D; j++)
        dot += sums[0][j] * sums[1][j];
    return dot / sqrt(squares[0] * squares[1]);
}

static void neighbours_are_those_of_the_highest_cosine(void **state)
{
    (void)state;
    struct world world = make_world(5, 130);
    int64_t n = world.interactions.n_playlists;
    const int64_t wanted[] = {1, 7, 1000};
    for (int variant = 0; variant < 3; variant++) {
        struct rta_full_softmax_settings settings = {.batch = 16,
                                                     .max_seeds = 3,
                                                     .neighbour_targets = 0.5F,
                                                     .neighbours = wanted[variant],
                                                     .inverse_temperature = 20,
                                                     .seed = 1};
        struct drawing drawing;
        open_drawing(&drawing, &world, &settings);
        int64_t k = drawing.sampler.settings.neighbours;
        assert_int_equal(k, wanted[variant] < n - 1 ? wanted[variant] : n - 1);
        for (int64_t p = 0; p < n; p++) {
            const int32_t *ids = drawing.sampler.neighbours + p * k;
            const float *chances = drawing.sampler.chances + p * k;
            double sum = 0, so_far = 0, lowest = cosine(&world, p, ids[k - 1]);
            for (int64_t i = 0; i < k; i++) {
                assert_in_range(ids[i], 0, n - 1);
                assert_true(ids[i] != p && !holds(ids, i, ids[i]));
                assert_true(i == 0 || cosine(&world, p, ids[i]) <= cosine(&world, p, ids[i - 1]) + 1e-6);
                sum += exp(20 * cosine(&world, p, ids[i]));
            }
            for (int32_t other = 0; other < n; other++)
                assert_true(other == p || holds(ids, k, other) || cosine(&world, p, other) <= lowest + 1e-6);
            for (int64_t i = 0; i < k; i++) {
                so_far += exp(20 * cosine(&world, p, ids[i])) / sum;
                assert_true(fabs((double)chances[i] - so_far) < 1e-5);
            }
        }
        close_drawing(&drawing);
    }
    free_world(&world);
}

/* Every playlist has a track that no other has, which identifies the playlist of the targets. */
static void similar_playlists_are_taken_by_their_cosine(void **state)
{
    (void)state;
    enum { PLAYLISTS = 8, SHARED = 3, EPOCHS = 6000, NEIGHBOURS = 5 };
    struct world world = make_world(8, 1);
    generated_free(&world.interactions);
    int64_t starts[PLAYLISTS + 1];
    int32_t tracks[PLAYLISTS * (SHARED + 1)];
    for (int p = 0; p <= PLAYLISTS; p++)
        starts[p] = (int64_t)p * (SHARED + 1);
    for (int i = 0; i < PLAYLISTS * (SHARED + 1); i++)
        tracks[i] = i % (SHARED + 1) ? PLAYLISTS + i % (SHARED + 1) : i / (SHARED + 1);
    world.interactions =
        (struct interactions){.n_tracks = TRACKS, .n_playlists = PLAYLISTS, .starts = starts, .tracks = tracks};
    const struct rta_full_softmax_settings settings = {.batch = PLAYLISTS,
                                                       .max_seeds = 2,
                                                       .shuffled = true,
                                                       .neighbour_targets = 1,
                                                       .neighbours = NEIGHBOURS,
                                                       .inverse_temperature = 3,
                                                       .seed = 12};
    struct drawing drawing;
    open_drawing(&drawing, &world, &settings);
    double seen[PLAYLISTS][PLAYLISTS] = {{0}}, of_all = 0;
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        draw(&drawing, epoch, 0);
        for (int64_t b = 0; b < PLAYLISTS; b++) {
            int32_t owner = drawing.batch.targets[drawing.batch.starts[b]];
            assert_in_range(owner, 0, PLAYLISTS - 1);
            assert_true(targets_are_of(&drawing.batch, b, &world.interactions, owner));
            seen[playlist_of(&drawing, 0, b)][owner]++;
        }
    }
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        const int32_t *ids = drawing.sampler.neighbours + p * NEIGHBOURS;
        double sum = 0, total = 0;
        for (int i = 0; i < NEIGHBOURS; i++)
            sum += exp(3 * cosine(&world, p, ids[i]));
        for (int i = 0; i < NEIGHBOURS; i++) {
            add_square(&of_all, seen[p][ids[i]], EPOCHS * exp(3 * cosine(&world, p, ids[i])) / sum);
            total += seen[p][ids[i]];
        }
        assert_true(total == EPOCHS); /* from no other playlist */
    }
    is_likely("neighbours", of_all, PLAYLISTS * (NEIGHBOURS - 1));
    close_drawing(&drawing);
    free(world.vectors);
}

static void as_many_are_borrowed_as_are_wanted(void **state)
{
    (void)state;
    struct world world = make_world(14, 150);
    const struct interactions *r = &world.interactions;
    const float shares[] = {0, 0.2F, 0.7F, 1};
    for (int variant = 0; variant < 4; variant++) {
        const struct rta_full_softmax_settings settings = {.batch = 16,
                                                           .max_seeds = 10,
                                                           .shuffled = true,
                                                           .neighbour_targets = shares[variant],
                                                           .neighbours = 9,
                                                           .inverse_temperature = 5,
                                                           .seed = 2};
        struct drawing drawing;
        open_drawing(&drawing, &world, &settings);
        double expected = 0, variance = 0, borrowed = 0, rows = 0;
        for (int64_t epoch = 0; epoch < 20; epoch++)
            for (int64_t step = 0; step < rta_full_softmax_sampler_steps(&drawing.sampler); step++) {
                draw(&drawing, epoch, step);
                for (int64_t b = 0; b < drawing.batch.count; b++) {
                    int64_t p = playlist_of(&drawing, step, b);
                    const int32_t *given = drawing.batch.given + drawing.batch.given_starts[b];
                    int64_t n_given = drawing.batch.lengths[b];
                    check_given(&drawing, p, b);
                    /* If all tracks of a neighbour are seeds, it has no targets to offer, and the playlist's own
                     * targets are used. The expected share of playlists with targets other than their own: */
                    double can = 0, before = 0;
                    bool own = targets_are_of(&drawing.batch, b, r, p), of_neighbour = false;
                    for (int64_t i = 0; i < 9 && shares[variant] > 0; i++) {
                        int64_t other = drawing.sampler.neighbours[p * 9 + i];
                        double chance = (double)drawing.sampler.chances[p * 9 + i];
                        int64_t lent = 0, strange = 0, rest = r->starts[p + 1] - r->starts[p] - n_given;
                        for (int64_t e = r->starts[other]; e < r->starts[other + 1]; e++) {
                            bool is_given = holds(given, n_given, r->tracks[e]);
                            lent += !is_given;
                            strange += !is_given && !is_in(r, p, r->tracks[e]);
                        }
                        if (lent > 0 && (strange > 0 || lent != rest))
                            can += chance - before;
                        before = chance;
                        of_neighbour |= lent > 0 && targets_are_of(&drawing.batch, b, r, other);
                    }
                    assert_true(own || of_neighbour);
                    double chance = can * (double)shares[variant];
                    expected += chance;
                    variance += chance * (1 - chance);
                    borrowed += !own;
                    rows++;
                }
            }
        if (fabs(borrowed - expected) > 4 * sqrt(variance))
            fail_msg("of %g, %g were borrowed, not %g", rows, borrowed, expected);
        assert_true(expected > 0.7 * (double)shares[variant] * rows || shares[variant] == 0);
        close_drawing(&drawing);
    }
    free_world(&world);
}

static void same_numbers(const int32_t *left, const int64_t *left_starts, const int32_t *right,
                         const int64_t *right_starts)
{
    assert_int_equal(left_starts[1] - left_starts[0], right_starts[1] - right_starts[0]);
    assert_memory_equal(left + left_starts[0], right + right_starts[0],
                        (size_t)(left_starts[1] - left_starts[0]) * sizeof *left);
}

/* And a batch at an index of an epoch does not depend on the number of playlists that are drawn together. */
static void a_batch_is_a_function_of_seed_epoch_and_step(void **state)
{
    (void)state;
    struct world world = make_world(17, 90);
    const struct rta_full_softmax_settings settings = {.batch = 8,
                                                       .max_seeds = 5,
                                                       .shuffled = true,
                                                       .neighbour_targets = 0.5F,
                                                       .neighbours = 6,
                                                       .inverse_temperature = 10,
                                                       .seed = 4};
    struct rta_full_softmax_settings others = settings;
    others.seed++;
    struct rta_full_softmax_settings alone = settings;
    alone.batch = 1;
    struct drawing one, two, other, single;
    open_drawing(&one, &world, &settings);
    open_drawing(&two, &world, &settings);
    open_drawing(&other, &world, &others);
    open_drawing(&single, &world, &alone);
    int64_t steps = rta_full_softmax_sampler_steps(&one.sampler), different = 0;
    for (int64_t epoch = 3; epoch >= 0; epoch--) {
        for (int64_t step = steps - 1; step >= 0; step--) {
            draw(&one, epoch, step);
            draw(&two, (epoch + 1) % 4, 0); /* of another epoch, drawn in between */
            draw(&two, epoch, step);
            draw(&other, epoch, step);
            const struct rta_full_softmax_batch *a = &one.batch, *b = &two.batch, *c = &other.batch, *d = &single.batch;
            assert_int_equal(a->count, b->count);
            for (int64_t row = 0; row < a->count; row++) {
                draw(&single, epoch, step * settings.batch + row);
                same_numbers(a->given, a->given_starts + row, b->given, b->given_starts + row);
                same_numbers(a->targets, a->starts + row, b->targets, b->starts + row);
                same_numbers(a->given, a->given_starts + row, d->given, d->given_starts);
                same_numbers(a->targets, a->starts + row, d->targets, d->starts);
            }
            different += a->starts[a->count] != c->starts[c->count] || a->given[0] != c->given[0];
        }
    }
    assert_true(different > 2 * steps);
    close_drawing(&one);
    close_drawing(&two);
    close_drawing(&other);
    close_drawing(&single);
    free_world(&world);
}

/* A list of indices refers to the same tracks as a list of rows. */
static void same_tracks(const struct rta_full_softmax_batch *part, const int32_t *places, const int32_t *rows,
                        int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        assert_in_range(places[i], 0, part->n_tracks - 1);
        assert_int_equal(part->tracks[places[i]], rows[i]);
    }
}

/* With sampled tracks, the lists stay the same, all of their tracks are in the sample, and all other tracks are equally
 * likely to be sampled and represent those that are not. */
static void a_part_of_the_tracks_stands_for_all(void **state)
{
    (void)state;
    struct world world = make_world(21, 40);
    const int64_t wanted[] = {3, 9, 1000};
    for (int variant = 0; variant < 3; variant++) {
        struct rta_full_softmax_settings settings = {.batch = 2, .max_seeds = 3, .shuffled = true, .seed = 6};
        struct drawing all, part;
        open_drawing(&all, &world, &settings);
        settings.softmax_samples = wanted[variant];
        open_drawing(&part, &world, &settings);
        double drawn[TRACKS] = {0}, expected[TRACKS] = {0}, variances[TRACKS] = {0}, sum = 0;
        for (int64_t epoch = 0; epoch < 3000; epoch++) {
            int64_t step = epoch % rta_full_softmax_sampler_steps(&all.sampler);
            draw(&all, epoch, step);
            draw(&part, epoch, step);
            const struct rta_full_softmax_batch *a = &all.batch, *b = &part.batch;
            int64_t n_given = a->given_starts[a->count], n_targets = a->starts[a->count], here = 0, stood_for = 0;
            assert_memory_equal(a->given_starts, b->given_starts, (size_t)(a->count + 1) * sizeof *a->starts);
            assert_memory_equal(a->starts, b->starts, (size_t)(a->count + 1) * sizeof *a->starts);
            same_tracks(b, b->given, a->given, n_given);
            same_tracks(b, b->targets, a->targets, n_targets);
            for (int64_t i = 0; i < a->count * a->length; i++)
                assert_int_equal(b->inputs[i] < 0 ? -1 : b->tracks[b->inputs[i]], a->inputs[i]);
            for (int32_t t = 0; t < TRACKS; t++)
                here += holds(a->given, n_given, t) || holds(a->targets, n_targets, t);
            int64_t others = TRACKS - here, joining = others < wanted[variant] ? others : wanted[variant];
            assert_int_equal(b->n_tracks, here + joining);
            for (int64_t i = 0; i < b->n_tracks; i++) {
                int32_t t = b->tracks[i];
                bool listed = holds(a->given, n_given, t) || holds(a->targets, n_targets, t);
                assert_true(i == 0 || t > b->tracks[i - 1]);
                assert_true(!listed || b->corrections[i] == 0);
                stood_for += (int64_t)lround(1000 * exp((double)b->corrections[i]));
                drawn[t] += !listed;
            }
            assert_true(llabs(stood_for - 1000 * TRACKS) <= TRACKS);
            double chance = others > 0 ? (double)joining / (double)others : 0;
            for (int32_t t = 0; t < TRACKS; t++)
                if (!holds(a->given, n_given, t) && !holds(a->targets, n_targets, t)) {
                    expected[t] += chance;
                    variances[t] += chance * (1 - chance);
                }
        }
        for (int t = 0; t < TRACKS; t++) {
            double difference = drawn[t] - expected[t];
            assert_true(wanted[variant] < TRACKS ? variances[t] >= 5 : fabs(difference) < 1e-6);
            sum += wanted[variant] < TRACKS ? difference * difference / variances[t] : 1;
        }
        is_likely("tracks that join", sum, TRACKS);
        close_drawing(&all);
        close_drawing(&part);
    }
    free_world(&world);
}

static void what_cannot_be_trained_on_is_refused(void **state)
{
    (void)state;
    enum { MANY = 50001 };
    int64_t *starts = calloc(MANY + 1, sizeof *starts);
    int32_t *tracks = calloc((size_t)MANY * 2, sizeof *tracks);
    const struct compute_slice vectors = {0}; /* not read */
    struct rta_full_softmax_settings settings = {
        .batch = 4, .max_seeds = 3, .neighbours = 2, .neighbour_targets = 0.1F, .inverse_temperature = 1};
    for (int i = 0; i < 2 * MANY; i++)
        tracks[i] = i % 2;
    for (int i = 0; i <= MANY; i++)
        starts[i] = 2 * (int64_t)i;
    struct interactions r = {.n_tracks = 2, .n_playlists = MANY, .starts = starts, .tracks = tracks};
    struct rta_full_softmax_sampler sampler;
    struct error error = {0};
    assert_int_equal(rta_full_softmax_sampler_open(&sampler, &compute, &r, &settings, vectors, 1, &error),
                     STATUS_USAGE);
    assert_non_null(strstr(error.text, "neighbour_targets=0"));
    rta_full_softmax_sampler_close(&sampler);
    settings.neighbour_targets = 0;
    assert_int_equal(rta_full_softmax_sampler_open(&sampler, &compute, &r, &settings, vectors, 1, &error), STATUS_OK);
    rta_full_softmax_sampler_close(&sampler);
    /* A single playlist has no neighbours, so its own targets are used. */
    settings.neighbour_targets = 1;
    r.n_playlists = 1;
    struct world alone = {.interactions = r, .vectors = (float[2 * D]){1}};
    struct drawing drawing;
    open_drawing(&drawing, &alone, &settings);
    draw(&drawing, 0, 0);
    assert_true(targets_are_of(&drawing.batch, 0, &r, 0));
    close_drawing(&drawing);
    for (int i = 0; i <= MANY; i++)
        starts[i] = i;
    r.n_playlists = MANY;
    assert_int_equal(rta_full_softmax_sampler_open(&sampler, &compute, &r, &settings, vectors, 1, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "two tracks"));
    rta_full_softmax_sampler_close(&sampler);
    free(starts);
    free(tracks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_meets_every_playlist_once),
        cmocka_unit_test(numbers_and_tracks_are_given_uniformly),
        cmocka_unit_test(neighbours_are_those_of_the_highest_cosine),
        cmocka_unit_test(similar_playlists_are_taken_by_their_cosine),
        cmocka_unit_test(as_many_are_borrowed_as_are_wanted),
        cmocka_unit_test(a_batch_is_a_function_of_seed_epoch_and_step),
        cmocka_unit_test(a_part_of_the_tracks_stands_for_all),
        cmocka_unit_test(what_cannot_be_trained_on_is_refused),
    };
    return cmocka_run_group_tests_name("rta rest", tests, open_all, close_all);
}
