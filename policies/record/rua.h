#ifndef DRO_RECORD_RUA_H
#define DRO_RECORD_RUA_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

/* For "%.*s" of hostile text: enough to recognise it, not to fill a screen. */
#define DRO_QUOTED(s) (int)((s).len < 40 ? (s).len : 40), (s).ptr

/**
 * dro_rua_check(rua, err):
 * DRO_EPARSE unless the value ${rua} is a comma list of URIs with a scheme
 * and without white space.  Our URI will join this list, so it must be one
 * that receivers can read: a list that breaks the grammar counts as absent
 * (RFC 9989 4.7).
 */
enum dro_code dro_rua_check(
    struct dro_str rua, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_RECORD_RUA_H */
