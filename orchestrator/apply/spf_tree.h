#ifndef DRO_ORCHESTRATOR_APPLY_SPF_TREE_H
#define DRO_ORCHESTRATOR_APPLY_SPF_TREE_H

#include "base/buf.h"
#include "dns/names.h"
#include "record/spf.h"

/* Room for the networks of the largest senders, of one include. */
#define DRO_SPF_TREE_MAX ((size_t)32 << 10)

/*
 * What a name lets send, as far as DNS tells (RFC 7208): its networks and
 * those of what it includes.  What depends on the message is left out.
 */
struct dro_spf_tree {
	bool wanting; /* names are still to be asked about */
	bool unknown; /* DNS did not tell about some of them */
	int lookups; /* terms that ask DNS, below this name too */
	const char *fault; /* why receivers cannot use it, or NULL */
	struct dro_buf nets; /* "192.0.2.0/24 2001:db8::/32"; sticky limit */
};

/**
 * dro_spf_tree_read(names, name, arena, out, err):
 * Follow the SPF record at ${name} through ${names}.  DRO_ENOMEM.  The caller
 * frees ${out}->nets with dro_buf_finish in any case.
 */
enum dro_code dro_spf_tree_read(struct dro_names *names, const char *name,
    struct dro_arena *arena, struct dro_spf_tree *out,
    struct dro_err *err) DRO_MUST_CHECK;

/* Who is told an address that a term resolves to. */
typedef bool dro_spf_address_fn(
    void *arg, const struct dro_spf_term *term, const struct dro_net *address);

/**
 * dro_spf_resolve(names, term, name, fn, arg, out):
 * Give ${fn} each address of ${term}, an a or mx of the record at ${name}; at
 * most ten hosts of an mx (RFC 7208 4.6.4).  ${out} is told what is wanting
 * or unknown.  False when out of memory, or when ${fn} says so.
 */
bool dro_spf_resolve(struct dro_names *names, const struct dro_spf_term *term,
    const char *name, dro_spf_address_fn *fn, void *arg,
    struct dro_spf_tree *out) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_SPF_TREE_H */
