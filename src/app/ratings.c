#include "app/ratings.h"

#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/lookup.h"
#include "core/text.h"
#include "db/catalogue.h"

static bool has_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

/* A name as it is stored: without blanks around it. */
static enum status keep_name(const char *name, const char *from, struct rater *rater, struct error *error)
{
    const size_t blanks = strspn(name, " \t");
    size_t size = strlen(name + blanks);
    while (size > 0 && strchr(" \t", name[blanks + size - 1]))
        size--;
    if (size == 0)
        return error_set(error, STATUS_USAGE, "%s is empty; a rater needs a name", from);
    if (size > RATING_TEXT_MAX)
        return error_set(error, STATUS_USAGE, "%s is longer than %d bytes", from, RATING_TEXT_MAX);
    if (!text_is_utf8(name + blanks, size))
        return error_set(error, STATUS_USAGE, "%s is not UTF-8", from);
    snprintf(rater->name, sizeof rater->name, "%.*s", (int)size, name + blanks);
    rater->from = from;
    return STATUS_OK;
}

/* Of the whole program: it is read before a catalogue is open. */
static struct {
    pthread_mutex_t lock;
    char name[RATING_TEXT_MAX + 1];
} configured = {.lock = PTHREAD_MUTEX_INITIALIZER};

void ratings_configure(const char *name)
{
    pthread_mutex_lock(&configured.lock);
    snprintf(configured.name, sizeof configured.name, "%s", name);
    pthread_mutex_unlock(&configured.lock);
}

static void read_configured(char name[RATING_TEXT_MAX + 1])
{
    pthread_mutex_lock(&configured.lock);
    memcpy(name, configured.name, sizeof configured.name);
    pthread_mutex_unlock(&configured.lock);
}

enum status ratings_rater(struct catalogue *catalogue, const char *given, struct rater *rater, struct error *error)
{
    static const char *const variables[] = {"USER", "LOGNAME"};
    char *set = NULL, name_of_file[RATING_TEXT_MAX + 1];
    if (given && has_control(given, strlen(given)))
        return error_set(error, STATUS_USAGE, "--rater is not one line of text");
    if (given)
        return keep_name(given, "--rater", rater, error);
    read_configured(name_of_file);
    if (name_of_file[0])
        return keep_name(name_of_file, "sleeve/config", rater, error);
    enum status status = catalogue_setting_read(catalogue, "rater", &set, error);
    if (status == STATUS_OK && set && set[0]) {
        status = keep_name(set, "the setting \"rater\"", rater, error);
        free(set);
        return status;
    }
    free(set);
    for (size_t i = 0; status == STATUS_OK && i < sizeof variables / sizeof *variables; i++) {
        const char *name = getenv(variables[i]);
        if (name && name[0])
            return keep_name(name, i == 0 ? "$USER" : "$LOGNAME", rater, error);
    }
    if (status != STATUS_OK)
        return status;
    struct passwd entry, *found = NULL;
    char room[4096];
    if (getpwuid_r(getuid(), &entry, room, sizeof room, &found) == 0 && found && found->pw_name[0])
        return keep_name(found->pw_name, "the name of the user", rater, error);
    return error_set(error, STATUS_USAGE,
                     "nobody is named as the rater; give --rater NAME or run: sleeve rate rater NAME");
}

enum status ratings_set_rater(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct rater rater = {0};
    if (has_control(name, strlen(name)))
        return error_set(error, STATUS_USAGE, "the name of a rater is one line of text");
    ratings_configure("");
    enum status status = name[0] ? keep_name(name, "the name", &rater, error) : STATUS_OK;
    return status == STATUS_OK ? catalogue_setting_write(catalogue, "rater", rater.name, error) : status;
}

/* A model is a name that the catalogue has, or had when something was rated. */
static enum status check_model(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct model_list models = {0};
    struct rating_list rated = {0};
    const struct rating_filter filter = {.model = name};
    bool known = name[0] == '\0';
    enum status status = known ? STATUS_OK : catalogue_model_find(catalogue, name, &models, error);
    known = known || models.count > 0;
    if (status == STATUS_OK && !known)
        status = catalogue_ratings_read(catalogue, &filter, &rated, error);
    if (status == STATUS_OK && !known && rated.count == 0)
        status = error_set(error, STATUS_USAGE, "there is no model \"%s\"; see: sleeve models", name);
    model_list_free(&models);
    rating_list_free(&rated);
    return status;
}

static enum status read_request(struct catalogue *catalogue, const struct rating_request *request, struct rater *rater,
                                struct rating *rating, struct error *error)
{
    *rating = (struct rating){
        .model = request->model,
        .rank = request->rank,
        .reason = request->reason ? request->reason : "",
        .metadata = request->metadata,
        .rated = (int64_t)time(NULL),
    };
    if (!rating_named(request->rating, &rating->value))
        return error_set(error, STATUS_USAGE, "a rating is good, borderline or bad, not \"%s\"", request->rating);
    if (rating->value == RATING_BAD && !rating->reason[0])
        return error_set(error, STATUS_USAGE,
                         "a bad rating needs a reason; those given so far are listed by: sleeve rate reasons");
    const size_t size = strlen(rating->reason);
    if (!text_is_utf8(rating->reason, size) || has_control(rating->reason, size))
        return error_set(error, STATUS_USAGE, "the reason is not one line of UTF-8");
    enum status status = ratings_rater(catalogue, request->rater, rater, error);
    rating->rater = rater->name;
    if (status == STATUS_OK)
        status = lookup_playlist(catalogue, request->playlist, &rating->playlist_id, error);
    if (status == STATUS_OK)
        status = lookup_track(catalogue, request->track, &rating->track_id, error);
    return status == STATUS_OK ? check_model(catalogue, request->model, error) : status;
}

enum status ratings_add(struct catalogue *catalogue, const struct rating_request *request, struct rating_list *stored,
                        bool *replaced, struct error *error)
{
    struct rater rater;
    struct rating rating;
    *stored = (struct rating_list){0};
    enum status status = read_request(catalogue, request, &rater, &rating, error);
    if (status != STATUS_OK)
        return status;
    const struct rating_filter same = {rating.playlist_id, rating.track_id, rating.model, rating.rater};
    status = catalogue_ratings_read(catalogue, &same, stored, error);
    *replaced = stored->count > 0;
    rating_list_free(stored);
    if (status == STATUS_OK)
        status = catalogue_rating_write(catalogue, &rating, error);
    return status == STATUS_OK ? catalogue_ratings_read(catalogue, &same, stored, error) : status;
}

enum status ratings_filter(struct catalogue *catalogue, const char *playlist, const char *track, const char *model,
                           const char *rater, struct rating_filter *filter, struct error *error)
{
    *filter = (struct rating_filter){.model = model, .rater = rater};
    enum status status = playlist ? lookup_playlist(catalogue, playlist, &filter->playlist_id, error) : STATUS_OK;
    return status == STATUS_OK && track ? lookup_track(catalogue, track, &filter->track_id, error) : status;
}

void rating_time(int64_t rated, char text[RATING_TIME_SIZE])
{
    const time_t seconds = (time_t)rated;
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || utc.tm_year < 0 || utc.tm_year > 8099 ||
        strftime(text, RATING_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(text, RATING_TIME_SIZE, "1970-01-01T00:00:00Z");
}

bool rating_time_read(const char *text, int64_t *rated)
{
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!end || (strcmp(end, "Z") != 0 && *end != '\0') || utc.tm_year < 70 || utc.tm_year > 8099)
        return false;
    *rated = (int64_t)timegm(&utc);
    return true;
}
