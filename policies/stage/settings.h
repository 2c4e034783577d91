#ifndef DRO_STAGE_SETTINGS_H
#define DRO_STAGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "stage/ladder.h"

/* What must have been before the domain may leave a rung upwards. */
struct dro_hop {
	int days; /* whole days since settled on the rung */
	int report_days; /* of them with counted reports */
};

/* A time in which nothing is changed but for the safety of mail; UTC. */
struct dro_frozen {
	int64_t from, to; /* the second ${to} is free again */
	const char *why;
};

/* What a client says of a sender. */
enum dro_whose { DRO_OURS, DRO_FORWARDER, DRO_NOT_OURS };

/* A sender the client declared; any one member that matches makes it. */
struct dro_declared {
	enum dro_whose whose;
	const char *name;
	const char *owner; /* or NULL */
	int cadence_days; /* it sends at least so often; 0: not said */
	bool critical; /* breaks: a step back however small it is */
	size_t n_dkim;
	const char **dkim; /* "d" or "d/selector", normalised */
	size_t n_mail_from;
	const char **mail_from; /* normalised domain */
	size_t n_nets;
	const struct dro_net *nets; /* of ours: nobody else sends from them */
	const char **addresses; /* the same as written */
	size_t n_ptr;
	const char **ptr; /* normalised: confirmed names at or below these */
};

struct dro_signal_source;

/*
 * Everything configured that decide() reads about one domain, defaults and
 * presets merged.  Rates are parts per million.
 */
struct dro_settings {
	const char *policy; /* preset or own name, for display */
	struct dro_ladder ladder;
	/* Index by rung of ${ladder}: what leaving that rung upwards needs. */
	struct dro_hop hops[DRO_RUNGS_MAX];
	/* How many different persons approve the hop that enters this rung. */
	int approvals[DRO_RUNGS_MAX];
	int64_t approval_expiry_s; /* an approval counts for so long */
	enum dro_level target; /* DRO_QUARANTINE or DRO_REJECT */
	int64_t tau_ppm; /* failure rate that must be excluded */
	int64_t tau_source_ppm; /* the same for one source alone */
	int64_t dkim_ppm; /* share with aligned DKIM, before reject */
	int64_t forwarded_ppm; /* lost by forwarding, before reject */
	int new_source_days; /* quiet after a new source came */
	int cadence_max_days; /* rarer sources are not waited for */
	int64_t alpha_ppm; /* chance of being wrong, any hop but the last */
	int64_t alpha_last_ppm; /* the same for the hop that enters reject */
	int freshness_h; /* newest report end at most this old */
	int reporters_min; /* distinct authenticated reporters, 28 days */
	int64_t setback_share_ppm; /* step back when the broken source is
				      at least this share; 0 = any */
	int cooldown_days; /* first attempt; doubles with each next */
	const char *rua; /* our URI ("mailto:..."), or NULL */
	bool has_sp, has_np; /* these tags are ours */
	enum dro_level sp, np; /* sp goes with p, at most to this */
	bool np_from_start; /* else from the first step past none */
	uint32_t ttl_s; /* for records we publish; 0 = keep */
	const char *pause; /* why the domain is paused, or NULL */
	bool trial; /* decided and shown, but nothing is published */
	size_t n_frozen; /* sorted by begin; they may overlap */
	const struct dro_frozen *frozen;
	size_t n_sources;
	const struct dro_declared *sources;
	bool sources_closed; /* nobody else sends: undecided means threat */
	int undecided_days; /* then nobody's answer means threat; -1: never */
	/* Who is asked for an external signal (facts.h); NULL: nobody. */
	const struct dro_signal_source *signal;
	bool parked; /* sends no mail: no ladder, see parked/park.h */
	int quiet_days; /* without mail that passes, before it is parked */
	const char *park_confirmed; /* why that wait is not needed, or NULL */
};

#endif /* !DRO_STAGE_SETTINGS_H */
