#ifndef SLEEVE_FETCH_IMAGE_H
#define SLEEVE_FETCH_IMAGE_H

#include "fetch/run.h"

/* Internal to fetch: transferring and decoding the images of albums. */

/* Sends what may be sent now: at most `concurrency` transfers at a time, and no more images in memory than twice that.
 */
enum status images_step(struct fetch_run *run, struct error *error);
/* After the workers have ended. */
void images_free(struct fetch_run *run);

#endif
