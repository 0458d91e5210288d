/* The lists of an ensemble's members. */
#include <stdlib.h>
#include <string.h>

#include "models/ensemble.h"
#include "models/new_tracks.h"

static bool has_say(const struct recommender *member, const struct seed_lists *lists, size_t list)
{
    bool any = member->ops->any_seeds || (lists->titles && recommender_reads(member, lists->titles[list]));
    const int64_t first = lists->starts[list];
    return any || recommender_answers(member, lists->rows + first, lists->starts[list + 1] - first, NULL);
}

/* Fills all but the rows. */
static enum status choose_members(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                                  struct member_lists *found, struct error *error)
{
    *found = (struct member_lists){.n_members = n_members, .n_lists = lists->count};
    found->used = malloc((lists->count * n_members + 1) * sizeof *found->used);
    found->titled = calloc(lists->count + 1, sizeof *found->titled);
    if (!found->used || !found->titled)
        return error_no_memory(error);
    for (size_t list = 0; list < lists->count; list++) {
        bool *used = found->used + list * n_members, any = false;
        for (size_t m = 0; m < n_members; m++) {
            any |= used[m] = has_say(members[m], lists, list);
            found->titled[list] |= lists->titles && recommender_reads(members[m], lists->titles[list]);
        }
        for (size_t m = 0; m < n_members && !any; m++)
            used[m] = true;
    }
    return STATUS_OK;
}

/* Copies the rows of a list that the member has, and returns how many these are. */
static int64_t copy_rows(const struct recommender *member, const int32_t *from, int64_t n, int32_t *to)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (recommender_has(member, from[i]))
            to[count++] = from[i];
    return count;
}

/* Some of the lists: for a member those that have seeds, or a title that it reads. */
struct asked_lists {
    struct seed_lists lists;
    int64_t *starts;
    int32_t *rows, *sorted;
    const char **titles;
    size_t *places; /* of these lists among all */
};

static void asked_free(const struct asked_lists *asked)
{
    free(asked->starts);
    free(asked->rows);
    free(asked->sorted);
    free(asked->titles);
    free(asked->places);
}

/* Space for all of the lists. There is something to free even after a failure. */
static bool asked_reserve(const struct seed_lists *lists, struct asked_lists *asked)
{
    const size_t entries = (size_t)lists->starts[lists->count];
    *asked = (struct asked_lists){.starts = calloc(lists->count + 1, sizeof *asked->starts),
                                  .rows = malloc((entries + 1) * sizeof *asked->rows),
                                  .sorted = malloc((entries + 1) * sizeof *asked->sorted),
                                  .titles = malloc((lists->count + 1) * sizeof *asked->titles),
                                  .places = malloc((lists->count + 1) * sizeof *asked->places)};
    return asked->starts && asked->rows && asked->sorted && asked->titles && asked->places;
}

/* There is something to free even after a failure. */
static enum status asked_choose(const struct recommender *member, const struct seed_lists *lists,
                                struct asked_lists *asked, struct error *error)
{
    size_t count = 0;
    if (!asked_reserve(lists, asked))
        return error_no_memory(error);
    for (size_t i = 0; i < lists->count; i++) {
        const char *title = lists->titles ? lists->titles[i] : NULL;
        const int64_t first = lists->starts[i], n = lists->starts[i + 1] - first;
        const int64_t kept = copy_rows(member, lists->rows + first, n, asked->rows + asked->starts[count]);
        copy_rows(member, lists->sorted + first, n, asked->sorted + asked->starts[count]);
        if (kept == 0 && !recommender_reads(member, title))
            continue;
        asked->starts[count + 1] = asked->starts[count] + kept;
        asked->titles[count] = title;
        asked->places[count++] = i;
    }
    asked->lists =
        (struct seed_lists){count, asked->starts, asked->rows, asked->sorted, lists->titles ? asked->titles : NULL};
    return STATUS_OK;
}

static enum status ask_member(struct recommender *member, const struct seed_lists *lists, size_t length, int32_t *rows,
                              float *scores, struct error *error)
{
    struct asked_lists asked;
    enum status status = asked_choose(member, lists, &asked, error);
    size_t count = asked.lists.count;
    if (status == STATUS_OK && count > 0)
        status = member->ops->recommend(member, &asked.lists, length, rows, scores, error);
    if (status == STATUS_OK && count > 0)
        status = new_tracks_join(member, &asked.lists, length, rows, scores, error);
    for (size_t i = status == STATUS_OK ? lists->count : 0; i-- > 0;) {
        bool there = count > 0 && asked.places[count - 1] == i;
        if (there)
            memmove(rows + i * length, rows + --count * length, length * sizeof *rows);
        else if (length > 0)
            rows[i * length] = -1;
    }
    asked_free(&asked);
    return status;
}

enum status member_lists_find(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              size_t length, struct member_lists *found, struct error *error)
{
    size_t entries = lists->count * length;
    float *scores = malloc((entries + 1) * sizeof *scores);
    enum status status = choose_members(members, n_members, lists, found, error);
    found->length = length;
    if (status == STATUS_OK && !scores)
        status = error_no_memory(error);
    for (size_t m = 0; m < n_members && status == STATUS_OK; m++) {
        found->rows[m] = malloc((entries + 1) * sizeof *found->rows[m]);
        status = found->rows[m] ? ask_member(members[m], lists, length, found->rows[m], scores, error)
                                : error_no_memory(error);
    }
    if (status != STATUS_OK)
        member_lists_free(found);
    free(scores);
    return status;
}

void member_lists_of(const struct member_lists *found, size_t list, const int32_t *out[MODEL_MEMBERS_MAX])
{
    for (size_t m = 0; m < found->n_members; m++)
        out[m] = found->used[list * found->n_members + m] ? found->rows[m] + list * found->length : NULL;
}

void member_lists_free(struct member_lists *found)
{
    for (size_t m = 0; m < found->n_members; m++)
        free(found->rows[m]);
    free(found->used);
    free(found->titled);
    *found = (struct member_lists){0};
}

/* ---- kept for the next call ---- */

void kept_lists_free(struct kept_lists *kept)
{
    member_lists_free(&kept->lists);
    free(kept->seeds);
    free(kept->title);
    *kept = (struct kept_lists){0};
}

enum status member_lists_keep(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              size_t length, struct kept_lists *kept, struct error *error)
{
    const int64_t n = lists->starts[1] - lists->starts[0];
    const int32_t *rows = lists->rows + lists->starts[0];
    const char *title = lists->titles && lists->titles[0] ? lists->titles[0] : "";
    if (kept->seeds && kept->lists.length == length && kept->n_seeds == n &&
        memcmp(kept->seeds, rows, (size_t)n * sizeof *rows) == 0 && strcmp(kept->title, title) == 0)
        return STATUS_OK;
    const struct seed_lists one = {1, lists->starts, lists->rows, lists->sorted, lists->titles};
    kept_lists_free(kept);
    enum status status = member_lists_find(members, n_members, &one, length, &kept->lists, error);
    if (status != STATUS_OK)
        return status;
    kept->seeds = malloc(((size_t)n + 1) * sizeof *kept->seeds);
    kept->title = strdup(title);
    if (!kept->seeds || !kept->title) {
        kept_lists_free(kept);
        return error_no_memory(error);
    }
    memcpy(kept->seeds, rows, (size_t)n * sizeof *rows);
    kept->n_seeds = n;
    return STATUS_OK;
}

/* ---- ranks of one row ----
 *
 * Most kinds of models find them without making the lists. For the others: lists that share most of their seeds have
 * the row at similar ranks, and short lists take less time. So of many lists, twice the row's rank in the first one is
 * requested, and the full length only of those that do not have the row there. */

struct asking {
    struct recommender *member;
    const struct seed_lists *lists;
    int32_t row;
    size_t *ranks; /* [lists] from 1; 0: not found so far */
};

/* A copy of the lists after the first that have no rank yet. False if memory ran out; there is something to free even
 * then. */
static bool copy_unranked(const struct asking *asking, struct asked_lists *copy)
{
    const struct seed_lists *lists = asking->lists;
    if (!asked_reserve(lists, copy))
        return false;
    size_t count = 0;
    for (size_t i = 1; i < lists->count; i++) {
        const size_t start = (size_t)lists->starts[i], size = (size_t)lists->starts[i + 1] - start;
        if (asking->ranks[i] > 0)
            continue;
        memcpy(copy->rows + copy->starts[count], lists->rows + start, size * sizeof *copy->rows);
        memcpy(copy->sorted + copy->starts[count], lists->sorted + start, size * sizeof *copy->sorted);
        copy->titles[count] = lists->titles ? lists->titles[i] : NULL;
        copy->starts[count + 1] = copy->starts[count] + (int64_t)size;
        copy->places[count++] = i;
    }
    copy->lists =
        (struct seed_lists){count, copy->starts, copy->rows, copy->sorted, lists->titles ? copy->titles : NULL};
    return true;
}

/* The place of the row among at most `length` ones, from 1; 0: it is not there. */
static size_t rank_of(const int32_t *rows, size_t length, int32_t row)
{
    size_t at = 0;
    while (at < length && rows[at] >= 0 && rows[at] != row)
        at++;
    return at < length && rows[at] == row ? at + 1 : 0;
}

/* Looks for the row in the lists after the first that have no rank yet. */
static enum status find_ranks(const struct asking *asking, size_t length, struct error *error)
{
    struct asked_lists copy;
    int32_t *rows = NULL;
    float *scores = NULL;
    bool enough = copy_unranked(asking, &copy);
    const size_t count = copy.lists.count;
    if (enough) {
        rows = malloc((count * length + 1) * sizeof *rows);
        scores = malloc((count * length + 1) * sizeof *scores);
        enough = rows && scores;
    }
    enum status status = enough ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && count > 0)
        status = ask_member(asking->member, &copy.lists, length, rows, scores, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        asking->ranks[copy.places[i]] = rank_of(rows + i * length, length, asking->row);
    asked_free(&copy);
    free(rows);
    free(scores);
    return status;
}

/* By recommender_ops.ranks. */
static enum status count_ranks(const struct asking *asking, size_t depth, bool *known, struct error *error)
{
    struct asked_lists asked;
    enum status status = asked_choose(asking->member, asking->lists, &asked, error);
    size_t *ranks = calloc(asking->lists->count + 1, sizeof *ranks);
    if (status == STATUS_OK && !ranks)
        status = error_no_memory(error);
    *known = asked.lists.count == 0;
    if (status == STATUS_OK && asked.lists.count > 0)
        status = asking->member->ops->ranks(asking->member, &asked.lists, asking->row, depth, ranks, known, error);
    for (size_t i = 0; status == STATUS_OK && *known && i < asked.lists.count; i++)
        if (asked.places[i] > 0)
            asking->ranks[asked.places[i]] = ranks[i];
    asked_free(&asked);
    free(ranks);
    return status;
}

enum status member_ranks_find(struct recommender *const *members, size_t n_members, const struct seed_lists *lists,
                              const struct member_lists *first, size_t depth, int32_t row, struct member_ranks *found,
                              struct error *error)
{
    enum { MANY = 32, MARGIN = 30 };
    *found = (struct member_ranks){.ranks = calloc(n_members * lists->count + 1, sizeof *found->ranks)};
    enum status status = choose_members(members, n_members, lists, &found->lists, error);
    if (status == STATUS_OK && !found->ranks)
        status = error_no_memory(error);
    for (size_t m = 0; m < n_members && status == STATUS_OK; m++) {
        const struct asking asking = {members[m], lists, row, found->ranks + m * lists->count};
        if (!recommender_has(members[m], row))
            continue;
        asking.ranks[0] = rank_of(first->rows[m], depth, row);
        size_t likely = 2 * asking.ranks[0] + MARGIN;
        bool known = false;
        if (members[m]->ops->ranks && !members[m]->new_tracks) /* which has no new tracks among its rows */
            status = count_ranks(&asking, depth, &known, error);
        if (status == STATUS_OK && !known && lists->count > MANY && asking.ranks[0] > 0 && likely < depth)
            status = find_ranks(&asking, likely, error);
        if (status == STATUS_OK && !known)
            status = find_ranks(&asking, depth, error);
    }
    if (status != STATUS_OK)
        member_ranks_free(found);
    return status;
}

void member_ranks_free(struct member_ranks *found)
{
    member_lists_free(&found->lists);
    free(found->ranks);
    *found = (struct member_ranks){0};
}
