#include "nn/checkpoint.h"

#include "core/file.h"
#include "nn_fixture.h"
#include "tests/folder.h"

/* Checkpoints: what was written can be read; damaged ones and those of another training are refused. */

enum { FLOATS = 300, INTEGERS = 40, TAKEN = 17 };

static const char *const identity[] = {"mlp rate=0.1", "mlp speed=0.1", NULL};
static const struct checkpoint_expected expected = {identity, -1, 1};
static const struct checkpoint_position written = {2, 5, TAKEN, 0.375, 2};
static char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 16];

struct state {
    float floats[FLOATS];
    int32_t integers[INTEGERS];
    struct compute_buffer *buffers[2];
    struct checkpoint_list list;
};

static struct state open_state(uint64_t seed)
{
    struct state state = {0};
    struct random random;
    random_seed(&random, seed);
    draw_normal(&random, FLOATS, state.floats);
    for (int i = 0; i < INTEGERS; i++)
        state.integers[i] = (int32_t)random_below(&random, TAKEN + 1);
    state.buffers[0] = buffer_of(state.floats, FLOATS);
    state.buffers[1] = buffer_of(state.integers, INTEGERS);
    checkpoint_add(&state.list, "table", "", false, state.buffers[0], FLOATS);
    checkpoint_add(&state.list, "table", ".last", true, state.buffers[1], INTEGERS);
    checkpoint_add(&state.list, "absent", "", false, NULL, 3);
    return state;
}

static void close_state(struct state *state)
{
    for (int i = 0; i < 2; i++)
        compute.ops->buffer_destroy(state->buffers[i]);
}

static enum status read_back(const struct state *state, struct checkpoint_position *position, struct error *why)
{
    return checkpoint_read(&compute, path, &expected, &state->list, position, why);
}

static void refused(const struct state *state, enum status wanted, const char *words)
{
    struct checkpoint_position position;
    struct error why = {0};
    enum status status = read_back(state, &position, &why);
    if (status != wanted || !strstr(why.text, words) || !strstr(why.text, path))
        fail_msg("status %d, \"%s\", not \"%s\"", (int)status, why.text, words);
}

static void what_was_written_is_read(void **unused)
{
    (void)unused;
    struct state from = open_state(1), to = open_state(2);
    struct checkpoint_position position = {0};
    must(checkpoint_write(&compute, path, identity[0], &from.list, &written, &error));
    must(read_back(&to, &position, &error));
    assert_memory_equal(&position, &written, sizeof position);
    buffer_values(to.buffers[0], FLOATS, to.floats);
    buffer_values(to.buffers[1], INTEGERS, to.integers);
    assert_memory_equal(to.floats, from.floats, sizeof from.floats);
    assert_memory_equal(to.integers, from.integers, sizeof from.integers);
    must(checkpoint_write(&compute, path, identity[1], &from.list, &written, &error)); /* an earlier form */
    must(read_back(&to, &position, &error));
    must(checkpoint_write(&compute, path, "mlp rate=0.2", &from.list, &written, &error));
    refused(&to, STATUS_USAGE, "other settings");
    close_state(&from);
    close_state(&to);
}

/* The range of the score is the training's; it may be infinite. */
static void any_score_is_read_within_its_bounds(void **unused)
{
    (void)unused;
    static const double scores[] = {-INFINITY, -1e300, -0.1, 0, 1e-17, 0.1, 1};
    struct state state = open_state(1);
    struct checkpoint_expected wide = {identity, -INFINITY, INFINITY};
    for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++) {
        struct checkpoint_position position = written;
        position.best = scores[i];
        must(checkpoint_write(&compute, path, identity[0], &state.list, &position, &error));
        must(checkpoint_read(&compute, path, &wide, &state.list, &position, &error));
        assert_true(position.best == scores[i]);
        if (fabs(scores[i]) > 1)
            refused(&state, STATUS_BAD_DATA, "\"best\"");
    }
    close_state(&state);
}

static void a_cut_or_missing_file_is_refused(void **unused)
{
    (void)unused;
    struct state state = open_state(1);
    struct buffer bytes = {0};
    must(checkpoint_write(&compute, path, identity[0], &state.list, &written, &error));
    must(file_read(path, 1 << 20, &bytes, &error));
    for (size_t size = 0; size < bytes.size; size += 61) {
        assert_int_equal(truncate(path, (off_t)size), 0);
        refused(&state, STATUS_BAD_DATA, path);
        write_bytes(path, &bytes);
    }
    assert_int_equal(truncate(path, (off_t)bytes.size - 1), 0);
    refused(&state, STATUS_BAD_DATA, path);
    unlink(path);
    struct error why = {0};
    struct checkpoint_position position;
    assert_int_not_equal(read_back(&state, &position, &why), STATUS_OK);
    assert_non_null(strstr(why.text, path));
    buffer_free(&bytes);
    close_state(&state);
}

static void values_that_no_training_has_are_refused(void **unused)
{
    (void)unused;
    static const float bad_floats[] = {NAN, INFINITY, -INFINITY};
    static const int32_t bad_integers[] = {-1, TAKEN + 1, INT32_MIN};
    for (int i = 0; i < 3; i++) {
        struct state state = open_state(1);
        must(compute.ops->buffer_write(compute.stream, state.buffers[0], 4 * (FLOATS - 1), &bad_floats[i], 4, &error));
        must(checkpoint_write(&compute, path, identity[0], &state.list, &written, &error));
        refused(&state, STATUS_BAD_DATA, "\"table\" holds an invalid value");
        close_state(&state);
        state = open_state(1);
        must(compute.ops->buffer_write(compute.stream, state.buffers[1], 4, &bad_integers[i], 4, &error));
        must(checkpoint_write(&compute, path, identity[0], &state.list, &written, &error));
        refused(&state, STATUS_BAD_DATA, "\"table.last\" holds an invalid value (at index 1)");
        close_state(&state);
    }
}

/* Another network has arrays of other names, sizes or types. */
static void another_network_is_refused(void **unused)
{
    (void)unused;
    struct state state = open_state(1);
    must(checkpoint_write(&compute, path, identity[0], &state.list, &written, &error));
    struct state other = state;
    other.list.items[0].count--;
    refused(&other, STATUS_BAD_DATA, "table");
    other = state;
    snprintf(other.list.items[0].name, CHECKPOINT_NAME, "chair");
    refused(&other, STATUS_BAD_DATA, "chair");
    other = state;
    other.list.items[0].integers = true;
    refused(&other, STATUS_BAD_DATA, "table");
    other = state;
    checkpoint_add(&other.list, "more", "", false, state.buffers[0], FLOATS);
    refused(&other, STATUS_BAD_DATA, "more");
    close_state(&state);
}

static int open_all(void **unused)
{
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    return open_compute(unused);
}

static int close_all(void **unused)
{
    unlink(path);
    rmdir(folder);
    return close_compute(unused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),         cmocka_unit_test(any_score_is_read_within_its_bounds),
        cmocka_unit_test(a_cut_or_missing_file_is_refused), cmocka_unit_test(values_that_no_training_has_are_refused),
        cmocka_unit_test(another_network_is_refused),
    };
    return cmocka_run_group_tests_name("checkpoints", tests, open_all, close_all);
}
