#include "models/ensemble.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/explain.h"

struct ensemble {
    size_t n_members;
    struct recommender *members[MODEL_MEMBERS_MAX];
    double weights[2][MODEL_MEMBERS_MAX];
    size_t depth;
    struct kept_lists kept;
};

/* ---- checks -------------------------------------------------------------------------------------------------- */

static enum status check_weights(const struct model_members *members, struct error *error)
{
    double sum = 0;
    for (size_t i = 0; members->weights && i < members->count; i++) {
        if (!(members->weights[i] >= 0) || !isfinite(members->weights[i]))
            return error_set(error, STATUS_USAGE, "the weight %g of the member \"%.80s\" is not a number from 0 on",
                             members->weights[i], members->names[i]);
        sum += members->weights[i];
    }
    if (members->weights && !(sum > 0 && isfinite(sum)))
        return error_set(error, STATUS_USAGE, "the weights add up to %g; at least one must be above 0", sum);
    return STATUS_OK;
}

enum status ensemble_check_members(const struct model_spec *spec, struct error *error)
{
    const struct model_members *members = &spec->members;
    const struct recommender_ops *ops = model_kind_find(spec->kind);
    if (ops && !ops->takes_members)
        return members->count == 0 && !members->weights && !members->weights_of
                   ? STATUS_OK
                   : error_set(error, STATUS_USAGE, "a model of kind \"%s\" takes no members", spec->kind);
    if (members->count < 1 || members->count > MODEL_MEMBERS_MAX)
        return error_set(error, STATUS_USAGE,
                         "an ensemble has 1 to %d members, not %zu; name trained models, such as --members sknn,als",
                         MODEL_MEMBERS_MAX, members->count);
    for (size_t i = 0; i < members->count; i++) {
        if (strcmp(members->names[i], spec->name) == 0)
            return error_set(error, STATUS_USAGE,
                             "the ensemble \"%.80s\" cannot be a member of itself; give it another --name", spec->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(members->names[i], members->names[j]) == 0)
                return error_set(error, STATUS_USAGE, "the member \"%.80s\" is named twice", members->names[i]);
    }
    return check_weights(members, error);
}

enum status ensemble_check_member(const char *name, const struct recommender *member,
                                  const struct interactions *interactions, struct error *error)
{
    if (member->ops->takes_members)
        return error_set(error, STATUS_USAGE,
                         "\"%.80s\" is an ensemble, which cannot be a member of another; name its members instead",
                         name);
    if (member->n_tracks != interactions->n_tracks)
        return error_set(error, STATUS_FAILED,
                         "the member \"%.80s\" was trained when the catalogue had %lld tracks, and it has %lld now; "
                         "train it again first",
                         name, (long long)member->n_tracks, (long long)interactions->n_tracks);
    char trained_on[33];
    model_training_fingerprint(interactions, trained_on);
    const char *settings = safetensors_metadata(member->file, "settings");
    if (!settings || !strstr(settings, trained_on))
        return error_set(error, STATUS_FAILED,
                         "the member \"%.80s\" was trained on other playlists than those that the ensemble is to be "
                         "trained on; train both with the same --on",
                         name);
    return STATUS_OK;
}

enum status ensemble_copy_weights(const struct recommender *recommender, const struct model_members *members,
                                  double weights[2][MODEL_MEMBERS_MAX], struct error *error)
{
    if (!recommender->ops->takes_members)
        return error_set(error, STATUS_USAGE, "\"%.80s\" is a model of kind \"%s\", which has no weights of members",
                         members->weights_of, recommender->ops->kind);
    const struct ensemble *ensemble = recommender->state;
    bool same = ensemble->n_members == members->count;
    for (size_t i = 0; same && i < members->count; i++)
        same = ensemble->members[i]->ops == members->open[i]->ops;
    if (!same)
        return error_set(error, STATUS_USAGE,
                         "the members are not of the kinds of the members of \"%.80s\", in its order; give the weights "
                         "with --weights",
                         members->weights_of);
    memcpy(weights, ensemble->weights, sizeof ensemble->weights);
    return STATUS_OK;
}

/* ---- training ------------------------------------------------------------------------------------------------ */

static void report_weights(struct model_task *task, const char *when, double ndcg, const double *weights)
{
    size_t size = strlen(task->report);
    size +=
        (size_t)snprintf(task->report + size, sizeof task->report - size,
                         "%sNDCG %.2f %% on validation playlists%s, weights", size == 0 ? "" : "; ", 100 * ndcg, when);
    for (size_t i = 0; i < task->spec->members.count && size < sizeof task->report; i++)
        size +=
            (size_t)snprintf(task->report + size, sizeof task->report - size, "%s %.3g", i == 0 ? "" : ",", weights[i]);
}

/* The weights for playlists without titles, then those for playlists whose title a member reads, if there are any. */
static enum status find_weights(struct model_task *task, struct error *error)
{
    const struct model_members *members = &task->spec->members;
    const struct model_evaluator *evaluator = task->spec->evaluator;
    size_t depth = (size_t)settings_value(task->settings, "depth"), n = 0;
    double ndcg = 0, *weights = task->member_weights[0], *titled = task->member_weights[1];
    enum status status = STATUS_OK;
    if (evaluator && evaluator->playlists)
        status = ensemble_find_weights(members->open, members->count, evaluator->playlists, NULL, depth, task->progress,
                                       weights, &ndcg, &n, error);
    if (status == STATUS_OK && n == 0)
        return error_set(error, STATUS_USAGE,
                         "weights are found on validation playlists, but the split has none, or the members were "
                         "trained on them; give them with --weights or --weights-of, or train with --on train after "
                         "`sleeve split`");
    if (status != STATUS_OK)
        return status;
    report_weights(task, "", ndcg, weights);
    n = 0;
    if (evaluator->titles)
        status = ensemble_find_weights(members->open, members->count, evaluator->playlists, evaluator->titles, depth,
                                       task->progress, titled, &ndcg, &n, error);
    if (status == STATUS_OK && n > 0)
        report_weights(task, " with titles", ndcg, titled);
    else
        memcpy(titled, weights, sizeof task->member_weights[0]);
    return status;
}

static enum status add_members(const struct model_task *task, struct model_weights *weights, struct error *error)
{
    const struct model_members *members = &task->spec->members;
    int64_t *sizes = malloc(members->count * sizeof *sizes);
    float *stored = malloc(2 * members->count * sizeof *stored);
    for (size_t i = 0; sizes && stored && i < members->count; i++) {
        size_t size;
        safetensors_bytes(members->open[i]->file, &size);
        sizes[i] = (int64_t)size;
        stored[2 * i] = (float)task->member_weights[0][i];
        stored[2 * i + 1] = (float)task->member_weights[1][i];
    }
    int64_t count = (int64_t)members->count;
    enum status status = model_weights_add_integers(weights, "member_sizes", MATRIX_INT64, count, 1, sizes, error);
    if (status == STATUS_OK)
        status = model_weights_add(weights, "member_weights", count, 2, stored, error);
    else
        free(stored);
    for (size_t i = 0; i < members->count && status == STATUS_OK; i++) {
        char name[MODEL_TENSOR_NAME];
        snprintf(name, sizeof name, "member.%zu", i + 1);
        status = model_weights_add_file(weights, name, members->open[i]->file, error);
    }
    return status;
}

static enum status train(struct model_task *task, struct model_weights *weights, struct error *error)
{
    const struct model_members *members = &task->spec->members;
    enum status status = ensemble_check_members(task->spec, error);
    for (size_t i = 0; i < members->count && status == STATUS_OK; i++)
        status = ensemble_check_member(members->names[i], members->open[i], task->interactions, error);
    if (status == STATUS_OK && members->weights) {
        const double *titled = members->weights_by_title ? members->weights_by_title : members->weights;
        memcpy(task->member_weights[0], members->weights, members->count * sizeof *members->weights);
        memcpy(task->member_weights[1], titled, members->count * sizeof *titled);
    } else if (status == STATUS_OK) {
        status = find_weights(task, error);
    }
    return status == STATUS_OK ? add_members(task, weights, error) : status;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

static enum status open_member(const struct recommender *recommender, size_t index, int64_t size,
                               struct recommender **member, struct error *error)
{
    char name[MODEL_TENSOR_NAME];
    const void *bytes;
    int64_t n;
    struct safetensors *file = NULL;
    snprintf(name, sizeof name, "member.%zu", index + 1);
    enum status status = recommender_integers(recommender, name, MATRIX_INT64, &bytes, &n, error);
    if (status == STATUS_OK && (size < 1 || (size - 1) / (int64_t)sizeof(int64_t) + 1 != n))
        status = error_set(error, STATUS_BAD_DATA,
                           "the file of a member has %lld bytes in a matrix of %lld; train the "
                           "ensemble again",
                           (long long)size, (long long)n * (long long)sizeof(int64_t));
    if (status == STATUS_OK)
        status = safetensors_parse(bytes, (size_t)size, name, &file, error);
    if (status != STATUS_OK)
        return status;
    const char *kind = safetensors_metadata(file, "kind");
    const struct recommender_ops *ops = kind ? model_kind_find(kind) : NULL;
    if (ops && ops->takes_members) {
        safetensors_close(file);
        return error_set(error, STATUS_BAD_DATA, "%s is itself an ensemble; train the ensemble again", name);
    }
    status = recommender_open_parsed(recommender->compute, file, member, error);
    if (status != STATUS_OK)
        return error_prefix(error, "%s", name);
    const char *mine = safetensors_metadata(recommender->file, "fingerprint");
    const char *its = safetensors_metadata((*member)->file, "fingerprint");
    if ((*member)->n_tracks != recommender->n_tracks || !mine || !its || strcmp(mine, its) != 0)
        return error_set(error, STATUS_BAD_DATA,
                         "%s is of another catalogue than the ensemble; train the ensemble again", name);
    return STATUS_OK;
}

static enum status open_ensemble(struct recommender *recommender, struct error *error)
{
    struct ensemble *ensemble = calloc(1, sizeof *ensemble);
    if (!ensemble)
        return error_no_memory(error);
    recommender->state = ensemble;
    const void *sizes;
    const float *weights;
    int64_t count;
    double depth, sums[2] = {0};
    enum status status = recommender_integers(recommender, "member_sizes", MATRIX_INT64, &sizes, &count, error);
    if (status == STATUS_OK && (count < 1 || count > MODEL_MEMBERS_MAX))
        status = error_set(error, STATUS_BAD_DATA, "the ensemble has %lld members, not 1 to %d; train it again",
                           (long long)count, MODEL_MEMBERS_MAX);
    if (status == STATUS_OK)
        status = recommender_floats(recommender, "member_weights", count, 2, &weights, error);
    if (status == STATUS_OK)
        status = recommender_setting(recommender, "depth", &depth, error);
    if (status != STATUS_OK)
        return status;
    ensemble->depth = (size_t)depth;
    for (int64_t i = 0; i < 2 * count; i++) {
        ensemble->weights[i % 2][i / 2] = weights[i] < 0 ? NAN : (double)weights[i];
        sums[i % 2] += ensemble->weights[i % 2][i / 2];
    }
    if (!(sums[0] > 0) || !(sums[1] > 0))
        return error_set(error, STATUS_BAD_DATA, "the ensemble has no valid weights; train it again");
    for (; ensemble->n_members < (size_t)count && status == STATUS_OK; ensemble->n_members++)
        status = open_member(recommender, ensemble->n_members, ((const int64_t *)sizes)[ensemble->n_members],
                             &ensemble->members[ensemble->n_members], error);
    return status;
}

static void close_ensemble(struct recommender *recommender)
{
    struct ensemble *ensemble = recommender->state;
    for (size_t i = 0; ensemble && i < ensemble->n_members; i++)
        recommender_close(ensemble->members[i]);
    if (ensemble)
        kept_lists_free(&ensemble->kept);
    free(ensemble);
}

/* The distinct sets of the members. */
static size_t features(const struct recommender *recommender, const char *names[FEATURE_SETS_MAX])
{
    const struct ensemble *ensemble = recommender->state;
    size_t count = 0;
    for (size_t m = 0; m < ensemble->n_members; m++)
        for (size_t i = 0; i < ensemble->members[m]->n_features && count < FEATURE_SETS_MAX; i++) {
            size_t before = 0;
            while (before < count && strcmp(names[before], ensemble->members[m]->features[i]) != 0)
                before++;
            if (before == count)
                names[count++] = ensemble->members[m]->features[i];
        }
    return count;
}

static bool knows(const struct recommender *recommender, int32_t row)
{
    const struct ensemble *ensemble = recommender->state;
    for (size_t i = 0; i < ensemble->n_members; i++)
        if (recommender_knows(ensemble->members[i], row))
            return true;
    return false;
}

static struct recommender *const *members_of(const struct recommender *recommender, size_t *count)
{
    const struct ensemble *ensemble = recommender->state;
    *count = ensemble->n_members;
    return ensemble->members;
}

static bool reads_title(const struct recommender *recommender, const char *title)
{
    const struct ensemble *ensemble = recommender->state;
    for (size_t i = 0; i < ensemble->n_members; i++)
        if (recommender_reads(ensemble->members[i], title))
            return true;
    return false;
}

/* ---- recommending -------------------------------------------------------------------------------------------- */

struct request {
    const struct ensemble *ensemble;
    const struct member_lists *lists;
    struct rank_fusion *fusions; /* one a thread */
    size_t k;
    int32_t *ids;
    const int32_t *rows; /* NULL: the best k are found; otherwise these k are scored */
    float *scores;
};

/* 0: no member's list has the row. */
static float fused_score(const struct rank_fusion *fusion, int32_t row)
{
    for (size_t i = 0; i < fusion->count; i++)
        if (fusion->tracks[i].row == row)
            return (float)fusion->tracks[i].score;
    return 0;
}

static void fuse_list(void *context, size_t list, int worker)
{
    const struct request *request = context;
    struct rank_fusion *fusion = &request->fusions[worker];
    const int32_t *lists[MODEL_MEMBERS_MAX];
    member_lists_of(request->lists, list, lists);
    rank_fusion_collect(fusion, lists, request->lists->length);
    const double *weights = request->ensemble->weights[request->lists->titled[list]];
    if (request->rows) {
        rank_fusion_score(fusion, lists, weights);
        for (size_t i = 0; i < request->k; i++)
            request->scores[list * request->k + i] = fused_score(fusion, request->rows[i]);
        return;
    }
    rank_fusion_rank(fusion, lists, weights);
    for (size_t i = 0; i < request->k; i++) {
        bool found = i < fusion->count;
        request->ids[list * request->k + i] = found ? fusion->tracks[i].row : -1;
        request->scores[list * request->k + i] = found ? (float)fusion->tracks[i].score : -INFINITY;
    }
}

static enum status fuse(struct recommender *recommender, struct request *request, struct error *error)
{
    const struct ensemble *ensemble = request->ensemble;
    struct pool *pool = recommender->compute->pool;
    size_t threads = (size_t)pool_threads(pool);
    request->fusions = calloc(threads, sizeof *request->fusions);
    bool enough = request->fusions != NULL;
    for (size_t i = 0; enough && i < threads; i++)
        enough = rank_fusion_open(&request->fusions[i], ensemble->n_members, ensemble->depth, request->lists->length,
                                  recommender->n_tracks, recommender_row_end(recommender), recommender->popularity);
    if (enough)
        pool_run(pool, request->lists->n_lists, fuse_list, request);
    for (size_t i = 0; request->fusions && i < threads; i++)
        rank_fusion_close(&request->fusions[i]);
    free(request->fusions);
    return enough ? STATUS_OK : error_no_memory(error);
}

static enum status find_and_fuse(struct recommender *recommender, const struct seed_lists *lists, size_t length,
                                 struct request *request, struct error *error)
{
    struct ensemble *ensemble = recommender->state;
    struct member_lists found = {0};
    enum status status =
        lists->count == 1
            ? member_lists_keep(ensemble->members, ensemble->n_members, lists, length, &ensemble->kept, error)
            : member_lists_find(ensemble->members, ensemble->n_members, lists, length, &found, error);
    if (status != STATUS_OK)
        return status;
    request->ensemble = ensemble;
    /* cppcheck-suppress autoVariables; it is taken back below */
    request->lists = lists->count == 1 ? &ensemble->kept.lists : &found;
    status = fuse(recommender, request, error);
    request->lists = NULL;
    member_lists_free(&found);
    return status;
}

/* Length of the list requested from each member. */
static size_t length_for(const struct recommender *recommender, size_t k)
{
    const struct ensemble *ensemble = recommender->state;
    size_t length = ensemble->depth > k ? ensemble->depth : k;
    return length < (size_t)recommender->n_tracks ? length : (size_t)recommender->n_tracks;
}

static enum status recommend(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error)
{
    struct request request = {.k = k, .ids = ids, .scores = scores};
    return find_and_fuse(recommender, lists, length_for(recommender, k), &request, error);
}

/* The scores of one row, as rank_fusion_score computes them. */
static void score_ranks(const struct ensemble *ensemble, const struct member_ranks *found, float *scores)
{
    for (size_t list = 0; list < found->lists.n_lists; list++) {
        const double *weights = ensemble->weights[found->lists.titled[list]];
        const bool *used = found->lists.used + list * ensemble->n_members;
        double score = 0, sum = 0;
        for (size_t m = 0; m < ensemble->n_members; m++) {
            size_t rank = used[m] ? found->ranks[m * found->lists.n_lists + list] : 0;
            score += weights[m] * (double)(rank > 0 ? rank_fusion_gain(ensemble->depth, rank - 1) : 0);
            sum += used[m] ? weights[m] : 0;
        }
        scores[list] = (float)(sum > 0 ? score / sum : score);
    }
}

/* Only the ranks to the depth count, so that the lists need not be longer. */
static enum status score(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error)
{
    struct ensemble *ensemble = recommender->state;
    const size_t depth = length_for(recommender, 0);
    struct member_ranks found;
    if (n != 1 || lists->count == 0) {
        struct request request = {.k = n, .rows = rows, .scores = scores};
        return find_and_fuse(recommender, lists, depth, &request, error);
    }
    enum status status =
        member_lists_keep(ensemble->members, ensemble->n_members, lists, depth, &ensemble->kept, error);
    if (status == STATUS_OK)
        status = member_ranks_find(ensemble->members, ensemble->n_members, lists, &ensemble->kept.lists, depth, rows[0],
                                   &found, error);
    if (status != STATUS_OK)
        return status;
    score_ranks(ensemble, &found, scores);
    member_ranks_free(&found);
    return STATUS_OK;
}

/* What each member gives: its share of the weights times the gain of the row's rank in its list. */
static enum status reasons(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *found, struct error *error)
{
    struct ensemble *ensemble = recommender->state;
    const struct member_lists *lists = &ensemble->kept.lists;
    const size_t depth = length_for(recommender, 0);
    const int32_t *rows[MODEL_MEMBERS_MAX];
    double sum = 0;
    enum status status = member_lists_keep(ensemble->members, ensemble->n_members, list, depth, &ensemble->kept, error);
    if (status != STATUS_OK)
        return status;
    member_lists_of(lists, 0, rows);
    const double *weights = ensemble->weights[lists->titled[0]];
    for (size_t m = 0; m < ensemble->n_members; m++)
        sum += rows[m] ? weights[m] : 0;
    for (size_t m = 0; m < ensemble->n_members; m++) {
        size_t at = 0;
        char name[SCORE_PART_NAME];
        while (rows[m] && at < depth && rows[m][at] != row)
            at += rows[m][at] < 0 ? depth : 1;
        bool listed = rows[m] && at < depth;
        if (!rows[m])
            snprintf(name, sizeof name, "%s: knows no track", ensemble->members[m]->ops->kind);
        else if (listed)
            snprintf(name, sizeof name, "%s: rank %zu", ensemble->members[m]->ops->kind, at + 1);
        else
            snprintf(name, sizeof name, "%s: not in its %zu", ensemble->members[m]->ops->kind, depth);
        score_reasons_add_part(found, name, PART_SONG,
                               listed && sum > 0 ? weights[m] * rank_fusion_gain(ensemble->depth, at) / sum : 0);
    }
    return STATUS_OK;
}

static const struct setting_rule ensemble_rules[] = {
    {"depth", 1000, 1000, 1, 1e6, true, "tracks of each member's list that count", NULL, NULL},
    {0},
};

static const struct recommender_ops kinds[] = {
    {.kind = "ensemble",
     .settings = {.groups = (const struct setting_rule *const[]){ensemble_rules, NULL}},
     .takes_members = true,
     .train = train,
     .open = open_ensemble,
     .close = close_ensemble,
     .recommend = recommend,
     .score = score,
     .reasons = reasons,
     .random_lists = 4,
     .features = features,
     .knows = knows,
     .members = members_of,
     .reads_title = reads_title},
};

const struct model_family ensemble_family = {
    .help =
        "ensemble: the lists of other models (--members), fused by the logarithms of their ranks. Weights are found\n"
        "on validation playlists. The file contains its members, which may be removed afterwards.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
