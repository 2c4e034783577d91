#ifndef DRO_ORCHESTRATOR_SIMULATE_PORTFOLIO_H
#define DRO_ORCHESTRATOR_SIMULATE_PORTFOLIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The made-up portfolio of the demo: six domains in RFC 2606 names, each with
 * a story that the reports of the days tell.
 */

/* The day on which the story begins, and those on which the demo acts. */
#define DRO_DEMO_START INT64_C(1767571200) /* 2026-01-05T00:00:00Z */
#define DRO_DEMO_BREAK_DAY 20 /* a vendor's key is gone */
#define DRO_DEMO_NOTICE_DAY 25
#define DRO_DEMO_LAST_DAY 43

/** dro_portfolio_domain(i): name of domain ${i}; NULL after the last. */
const char *dro_portfolio_domain(size_t i);

/**
 * dro_portfolio_write(dir, port, err):
 * Write rollout.yaml, knot.conf (serving on 127.0.0.1@${port}) and the zone
 * files into the empty directory ${dir}.
 */
enum dro_code dro_portfolio_write(
    const char *dir, int port, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_portfolio_reports(dir, from, to, err):
 * Write the reports of the days ${from} up to, not including, ${to} into
 * ${dir}/incoming, two reporters a day for each domain.
 */
enum dro_code dro_portfolio_reports(
    const char *dir, int from, int to, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_SIMULATE_PORTFOLIO_H */
