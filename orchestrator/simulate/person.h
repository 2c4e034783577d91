#ifndef DRO_ORCHESTRATOR_SIMULATE_PERSON_H
#define DRO_ORCHESTRATOR_SIMULATE_PERSON_H

#include "plan/walk.h"

/*
 * The person who is asked in days that are lived through again.  What nobody
 * can know now is what somebody would have said then; so it is modelled, and
 * told: docs/simulate.md has the table of questions and answers.
 */

/* How many days after a question the answer is there for a run. */
struct dro_answers {
	bool never;
	int days; /* 0: in the run that asks, which then decides again */
};

#define DRO_ANSWERS_DAYS_MAX 365

/* What holds if nobody says otherwise: within a day. */
extern const struct dro_answers dro_answers_usual;

/**
 * dro_answers_parse(word, out, err):
 * "never", "at-once" or "after:DAYS" (1 to DRO_ANSWERS_DAYS_MAX).
 */
enum dro_code dro_answers_parse(const char *word, struct dro_answers *out,
    struct dro_err *err) DRO_MUST_CHECK;

#define DRO_ANSWERS_LEN 16

/** dro_answers_text(answers, out): the word for it; returns ${out}. */
const char *dro_answers_text(
    struct dro_answers answers, char out[DRO_ANSWERS_LEN]);

/* Kinds of questions: of gates, of what is odd, and three more. */
#define DRO_ASKED_KINDS 24

struct dro_asked {
	const char *kind;
	int n;
};

/* All that a person was asked, by kind, in the order of the first. */
struct dro_asked_list {
	size_t n;
	struct dro_asked kinds[DRO_ASKED_KINDS];
};

/** dro_asked_add(list, kind, n): ${kind} is borrowed. */
void dro_asked_add(struct dro_asked_list *list, const char *kind, int n);

/* One question that is open. */
struct dro_open {
	const char *kind, *subject;
	int64_t at; /* asked first */
	bool heard; /* in the run that is looked at */
};

/* The person of one replay; the first group is set by its owner. */
struct dro_person {
	struct dro_answers answers;
	struct dro_walk *walk; /* its facts receive what is said */
	struct dro_settings *settings; /* receive whose a sender is */
	const struct dro_evidence *all; /* what will ever be known */
	struct dro_arena *arena;

	size_t n_open;
	struct dro_open *open;
	int n_questions;
	struct dro_asked_list asked;
	const struct dro_population_view *known; /* all, sorted once */
};

/**
 * dro_person_hear(person, decision, at, said, err):
 * Hear what the run at ${at} asks, and answer what is due, in the facts and
 * settings of the walk.  ${said} tells whether anything was answered.
 */
enum dro_code dro_person_hear(struct dro_person *person,
    const struct dro_decision *decision, int64_t at, bool *said,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_SIMULATE_PERSON_H */
