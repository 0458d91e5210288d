#include "fetch/fetch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/lock_file.h"
#include "fetch/image.h"
#include "fetch/mbid_map.h"
#include "fetch/outcome.h"

enum { UNREACHED_MAX = 16, FAILED_MAX = 40, DECODERS_MAX = 8 };
static const double LONGEST_STEP = 0.1; /* between two checks for Ctrl-C */

/* What all sources of one command use. */
struct fetching {
    struct catalogue *catalogue;
    const struct fetch_settings *settings;
    struct fetch_report *report;
    struct credentials credentials;
    struct mbid_map *map;
    const char *substitute; /* NULL: none */
    struct lock_file lock;
    int n_sources; /* that were used so far */
};

/* ---- one source ---- */

static bool is_finished(const struct fetch_run *run)
{
    return run->at_source == 0 && run->n_images == 0 && !run_has_more(run);
}

/* Ends the run while the network or the source has a fault, before all albums are marked with it. */
static enum status check_network(const struct fetch_run *run, struct error *error)
{
    const struct http_totals *totals = http_totals(run->http);
    if (run->n_failed >= FAILED_MAX)
        return error_set(
            error, STATUS_FAILED,
            "%s seems to have a fault, requests for the last %d albums failed; covers that were found stay, "
            "try the same command again later",
            run->source->title, run->n_failed);
    if (totals->unreached < UNREACHED_MAX)
        return STATUS_OK;
    return error_set(
        error, STATUS_FAILED,
        "%s cannot be reached, the last %d requests got no answer: %s; covers that were found stay, and the "
        "same command continues",
        run->source->title, totals->unreached, totals->unreached_reason);
}

static enum status step(struct fetch_run *run, struct error *error)
{
    run->now = clock_seconds();
    run->wake = run->now + LONGEST_STEP;
    if (progress_cancelled(run->settings->progress))
        return error_set(error, STATUS_INTERRUPTED,
                         "stopped after %" PRId64
                         " albums; covers that were found stay, and the same command continues",
                         run->n_done + run->n_outcomes);
    enum status status = run->source->step(run, error);
    if (status == STATUS_OK)
        status = images_step(run, error);
    if (status == STATUS_OK)
        status = outcomes_store(run, is_finished(run), error);
    double seconds = run->wake - clock_seconds();
    if (status == STATUS_OK && !is_finished(run))
        status = http_step(run->http, workers_descriptor(run->workers), seconds > 0 ? seconds : 0, error);
    if (status == STATUS_OK)
        workers_collect(run->workers, run);
    if (status == STATUS_OK)
        status = check_network(run, error);
    progress_step(run->settings->progress, (double)(run->n_done + run->n_outcomes));
    return status;
}

/* A failure of a callback comes before those that it causes. */
static enum status run_status(const struct fetch_run *run, enum status status, struct error *error)
{
    if (run->status == STATUS_OK || status == STATUS_INTERRUPTED)
        return status;
    return error_set(error, run->status, "%s", run->error.text);
}

static enum status run_all(struct fetch_run *run, struct error *error)
{
    enum status status = run->source->open(run, error);
    while (status == STATUS_OK && run->status == STATUS_OK && (!is_finished(run) || run->n_outcomes > 0))
        status = step(run, error);
    return run_status(run, status, error);
}

/* Ends transfers and decoding, and stores what is finished, also after a failure. */
static enum status end_run(struct fetch_run *run, enum status status, struct error *error)
{
    struct error late;
    if (run->http) {
        run->report->requests += http_totals(run->http)->requests;
        run->report->bytes += http_totals(run->http)->bytes;
    }
    http_client_destroy(run->http);
    run->n_transfers = 0;
    workers_destroy(run->workers, run);
    run->source->close(run);
    enum status stored = outcomes_store(run, true, &late);
    if (stored != STATUS_OK && status == STATUS_OK)
        status = error_set(error, stored, "%s", late.text);
    outcomes_free(run);
    images_free(run);
    for (struct fetch_album *album; (album = album_queue_take(&run->ready));)
        album_free(album);
    cover_tally_end(&run->bad, LOG_WARNING, "images that cannot be used");
    return status;
}

static enum status create_client(struct fetch_run *run, struct error *error)
{
    char user_agent[CONTACT_MAX + 40];
    const char *contact = run->credentials->contact;
    snprintf(user_agent, sizeof user_agent, "sleeve/%s%s%s%s", SLEEVE_VERSION, *contact ? " ( " : "", contact,
             *contact ? " )" : "");
    return http_client_create(user_agent, run->images.substitute != NULL, &run->http, error);
}

static int decoders(const struct fetch_settings *settings)
{
    long count = settings->threads > 0 ? settings->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > DECODERS_MAX ? DECODERS_MAX : (int)count;
}

static enum status fetch_from(struct fetching *fetching, const struct fetch_source *source, struct error *error)
{
    struct cover_counts counts;
    char stage[80];
    struct fetch_run run = {.catalogue = fetching->catalogue,
                            .settings = fetching->settings,
                            .source = source,
                            .credentials = &fetching->credentials,
                            .map = fetching->map,
                            .images = {source->hosts, fetching->substitute},
                            .scale = fetching->substitute ? 0.1 : 1,
                            .report = fetching->report,
                            .limit = fetching->settings->limit};
    run.choice = (struct cover_choice){&source->site, fetching->settings->retry, time(NULL)};
    random_seed(&run.random, (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32);
    enum status status = catalogue_covers_wanted_count(run.catalogue, &run.choice, &counts, error);
    if (status != STATUS_OK)
        return status;
    int64_t wanted = run.limit > 0 && run.limit < counts.wanted ? run.limit : counts.wanted;
    if (fetching->n_sources++ == 0)
        fetching->report->already = counts.covered;
    fetching->report->known += counts.known;
    fetching->report->foreign = counts.foreign;
    snprintf(stage, sizeof stage, "fetching covers from %s", source->title);
    progress_stage(fetching->settings->progress, stage, "albums", (double)wanted);
    if (wanted > 0)
        status = create_client(&run, error);
    if (status == STATUS_OK && wanted > 0)
        status = workers_create(decoders(run.settings), &run.workers, error);
    if (status == STATUS_OK && wanted > 0)
        status = run_all(&run, error);
    status = end_run(&run, status, error);
    progress_end(fetching->settings->progress);
    fetching->report->left += counts.wanted - run.n_done;
    return status;
}

/* ---- all sources ---- */

static enum status choose_sources(const struct fetching *fetching, const struct fetch_source *sources[2], int *count,
                                  struct error *error)
{
    bool credentials = fetching->credentials.count > 0, contact = fetching->credentials.contact[0] != '\0';
    enum fetch_from from = fetching->settings->from;
    *count = 0;
    if (from != FETCH_ARCHIVE && credentials)
        sources[(*count)++] = &fetch_spotify;
    if (from != FETCH_SPOTIFY && contact)
        sources[(*count)++] = &fetch_archive;
    if (*count > 0)
        return STATUS_OK;
    return error_set(
        error, STATUS_USAGE,
        from == FETCH_SPOTIFY ? "credentials of an app are needed for Spotify: set " CREDENTIALS_VARIABLE
                                "=ID:SECRET, or write them to the file " CREDENTIALS_FILE
                                "; `sleeve help covers` says how"
        : from == FETCH_ARCHIVE
            ? "a contact is needed for MusicBrainz and the Cover Art Archive: set " CONTACT_VARIABLE
              " to an e-mail address or web page of yours; `sleeve help covers` says more"
            : "no source can be used: set " CREDENTIALS_VARIABLE "=ID:SECRET for Spotify, or " CONTACT_VARIABLE
              " to an e-mail address or web page of yours for MusicBrainz; `sleeve help covers` says more");
}

static enum status take_lock(struct fetching *fetching, struct error *error)
{
    struct buffer path = {0};
    bool busy = false;
    catalogue_sidecar(fetching->catalogue, "", &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_clear(&path);
    catalogue_sidecar(fetching->catalogue, "covers-fetch.lock", &path);
    if (status == STATUS_OK)
        status = path.failed ? error_no_memory(error) : lock_file_take(path.data, &fetching->lock, &busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && busy)
        status = error_set(error, STATUS_FAILED,
                           "another sleeve is fetching covers for this catalogue; wait until that is done");
    return status;
}

static enum status prepare(struct fetching *fetching, struct error *error)
{
    fetching->substitute = getenv(URL_SUBSTITUTE_VARIABLE);
    if (fetching->substitute && !*fetching->substitute)
        fetching->substitute = NULL;
    enum status status = fetching->substitute ? url_substitute_check(fetching->substitute, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = credentials_read(&fetching->credentials, error);
    if (status == STATUS_OK && fetching->settings->map)
        status = mbid_map_read(fetching->settings->map, &fetching->map, error);
    return status;
}

static enum status fetch_all(struct fetching *fetching, struct error *error)
{
    const struct fetch_source *sources[2];
    int count = 0;
    enum status status = prepare(fetching, error);
    if (status == STATUS_OK)
        status = choose_sources(fetching, sources, &count, error);
    if (status == STATUS_OK)
        status = take_lock(fetching, error);
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = fetch_from(fetching, sources[i], error);
    lock_file_release(&fetching->lock);
    return status;
}

enum status covers_fetch(struct catalogue *catalogue, const struct fetch_settings *settings,
                         struct fetch_report *report, struct error *error)
{
    struct fetching fetching = {.catalogue = catalogue, .settings = settings, .report = report};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int dumpable = prctl(PR_GET_DUMPABLE);
    *report = (struct fetch_report){0};
    prctl(PR_SET_DUMPABLE, 0); /* a core dump would contain the credentials */
    sigaction(SIGPIPE, &ignore, &before);
    enum status status = fetch_all(&fetching, error);
    sigaction(SIGPIPE, &before, NULL);
    credentials_wipe(&fetching.credentials);
    mbid_map_free(fetching.map);
    prctl(PR_SET_DUMPABLE, dumpable);
    return status;
}
