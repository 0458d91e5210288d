/* Recipes against an independent computation (tests/oracle/recipe.py), their edits, and what is stored of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/editions.h"
#include "app/recipe_cache.h"
#include "app/recipe_file.h"
#include "app/recipe_index.h"
#include "app/recipe_load.h"
#include "core/random.h"
#include "tests/app/recipe_golden.h"
#include "tests/folder.h"
#include "tests/must.h"

/* ---- the tracks of the oracle ---- */

static uint64_t sequence;

static uint32_t draw(void)
{
    sequence = sequence * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(sequence >> 33);
}

struct drawn {
    int artist, year, earliest, edition, count;
    float values[GOLDEN_ATTRIBUTES];
    unsigned genres; /* a bit each */
};

static struct drawn drawn[GOLDEN_N];
static struct recipe_index tracks;
static struct recipe golden;

static unsigned root_of(unsigned x)
{
    unsigned root = 0;
    while ((root + 1) * (root + 1) <= x)
        root++;
    return root;
}

static void draw_track(struct drawn *track)
{
    static const int editions[] = {0, 0, 0, 0, 1, 2, 4, 8};
    const unsigned a = draw() % GOLDEN_ARTISTS, b = draw() % GOLDEN_ARTISTS;
    track->artist = (int)(a * b / GOLDEN_ARTISTS);
    track->year = draw() % 20 == 0 ? 0 : 1960 + (int)(draw() % 60);
    track->edition = editions[draw() % 8];
    track->earliest = track->year;
    if (track->edition == EDITION_EARLIER && track->year)
        track->earliest -= (int)(draw() % 15);
    const unsigned count = draw() % 40;
    track->count = (int)(count * count / 40);
    for (int i = 0; i < GOLDEN_ATTRIBUTES; i++) {
        const double u = draw() / 2147483648.0;
        track->values[i] = draw() % 11 == 0 ? (float)__builtin_nan("") : (float)(i == 2 ? 60 + u * 120 : u);
    }
    for (unsigned n = draw() % 4; n > 0; n--)
        track->genres |= 1U << root_of(draw() % (GOLDEN_GENRES * GOLDEN_GENRES));
}

static void make_names(void)
{
    char name[32];
    tracks.genre_names = calloc(GOLDEN_GENRES, sizeof *tracks.genre_names);
    tracks.artist_names = calloc(GOLDEN_ARTISTS, sizeof *tracks.artist_names);
    tracks.n_genres = GOLDEN_GENRES;
    assert_non_null(tracks.genre_names);
    assert_non_null(tracks.artist_names);
    for (int i = 0; i < GOLDEN_GENRES; i++) {
        snprintf(name, sizeof name, "genre %d", i);
        tracks.genre_names[i] = arena_copy_text(&tracks.memory, name, strlen(name));
    }
    for (int i = 0; i < GOLDEN_ARTISTS; i++) {
        snprintf(name, sizeof name, "artist %d", i);
        const struct recipe_name one = {recipe_name_key(name), i};
        int64_t at = tracks.n_artist_names++;
        for (; at > 0 && tracks.artist_names[at - 1].key > one.key; at--)
            tracks.artist_names[at] = tracks.artist_names[at - 1];
        tracks.artist_names[at] = one;
    }
}

static void make_postings(void)
{
    static uint64_t artists[GOLDEN_N], genres[2][GOLDEN_N * GOLDEN_GENRES];
    size_t n = 0;
    for (int64_t row = 0; row < GOLDEN_N; row++) {
        const struct drawn *track = &drawn[tracks.track_of[row] - 1];
        artists[row] = (uint64_t)track->artist << 32 | (uint32_t)row;
        for (unsigned genre = 0; genre < GOLDEN_GENRES; genre++)
            if (track->genres >> genre & 1)
                genres[0][n++] = (uint64_t)genre << 32 | (uint32_t)row;
    }
    genres[0][n] = genres[0][0]; /* a repeat counts once */
    memcpy(genres[1], genres[0], sizeof genres[0]);
    must(recipe_postings_make(&tracks.by_artist, GOLDEN_ARTISTS, artists, GOLDEN_N, &error));
    must(recipe_postings_make(&tracks.by_genre, GOLDEN_GENRES, genres[0], n + 1, &error));
    must(recipe_postings_make(&tracks.by_finest, GOLDEN_GENRES, genres[1], n + 1, &error));
}

static int begin(void **state)
{
    static int32_t counts[GOLDEN_N];
    (void)state;
    sequence = 20200101;
    for (int i = 0; i < GOLDEN_N; i++) {
        draw_track(&drawn[i]);
        counts[i] = drawn[i].count;
    }
    must(recipe_index_start(&tracks, GOLDEN_N, counts, &error));
    for (int64_t row = 0; row < GOLDEN_N; row++) {
        const struct drawn *track = &drawn[tracks.track_of[row] - 1];
        tracks.artists[row] = track->artist;
        tracks.years[row] = (int16_t)track->year;
        tracks.earliest[row] = (int16_t)track->earliest;
        tracks.editions[row] = (uint8_t)track->edition;
    }
    for (int i = 0; i < GOLDEN_ATTRIBUTES; i++) {
        struct recipe_column *column = recipe_index_column(&tracks, golden_attributes[i], "");
        assert_non_null(column);
        for (int64_t row = 0; row < GOLDEN_N; row++)
            column->values[row] = drawn[tracks.track_of[row] - 1].values[i];
        recipe_column_finish(&tracks, column);
    }
    make_names();
    make_postings();
    return 0;
}

static int end(void **state)
{
    (void)state;
    recipe_index_free(&tracks);
    return 0;
}

static int64_t playlist[GOLDEN_PLAYLIST];

static void make_golden(void)
{
    static struct track items[GOLDEN_PLAYLIST];
    static char names[GOLDEN_PLAYLIST][16];
    for (int i = 0; i < GOLDEN_PLAYLIST; i++) {
        playlist[i] = (7 * i * i + 3 * i) % GOLDEN_N + 1;
        const int artist = drawn[playlist[i] - 1].artist;
        snprintf(names[i], sizeof names[i], "artist %d", artist);
        items[i] = (struct track){.id = playlist[i], .artist_id = artist + 1, .artist = names[i]};
    }
    const struct track_list list = {.items = items, .count = GOLDEN_PLAYLIST};
    must(recipe_make(&tracks, &list, &golden, &error));
}

/* ---- the recipe of a playlist ---- */

static void test_make(void **unused)
{
    (void)unused;
    char name[32];
    make_golden();
    assert_int_equal(golden.n_tracks, GOLDEN_DISTINCT);
    assert_int_equal(golden.genres.count, sizeof golden_genres / sizeof golden_genres[0]);
    for (int i = 0; i < golden.genres.count; i++) {
        snprintf(name, sizeof name, "genre %d", golden_genres[i]);
        assert_string_equal(golden.genres.items[i].name, name);
        assert_int_equal(golden.genres.items[i].count, golden_genre_counts[i]);
        assert_int_equal(golden.genres.items[i].used, i < GOLDEN_GENRES_USED);
    }
    assert_int_equal(recipe_used(&golden.artists), RECIPE_ARTISTS);
    for (int i = 0; i < RECIPE_ARTISTS; i++) {
        snprintf(name, sizeof name, "artist %d", golden_top_artists[i]);
        assert_string_equal(golden.artists.items[i].name, name);
    }
    assert_int_equal(golden.years.low, GOLDEN_LOW_YEAR);
    assert_int_equal(golden.years.high, GOLDEN_HIGH_YEAR);
    assert_int_equal(golden.n_attributes, GOLDEN_ATTRIBUTES);
    for (int i = 0; i < GOLDEN_ATTRIBUTES; i++) {
        const struct recipe_attribute *attribute = &golden.attributes[i];
        assert_string_equal(attribute->name, golden_attributes[i]);
        assert_int_equal(attribute->known, golden_known[i]);
        assert_true(__builtin_fabs(attribute->mean - golden_means[i]) <= 1e-12 * 200);
        assert_true(__builtin_fabs(attribute->deviation - golden_deviations[i]) <= 1e-12 * 200);
        /* Of the paper's attributes, instrumentalness is there in place of vocalness. */
        assert_int_equal(attribute->rule.dropped, strcmp(attribute->name, "danceability") == 0);
    }
}

/* ---- candidates ---- */

static void set_scenario(const struct golden_scenario *scenario, struct recipe *recipe)
{
    *recipe = golden;
    recipe_use_first(&recipe->artists, scenario->artists);
    recipe->years.low += 12;
    recipe->years.high -= 9;
    recipe->years.earliest = scenario->earliest;
    recipe->years.doubtful_known = scenario->trust;
    for (int i = 0; i < recipe->n_attributes; i++)
        recipe->attributes[i].deviations = scenario->deviations;
    for (int c = 0; c < GOLDEN_CONSTRAINTS; c++) {
        recipe_rule(recipe, c)->dropped = scenario->dropped[c];
        recipe_rule(recipe, c)->keep_unknown = scenario->keep[c];
    }
}

static void check_scenario(const struct recipe_scan *scan, const struct recipe_counts *counts,
                           const struct golden_scenario *scenario)
{
    int64_t best[GOLDEN_FIRST] = {0};
    assert_int_equal(counts->excluded, GOLDEN_DISTINCT);
    assert_int_equal(counts->candidates, scenario->candidates);
    assert_int_equal(counts->effects[RECIPE_YEARS].doubtful, scenario->doubtful);
    assert_int_equal(counts->effects[GOLDEN_CONSTRAINTS - 1].left, scenario->candidates);
    for (int c = 0; c < GOLDEN_CONSTRAINTS; c++) {
        assert_int_equal(counts->effects[c].added, scenario->added[c]);
        assert_int_equal(counts->effects[c].removed, scenario->removed[c]);
        assert_int_equal(counts->effects[c].unknown, scenario->unknown[c]);
    }
    const size_t found = recipe_scan_best(scan, best, GOLDEN_FIRST);
    assert_int_equal(found, scenario->candidates < GOLDEN_FIRST ? scenario->candidates : GOLDEN_FIRST);
    for (int i = 0; i < GOLDEN_FIRST; i++)
        assert_int_equal(best[i], scenario->first[i]);
    for (size_t i = 0; i < found; i++)
        assert_true(recipe_scan_passes(scan, best[i]));
    assert_false(recipe_scan_passes(scan, playlist[0]));
    assert_false(recipe_scan_passes(scan, GOLDEN_N + 1));
}

/* Each scenario alone, and after every other: bitmaps that are kept from the last recipe must not be used wrongly. */
static void test_candidates(void **unused)
{
    (void)unused;
    static struct recipe recipe;
    struct recipe_scan *kept;
    struct recipe_counts counts;
    make_golden();
    must(recipe_scan_create(&tracks, &kept, &error));
    for (int i = 0; i < GOLDEN_SCENARIOS * GOLDEN_SCENARIOS; i++) {
        const struct golden_scenario *scenario =
            &golden_scenarios[i % 2 ? i / 2 / GOLDEN_SCENARIOS : i / 2 % GOLDEN_SCENARIOS];
        struct recipe_scan *fresh;
        set_scenario(scenario, &recipe);
        recipe_scan_run(kept, &recipe, playlist, GOLDEN_PLAYLIST, &counts);
        check_scenario(kept, &counts, scenario);
        must(recipe_scan_create(&tracks, &fresh, &error));
        recipe_scan_run(fresh, &recipe, playlist, GOLDEN_PLAYLIST, &counts);
        check_scenario(fresh, &counts, scenario);
        recipe_scan_free(fresh);
    }
    recipe_scan_free(kept);
}

/* Loosening never loses a candidate, whatever was edited before; a constraint that is used never adds one. */
static void test_loosening(void **unused)
{
    (void)unused;
    static struct recipe recipe;
    struct recipe_scan *scan;
    struct recipe_counts before, after;
    struct random random;
    random_seed(&random, 7);
    make_golden();
    must(recipe_scan_create(&tracks, &scan, &error));
    recipe = golden;
    for (int i = 0; i < 400; i++) {
        const int c = (int)random_below(&random, GOLDEN_CONSTRAINTS);
        recipe_scan_run(scan, &recipe, playlist, GOLDEN_PLAYLIST, &before);
        const bool loosens = random_below(&random, 2);
        if (random_below(&random, 3) == 0)
            must(recipe_drop(&recipe, c, loosens, &error));
        else if (recipe_loosen(&recipe, c, loosens ? 1 : -1, NULL) != STATUS_OK)
            continue;
        recipe_scan_run(scan, &recipe, playlist, GOLDEN_PLAYLIST, &after);
        assert_true(loosens ? after.candidates >= before.candidates : after.candidates <= before.candidates);
    }
    recipe_scan_free(scan);
}

/* ---- edits ---- */

static void refuses(struct recipe *recipe, const char *pair, const char *why)
{
    static struct recipe before;
    struct error error = {0};
    before = *recipe;
    assert_int_equal(recipe_set_pair(recipe, pair, &error), STATUS_USAGE);
    if (!strstr(error.text, why))
        fail_msg("%s: \"%s\" lacks \"%s\"", pair, error.text, why);
    assert_memory_equal(&before, recipe, sizeof before);
}

static void test_edits(void **unused)
{
    (void)unused;
    static struct recipe recipe;
    make_golden();
    recipe = golden;
    must(recipe_set_pair(&recipe, "energy=0.25..0.5", &error));
    assert_true(recipe.attributes[0].fixed && recipe.attributes[0].low == 0.25 && recipe.attributes[0].high == 0.5);
    must(recipe_set_pair(&recipe, "energy=1.5 sd; unknown=keep", &error));
    assert_true(!recipe.attributes[0].fixed && recipe.attributes[0].deviations == 1.5);
    assert_true(recipe.attributes[0].rule.keep_unknown);
    must(recipe_set_pair(&recipe, "tempo=-5..1e2", &error));
    must(recipe_set_pair(&recipe, "years=1980", &error));
    assert_true(recipe.years.low == 1980 && recipe.years.high == 1980);
    must(recipe_set_pair(&recipe, "years=1980..1989;of=earliest;doubtful=unknown", &error));
    assert_true(recipe.years.earliest && !recipe.years.doubtful_known);
    must(recipe_set_pair(&recipe, "genres=100%", &error));
    assert_int_equal(recipe_used(&recipe.genres), recipe.genres.count);
    must(recipe_set_pair(&recipe, "genres=1", &error));
    assert_int_equal(recipe_used(&recipe.genres), 1);
    must(recipe_set_pair(&recipe, "artists+=Tyler; The Creator", &error));
    must(recipe_set_pair(&recipe, "artists-=ARTIST  1", &error)); /* compared as search compares */
    must(recipe_set_pair(&recipe, "limit=7", &error));
    must(recipe_set_pair(&recipe, "name=Ünïcode", &error));
    must(recipe_set_pair(&recipe, "valence=lock", &error));
    refuses(&recipe, "valence=0..1", "locked");
    refuses(&recipe, "valence=drop", "locked");
    must(recipe_set_pair(&recipe, "valence=unlock", &error));
    refuses(&recipe, "energy=0.5..0.25", "cannot be");
    refuses(&recipe, "energy=nan..1", "cannot be");
    refuses(&recipe, "energy=inf sd", "cannot be");
    refuses(&recipe, "energy=-1sd", "cannot be");
    refuses(&recipe, "energy=0..1;7sd;x", "cannot be \"x\"");
    refuses(&recipe, "years=1980.5..1990", "cannot be");
    refuses(&recipe, "years=0..1990", "cannot be");
    refuses(&recipe, "genres-=polka", "not among the genres");
    refuses(&recipe, "genres=101%", "cannot be");
    refuses(&recipe, "loudness=1sd", "no constraint");
    refuses(&recipe, "limit=0", "1 to");
    refuses(&recipe, "name=", "1 to");
    refuses(&recipe, "name= ", "1 to");
    refuses(&recipe, "name=a\x1b[1mb", "one line"); /* it could not be read back */
    refuses(&recipe, "artists=+a\nb", "one line");
    refuses(&recipe, "energy", "CONSTRAINT=VALUE");
}

/* Making the recipe again keeps what was locked. */
static void test_locked(void **unused)
{
    (void)unused;
    static struct recipe old;
    make_golden();
    old = golden;
    must(recipe_set_pair(&old, "years=1980..1989; lock", &error));
    must(recipe_set_pair(&old, "energy=0.25..0.5; lock", &error));
    must(recipe_set_pair(&old, "tempo=0..1", &error));
    recipe_keep_locked(&golden, &old);
    assert_true(golden.years.low == 1980 && golden.years.rule.locked);
    assert_true(golden.attributes[0].fixed && !golden.attributes[2].fixed);
}

/* Three tracks that are nearly alike: the recipe's intervals are those of the catalogue's spread. */
static void test_few_tracks(void **unused)
{
    (void)unused;
    static struct recipe few, again;
    struct track items[3];
    struct buffer text = {0};
    size_t found = 0;
    make_golden();
    for (int64_t row = 0; row < GOLDEN_N && found < 3; row++)
        if (tracks.years[row] == GOLDEN_HIGH_YEAR && isfinite(tracks.columns[0].values[row]))
            items[found++] =
                (struct track){.id = tracks.track_of[row], .artist_id = tracks.artists[row] + 1, .artist = "artist"};
    assert_int_equal(found, 3);
    const struct track_list list = {.items = items, .count = 3}, one = {.items = items, .count = 1};
    must(recipe_make(&tracks, &list, &few, &error));
    assert_true(few.artists.rule.dropped && few.years.widened);
    assert_true(few.years.low < GOLDEN_HIGH_YEAR && few.years.high >= GOLDEN_HIGH_YEAR);
    assert_true(few.years.high - few.years.low <= 14);
    must(recipe_make(&tracks, &one, &few, &error));
    double sum = 0, squares = 0, known = 0;
    for (int64_t row = 0; row < GOLDEN_N; row++)
        if (isfinite(tracks.columns[0].values[row])) {
            sum += (double)tracks.columns[0].values[row];
            known++;
        }
    for (int64_t row = 0; row < GOLDEN_N; row++)
        if (isfinite(tracks.columns[0].values[row]))
            squares += pow((double)tracks.columns[0].values[row] - sum / known, 2);
    assert_true(few.attributes[0].widened);
    assert_true(fabs(few.attributes[0].deviation - 0.9 * sqrt(squares / known)) < 1e-12);
    recipe_describe_source(&few, RECIPE_FIRST_ATTRIBUTE, &text);
    assert_non_null(strstr(text.data, "1 of 1 tracks, widened"));
    for (int as_json = 0; as_json < 2; as_json++) {
        struct json_writer json = {.out = &text};
        buffer_clear(&text);
        if (as_json)
            recipe_write_json(&few, &json);
        else
            recipe_write_text(&few, &text);
        must(recipe_read(text.data, text.size, &again, &error));
        assert_true(again.attributes[0].widened && again.years.widened == few.years.widened);
    }
    must(recipe_set_pair(&again, "years=1990", &error));
    assert_false(again.years.widened);
    buffer_free(&text);
    assert_false(golden.years.widened || golden.attributes[0].widened || golden.artists.rule.dropped);
}

/* ---- files ---- */

static void reads_back(const struct recipe *recipe, bool as_json)
{
    static struct recipe again;
    struct buffer text = {0}, second = {0};
    struct json_writer json[] = {{.out = &text}, {.out = &second}};
    if (as_json)
        recipe_write_json(recipe, &json[0]);
    else
        recipe_write_text(recipe, &text);
    must(recipe_read(text.data, text.size, &again, &error));
    if (as_json)
        recipe_write_json(&again, &json[1]);
    else
        recipe_write_text(&again, &second);
    assert_string_equal(text.data, second.data);
    assert_int_equal(again.n_attributes, recipe->n_attributes);
    for (int i = 0; i < recipe_constraints(recipe); i++)
        assert_memory_equal(recipe_rule_of(&again, i), recipe_rule_of(recipe, i), sizeof(struct recipe_rule));
    for (int i = 0; i < recipe->n_attributes; i++)
        assert_true(again.attributes[i].mean == recipe->attributes[i].mean &&
                    again.attributes[i].low == recipe->attributes[i].low);
    buffer_free(&text);
    buffer_free(&second);
}

static void test_files(void **unused)
{
    (void)unused;
    static struct recipe recipe;
    make_golden();
    recipe = golden;
    reads_back(&recipe, false);
    reads_back(&recipe, true);
    must(recipe_set_pair(&recipe, "energy=0.1..0.3333333333333333;unknown=keep;lock", &error));
    must(recipe_set_pair(&recipe, "artists+=[Simon] = \"Garfunkel\" # ; é", &error));
    must(recipe_set_pair(&recipe, "genres=drop", &error));
    must(recipe_set_pair(&recipe, "years=of=earliest;doubtful=unknown", &error));
    reads_back(&recipe, false);
    reads_back(&recipe, true);
    recipe_start(&recipe);
    reads_back(&recipe, false);
    reads_back(&recipe, true);
}

static void test_bad_files(void **unused)
{
    (void)unused;
    static struct recipe recipe;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "not a recipe"},
        {"hello", "not a recipe"},
        {"{}", "not a recipe"},
        {"{\"format\": \"sleeve recipe\", \"version\": 2}", "version"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"limit\": 0}", "limit"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"years\": {\"low\": 1990, \"high\": 1980}}", "years"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"years\": 7}", "not an object"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"genres\": {}}", "no value, but is not dropped"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"genres\": {\"items\": [{\"used\": true}]}}", "no name"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"attributes\": [{\"name\": \"x\"}]}", "no value"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"attributes\": [{\"name\": \"years\"}]}", "name of its own"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"attributes\": [{\"name\": \"x\", \"low\": 2}]}", "range"},
        {"{\"format\": \"sleeve recipe\", \"version\": 1, \"name\": \"a\\u001bb\"}", "one line"},
        {"sleeve recipe 1\nnonsense", "line 2"},
        {"sleeve recipe 1\n[years]\nlow = x", "line 3"},
        {"sleeve recipe 1\n[polka]", "line 2"},
        {"sleeve recipe 1\n[attribute ]", "line 2"},
        {"sleeve recipe 1\n[genres]\n+ -3 rock", "line 3"},
        {"sleeve recipe 1\n[attribute x]\nlow = 1", "range"},
        {"sleeve recipe 1\n[attribute x]\nknown = 1\nmean = nan", "line 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        assert_int_equal(recipe_read(cases[i].text, strlen(cases[i].text), &recipe, &error), STATUS_BAD_DATA);
        if (!strstr(error.text, cases[i].why))
            fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error.text, cases[i].why);
    }
}

/* ---- editions ---- */

static void same_title(const char *a, const char *b, bool same)
{
    struct buffer scratch = {0};
    const uint64_t x = edition_key(a, 7, &scratch), y = edition_key(b, 7, &scratch);
    if ((x == y) != same)
        fail_msg("\"%s\" and \"%s\" are %sthe same title", a, b, same ? "not " : "");
    assert_true(x != edition_key(a, 8, &scratch));
    buffer_free(&scratch);
}

static void test_titles(void **unused)
{
    (void)unused;
    same_title("Africa", "Africa - 2018 Remaster", true);
    same_title("Africa", "AFRICA (Remastered)", true);
    same_title("Heroes", "Heroes - Single Version - 2014 Remaster", true);
    same_title("Crazy In Love (feat. JAY-Z)", "Crazy in Love", true);
    same_title("Déjà Vu", "Deja vu [Deluxe Edition]", true);
    same_title("Hurt", "Hurt - Live", false);
    same_title("Hurt", "Hurt (Live) - Remastered", false);
    same_title("Hurt", "Hurt - Acoustic", false);
    same_title("Blue", "Blue - Flume Remix", false);
    same_title("Blue (Remaster Remix)", "Blue", false);
    same_title("Alive", "Alive - Livewire", false);
    same_title("(Remastered)", "Remastered", false); /* nothing would be left of it */
    same_title("Self - Titled", "Self", false);
    same_title("One (Two", "One", false);
    assert_int_equal(edition_of_titles("Rosanna - Remastered", "Toto IV"), EDITION_REMASTER);
    assert_int_equal(edition_of_titles("Rosanna", "The Essential Toto"), EDITION_COMPILATION);
    assert_int_equal(edition_of_titles("Rosanna", "Toto IV (25th Anniversary Edition)"), EDITION_REISSUE);
    assert_int_equal(edition_of_titles("Greatest Hits", "Toto IV"), 0); /* a song may be called so */
    assert_int_equal(edition_of_titles("Premastered", "Recollection"), 0);
    assert_int_equal(edition_of_titles("", ""), 0);
}

static void test_years(void **unused)
{
    (void)unused;
    struct edition_years years;
    char text[EDITION_TEXT_SIZE];
    assert_true(edition_years_start(&years, 1000));
    for (uint64_t key = 1; key <= 1000; key++) {
        edition_years_add(&years, key, 2000 + (int)(key % 10));
        edition_years_add(&years, key, 0);
        edition_years_add(&years, key, 1990 + (int)(key % 7));
        edition_years_add(&years, key, 2010);
    }
    for (uint64_t key = 1; key <= 1000; key++)
        assert_int_equal(edition_years_find(&years, key), 1990 + (int)(key % 7));
    assert_int_equal(edition_years_find(&years, 1001), 0);
    edition_years_free(&years);
    edition_describe(EDITION_REMASTER | EDITION_EARLIER | EDITION_DECADE, text);
    assert_string_equal(text, "remaster, earlier decade");
    edition_describe(31, text);
    assert_true(strlen(text) < EDITION_TEXT_SIZE - 1);
}

/* ---- the file of columns ---- */

/* The counts and candidates of one recipe. */
static void count_all(const struct recipe_index *index, struct recipe_counts *counts, int64_t best[RECIPE_LIMIT])
{
    struct recipe_scan *scan = NULL;
    memset(best, 0, RECIPE_LIMIT * sizeof *best);
    must(recipe_scan_create(index, &scan, &error));
    recipe_scan_run(scan, &golden, playlist, GOLDEN_PLAYLIST, counts);
    recipe_scan_best(scan, best, RECIPE_LIMIT);
    recipe_scan_free(scan);
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A file that is cut or of which bytes are changed is refused, or gives columns that can be used without harm. */
static void test_kept_columns(void **unused)
{
    char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 16];
    struct recipe_index read;
    static struct recipe_counts counts[2];
    static int64_t best[2][RECIPE_LIMIT];
    struct buffer bytes = {0};
    struct random random;
    int refused = 0;
    (void)unused;
    make_golden();
    assert_true(recipe_column_predict(&tracks, &tracks.columns[1], 5, 0.5F));
    recipe_column_finish(&tracks, &tracks.columns[1]);
    assert_true(test_folder_make(folder));
    snprintf(path, sizeof path, "%s/columns", folder);
    assert_false(recipe_cache_read(path, "one", &read));
    must(recipe_cache_write(path, "one", &tracks, &error));
    assert_false(recipe_cache_read(path, "two", &read));
    assert_true(recipe_cache_read(path, "one", &read));
    count_all(&tracks, &counts[0], best[0]);
    count_all(&read, &counts[1], best[1]);
    assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
    assert_memory_equal(best[0], best[1], sizeof best[0]);
    assert_true(read.serial != tracks.serial && recipe_column_is_predicted(&read.columns[1], 5));
    assert_memory_equal(read.artists, tracks.artists, GOLDEN_N * sizeof *read.artists);
    recipe_index_free(&read);
    must(file_read(path, 1 << 26, &bytes, &error));
    for (size_t size = 0; size < bytes.size; size += 1 + bytes.size / 97) {
        write_bytes(path, bytes.data, size);
        assert_false(recipe_cache_read(path, "one", &read));
    }
    random_seed(&random, 3);
    for (int i = 0; i < 400; i++) {
        const size_t at = (size_t)random_below(&random, bytes.size);
        const char before = bytes.data[at];
        bytes.data[at] = (char)(bytes.data[at] ^ (1 << random_below(&random, 8)));
        write_bytes(path, bytes.data, bytes.size);
        if (recipe_cache_read(path, "one", &read)) {
            count_all(&read, &counts[1], best[1]);
            recipe_index_free(&read);
        } else {
            refused++;
        }
        bytes.data[at] = before;
    }
    assert_true(refused > 0);
    buffer_free(&bytes);
    remove(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make),       cmocka_unit_test(test_candidates),   cmocka_unit_test(test_loosening),
        cmocka_unit_test(test_few_tracks), cmocka_unit_test(test_edits),        cmocka_unit_test(test_locked),
        cmocka_unit_test(test_files),      cmocka_unit_test(test_bad_files),    cmocka_unit_test(test_titles),
        cmocka_unit_test(test_years),      cmocka_unit_test(test_kept_columns),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, begin, end);
}
