#ifndef DRO_RECORD_SPF_H
#define DRO_RECORD_SPF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/net.h"
#include "record/rrset.h"

/* What the SPF records among some TXT values come to. */
enum dro_spf_kind {
	DRO_SPF_NONE, /* there is none */
	DRO_SPF_DENY, /* "v=spf1 -all" in any spelling */
	DRO_SPF_IDLE, /* names no sender, but does not deny: ~all, ?all, "" */
	DRO_SPF_SENDERS, /* names a sender, or cannot be read for sure */
	DRO_SPF_BROKEN, /* meant as an SPF record, but is none (RFC 7208 4.5) */
	DRO_SPF_MANY /* more than one: permerror (RFC 7208 4.5) */
};

/**
 * dro_spf_read(rrset, index):
 * Look for SPF records among the values of the TXT ${rrset}; all others are
 * ignored.  ${index} is the place of the one it is about, unless there is
 * none.
 */
enum dro_spf_kind dro_spf_read(const struct dro_rrset *rrset, size_t *index);

/* Evaluation ends as an error above so many terms that ask DNS (4.6.4). */
#define DRO_SPF_LOOKUPS_MAX 10

/* Networks kept of one record, with those its names resolve to. */
#define DRO_SPF_NETS_MAX 512

enum dro_spf_mech {
	DRO_SPF_ALL,
	DRO_SPF_INCLUDE,
	DRO_SPF_A,
	DRO_SPF_MX,
	DRO_SPF_PTR,
	DRO_SPF_IP4,
	DRO_SPF_IP6,
	DRO_SPF_EXISTS,
	DRO_SPF_REDIRECT /* a modifier, but it asks DNS like the others */
};

/* One term; "exp=" and unknown modifiers are left out. */
struct dro_spf_term {
	enum dro_spf_mech mech;
	char qualifier; /* '+', '-', '~' or '?' */
	/* Normalised name after ':' or '='; NULL: none, or it has macros. */
	const char *name;
	bool macro; /* what it names depends on the message */
	int bits4, bits6; /* a, mx: how much of an address must match */
	struct dro_net net; /* ip4, ip6 */
	const char *text; /* as written, without a qualifier '+' */
};

/* A network that a record itself writes: by ip4, ip6, a or mx with "+". */
struct dro_spf_net {
	struct dro_net net;
	const struct dro_spf_term *term; /* that says so */
};

/*
 * The SPF record of one name.  Strings live in the arena it was read into.
 * What needs DNS (addresses of a and mx) is added by dro_spf_add.
 */
struct dro_spf {
	enum dro_spf_kind kind;
	const char *record; /* as published; NULL: there is none */
	const char *error; /* why receivers cannot use it, or NULL */
	size_t n_terms;
	const struct dro_spf_term *terms; /* up to the first "all" */
	char all; /* qualifier of "all"; '\0': it has none */
	size_t n_includes; /* names only; those with macros are in terms */
	const char *const *includes;
	const char *redirect; /* NULL: none, or without effect */
	int lookups; /* its own terms that ask DNS; not those of includes */
	size_t n_nets;
	struct dro_spf_net *nets;
};

/**
 * dro_spf_parse(rrset, arena, out, err):
 * Read the SPF record among the values of the TXT ${rrset} (RFC 7208 4.6, 5,
 * 6 and 12).  A record that receivers cannot use has ${out}->error and no
 * terms; none at all has kind DRO_SPF_NONE.  DRO_ENOMEM.
 */
enum dro_code dro_spf_parse(const struct dro_rrset *rrset,
    struct dro_arena *arena, struct dro_spf *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_spf_add(spf, term, address, arena):
 * ${term} (a or mx of ${spf}) resolves to ${address}.  Above
 * DRO_SPF_NETS_MAX it is left out.  False when out of memory.
 */
bool dro_spf_add(struct dro_spf *spf, const struct dro_spf_term *term,
    const struct dro_net *address, struct dro_arena *arena);

/**
 * dro_spf_vague(net):
 * Why ${net} proves nothing about who sends from it: "wider than /16" (IPv4)
 * or "/32" (IPv6), "private use", ...; NULL: it does.
 */
const char *dro_spf_vague(const struct dro_net *net);

/**
 * dro_spf_proves(spf, net):
 * The network of the domain's own record ${spf} that ${net} lies in and that
 * proves whose it is; NULL if none, or if ${spf} is NULL.  What an include
 * names never does: others send from there too.
 */
const struct dro_spf_net *dro_spf_proves(
    const struct dro_spf *spf, const struct dro_net *net);

/** dro_spf_mech_name(mech): "ip4", "include", ... */
const char *dro_spf_mech_name(enum dro_spf_mech mech);

#endif /* !DRO_RECORD_SPF_H */
