#ifndef DRO_PRESETS_PRESETS_H
#define DRO_PRESETS_PRESETS_H

#include "base/compiler.h"
#include "base/err.h"
#include "stage/settings.h"

/**
 * dro_preset_ladder(name, out, err):
 * The shipped ladder ${name}: dual, dual-reject-pct or rfc9989.
 */
enum dro_code dro_preset_ladder(const char *name, struct dro_ladder *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_preset_policy(name, out, err):
 * The shipped policy ${name}: fast, standard, government, careful or
 * parked; its members rua, sp, np, ttl, pause and sources are empty.  The
 * numbers and what they are worth: docs/policies.md.
 */
enum dro_code dro_preset_policy(const char *name, struct dro_settings *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_preset_hops(policy, settings, err):
 * Fill hops and approvals of ${settings} for its ladder, as the shipped policy
 * ${policy} has them by kind of rung.  For a policy that extends a shipped
 * one but brings another ladder.
 */
enum dro_code dro_preset_hops(const char *policy, struct dro_settings *settings,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_preset_names(): NULL-terminated list of the shipped policies. */
const char *const *dro_preset_names(void);

/** dro_preset_ladder_names(): the same of the ladders. */
const char *const *dro_preset_ladder_names(void);

#endif /* !DRO_PRESETS_PRESETS_H */
