/*
 * plan_store CONFIG NOW [all]: what plan does, without DNS and without
 * printing: read the configuration, open the database, decide about every
 * domain that does not rest from what the last run saw; with "all" about
 * every one.  Prints how many would move.
 */
#include <stdio.h>

#include "apply/rest.h"
#include "base/date.h"

int
main(int argc, char **argv)
{
	struct dro_arena *run = dro_arena_create();
	struct dro_arena *arena = dro_arena_create(); /* of one domain */
	struct dro_session session = {0};
	struct dro_findings findings;
	enum dro_code code = DRO_OK;
	struct dro_config config;
	struct dro_rests rests = {NULL, 0};
	struct dro_exam exam;
	struct dro_err err = {0};
	size_t i, moves = 0, resting = 0;
	bool rest;

	if (argc < 3 || run == NULL || arena == NULL)
		return (64);
	session.arena = run;
	session.config = &config;
	if (dro_date_parse(argv[2], &session.now, &err) != DRO_OK ||
	    dro_config_read(argv[1], session.now, run, &config, &findings,
		&err) != DRO_OK ||
	    dro_store_open(config.database, DRO_STORE_READ, NULL,
		&session.store, &err) != DRO_OK)
		code = err.code;
	else if (argc == 3)
		code = dro_rests_open(&session, &rests, &err);
	for (i = 0; code == DRO_OK && i < config.n_domains; i++) {
		dro_arena_reset(arena);
		code = dro_rests_hold(&session, &rests, &config.domains[i],
		    DRO_FROM_STORE, arena, &rest, &err);
		resting += rest;
		if (code == DRO_OK && !rest) {
			code = dro_examine(&session, &config.domains[i],
			    DRO_FROM_STORE, arena, &exam, &err);
			moves += exam.has_change;
		}
	}
	if (code != DRO_OK) {
		(void)fprintf(stderr, "plan_store: %s\n", err.msg);
		return (1);
	}
	(void)printf("%zu domains, %zu rest, %zu would move\n",
	    config.n_domains, resting, moves);
	dro_store_close(session.store);
	dro_arena_destroy(arena);
	dro_arena_destroy(run);
	return (0);
}
