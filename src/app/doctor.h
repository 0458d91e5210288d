#ifndef SLEEVE_APP_DOCTOR_H
#define SLEEVE_APP_DOCTOR_H

#include "core/arena.h"
#include "db/catalogue.h"
#include "sandbox/sandbox.h"

/* What this machine can do, and whether a catalogue and the files beside it are sound. */

struct doctor_settings {
    const char *path; /* the catalogue; NULL: only the machine is checked */
    int threads;      /* threads to compute with; 0: all */
};

struct processor_feature {
    const char *name; /* "avx2" */
    bool there;
};

/* A compute device. Texts are "" or NULL if it cannot be opened. */
struct doctor_device {
    bool works;
    const char *fault; /* why it cannot be opened; "" if it can */
    const char *name, *library, *core, *simd;
    int threads;
    double gflops;              /* rate of a large matrix product; only for the CPU; 0 when measuring failed */
    const char *exchange;       /* the library by which several processes' GPUs exchange; "" if there is none */
    const char *exchange_fault; /* why there is none; "": this device has no need of one */
};

/* The process that decodes images (sandbox/sandbox.h). */
struct doctor_decoder {
    bool works;
    const char *fault; /* why it cannot be started; "" if it can */
    struct sandbox_protection protection;
};

struct checked_file {
    const char *name;  /* the model or feature set; for other files, the path in the folder beside the catalogue */
    const char *fault; /* what is wrong; "": nothing */
};
struct checked_files {
    struct checked_file *items;
    size_t count;
};

struct doctor_catalogue {
    bool exists;
    bool sound;
    const char *fault; /* the first fault; "": there is none */
    bool counted;      /* it could be opened, and `counts` are set */
    struct catalogue_counts counts;
    struct split_totals split;
    bool generated_covers; /* albums without a cover have generated artwork */
    bool checked;          /* the catalogue's file is sound, so the files beside it were checked */
    struct checked_files models, feature_sets;
    struct checked_files predictors, new_songs; /* of content/; one of a model that was trained again is no damage */
    struct checked_files attributes, fitness;   /* their models */
    const char *index_fault;                    /* why the next search rebuilds the search index; "": it is sound */
    struct checked_files model_indexes;         /* those that cannot be used; the next use of a model makes it again */
    struct checked_files others;                /* files of trainings that no model uses; harmless */
};

enum { PROCESSOR_FEATURES = 6 };

struct doctor_result {
    long processors;
    struct processor_feature features[PROCESSOR_FEATURES];
    struct doctor_device cpu, cuda;
    struct doctor_decoder decoder;
    struct doctor_catalogue catalogue;
    struct arena memory; /* owns the texts and lists */
};

/* Fills the result whatever the status is. The status is that of the first fault of the catalogue. A missing catalogue,
 * an old search index and leftover files are not faults. Opens every model and every feature set, which reads their
 * whole files. */
enum status app_doctor(const struct doctor_settings *settings, struct doctor_result *result, struct error *error);
void doctor_result_free(struct doctor_result *result);

#endif
