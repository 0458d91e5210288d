#include "training_case.h"

/* Complete trainings with objective full_softmax learn to predict the hidden tracks of playlists. (Interruption and
 * resuming are tested with the other objective, in test_rta_train.c.) */

static const char *const kinds[] = {"mf-pool", "fm-pool", "nn-pool", "mf-avg", "mf-cnn", "fm-gru", "mf-transformer"};

enum { SAMPLED = 1 }; /* the kind whose softmax is over a part of the tracks */

static void open_course(struct training_case *training_case, const char *kind)
{
    static const char *const changed[] = {"rest_rate=0.01", "length=1", "scale=1", "rest_decay=1e-5", "dropout=0.1"};
    bool is_pool = rta_kind_of(model_kind_find(kind))->aggregator == RTA_POOL;
    training_case_open(training_case, kind, "rest.model");
    generated_free(&training_case->interactions);
    training_case->interactions = generate(31, 500, COURSE_TRACKS);
    for (int i = 0; i < 4 + is_pool; i++)
        training_case_set(training_case, changed[i]);
    if (!is_pool)
        training_case_set(training_case, "objective=rest");
}

/* NDCG of the second halves of held-out playlists, given the first halves; mean over playlists. */
static double ndcg_of(const struct interactions *held_out, struct training_case *training_case)
{
    enum { BEST = 20 };
    struct recommender *model = NULL;
    must(training_case_train(training_case, &compute, NULL, &error));
    must(recommender_open_file(&compute, training_case->path, &model, &error));
    double sum = 0, count = 0;
    for (int64_t p = 0; p < held_out->n_playlists; p++) {
        const int32_t *tracks = held_out->tracks + held_out->starts[p];
        int64_t size = held_out->starts[p + 1] - held_out->starts[p], shown = size / 2, seeds[12];
        if (shown < 1)
            continue;
        for (int64_t i = 0; i < shown; i++)
            seeds[i] = tracks[i] + 1;
        struct recommendation best[BEST];
        size_t found;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = (size_t)shown}, BEST,
                                   best, &found, &error));
        double gain = 0, ideal = 0;
        for (size_t i = 0; i < found; i++)
            for (int64_t j = shown; j < size; j++)
                gain += best[i].track == tracks[j] + 1 ? 1 / log2((double)i + 2) : 0;
        for (int64_t i = 0; i < size - shown; i++)
            ideal += 1 / log2((double)i + 2);
        sum += gain / ideal;
        count++;
    }
    recommender_close(model);
    training_case_clear(training_case);
    return sum / count;
}

static void clusters_are_learned(void **state)
{
    (void)state;
    struct interactions held_out = generate(32, 200, COURSE_TRACKS);
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        struct training_case training_case;
        open_course(&training_case, kinds[kind]);
        if (kind == SAMPLED) {
            training_case_set(&training_case, "softmax_samples=15");
            training_case_set(&training_case, "sparse_adam=1");
        }
        training_case_set(&training_case, "epochs=0");
        double before = ndcg_of(&held_out, &training_case);
        training_case_set(&training_case, "epochs=12");
        double after = ndcg_of(&held_out, &training_case);
        training_case.spec = (struct model_spec){.kind = "popularity", .name = "x"};
        double popular = ndcg_of(&held_out, &training_case);
        if (after < popular + 0.1 || after < before + 0.05)
            fail_msg("%s: NDCG %.3f, before training %.3f, popularity %.3f", kinds[kind], after, before, popular);
        training_case_close(&training_case);
    }
    generated_free(&held_out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_are_learned),
    };
    return cmocka_run_group_tests_name("rta rest training", tests, training_case_open_all, close_all);
}
