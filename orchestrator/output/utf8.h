#ifndef DRO_ORCHESTRATOR_OUTPUT_UTF8_H
#define DRO_ORCHESTRATOR_OUTPUT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for each piece of broken UTF-8: U+FFFD. */
#define DRO_UTF8_REPLACEMENT "\xef\xbf\xbd"

/**
 * dro_utf8_next(text, len, cp, valid):
 * Read one character of the ${len} > 0 octets at ${text} (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF) and return how many
 * octets it takes.  Broken UTF-8: ${valid} is false and the octets to skip
 * are the longest start of a character (Unicode 3.9, U+FFFD substitution of
 * maximal subparts).
 */
size_t dro_utf8_next(const char *text, size_t len, uint32_t *cp, bool *valid);

/** dro_out_columns(cp): columns that the safe character ${cp} takes. */
size_t dro_out_columns(uint32_t cp);

#endif /* !DRO_ORCHESTRATOR_OUTPUT_UTF8_H */
