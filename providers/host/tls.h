#ifndef DRO_PROVIDERS_HOST_TLS_H
#define DRO_PROVIDERS_HOST_TLS_H

#include <stdbool.h>

/**
 * dro_tls_fault(code):
 * Whether ${code}, a CURLcode, says that TLS failed: a certificate, a version
 * or a cipher, which no second try mends.
 */
bool dro_tls_fault(int code);

#endif /* !DRO_PROVIDERS_HOST_TLS_H */
