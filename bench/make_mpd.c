#include "bench/make_mpd.h"

#include <math.h>
#include <string.h>

enum { TASTES = 30, PLAYLIST_MAX = 250, NAMES = 93000 };

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

/* Heaps' law, shifted so that the first playlists can hold their new tracks. */
int64_t make_mpd_tracks(int64_t n_playlists)
{
    const double power = 0.58, shift = 1000, none = pow(shift, power);
    double share = (pow((double)n_playlists + shift, power) - none) / (pow(MAKE_MPD_PLAYLISTS + shift, power) - none);
    return (int64_t)(share * MAKE_MPD_TRACKS);
}

/* Tracks of a taste are TASTES numbers apart, so are its albums and artists. */
static int64_t album_of(int64_t track)
{
    return track / TASTES * MAKE_MPD_ALBUMS / MAKE_MPD_TRACKS * TASTES + track % TASTES;
}

static int64_t artist_of(int64_t album)
{
    return album / TASTES * MAKE_MPD_ARTISTS / MAKE_MPD_ALBUMS * TASTES + album % TASTES;
}

/* A known track: number r with probability ~ (r + 425)^-1.25, usually moved to the playlist's taste. */
static int64_t draw_track(struct random *random, int64_t taste, int64_t known)
{
    const double shift = 425, first = 1 / sqrt(sqrt(shift)), last = 1 / sqrt(sqrt((double)known + shift));
    double at = first - random_uniform(random) * (first - last), squared = at * at;
    int64_t track = (int64_t)(1 / (squared * squared) - shift);
    if (random_below(random, 5) > 0)
        track = track / TASTES * TASTES + taste;
    return track < 0 ? 0 : track < known ? track : known - 1;
}

/* Real playlists seldom contain a track twice: a repeated one is drawn again, a few times. */
static int64_t draw_other(struct random *random, int64_t taste, int64_t known, const int64_t *drawn, int n)
{
    int64_t track = draw_track(random, taste, known);
    for (int attempt = 0; attempt < 8; attempt++) {
        int i = 0;
        while (i < n && drawn[i] != track)
            i++;
        if (i == n)
            break;
        track = draw_track(random, taste, known);
    }
    return track;
}

static void add_track(int64_t track, int pos, bool last, struct buffer *out)
{
    const uint64_t number = (uint64_t)track, album = (uint64_t)album_of(track),
                   artist = (uint64_t)artist_of((int64_t)album);
    buffer_printf(out, "                {\n                    \"pos\": %d, \n                    \"artist_name\": \"",
                  pos);
    make_mpd_add_name(out, 2, artist, 3);
    buffer_add_text(out, "\", \n                    \"track_uri\": \"");
    make_mpd_add_uri(out, "track", 0, number);
    buffer_add_text(out, "\", \n                    \"artist_uri\": \"");
    make_mpd_add_uri(out, "artist", 1, artist);
    buffer_add_text(out, "\", \n                    \"track_name\": \"");
    make_mpd_add_name(out, 0, number, 6);
    buffer_add_text(out, "\", \n                    \"album_uri\": \"");
    make_mpd_add_uri(out, "album", 2, album);
    buffer_printf(out, "\", \n                    \"duration_ms\": %d, \n                    \"album_name\": \"",
                  90000 + (int)(random_mix(number) % 240000));
    make_mpd_add_name(out, 1, album, 6);
    buffer_printf(out, "\"\n                }%s\n", last ? "" : ", ");
}

static void add_playlist(struct make_mpd *make, bool last, struct buffer *out)
{
    const int64_t pid = make->next_pid++, known = make_mpd_tracks(pid), new = make_mpd_tracks(pid + 1) - known;
    struct random random;
    random_seed(&random, random_mix(make->seed + random_mix((uint64_t)pid)));
    const int64_t taste = (int64_t)(TASTES * pow(random_uniform(&random), 1.25));
    double length = exp(3.9 + 0.8 * random_normal(&random));
    int n = length < 5 ? 5 : length > PLAYLIST_MAX ? PLAYLIST_MAX : (int)length;
    n = n < new + 2 ? (int)new + 2 : n;
    const double popular = random_uniform(&random);
    const int64_t name = (int64_t)(NAMES / TASTES * pow(popular, 4)) * TASTES + taste;
    buffer_add_text(out, "        {\n            \"name\": \"");
    make_mpd_add_name(out, 3, (uint64_t)name, 3);
    buffer_printf(out,
                  "\", \n            \"collaborative\": \"%s\", \n            \"pid\": %lld, \n"
                  "            \"modified_at\": %lld, \n            \"num_tracks\": %d, \n"
                  "            \"num_followers\": 1, \n            \"tracks\": [\n",
                  random_below(&random, 40) == 0 ? "true" : "false", (long long)pid,
                  1293840000LL + 86400LL * (long long)random_below(&random, 2400), n);
    int64_t drawn[PLAYLIST_MAX];
    for (int64_t i = 0, placed = 0; i < n; i++) {
        const bool is_new = known + placed == 0 || random_below(&random, (uint64_t)(n - i)) < (uint64_t)(new - placed);
        drawn[i] = is_new ? known + placed : draw_other(&random, taste, known + placed, drawn, (int)i);
        placed += is_new;
        add_track(drawn[i], (int)i, i + 1 == n, out);
    }
    buffer_printf(out,
                  "            ], \n            \"num_edits\": %d, \n            \"duration_ms\": %d\n        }%s\n",
                  1 + (int)random_below(&random, 40), n * 230000, last ? "" : ", ");
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
    return out->failed ? error_no_memory(error) : STATUS_OK;
}
