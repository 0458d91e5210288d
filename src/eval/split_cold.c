#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/random.h"
#include "eval/split.h"

/* The tracks that are in no training or validation playlist. */

static enum status draw(double share, uint64_t seed, int64_t n_tracks, bool *marks, struct error *error)
{
    static const uint64_t other_than_playlists = 0x636f6c64; /* "cold" */
    if (!(share > 0 && share < 1))
        return error_set(error, STATUS_USAGE, "the share of cold tracks is %g and must be between 0 and 1", share);
    int64_t wanted = llround(share * (double)n_tracks);
    if (wanted == 0)
        return error_set(error, STATUS_FAILED, "a share of %g of the %lld tracks is no track; choose a larger one",
                         share, (long long)n_tracks);
    struct random random;
    random_seed(&random, random_mix(seed ^ other_than_playlists));
    /* Selection sampling: each track is taken with the probability that is left for it (Knuth, algorithm S). */
    for (int64_t i = 0; i < n_tracks && wanted > 0; i++)
        if ((int64_t)random_below(&random, (uint64_t)(n_tracks - i)) < wanted) {
            marks[i] = true;
            wanted--;
        }
    return STATUS_OK;
}

/* YYYY, YYYY-MM or YYYY-MM-DD, with a month from 1 to 12 and a day from 1 to 31. */
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    size_t size = strlen(text);
    if (size != 4 && size != 7 && size != 10)
        return false;
    for (size_t i = 0; i < size; i++)
        if (form[i] == '-' ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    int month = size > 4 ? atoi(text + 5) : 1, day = size > 7 ? atoi(text + 8) : 1;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static enum status take_after(struct catalogue *catalogue, const char *date, int64_t n_tracks, bool *marks,
                              struct error *error)
{
    if (!is_date(date))
        return error_set(error, STATUS_USAGE, "a date is YYYY, YYYY-MM or YYYY-MM-DD, not \"%.40s\"", date);
    enum status status = catalogue_tracks_after(catalogue, date, marks, (size_t)n_tracks, error);
    int64_t found = 0;
    for (int64_t i = 0; i < n_tracks; i++)
        found += marks[i];
    if (status == STATUS_OK && found == 0)
        status = error_set(error, STATUS_FAILED,
                           "no track of the catalogue is known to be released after %s; choose an earlier date", date);
    return status;
}

enum status split_cold_choose(struct catalogue *catalogue, const struct split_cold *cold, uint64_t seed,
                              int64_t n_tracks, bool *marks, struct error *error)
{
    if (cold->after)
        return take_after(catalogue, cold->after, n_tracks, marks, error);
    return cold->share != 0 ? draw(cold->share, seed, n_tracks, marks, error) : STATUS_OK;
}

void split_cold_describe(const struct split_cold *cold, struct json_writer *json)
{
    if (cold->after)
        json_pair_text(json, "cold_after", cold->after);
    else if (cold->share != 0)
        json_pair_number(json, "cold", cold->share);
}

/* ---- what they leave ---- */

static int64_t count_kept(const struct interactions *playlists, int64_t playlist, const bool *cold)
{
    int64_t kept = 0;
    for (int64_t e = playlists->starts[playlist]; e < playlists->starts[playlist + 1]; e++)
        kept += !cold[playlists->tracks[e]];
    return kept;
}

static enum status check(const struct interactions *playlists, const uint8_t *sets, const int32_t *seeds,
                         const bool *cold, const struct split_counts *counts, struct error *error)
{
    int64_t trained = 0, validated = 0;
    for (int64_t p = 0; p < playlists->n_playlists; p++) {
        int64_t length = playlists->starts[p + 1] - playlists->starts[p], kept = count_kept(playlists, p, cold);
        bool in = kept == length || kept >= SPLIT_LEAST; /* as catalogue_interactions_load decides */
        trained += sets[p] == SPLIT_TRAIN && in;
        validated += sets[p] == SPLIT_VALIDATION && in && kept > seeds[p];
    }
    if (trained == 0)
        return error_set(error, STATUS_FAILED,
                         "no playlist is left to train on: without the %lld cold tracks none of %lld holds %d tracks; "
                         "choose fewer cold tracks",
                         (long long)counts->cold, (long long)counts->train, SPLIT_LEAST);
    if (validated == 0 && counts->validation > 0)
        return error_set(error, STATUS_FAILED,
                         "no playlist is left to validate on: without the %lld cold tracks none of %lld holds more "
                         "tracks than it shows; choose fewer cold tracks",
                         (long long)counts->cold, (long long)counts->validation);
    if (trained < counts->train)
        log_message(LOG_WARNING,
                    "%lld of the %lld training playlists hold fewer than %d tracks that are not cold, and are left out",
                    (long long)(counts->train - trained), (long long)counts->train, SPLIT_LEAST);
    return STATUS_OK;
}

static enum status write(struct catalogue *catalogue, const struct interactions *playlists, const uint8_t *sets,
                         const int32_t *seeds, const bool *cold, const char *description, struct error *error)
{
    size_t n = (size_t)playlists->n_playlists, n_cold = 0;
    struct split_row *rows = malloc((n + 1) * sizeof *rows);
    int32_t *numbers = malloc(((size_t)playlists->n_tracks + 1) * sizeof *numbers);
    enum status status = rows && numbers ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        rows[i] = (struct split_row){playlists->playlist_ids[i], (enum split_set)sets[i], seeds[i]};
    for (int64_t i = 0; status == STATUS_OK && i < playlists->n_tracks; i++)
        if (cold[i])
            numbers[n_cold++] = (int32_t)i;
    const struct split split = {rows, n, numbers, n_cold, description};
    if (status == STATUS_OK)
        status = catalogue_split_write(catalogue, &split, error);
    free(rows);
    free(numbers);
    return status;
}

enum status split_store(struct catalogue *catalogue, const struct interactions *playlists, const uint8_t *sets,
                        const int32_t *seeds, const bool *cold, const char *description, struct split_counts *counts,
                        struct error *error)
{
    counts->cold = 0;
    for (int64_t i = 0; i < playlists->n_tracks; i++)
        counts->cold += cold[i];
    enum status status = counts->cold > 0 ? check(playlists, sets, seeds, cold, counts, error) : STATUS_OK;
    return status == STATUS_OK ? write(catalogue, playlists, sets, seeds, cold, description, error) : status;
}
