#include "fake_tracks.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/random.h"
#include "core/text.h"

static const char *const artist_names[FAKE_ARTISTS] = {
    "Amber Fields",
    "The Paper Lanterns",
    "Björk-like Öyster",
    "山本と青い鳥",
    "Dr. Nobody & the Somebodies",
    "Echo Valley",
    "Fjord",
    "Grand Hotel Lobby",
    "Höhenluft",
    "Ivory Coastline",
    "이른 아침",
    "Juniper Kids",
    "Kite",
    "Long Distance Calls",
    "Midnight Tram",
    "Night Bus 42",
    "Oak & Ash",
    "Pale Blue Cardigan",
    "Quiet Engines",
    "Red Telephone",
    "Salt Marsh",
    "👩‍🚀 Cosmonauts",
    "Underwater Choir",
    "Velvet Receipts",
};

static const char *const first_words[] = {"Slow",  "Purple", "Lost", "Paper", "Winter", "Second",  "Blue",  "Golden",
                                          "Empty", "Silver", "Last", "Small", "Cold",   "Distant", "Early", "Hidden"};
static const char *const second_words[] = {"Rain",  "Harbour", "Letters", "Morning", "Signals", "Garden",
                                           "Train", "Window",  "Weather", "Season",  "Mountain"};

/* Titles that are difficult for terminals. */
static const char *const odd_titles[] = {
    "夜の雨が降る街角で",
    "Cafe\xcc\x81 del Mar (e\xcc\x81\xcc\xa3\xcc\xa8)",
    "Bell\x07 and \x1b[31mescape\x1b]0;title\x07 codes",
    "Line\nbreak\tand\rreturn",
    "👨‍👩‍👧‍👦 Family Portrait 🇩🇪",
    "Broken \xff\xfe bytes \xc3",
    "\xe2\x80\xae"
    "Turned around",
    "비 오는 날의 수채화",
    "A very long title that runs on and on about the weather, the sea, and everything else that one could sing about",
    "雨",
};

static char titles[FAKE_TRACKS + 1][160];
static char album_titles[FAKE_ALBUMS + 1][96];
static char keys[FAKE_TRACKS + 1][32];
static char album_keys[FAKE_ALBUMS + 1][32];
static char folded[FAKE_TRACKS + 1][256]; /* title and artist, folded for the search */
static pthread_once_t invented = PTHREAD_ONCE_INIT;

static int64_t album_of(int64_t id)
{
    return id % 23 == 0 ? 0 : 1 + id % FAKE_ALBUMS;
}

static int64_t artist_of_album(int64_t album)
{
    return 1 + album % FAKE_ARTISTS;
}

static int64_t artist_of(int64_t id)
{
    int64_t album = album_of(id);
    return album > 0 ? artist_of_album(album) : 1 + id % FAKE_ARTISTS;
}

static void fold_track(int64_t id)
{
    const char *artist = artist_names[artist_of(id) - 1];
    struct buffer text = {0};
    text_fold(titles[id], strlen(titles[id]), &text);
    buffer_add_byte(&text, ' ');
    text_fold(artist, strlen(artist), &text);
    snprintf(folded[id], sizeof folded[id], "%s", text.data);
    buffer_free(&text);
}

bool fake_track_is_odd(int64_t id)
{
    return id % 29 == 3;
}

static void invent(void)
{
    enum { FIRST = sizeof first_words / sizeof first_words[0], SECOND = sizeof second_words / sizeof second_words[0] };
    for (int i = 1; i <= FAKE_TRACKS; i++) {
        if (fake_track_is_odd(i))
            snprintf(titles[i], sizeof titles[i], "%s", odd_titles[(i / 29) % 10]);
        else
            snprintf(titles[i], sizeof titles[i], "%s %s", first_words[i % FIRST], second_words[i % SECOND]);
        snprintf(keys[i], sizeof keys[i], "invented:track:%d", i);
    }
    for (int i = 1; i <= FAKE_ALBUMS; i++) {
        snprintf(album_titles[i], sizeof album_titles[i], i % 7 == 2 ? "雨の%s" : "The %s Year",
                 second_words[i % SECOND]);
        snprintf(album_keys[i], sizeof album_keys[i], "invented:album:%d", i);
    }
    for (int i = 1; i <= FAKE_TRACKS; i++)
        fold_track(i);
}

static bool real_covers;

void fake_real_covers(bool on)
{
    real_covers = on;
}

static enum cover_origin fake_cover(int64_t album)
{
    bool real = real_covers && album % 3 == 0;
    return album == 0 ? COVER_PLACEHOLDER : real ? COVER_STORED : COVER_GENERATED;
}

static uint32_t fake_colour(int64_t album)
{
    return (uint32_t)random_mix((uint64_t)album) & 0xffffff;
}

struct track fake_track(int64_t id)
{
    pthread_once(&invented, invent);
    int64_t album = album_of(id), artist = artist_of(id);
    return (struct track){
        .id = id,
        .album_id = album,
        .artist_id = artist,
        .key = keys[id],
        .title = titles[id],
        .artist = artist_names[artist - 1],
        .album = album > 0 ? album_titles[album] : "",
        .duration_ms = id % 17 == 5 ? -1 : (int32_t)(120000 + (id * 7919) % 260000),
        .year = album > 0 ? (int32_t)(1960 + album % 62) : 0,
        .popularity = (int32_t)(id * 31 % 101),
        .n_playlists = (FAKE_TRACKS - id) * 3,
        .cover = fake_cover(album),
        .cover_colour = album > 0 ? fake_colour(album) : COVER_NO_COLOUR,
    };
}

struct album fake_album(int64_t id)
{
    pthread_once(&invented, invent);
    int64_t artist = artist_of_album(id);
    return (struct album){
        .id = id,
        .artist_id = artist,
        .key = album_keys[id],
        .title = album_titles[id],
        .artist = artist_names[artist - 1],
        .genre = "",
        .year = (int32_t)(1960 + id % 62),
        .n_tracks = 4,
        .cover = fake_cover(id),
        .cover_colour = fake_colour(id),
    };
}

const char *fake_artist(int64_t id)
{
    return artist_names[id - 1];
}

bool fake_track_matches(int64_t id, const char *text)
{
    pthread_once(&invented, invent);
    return strstr(folded[id], text) != NULL;
}
