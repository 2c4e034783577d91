#ifndef DRO_PROVIDERS_ZONEFILE_H
#define DRO_PROVIDERS_ZONEFILE_H

#include "provider.h"

/*
 * Zone files on this machine, one per zone, edited in place: the text of one
 * RRset and the SOA serial change, every other octet stays (zonefile.md).
 */
extern const struct dro_provider dro_provider_zonefile;

#endif /* !DRO_PROVIDERS_ZONEFILE_H */
