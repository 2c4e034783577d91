#ifndef DRO_ORCHESTRATOR_DOCTOR_H
#define DRO_ORCHESTRATOR_DOCTOR_H

#include "cmd.h"

/* What was found about one thing. */
enum dro_health { DRO_HEALTH_OK, DRO_HEALTH_WARN, DRO_HEALTH_FAIL };

struct dro_symptom {
	const char *part; /* "sandbox", "database", ... */
	enum dro_health health;
	const char *text;
	const char *remedy; /* NULL: nothing to do */
};

/* One examination; what it finds lives in the arena of ${cmd}. */
struct dro_doctor {
	struct dro_cmd *cmd;
	size_t n, cap;
	struct dro_symptom *items;
	bool nomem;
};

/**
 * dro_doctor_say(doctor, part, health, remedy, fmt, ...):
 * Note one finding.
 */
void dro_doctor_say(struct dro_doctor *doctor, const char *part,
    enum dro_health health, const char *remedy, const char *fmt, ...)
    DRO_PRINTF(5, 6);

/*
 * The examinations: of this machine (doctor_here.c), and of what it must
 * reach (doctor_there.c).  None of them changes anything.
 */
void dro_doctor_sandbox(struct dro_doctor *doctor);
void dro_doctor_database(struct dro_doctor *doctor);
void dro_doctor_clock(struct dro_doctor *doctor);
void dro_doctor_resolvers(struct dro_doctor *doctor);
void dro_doctor_servers(struct dro_doctor *doctor);
void dro_doctor_accounts(struct dro_doctor *doctor);
void dro_doctor_sources(struct dro_doctor *doctor);

#endif /* !DRO_ORCHESTRATOR_DOCTOR_H */
