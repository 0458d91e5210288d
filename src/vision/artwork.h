#ifndef SLEEVE_VISION_ARTWORK_H
#define SLEEVE_VISION_ARTWORK_H

#include "core/random.h"
#include "draw/canvas.h"
#include "draw/letters.h"

/* A cover that is being drawn. Values from `family` are the same for every album of an artist; values from `own` belong
 * to the album. Features are from 0 to 1. */
struct sleeve {
    struct canvas *canvas;
    struct random family, own;
    struct ink ground;
    struct ink inks[4]; /* inks[0] has the most contrast with the background */
    bool dark;          /* whether the background is dark */
    float energy, valence, softness, tempo;
    char artist[LETTERS_MAX], title[LETTERS_MAX];
};

float sleeve_family(struct sleeve *sleeve, float low, float high);
int sleeve_family_below(struct sleeve *sleeve, int bound);
float sleeve_own(struct sleeve *sleeve, float low, float high);
int sleeve_own_below(struct sleeve *sleeve, int bound);
/* The artist's value, varied by the album by at most `play` of the range. */
float sleeve_vary(struct sleeve *sleeve, float low, float high, float play);
/* The darkest and the lightest of background and inks. */
struct ink sleeve_darkest(const struct sleeve *sleeve);
struct ink sleeve_lightest(const struct sleeve *sleeve);

/* The forms: artwork_geometric.c, artwork_scenes.c, artwork_abstract.c. */
void form_rings(struct sleeve *sleeve);
void form_overlap(struct sleeve *sleeve);
void form_sunburst(struct sleeve *sleeve);
void form_bauhaus(struct sleeve *sleeve);
void form_bends(struct sleeve *sleeve);
void form_diagonals(struct sleeve *sleeve);
void form_letter(struct sleeve *sleeve);
void form_checkers(struct sleeve *sleeve);
void form_halftone(struct sleeve *sleeve);
void form_moire(struct sleeve *sleeve);
void form_hills(struct sleeve *sleeve);
void form_peaks(struct sleeve *sleeve);
void form_ridges(struct sleeve *sleeve);
void form_waves(struct sleeve *sleeve);
void form_orb(struct sleeve *sleeve);
void form_vinyl(struct sleeve *sleeve);
void form_stars(struct sleeve *sleeve);
void form_skyline(struct sleeve *sleeve);
void form_orbits(struct sleeve *sleeve);
void form_cutouts(struct sleeve *sleeve);
void form_mosaic(struct sleeve *sleeve);
void form_bloom(struct sleeve *sleeve);
void form_columns(struct sleeve *sleeve);
void form_ribbons(struct sleeve *sleeve);

#endif
