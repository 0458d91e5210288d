#ifndef SLEEVE_VIT_PREPARE_H
#define SLEEVE_VIT_PREPARE_H

#include "vision/image.h"
#include "vit/tower.h"

/* Pictures as the models expect them, exactly as the image processors of transformers prepare them with Pillow: the
 * shortest edge is resized (bicubic, 8 bits), the centre is cut out, values are divided by 255 and normalised by the
 * mean and deviation of each channel.
 *
 * One difference is deliberate: those processors ignore an alpha channel, so that pixels nobody sees count. Images here
 * are already composited on grey (image_decode), as stored covers are, and as the paper's were. */

struct vit_preparation {
    int shortest; /* edge after resizing */
    int edge;     /* of the square that is cut out */
    bool squash;  /* resizes both edges to `shortest`, whatever their ratio */
    float values[3][256];
};

/* CLIP resizes to the picture's edge, DINOv2 to 256/224 of it. */
struct vit_preparation vit_preparation_of(const struct vit_shape *shape);
/* edge x edge pixels. An image more than 16 times as long as wide is STATUS_BAD_DATA. */
enum status vit_crop(const struct vit_preparation *preparation, const struct image *image, struct image *cropped,
                     struct error *error);
/* Writes the pixels of a cropped picture as vit_tower_run takes them (vit_input). Pixels on the right and at the bottom
 * that fill no patch are left out, as by the models' convolution. */
void vit_patches(const struct vit_preparation *preparation, const struct vit_shape *shape, const struct image *cropped,
                 float *prepared);

#endif
