#ifndef SLEEVE_APP_DOCTOR_H
#define SLEEVE_APP_DOCTOR_H

#include "core/arena.h"
#include "db/catalogue.h"

/* What this machine can do, and whether a catalogue and the files beside it are sound. */

struct doctor_settings {
    const char *path; /* of the catalogue; NULL: the machine alone is looked at */
    int threads;      /* to compute with; 0: all */
};

struct processor_feature {
    const char *name; /* "avx2" */
    bool there;
};

/* A compute device. Texts are "" or NULL where it cannot be opened. */
struct doctor_device {
    bool works;
    const char *fault; /* why it cannot be opened; else "" */
    const char *name, *library, *core, *simd;
    int threads;
    double gflops; /* of a large product of matrices; of the CPU only; 0 when measuring failed */
};

struct checked_file {
    const char *name;  /* of the model or feature set; of others, the path in the folder beside the catalogue */
    const char *fault; /* a sentence; "": it is sound */
};
struct checked_files {
    struct checked_file *items;
    size_t count;
};

struct doctor_catalogue {
    bool exists;
    bool sound;
    const char *fault; /* the first; "" where it is sound */
    bool counted;      /* it could be opened and counted */
    struct catalogue_counts counts;
    bool checked; /* the file of the catalogue is sound, so those beside it were looked at */
    struct checked_files models, feature_sets;
    const char *index_fault;     /* why the next search makes the search index again; "": it is sound */
    struct checked_files others; /* files of trainings that no model needs; harmless */
};

enum { PROCESSOR_FEATURES = 6 };

struct doctor_result {
    long processors;
    struct processor_feature features[PROCESSOR_FEATURES];
    struct doctor_device cpu, cuda;
    struct doctor_catalogue catalogue;
    struct arena memory; /* of the texts and lists */
};

/* Fills the result whatever the status is. The status is that of the first thing that is wrong with the catalogue; one
 * that does not exist, an old search index and files that no model needs are not wrong. Opens every model and every
 * feature set, which reads their files whole. */
enum status app_doctor(const struct doctor_settings *settings, struct doctor_result *result, struct error *error);
void doctor_result_free(struct doctor_result *result);

#endif
