#ifndef SLEEVE_TESTS_COLOUR_VISION_H
#define SLEEVE_TESTS_COLOUR_VISION_H

#include <math.h>
#include <stdint.h>

/* How colours look to people without one kind of cone (Machado, Oliveira, Fernandes 2009, A Physiologically-based Model
 * for Simulation of Color Vision Deficiency, severity 1), and whether two colours of small signs can be told apart. */

enum vision { VISION_TYPICAL, VISION_PROTANOPIA, VISION_DEUTERANOPIA, VISION_TRITANOPIA, VISIONS };

static inline const char *vision_name(enum vision vision)
{
    static const char *const names[VISIONS] = {"typical vision", "protanopia", "deuteranopia", "tritanopia"};
    return names[vision];
}

static inline double vision_linear(uint32_t value)
{
    double part = (double)(value & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static inline double vision_encoded(double part)
{
    return part <= 0.0031308 ? part * 12.92 : 1.055 * pow(part, 1 / 2.4) - 0.055;
}

/* Linear RGB of 0xRRGGBB as it is seen. */
static inline void vision_see(enum vision vision, uint32_t rgb, double seen[3])
{
    static const double matrices[VISIONS][3][3] = {
        {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
        {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
        {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
        {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
    };
    const double linear[3] = {vision_linear(rgb >> 16), vision_linear(rgb >> 8), vision_linear(rgb)};
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int j = 0; j < 3; j++)
            sum += matrices[vision][i][j] * linear[j];
        seen[i] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
    }
}

/* The same as 0xRRGGBB, to look at. */
static inline uint32_t vision_rgb(enum vision vision, uint32_t rgb)
{
    double seen[3];
    uint32_t packed = 0;
    vision_see(vision, rgb, seen);
    for (int i = 0; i < 3; i++)
        packed = packed << 8 | (uint32_t)(vision_encoded(seen[i]) * 255 + 0.5);
    return packed;
}

static inline double vision_root(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

/* CIELAB (D65) of linear sRGB. */
static inline void vision_lab(const double linear[3], double lab[3])
{
    double x = (0.4124564 * linear[0] + 0.3575761 * linear[1] + 0.1804375 * linear[2]) / 0.95047;
    double y = 0.2126729 * linear[0] + 0.7151522 * linear[1] + 0.0721750 * linear[2];
    double z = (0.0193339 * linear[0] + 0.1191920 * linear[1] + 0.9503041 * linear[2]) / 1.08883;
    lab[0] = 116 * vision_root(y) - 16;
    lab[1] = 500 * (vision_root(x) - vision_root(y));
    lab[2] = 200 * (vision_root(y) - vision_root(z));
}

/* How often the difference of two colours exceeds the one that half of all people notice in a sign of `degrees` of
 * visual angle: p / (A + B / degrees) for each axis of CIELAB, with p = 0.5 (Stone, Szafir, Setlur 2014, An Engineering
 * Model for Color Difference as a Function of Size). A sign of 2.5 mm, one column of a terminal at arm's length (60
 * cm), has 0.25 degrees. Everybody notices 2 (p = 1). */
static inline double vision_difference(enum vision vision, uint32_t a, uint32_t b, double degrees)
{
    static const double constant[3] = {0.0937, 0.0775, 0.0611}, by_size[3] = {-0.0085, -0.0121, -0.0096};
    double seen[2][3], lab[2][3], sum = 0;
    vision_see(vision, a, seen[0]);
    vision_see(vision, b, seen[1]);
    vision_lab(seen[0], lab[0]);
    vision_lab(seen[1], lab[1]);
    for (int i = 0; i < 3; i++) {
        double noticed = 0.5 / (constant[i] + by_size[i] / degrees), part = (lab[0][i] - lab[1][i]) / noticed;
        sum += part * part;
    }
    return sqrt(sum);
}

#endif
