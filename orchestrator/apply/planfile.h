#ifndef DRO_ORCHESTRATOR_APPLY_PLANFILE_H
#define DRO_ORCHESTRATOR_APPLY_PLANFILE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "apply/digest.h"
#include "base/arena.h"
#include "base/err.h"
#include "record/rrset.h"

/*
 * A plan that people review before it runs: rollout.plan/1, sealed.  Each
 * change carries a seal, the file a plan_id; both are SHA-256 over the compact
 * JSON without themselves, keys sorted, UTF-8.  They find what was edited; they are no
 * signature.  That a plan cannot make the program do anything rests on the
 * digests, which `advance` computes again from configuration and live DNS.
 */

/* One change of the file, as far as a run needs it. */
struct dro_planned {
	const char *domain;
	const char *op;
	const char *from; /* rung, or NULL: no record */
	const char *to;
	struct dro_rrset before, after;
	char digest[DRO_DIGEST_LEN];
};

struct dro_planfile {
	char id[DRO_DIGEST_LEN];
	int64_t as_of, expires_at;
	size_t n;
	const struct dro_planned *changes;
};

/** dro_planfile_seal(plan, err): add the seals and the plan_id to ${plan}. */
enum dro_code dro_planfile_seal(
    json_t *plan, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_planfile_write(path, plan, err):
 * Write the sealed ${plan} to ${path}, at once and durably: a reader sees the
 * old file or the whole new one, after a crash too.  Mode 0600.  What is not
 * a regular file is not replaced (DRO_EINVAL).
 */
enum dro_code dro_planfile_write(
    const char *path, const json_t *plan, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_planfile_parse(text, len, name, arena, out, err):
 * The plan in ${text}; ${name} begins the messages.  DRO_EPARSE if it is no
 * plan, of another version, or edited: the message says where.
 */
enum dro_code dro_planfile_parse(const char *text, size_t len, const char *name,
    struct dro_arena *arena, struct dro_planfile *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_planfile_read(path, now, arena, out, err):
 * The plan at ${path}, which must not have expired at ${now} (DRO_EPARSE).
 * DRO_ENOTFOUND without such a file; DRO_EAUTH, DRO_EIO.
 */
enum dro_code dro_planfile_read(const char *path, int64_t now,
    struct dro_arena *arena, struct dro_planfile *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_PLANFILE_H */
