#include "base/date.h"
#include "stage/reporter.h"

/* Backwards clocks and times to come make nobody older. */
static bool
is_known(const struct dro_reporter *reporter, int64_t now)
{
	return (reporter->first_at > 0 && now > reporter->first_at &&
	    now - reporter->first_at >= DRO_KNOWN_DAYS * DRO_DAY_S &&
	    reporter->reports >= DRO_KNOWN_REPORTS &&
	    reporter->domains >= DRO_KNOWN_DOMAINS);
}

enum dro_trust
dro_reporter_tier(const struct dro_reporter *reporter, int64_t now)
{
	if (!reporter->authenticated || reporter->lies || reporter->ignored)
		return (DRO_TRUST_UNAUTHENTICATED);
	if (reporter->listed)
		return (DRO_TRUST_TRUSTED);
	return (is_known(reporter, now) ? DRO_TRUST_KNOWN : DRO_TRUST_NEW);
}

enum dro_trust
dro_reporter_trust(
    enum dro_trust source, const struct dro_reporter *reporter, int64_t now)
{
	const enum dro_trust tier = dro_reporter_tier(reporter, now);

	if (reporter->lies || reporter->ignored)
		return (DRO_TRUST_UNAUTHENTICATED);
	return (source > tier ? source : tier);
}

bool
dro_sender_is_over(
    enum dro_trust trust, int64_t mails, int64_t octets, int64_t more)
{
	return (trust < DRO_TRUST_KNOWN &&
	    (mails >= DRO_SENDER_MAILS || more > DRO_SENDER_OCTETS ||
		octets > DRO_SENDER_OCTETS - more));
}
