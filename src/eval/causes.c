#include "eval/causes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/hash.h"
#include "core/text.h"

#define CAUSE_INFO(id, name_, help_, ...) [CAUSE_##id] = {.name = #name_, .help = help_, __VA_ARGS__},
const struct cause_info cause_infos[CAUSES] = {CAUSE_TABLE(CAUSE_INFO)};

enum cause cause_named(const char *name)
{
    int cause = 0;
    while (cause < CAUSES && strcmp(cause_infos[cause].name, name) != 0)
        cause++;
    return (enum cause)cause;
}

uint64_t cause_song(const char *title, const char *artist)
{
    struct buffer key = {0};
    text_key(title, strlen(title), &key);
    buffer_add_byte(&key, '\n'); /* occurs in no key */
    text_key(artist, strlen(artist), &key);
    uint64_t song = key.failed ? 0 : hash_bytes(key.data, key.size);
    buffer_free(&key);
    return song;
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int by_song(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static int by_count(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* Sorted for looking up. */
struct sorted {
    int64_t *near;   /* [n_near] */
    int64_t *tracks; /* [n_list] */
    uint64_t *songs; /* [n_list] */
    float *counts;   /* of the held-out tracks in a training playlist, */
    size_t n_counts;
};

static void sorted_free(struct sorted *sorted)
{
    free(sorted->near);
    free(sorted->tracks);
    free(sorted->songs);
    free(sorted->counts);
}

static bool sort_all(const struct cause_input *input, struct sorted *sorted)
{
    *sorted = (struct sorted){.near = malloc((input->n_near + 1) * sizeof *sorted->near),
                              .tracks = malloc((input->n_list + 1) * sizeof *sorted->tracks),
                              .songs = malloc((input->n_list + 1) * sizeof *sorted->songs),
                              .counts = malloc((input->n_held_out + 1) * sizeof *sorted->counts)};
    if (!sorted->near || !sorted->tracks || !sorted->songs || !sorted->counts)
        return false;
    for (size_t i = 0; i < input->n_near; i++)
        sorted->near[i] = input->near[i];
    for (size_t i = 0; i < input->n_list; i++) {
        sorted->tracks[i] = input->list[i].track;
        sorted->songs[i] = input->list[i].song;
    }
    for (size_t i = 0; i < input->n_held_out; i++)
        if (input->held_out[i].count > 0)
            sorted->counts[sorted->n_counts++] = input->held_out[i].count;
    qsort(sorted->near, input->n_near, sizeof *sorted->near, by_number);
    qsort(sorted->tracks, input->n_list, sizeof *sorted->tracks, by_number);
    qsort(sorted->songs, input->n_list, sizeof *sorted->songs, by_song);
    qsort(sorted->counts, sorted->n_counts, sizeof *sorted->counts, by_count);
    return true;
}

static void set_share(struct cause_shares *shares, enum cause cause, size_t part, size_t whole)
{
    shares->of[cause] = share(part, whole);
    shares->part[cause] = part;
    shares->whole[cause] = whole;
}

/* What is missing from the list. */
static void find_missed(const struct cause_input *input, const struct sorted *sorted, struct cause_shares *shares)
{
    size_t n = input->n_held_out, near = 0, same_song = 0, in_reach = 0;
    for (size_t i = 0; i < n; i++) {
        const struct cause_track *track = &input->held_out[i];
        in_reach += track->in_reach;
        near += bsearch(&track->track, sorted->near, input->n_near, sizeof track->track, by_number) != NULL;
        same_song += !bsearch(&track->track, sorted->tracks, input->n_list, sizeof track->track, by_number) &&
                     track->song != 0 &&
                     bsearch(&track->song, sorted->songs, input->n_list, sizeof track->song, by_song);
    }
    size_t over = n > CAUSE_LIST ? n - CAUSE_LIST : 0;
    set_share(shares, CAUSE_UNREACHABLE, n - in_reach, n);
    set_share(shares, CAUSE_CUT, over > near ? over : near, n);
    set_share(shares, CAUSE_DUPLICATE, same_song, n);
    shares->ceiling = share(in_reach < CAUSE_LIST ? in_reach : CAUSE_LIST, n);
}

static int32_t genre_of(const struct cause_track *track)
{
    return track->genre;
}

static int32_t decade_of(const struct cause_track *track)
{
    return track->decade;
}

/* The share of the page whose value fewer than a tenth of the held-out tracks have. */
static void find_rare(const struct cause_input *input, enum cause cause,
                      int32_t (*value_of)(const struct cause_track *), struct cause_shares *shares)
{
    enum { RARE = 10 };
    size_t page = input->n_list < CAUSE_PAGE ? input->n_list : CAUSE_PAGE, known = 0, rare = 0, held = 0;
    for (size_t i = 0; i < input->n_held_out; i++)
        held += value_of(&input->held_out[i]) != 0;
    for (size_t p = 0; held > 0 && p < page; p++) {
        int32_t value = value_of(&input->list[p]);
        size_t same = 0;
        for (size_t i = 0; i < input->n_held_out; i++)
            same += value_of(&input->held_out[i]) == value;
        known += value != 0;
        rare += value != 0 && RARE * same < held;
    }
    set_share(shares, cause, rare, known);
}

/* What is wrong with the first page. */
static void judge_page(const struct cause_input *input, const struct sorted *sorted, struct cause_shares *shares)
{
    size_t page = input->n_list < CAUSE_PAGE ? input->n_list : CAUSE_PAGE, strangers = 0, popular = 0;
    float median = sorted->n_counts > 0 ? sorted->counts[(sorted->n_counts - 1) / 2] : 0;
    for (size_t p = 0; p < page; p++) {
        bool held_out = false;
        for (size_t i = 0; i < input->n_held_out && !held_out; i++)
            held_out = input->held_out[i].artist == input->list[p].artist;
        strangers += !held_out;
        popular += input->list[p].count > median;
    }
    find_rare(input, CAUSE_GENRE, genre_of, shares);
    find_rare(input, CAUSE_DECADE, decade_of, shares);
    set_share(shares, CAUSE_ARTIST, strangers, page);
    set_share(shares, CAUSE_POPULAR, popular, sorted->n_counts > 0 ? page : 0);
}

enum status causes_of(const struct cause_input *input, struct cause_shares *shares, struct error *error)
{
    struct sorted sorted;
    *shares = (struct cause_shares){0};
    bool made = sort_all(input, &sorted);
    if (made) {
        set_share(shares, CAUSE_UNKNOWN, input->n_seeds - input->n_known, input->n_seeds);
        find_missed(input, &sorted, shares);
        judge_page(input, &sorted, shares);
    }
    sorted_free(&sorted);
    return made ? STATUS_OK : error_no_memory(error);
}

static bool applies(const double shares[CAUSES], int cause)
{
    return shares[cause] >= cause_infos[cause].from; /* false for NAN */
}

bool cause_applies(const struct cause_shares *shares, enum cause cause)
{
    return applies(shares->of, cause);
}

/* The largest that applies from one cause up to another. */
static int largest(const double shares[CAUSES], int from, int end)
{
    int found = CAUSES;
    for (int cause = from; cause < end; cause++)
        if (applies(shares, cause) && (found == CAUSES || shares[cause] > shares[found]))
            found = cause;
    return found;
}

enum cause cause_main(const double shares[CAUSES])
{
    int lost = largest(shares, 0, CAUSE_FIRST_OF_PAGE);
    return (enum cause)(lost < CAUSES ? lost : largest(shares, CAUSE_FIRST_OF_PAGE, CAUSES));
}

bool cause_is_main(const double shares[CAUSES], enum cause cause)
{
    const enum cause first = cause_main(shares);
    if (first == CAUSES || !applies(shares, cause))
        return false;
    return (first < CAUSE_FIRST_OF_PAGE) == (cause < CAUSE_FIRST_OF_PAGE) && shares[cause] >= shares[first];
}

void cause_sentence(const struct cause_shares *shares, enum cause cause, bool brief, char text[CAUSE_SENTENCE_SIZE])
{
    const struct cause_info *info = &cause_infos[cause];
    snprintf(text, CAUSE_SENTENCE_SIZE, "%zu of %zu %s", shares->part[cause], shares->whole[cause],
             brief ? info->short_words : info->long_words);
}
