#ifndef DRO_STAGE_SUBDOMAIN_H
#define DRO_STAGE_SUBDOMAIN_H

#include "base/arena.h"
#include "stage/evidence.h"
#include "stage/facts.h"
#include "stage/settings.h"

/*
 * Mail from names below the domain that have no record of their own: sp for
 * those that exist, np for those that do not (RFC 9989 4.7; RFC 7489 knows sp
 * alone).  pct and t apply to both as they do to p.
 */

/** dro_sub_sp(record), dro_sub_np(record): what holds, said or not. */
enum dro_level dro_sub_sp(const struct dro_dmarc *record);
enum dro_level dro_sub_np(const struct dro_dmarc *record);

/**
 * dro_sub_effect(level, core, population):
 * What ${level} in place of ${core}.p asks a conforming receiver to do.
 */
struct dro_effect dro_sub_effect(
    enum dro_level level, struct dro_core core, enum dro_population population);

/**
 * dro_sub_wants_sp(settings, core), dro_sub_wants_np(settings, core):
 * What the configuration wants beside ${core}: sp goes with p, at most to
 * where it is configured; np is there from the start or from the first step
 * that does something about mail.  Only where it is configured.
 */
enum dro_level dro_sub_wants_sp(
    const struct dro_settings *settings, struct dro_core core);
enum dro_level dro_sub_wants_np(
    const struct dro_settings *settings, struct dro_core core);

/** dro_sub_lags(settings, record): sp has yet to follow where p is. */
bool dro_sub_lags(
    const struct dro_settings *settings, const struct dro_dmarc *record);

/**
 * dro_sub_differs(settings, record):
 * The tag to be set where p is, "sp" or "np", or NULL.  sp only where it is
 * to be none: what makes it stronger goes by gates.
 */
const char *dro_sub_differs(
    const struct dro_settings *settings, const struct dro_dmarc *record);

/**
 * dro_sub_counts(settings, record):
 * Whether mail from names below the domain is touched by what p does, so that
 * it counts as the domain's own.
 */
bool dro_sub_counts(
    const struct dro_settings *settings, const struct dro_dmarc *record);

/**
 * dro_sub_evidence(settings, facts, live, evidence, arena, apart):
 * ${evidence}, without the mail from names below the domain where that does
 * not count (dro_sub_counts of the live record, of the known one while live
 * is unclear); its messages go into ${apart}.  NULL when out of memory.
 */
const struct dro_evidence *dro_sub_evidence(const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_live *live,
    const struct dro_evidence *evidence, struct dro_arena *arena,
    int64_t *apart);

/* Room for the levels that an edit points to. */
struct dro_sub_levels {
	enum dro_level sp, np;
};

/**
 * dro_sub_edit(settings, core, live, up, levels, edit):
 * Let ${edit} bring sp and np to where they are wanted beside ${core}; a tag
 * that would say what holds without it is not added.  ${live} may be NULL.
 * With ${up} a stronger sp stays.
 */
void dro_sub_edit(const struct dro_settings *settings, struct dro_core core,
    const struct dro_dmarc *live, bool up, struct dro_sub_levels *levels,
    struct dro_edit *edit);

/**
 * dro_sub_dip(ladder, sp, below):
 * Whether the ladder, with sp going with p at most to ${sp}, weakens what is
 * asked for subdomains on its way up, and where: at rung ${below} compared
 * with the one before.
 */
bool dro_sub_dip(
    const struct dro_ladder *ladder, enum dro_level sp, size_t *below);

#endif /* !DRO_STAGE_SUBDOMAIN_H */
