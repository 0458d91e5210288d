#include "ui/image_service.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/log.h"
#include "core/paths.h"
#include "ui/image_disk.h"
#include "ui/image_picture.h"

enum {
    BUCKETS = 1024,
    URGENCY_WANTED = 50,
    URGENCY_SOON = 20,
    URGENCY_PRUNE = -10,
    DISK_LIMIT = 64 << 20,
};

/* What jobs read; it may outlive the service. */
struct shared {
    atomic_int holders;
    struct image_source source;
    char *folder; /* the disk cache; NULL: none */
};

struct entry {
    struct image_request request; /* the key; for a map its version is not part of it */
    struct encoded_image picture;
    bool ready;
    uint64_t version; /* map: the version of the picture that is ready */
    uint64_t used;    /* the last frame that requested it */
    uint64_t shown;   /* the last frame that needed it at once */
    struct picture_job *job;
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* in the order of use */
};

struct picture_job {
    struct job job; /* first: workers return this pointer */
    struct shared *shared;
    struct image_request request;
    struct encoded_image picture;
    bool done; /* the picture was made */
    atomic_bool begun;
    struct image_service *service; /* NULL: the result is no longer needed */
    struct entry *entry;
    struct picture_job *previous, *following; /* in the service's list of jobs */
};

struct image_service {
    struct workers *workers;
    struct shared *shared;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    struct picture_job *jobs;
    size_t bytes, limit;
    uint64_t frame, serial;
    int pending, ahead;
};

static void shared_release(struct shared *shared)
{
    if (atomic_fetch_sub(&shared->holders, 1) > 1)
        return;
    free(shared->folder);
    free(shared);
}

/* ------------------------------------------------------------------ entries */

static size_t bucket_of(const struct image_request *key)
{
    uint64_t numbers[] = {(uint64_t)key->reference.kind,
                          (uint64_t)key->reference.id,
                          key->reference.version,
                          (uint64_t)key->format,
                          (uint64_t)key->width,
                          (uint64_t)key->height,
                          (uint64_t)key->margin,
                          (uint64_t)key->registers,
                          key->dimmed,
                          key->background};
    return hash_bytes(numbers, sizeof numbers) % BUCKETS;
}

static bool same_key(const struct image_request *a, const struct image_request *b)
{
    return a->reference.kind == b->reference.kind && a->reference.id == b->reference.id &&
           a->reference.version == b->reference.version && a->format == b->format && a->width == b->width &&
           a->height == b->height && a->margin == b->margin && a->registers == b->registers && a->dimmed == b->dimmed &&
           a->background == b->background;
}

static void list_take(struct image_service *service, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &service->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &service->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void list_put(struct image_service *service, struct entry *entry)
{
    entry->older = service->newest;
    *(service->newest ? &service->newest->newer : &service->oldest) = entry;
    service->newest = entry;
}

static struct entry *entry_find(struct image_service *service, const struct image_request *key)
{
    struct entry *entry = service->buckets[bucket_of(key)];
    while (entry && !same_key(&entry->request, key))
        entry = entry->next;
    return entry;
}

static struct entry *entry_make(struct image_service *service, const struct image_request *key)
{
    struct entry *entry = entry_find(service, key);
    if (entry) {
        list_take(service, entry);
    } else {
        entry = calloc(1, sizeof *entry);
        if (!entry)
            return NULL;
        struct entry **bucket = &service->buckets[bucket_of(key)];
        entry->request = *key;
        entry->next = *bucket;
        *bucket = entry;
    }
    list_put(service, entry);
    entry->used = service->frame;
    return entry;
}

static void entry_remove(struct image_service *service, struct entry *entry)
{
    struct entry **place = &service->buckets[bucket_of(&entry->request)];
    while (*place != entry)
        place = &(*place)->next;
    *place = entry->next;
    list_take(service, entry);
    service->bytes -= picture_size(&entry->picture);
    picture_free(&entry->picture);
    free(entry);
}

static void entry_fill(struct image_service *service, struct entry *entry, struct encoded_image *picture)
{
    service->bytes -= picture_size(&entry->picture);
    picture_free(&entry->picture);
    entry->picture = *picture;
    entry->picture.serial = ++service->serial;
    entry->ready = true;
    service->bytes += picture_size(&entry->picture);
    *picture = (struct encoded_image){0};
}

/* ------------------------------------------------------------------ jobs */

static void run_picture(struct job *job)
{
    struct picture_job *own = (struct picture_job *)job;
    atomic_store(&own->begun, true);
    struct error error;
    enum status status = picture_make(&own->shared->source, own->shared->folder, &own->request, &own->picture, &error);
    own->done = status == STATUS_OK;
    if (status != STATUS_OK && status != STATUS_INTERRUPTED)
        log_message(LOG_WARNING, "%s", error.text);
}

/* Detaches the job from the service: its result will be dropped. */
static void job_abandon(struct picture_job *job)
{
    struct image_service *service = job->service;
    *(job->previous ? &job->previous->following : &service->jobs) = job->following;
    if (job->following)
        job->following->previous = job->previous;
    job->entry->job = NULL;
    service->pending--;
    job->service = NULL;
    job->entry = NULL;
}

static void finish_picture(struct job *job, void *user)
{
    (void)user;
    struct picture_job *own = (struct picture_job *)job;
    struct image_service *service = own->service;
    if (service) {
        struct entry *entry = own->entry;
        job_abandon(own);
        if (own->done) {
            entry_fill(service, entry, &own->picture);
            entry->version = own->request.reference.version;
            service->ahead += entry->shown + 1 < service->frame;
        } else if (!entry->ready) {
            entry_remove(service, entry);
        }
    }
    picture_free(&own->picture);
    shared_release(own->shared);
    free(own);
}

static void job_post(struct image_service *service, struct entry *entry, const struct image_request *request,
                     int urgency)
{
    struct picture_job *job = calloc(1, sizeof *job);
    if (!job)
        return;
    *job = (struct picture_job){
        .job = {.run = run_picture, .finish = finish_picture, .urgency = urgency},
        .shared = service->shared,
        .request = *request,
        .service = service,
        .entry = entry,
        .following = service->jobs,
    };
    atomic_fetch_add(&service->shared->holders, 1);
    if (service->jobs)
        service->jobs->previous = job;
    service->jobs = job;
    entry->job = job;
    service->pending++;
    workers_post(service->workers, &job->job);
}

static void job_cancel(struct picture_job *job)
{
    struct workers *workers = job->service->workers;
    job_abandon(job);
    workers_cancel(workers, &job->job);
}

static void run_prune(struct job *job)
{
    struct picture_job *own = (struct picture_job *)job;
    if (own->shared->folder)
        image_disk_prune(own->shared->folder, DISK_LIMIT);
}

/* ------------------------------------------------------------------ the service */

enum status image_service_create(struct workers *workers, const struct image_source *source, size_t memory_limit,
                                 struct image_service **out, struct error *error)
{
    struct image_service *service = calloc(1, sizeof *service);
    struct shared *shared = calloc(1, sizeof *shared);
    struct picture_job *prune = calloc(1, sizeof *prune);
    if (!service || !shared || !prune) {
        free(service);
        free(shared);
        free(prune);
        return error_no_memory(error);
    }
    struct buffer folder = {0};
    bool cached = path_cache_folder(&folder, NULL) == STATUS_OK;
    buffer_add_text(&folder, "/covers");
    shared->source = *source;
    shared->folder = cached && !folder.failed ? folder.data : NULL;
    if (!shared->folder)
        buffer_free(&folder);
    atomic_store(&shared->holders, 2);
    *service = (struct image_service){.workers = workers, .shared = shared, .limit = memory_limit, .frame = 1};
    *prune = (struct picture_job){.job = {.run = run_prune, .finish = finish_picture, .urgency = URGENCY_PRUNE},
                                  .shared = shared};
    workers_post(workers, &prune->job);
    *out = service;
    return STATUS_OK;
}

void image_service_destroy(struct image_service *service)
{
    if (!service)
        return;
    while (service->jobs)
        job_cancel(service->jobs);
    while (service->oldest)
        entry_remove(service, service->oldest);
    shared_release(service->shared);
    free(service);
}

static struct image_request key_of(const struct image_request *request)
{
    struct image_request key = *request;
    if (key.reference.kind == IMAGE_MAP)
        key.reference.version = 0;
    return key;
}

static bool fresh(const struct entry *entry, const struct image_request *request)
{
    return entry->ready && (request->reference.kind != IMAGE_MAP || entry->version == request->reference.version);
}

/* Starts to make the undimmed picture unless it is available or pending. */
static struct entry *ask(struct image_service *service, const struct image_request *request, int urgency)
{
    struct image_request key = key_of(request);
    struct entry *entry = entry_make(service, &key);
    if (!entry || fresh(entry, request))
        return entry;
    if (entry->job && entry->job->job.urgency < urgency && !atomic_load(&entry->job->begun))
        job_cancel(entry->job);
    if (!entry->job)
        job_post(service, entry, request, urgency);
    return entry;
}

static const struct encoded_image *dimmed(struct image_service *service, const struct image_request *request,
                                          const struct entry *source)
{
    struct image_request key = key_of(request);
    struct entry *entry = entry_make(service, &key);
    if (!entry)
        return NULL;
    struct encoded_image picture;
    if (!(entry->ready && entry->version == source->picture.serial) &&
        picture_dim(&source->picture, request->background, &picture, NULL) == STATUS_OK) {
        entry_fill(service, entry, &picture);
        entry->version = source->picture.serial;
    }
    if (entry->ready)
        return &entry->picture;
    entry_remove(service, entry);
    return NULL;
}

const struct encoded_image *image_service_get(struct image_service *service, const struct image_request *request)
{
    struct image_request bright = *request;
    bright.dimmed = false;
    struct entry *entry = ask(service, &bright, URGENCY_WANTED);
    if (!entry)
        return NULL;
    entry->shown = service->frame;
    if (!entry->ready)
        return NULL;
    return request->dimmed ? dimmed(service, request, entry) : &entry->picture;
}

bool image_service_prefetch(struct image_service *service, const struct image_request *request)
{
    struct image_request bright = *request;
    bright.dimmed = false;
    const struct entry *entry = ask(service, &bright, URGENCY_SOON);
    return entry && fresh(entry, &bright);
}

void image_service_end_frame(struct image_service *service)
{
    for (struct picture_job *job = service->jobs, *next; job; job = next) {
        next = job->following;
        struct entry *entry = job->entry;
        if (entry->used == service->frame || atomic_load(&job->begun))
            continue;
        job_cancel(job);
        if (!entry->ready)
            entry_remove(service, entry);
    }
    for (struct entry *entry = service->oldest, *newer; entry && service->bytes > service->limit; entry = newer) {
        newer = entry->newer;
        if (entry->used == service->frame)
            break;
        if (!entry->job)
            entry_remove(service, entry);
    }
    service->frame++;
}

int image_service_ahead(const struct image_service *service)
{
    return service->ahead;
}

int image_service_pending(const struct image_service *service)
{
    return service->pending;
}
