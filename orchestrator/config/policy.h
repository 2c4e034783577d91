#ifndef DRO_ORCHESTRATOR_CONFIG_POLICY_H
#define DRO_ORCHESTRATOR_CONFIG_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "config/origin.h"
#include "config/reader.h"
#include "config/windows.h"
#include "stage/settings.h"

/* What extends what extends ...: more is no policy anybody understands. */
#define DRO_EXTENDS_MAX 8

/* One rung of hops. */
struct dro_layer_hop {
	const struct dro_node *rung;
	int64_t days, report_days; /* -1: not said */
};

/* One rung before which persons are asked. */
struct dro_layer_approval {
	const struct dro_node *rung;
	int64_t count; /* 0: as many as "count" says */
};

/* What one place (a policy, defaults, a client, a domain) says. */
struct dro_layer {
	const char *name; /* of the policy or client, or NULL */
	struct dro_setting set[DRO_K_N];
	const struct dro_policy *policy; /* NULL: not said, or unknown */
	const struct dro_account *account; /* likewise */
	const struct dro_ladder *ladder; /* likewise */
	size_t n_hops;
	struct dro_layer_hop *hops;
	bool has_approvals; /* even if it is none at all */
	size_t n_approvals;
	struct dro_layer_approval *approvals;
	const struct dro_freezes *freezes; /* NULL: not said */
	const struct dro_windows *windows; /* NULL: not said */
	const struct dro_signal_source *signal; /* NULL: nobody, if said */
	size_t n_sources;
	struct dro_declared *sources;
	const struct dro_node **source_at; /* the key of each */
};

/* A shipped policy, or one of the file. */
struct dro_policy {
	const char *name;
	const char *preset; /* the shipped policy below it */
	const struct dro_node *key; /* NULL: shipped */
	const struct dro_policy *base; /* NULL: directly on the preset */
	struct dro_layer layer;
};

struct dro_policies {
	size_t n;
	struct dro_policy *items;
};

/** dro_layer_bind(r, map, place, out): the settings that ${map} holds. */
void dro_layer_bind(struct dro_reader *r, const struct dro_node *map,
    unsigned place, struct dro_layer *out);

/** dro_bind_signal(r, layer): signal, once its keys are bound. */
void dro_bind_signal(struct dro_reader *r, struct dro_layer *layer);

/** dro_bind_policies(r, map): policies; ${map} may be NULL. */
void dro_bind_policies(struct dro_reader *r, const struct dro_node *map);

/**
 * dro_policy_named(r, set, what):
 * The policy that ${set} names; NULL and an error if there is none.
 */
const struct dro_policy *dro_policy_named(
    struct dro_reader *r, const struct dro_setting *set, const char *what);

/**
 * dro_merge(r, policy, layers, n, domain, trace, out):
 * The settings that ${n} layers above ${policy} come to, nearest last: those
 * of defaults, a client, a domain.  ${trace} (NULL: nobody asks) learns where
 * each value comes from.
 * What the last layer says of rungs that the resulting ladder lacks is an
 * error; of ${domain} (NULL: none in particular) it is a warning if an
 * approval is lost with such a rung.
 */
void dro_merge(struct dro_reader *r, const struct dro_policy *policy,
    const struct dro_layer *const *layers, size_t n, const char *domain,
    struct dro_trace *trace, struct dro_settings *out);

#endif /* !DRO_ORCHESTRATOR_CONFIG_POLICY_H */
