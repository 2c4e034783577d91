#ifndef DRO_STAGE_PROFILE_H
#define DRO_STAGE_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "presets/senders.h"
#include "stage/decide.h"

/* Addresses shown of one source. */
#define DRO_PROFILE_ADDRESSES 3

struct dro_profile_address {
	const char *ip;
	const char *name; /* confirmed, or NULL: not known */
	int64_t messages;
};

/* Mail in which the same authenticates; linked mail is in it too. */
struct dro_profile_part {
	int64_t all, fail;
};

/*
 * What one source did, for people and for the fix: messages, over all of the
 * evidence and whatever its epoch.
 */
struct dro_profile {
	const struct dro_source *source;
	const struct dro_service *service; /* NULL: none that is known */
	int64_t messages, pass, fail, unknown;
	int64_t linked; /* of them by address or broken signature only */
	int64_t dkim; /* that pass with an aligned signature */
	int64_t spf; /* that pass with SPF of an aligned MAIL FROM domain */
	int64_t survived; /* that pass by DKIM where SPF passes for nobody */

	/* Each message is in one of these, by the first that is true. */
	struct dro_profile_part aligned; /* DKIM or SPF of the domain */
	struct dro_profile_part broken; /* a signature of it that fails */
	struct dro_profile_part signed_only; /* as another; no SPF at all */
	struct dro_profile_part signed_other; /* as another, with its SPF */
	struct dro_profile_part bounced; /* SPF of another, no signature */
	struct dro_profile_part bare; /* nothing */
	const char *signer, *bounce; /* most used of these others, or NULL */

	int days, reporters;
	int32_t first_day, last_day;
	size_t n_addresses; /* different ones */
	struct dro_profile_address addresses[DRO_PROFILE_ADDRESSES];

	/*
	 * The selector of the domain whose signatures fail since the last one
	 * that passed; NULL: none.
	 */
	const char *selector;
	int32_t good_day; /* of that one; INT32_MIN: none ever passed */
	int32_t bad_day; /* the first after it */
	int64_t bad; /* messages since */
	int bad_days;

	/* The one reporter that sees no SPF where others do, or NULL. */
	const char *blind;
	int64_t blind_messages, blind_unsigned;
};

/**
 * dro_profiles_make(domain, facts, evidence, decision, arena, out, err):
 * A profile for each source of ${decision}, in their order.
 */
enum dro_code dro_profiles_make(const char *domain,
    const struct dro_facts *facts, const struct dro_evidence *evidence,
    const struct dro_decision *decision, struct dro_arena *arena,
    struct dro_profile **out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STAGE_PROFILE_H */
