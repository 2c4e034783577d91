#ifndef DRO_PROVIDERS_MANUAL_H
#define DRO_PROVIDERS_MANUAL_H

#include "provider.h"

/*
 * Zones that a person edits: each change becomes a ticket, a text and a JSON
 * file in a folder, and is done when the name servers show it (manual.md).
 */
extern const struct dro_provider dro_provider_manual;

#endif /* !DRO_PROVIDERS_MANUAL_H */
