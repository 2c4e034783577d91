#ifndef DRO_PROVIDERS_POWERDNS_POWERDNS_H
#define DRO_PROVIDERS_POWERDNS_POWERDNS_H

#include "provider.h"

/* PowerDNS Authoritative Server by its HTTP API; see powerdns.md. */
extern const struct dro_provider dro_provider_powerdns;

#endif /* !DRO_PROVIDERS_POWERDNS_POWERDNS_H */
