#ifndef SLEEVE_FETCH_FETCH_H
#define SLEEVE_FETCH_FETCH_H

#include "db/catalogue.h"
#include "fetch/settings.h"

/* `covers fetch`: collects the covers of albums from the network.
 *
 * Albums without a cover are looked for at one source after the other. What was found is stored in the catalogue, in
 * transactions of at most FETCH_BATCH albums, together with what is known about the others (db/cover_fetches.h), so
 * that a run that was stopped in any way is continued by the next one, and nothing that was stored is requested again.
 */

/* STATUS_USAGE without credentials or contact for the source; STATUS_FAILED if another run holds the lock, the sources
 * refuse all credentials, or the network fails; STATUS_INTERRUPTED. In all cases the report is filled, and what was
 * done is stored. */
enum status covers_fetch(struct catalogue *catalogue, const struct fetch_settings *settings,
                         struct fetch_report *report, struct error *error);

#endif
