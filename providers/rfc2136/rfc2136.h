#ifndef DRO_PROVIDERS_RFC2136_RFC2136_H
#define DRO_PROVIDERS_RFC2136_RFC2136_H

#include "provider.h"

/* Dynamic update of a name server, signed with TSIG; see rfc2136.md. */
extern const struct dro_provider dro_provider_rfc2136;

#endif /* !DRO_PROVIDERS_RFC2136_RFC2136_H */
