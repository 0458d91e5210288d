#include "bench/make_mpd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLUSTERS = 120, PLAYLIST_MAX = 250 };

struct made_track {
    uint32_t album, artist;
};

struct make_mpd {
    struct random random;
    struct buffer tracks;             /* struct made_track */
    struct buffer clusters[CLUSTERS]; /* uint32 track numbers, older ones are more popular */
    uint32_t n_albums, n_artists;
    struct made_track recent[CLUSTERS]; /* the album that new tracks of the cluster continue */
    int64_t next_pid, n_entries;
};

enum status make_mpd_open(uint64_t seed, struct make_mpd **make, struct error *error)
{
    *make = calloc(1, sizeof **make);
    if (!*make)
        return error_no_memory(error);
    random_seed(&(*make)->random, seed);
    return STATUS_OK;
}

void make_mpd_close(struct make_mpd *make)
{
    if (!make)
        return;
    buffer_free(&make->tracks);
    for (int i = 0; i < CLUSTERS; i++)
        buffer_free(&make->clusters[i]);
    free(make);
}

int64_t make_mpd_tracks(const struct make_mpd *make)
{
    return (int64_t)(make->tracks.size / sizeof(struct made_track));
}

int64_t make_mpd_entries(const struct make_mpd *make)
{
    return make->n_entries;
}

/* Words of syllables, occasionally with an accent, a remark, or in kana. */
void make_mpd_add_name(struct buffer *out, uint64_t kind, uint64_t number, int words_max)
{
    static const char *const syllables[] = {"lo", "ra", "mi", "ne", "so", "ver", "ka", "tin", "bel", "do", "an",  "ri",
                                            "st", "el", "ma", "no", "wi", "the", "ju", "ar",  "li",  "co", "gra", "é"};
    static const char *const kana[] = {"さ", "く", "ら", "の", "う", "た", "よ", "る"};
    struct random random;
    random_seed(&random, random_mix(number * 4 + kind));
    if (random_below(&random, 40) == 0) {
        for (uint64_t i = 0, n = 2 + random_below(&random, 6); i < n; i++)
            buffer_add_text(out, kana[random_below(&random, 8)]);
        return;
    }
    for (uint64_t w = 0, words = 1 + random_below(&random, (uint64_t)words_max); w < words; w++) {
        if (w > 0)
            buffer_add_byte(out, ' ');
        size_t begin = out->size;
        for (uint64_t i = 0, n = 1 + random_below(&random, 3); i < n; i++)
            buffer_add_text(out, syllables[random_below(&random, sizeof syllables / sizeof *syllables)]);
        if (out->data && out->data[begin] >= 'a' && out->data[begin] <= 'z')
            out->data[begin] = (char)(out->data[begin] - 'a' + 'A');
    }
    if (random_below(&random, 8) == 0)
        buffer_add_text(out, kind == 0 ? " (feat. Someone Else)" : kind == 1 ? " (Deluxe Edition)" : "");
}

void make_mpd_add_uri(struct buffer *out, const char *kind, uint64_t salt, uint64_t number)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char id[22];
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof id; i++) {
        if (i % 10 == 0)
            bits = random_mix(number * 8 + salt + (i << 40));
        id[i] = digits[bits % 62];
        bits /= 62;
    }
    buffer_printf(out, "spotify:%s:%.22s", kind, id);
}

static uint32_t new_track(struct make_mpd *make, size_t cluster)
{
    struct made_track *recent = &make->recent[cluster];
    uint64_t dice = random_below(&make->random, 100);
    if (make->clusters[cluster].size == 0 || dice < 14) {
        recent->artist = make->n_artists++;
        recent->album = make->n_albums++;
    } else if (dice < 42) {
        recent->album = make->n_albums++;
    }
    uint32_t number = (uint32_t)make_mpd_tracks(make);
    buffer_add(&make->tracks, recent, sizeof *recent);
    buffer_add(&make->clusters[cluster], &number, sizeof number);
    return number;
}

static uint32_t draw_track(struct make_mpd *make, size_t home)
{
    size_t cluster = random_below(&make->random, 5) == 0 ? random_below(&make->random, CLUSTERS) : home;
    size_t count = make->clusters[cluster].size / sizeof(uint32_t);
    if (count == 0 || random_below(&make->random, 9) < 2)
        return new_track(make, cluster);
    double u = random_uniform(&make->random);
    size_t rank = (size_t)((double)count * u * u * u);
    return ((const uint32_t *)(const void *)make->clusters[cluster].data)[rank];
}

/* Real playlists seldom contain a track twice: a repeated one is drawn again, a few times. */
static uint32_t draw_other(struct make_mpd *make, size_t home, const uint32_t *drawn, int n)
{
    uint32_t track = draw_track(make, home);
    for (int attempt = 0; attempt < 8; attempt++) {
        bool met = false;
        for (int i = 0; !met && i < n; i++)
            met = drawn[i] == track;
        if (!met)
            break;
        track = draw_track(make, home);
    }
    return track;
}

static void add_track(struct make_mpd *make, uint32_t number, int pos, bool last, struct buffer *out)
{
    struct made_track track;
    memcpy(&track, make->tracks.data + number * sizeof track, sizeof track);
    buffer_printf(out, "                {\n                    \"pos\": %d, \n                    \"artist_name\": \"",
                  pos);
    make_mpd_add_name(out, 2, track.artist, 3);
    buffer_add_text(out, "\", \n                    \"track_uri\": \"");
    make_mpd_add_uri(out, "track", 0, number);
    buffer_add_text(out, "\", \n                    \"artist_uri\": \"");
    make_mpd_add_uri(out, "artist", 1, track.artist);
    buffer_add_text(out, "\", \n                    \"track_name\": \"");
    make_mpd_add_name(out, 0, number, 6);
    buffer_add_text(out, "\", \n                    \"album_uri\": \"");
    make_mpd_add_uri(out, "album", 2, track.album);
    buffer_printf(out, "\", \n                    \"duration_ms\": %d, \n                    \"album_name\": \"",
                  90000 + (int)(random_mix(number) % 240000));
    make_mpd_add_name(out, 1, track.album, 6);
    buffer_printf(out, "\"\n                }%s\n", last ? "" : ", ");
}

static void add_playlist(struct make_mpd *make, bool last, struct buffer *out)
{
    size_t home = (size_t)(CLUSTERS * pow(random_uniform(&make->random), 1.5));
    double length = exp(3.85 + 0.8 * random_normal(&make->random));
    int n = length < 5 ? 5 : length > PLAYLIST_MAX ? PLAYLIST_MAX : (int)length;
    int64_t pid = make->next_pid++;
    buffer_add_text(out, "        {\n            \"name\": \"");
    make_mpd_add_name(out, 3, random_next(&make->random) % 4000, 3);
    buffer_printf(out,
                  "\", \n            \"collaborative\": \"%s\", \n            \"pid\": %lld, \n"
                  "            \"modified_at\": %lld, \n            \"num_tracks\": %d, \n"
                  "            \"num_followers\": 1, \n            \"tracks\": [\n",
                  random_below(&make->random, 40) == 0 ? "true" : "false", (long long)pid,
                  1293840000LL + 86400LL * (long long)random_below(&make->random, 2400), n);
    uint32_t drawn[PLAYLIST_MAX];
    for (int i = 0; i < n; i++) {
        drawn[i] = draw_other(make, home, drawn, i);
        add_track(make, drawn[i], i, i + 1 == n, out);
    }
    buffer_printf(out,
                  "            ], \n            \"num_edits\": %d, \n            \"duration_ms\": %d\n        }%s\n",
                  1 + (int)random_below(&make->random, 40), n * 230000, last ? "" : ", ");
    make->n_entries += n;
}

enum status make_mpd_slice(struct make_mpd *make, int n_playlists, struct buffer *out, struct error *error)
{
    buffer_printf(out,
                  "{\n    \"info\": {\n        \"generated_on\": \"2017-12-03 08:41:42.057563\", \n"
                  "        \"slice\": \"%lld-%lld\", \n        \"version\": \"v1\"\n    }, \n    \"playlists\": [\n",
                  (long long)make->next_pid, (long long)make->next_pid + n_playlists - 1);
    for (int i = 0; i < n_playlists; i++)
        add_playlist(make, i + 1 == n_playlists, out);
    buffer_add_text(out, "    ]\n}");
    return out->failed || make->tracks.failed ? error_no_memory(error) : STATUS_OK;
}
