#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/explain.h"
#include "core/text.h"

/* What carries a suggestion, and the sentence about it. */

/* At least this share of the score. */
#define CARRIES 0.5

static const char *const names[] = {
    [WHY_POPULARITY] = "popularity",       [WHY_ALBUM] = "album", [WHY_ARTIST] = "artist", [WHY_FEATURE] = "feature",
    [WHY_CO_OCCURRENCE] = "co-occurrence", [WHY_TITLE] = "title", [WHY_MIXED] = "mixed",   [WHY_UNKNOWN] = "unknown",
};

const char *why_carrier_name(enum why_carrier carrier)
{
    return names[carrier];
}

/* ---- shares ---- */

static double sum_of_parts(const struct score_explanation *score, enum score_part_kind kind)
{
    double sum = 0;
    for (size_t i = 0; i < score->n_parts; i++)
        sum += score->parts[i].kind == kind ? score->parts[i].value : 0;
    return sum;
}

/* What the score loses without the seeds of a group, or the part of the score for it. */
static double share_of_group(const struct score_explanation *score, int group, enum score_part_kind kind)
{
    double lost = score->whole[group] ? score->score : isfinite(score->without[group]) ? score->without[group] : 0;
    double part = sum_of_parts(score, kind);
    return (part > lost ? part : lost) / score->score;
}

static void find_shares(struct app_why *why)
{
    const struct score_explanation *score = &why->score;
    enum { ARTIST, ALBUM, TOGETHER };
    for (int i = 0; i < WHY_CANDIDATES; i++)
        why->shares[i] = NAN;
    if (!(score->score > 0))
        return;
    why->shares[WHY_POPULARITY] = score->ignores_seeds       ? 1
                                  : isfinite(score->typical) ? score->typical / score->score
                                                             : sum_of_parts(score, PART_POPULARITY) / score->score;
    why->shares[WHY_ARTIST] = share_of_group(score, ARTIST, PART_ARTIST);
    why->shares[WHY_ALBUM] = share_of_group(score, ALBUM, PART_ALBUM);
    if (why->counted || sum_of_parts(score, PART_CO_OCCURRENCE) > 0)
        why->shares[WHY_CO_OCCURRENCE] = share_of_group(score, TOGETHER, PART_CO_OCCURRENCE);
    why->shares[WHY_FEATURE] = 0;
    for (size_t i = 0; i < score->n_parts; i++) {
        double share = score->parts[i].kind == PART_FEATURE ? score->parts[i].value / score->score : 0;
        if (share <= why->shares[WHY_FEATURE])
            continue;
        why->shares[WHY_FEATURE] = share;
        why->feature = i;
    }
}

static enum why_carrier find_carrier(const struct app_why *why)
{
    const struct score_explanation *score = &why->score;
    if (score->by == ANSWER_TITLE || sum_of_parts(score, PART_TITLE) > 0)
        return WHY_TITLE;
    if (!(score->score > 0))
        return WHY_UNKNOWN;
    for (int i = 0; i < WHY_CANDIDATES; i++)
        if (why->shares[i] >= CARRIES)
            return (enum why_carrier)i;
    return WHY_MIXED;
}

/* ---- words ---- */

static size_t count_group(const struct app_why *why, unsigned char group)
{
    size_t count = 0;
    for (size_t i = 0; i < why->score.n_seeds; i++)
        count += (why->groups[i] & group) != 0;
    return count;
}

static void percent(double share, char text[16])
{
    snprintf(text, 16, "%.0f %%", 100 * share);
}

/* "without the 3 tracks by Rihanna the score would be 62 % less", or that there would be none, or the part of the
 * score.
 */
static void say_group(const struct app_why *why, enum why_carrier carrier, unsigned char group, const char *which,
                      char text[WHY_TEXT_SIZE])
{
    static const enum score_part_kind kinds[] = {
        [WHY_ALBUM] = PART_ALBUM, [WHY_ARTIST] = PART_ARTIST, [WHY_CO_OCCURRENCE] = PART_CO_OCCURRENCE};
    const double all = why->shares[carrier], part = sum_of_parts(&why->score, kinds[carrier]) / why->score.score;
    size_t n = count_group(why, group);
    char share[16], without[WHY_TEXT_SIZE / 2];
    percent(all, share);
    if (n == 1)
        snprintf(without, sizeof without, "without the track %.200s", which);
    else
        snprintf(without, sizeof without, "without the %zu tracks %.200s", n, which);
    if (part >= all)
        snprintf(text, WHY_TEXT_SIZE, "%s is %s of the score", carrier == WHY_CO_OCCURRENCE ? "its part" : which,
                 share);
    else if (all < 0.995)
        snprintf(text, WHY_TEXT_SIZE, "%s the score would be %s less", without, share);
    else
        snprintf(text, WHY_TEXT_SIZE,
                 all < 1.005 ? "%s nothing of the score would be left" : "%s the score would be below 0", without);
}

static void say_popularity(const struct app_why *why, const char *model, char text[WHY_TEXT_SIZE])
{
    char share[16];
    percent(why->shares[WHY_POPULARITY], share);
    if (why->score.ignores_seeds)
        snprintf(text, WHY_TEXT_SIZE, "Popularity carries it: %.80s gives every playlist the same scores",
                 why->score.by == ANSWER_MODEL ? model : "this list");
    else if (why->shares[WHY_POPULARITY] > 1)
        snprintf(text, WHY_TEXT_SIZE,
                 "Popularity carries it: random playlists of this length give it %.3g times this score on average",
                 why->shares[WHY_POPULARITY]);
    else
        snprintf(text, WHY_TEXT_SIZE,
                 "Popularity carries it: random playlists of this length give it %s of the score on average", share);
}

/* "learned from playlists 75 %, artist 31 %, popularity 20 % of the score (they overlap)": the part of the song itself,
 * where there are others, and the shares from a tenth on. */
static void say_mixed(const struct app_why *why, char text[WHY_TEXT_SIZE])
{
    bool said[WHY_CANDIDATES] = {false};
    size_t size = (size_t)snprintf(text, WHY_TEXT_SIZE, "Nothing carries it alone:");
    double song = why->score.n_parts > 1 ? sum_of_parts(&why->score, PART_SONG) / why->score.score : 0;
    bool learned = song >= 0.1;
    int n_said = learned;
    if (learned)
        size += (size_t)snprintf(text + size, WHY_TEXT_SIZE - size, " learned from playlists %.0f %%", 100 * song);
    for (int n = 0; n < WHY_CANDIDATES && size < WHY_TEXT_SIZE; n++) {
        int best = -1;
        for (int i = 0; i < WHY_CANDIDATES; i++)
            if (!said[i] && why->shares[i] >= 0.1 && (best < 0 || why->shares[i] > why->shares[best]))
                best = i;
        if (best < 0)
            break;
        said[best] = true;
        n_said++;
        const char *name = best == WHY_FEATURE ? why->score.parts[why->feature].name : names[best];
        size += (size_t)snprintf(text + size, WHY_TEXT_SIZE - size, "%s %s %.0f %%", n > 0 || learned ? "," : "", name,
                                 100 * why->shares[best]);
    }
    if (n_said > 0)
        snprintf(text + strlen(text), WHY_TEXT_SIZE - strlen(text), " of the score%s",
                 n_said > 1 ? " (they overlap)" : "");
    else
        snprintf(text, WHY_TEXT_SIZE,
                 "Nothing carries it alone: each track adds a little, and no artist, album, feature or common playlist "
                 "a tenth of the score");
}

static void say(struct app_why *why, const char *model)
{
    const struct track *track = &why->tracks.items[0];
    char which[256], rest[WHY_TEXT_SIZE], share[16];
    switch (why->carrier) {
    case WHY_POPULARITY:
        say_popularity(why, model, why->sentence);
        return;
    case WHY_ALBUM:
        snprintf(which, sizeof which, "from the album \"%.120s\"", track->album);
        say_group(why, WHY_ALBUM, SEEDS_OF_ALBUM, which, rest);
        snprintf(why->sentence, WHY_TEXT_SIZE, "Its album carries it: %.400s", rest);
        return;
    case WHY_ARTIST:
        snprintf(which, sizeof which, "by %.120s", track->artist);
        say_group(why, WHY_ARTIST, SEEDS_OF_ARTIST, which, rest);
        snprintf(why->sentence, WHY_TEXT_SIZE, "Its artist carries it: %.400s", rest);
        return;
    case WHY_FEATURE:
        percent(why->shares[WHY_FEATURE], share);
        snprintf(why->sentence, WHY_TEXT_SIZE, "Features carry it: \"%s\" is %s of the score",
                 why->score.parts[why->feature].name, share);
        return;
    case WHY_CO_OCCURRENCE:
        say_group(why, WHY_CO_OCCURRENCE, SEEDS_TOGETHER,
                  count_group(why, SEEDS_TOGETHER) == 1 ? "that shares training playlists with it"
                                                        : "that share training playlists with it",
                  rest);
        snprintf(why->sentence, WHY_TEXT_SIZE, "Co-occurrence carries it: %.400s", rest);
        return;
    case WHY_TITLE:
        snprintf(why->sentence, WHY_TEXT_SIZE, "The title carries it: no track of the playlist changes the score");
        return;
    case WHY_MIXED:
        say_mixed(why, why->sentence);
        return;
    default:
        break;
    }
    snprintf(why->sentence, WHY_TEXT_SIZE,
             isfinite(why->score.score)
                 ? "What carries it cannot be said: the score is not above 0, so shares of it have no meaning"
                 : "What carries it cannot be said: the score could not be computed, because %.80s does not have the "
                   "track, or its list ends before it",
             model);
}

static void say_list(struct app_why *why, const char *model)
{
    const struct score_explanation *score = &why->score;
    const struct explained_join *join = &score->join;
    if (score->by != ANSWER_MODEL && !score->counts.distinct)
        snprintf(why->list_note, WHY_TEXT_SIZE, "There are no tracks to go by; the list holds %s.",
                 answer_holds(score->by));
    else if (score->by != ANSWER_MODEL)
        snprintf(why->list_note, WHY_TEXT_SIZE, "%.80s %s; the list holds %s, and this is their score.", model,
                 seed_counts_used(&score->counts) > 0 ? "finds no track that goes with these"
                                                      : "knows none of the tracks",
                 answer_holds(score->by));
    if (!(join->gain > 0 || join->title_gain > 0))
        return;
    char own[64], titled[64];
    snprintf(own, sizeof own, join->rank > 0 ? "rank %zu" : "not among them", join->rank);
    snprintf(titled, sizeof titled, join->title_rank > 0 ? "rank %zu" : "not among them", join->title_rank);
    size_t size = strlen(why->list_note);
    snprintf(
        why->list_note + size, WHY_TEXT_SIZE - size,
        "%sThe list is joined with the title's by rank: %.3g (%s for the tracks) + %.3g (%s for the title) = %.4g. "
        "The rest is about the score for the tracks.",
        size > 0 ? " " : "", join->gain, own, join->title_gain, titled, join->gain + join->title_gain);
}

void app_why_conclude(struct app_why *why, const char *model)
{
    find_shares(why);
    why->carrier = find_carrier(why);
    why->list_note[0] = '\0';
    say(why, model);
    text_nest_quotes(why->sentence);
    say_list(why, model);
}
