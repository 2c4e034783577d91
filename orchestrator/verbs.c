#include <string.h>

#include "verbs.h"

static const struct dro_verb verbs[] = {
    {"config", dro_cmd_config, 0, 0, 1, 2, "check | show DOMAIN | schema",
	"check the configuration, or show what holds and why"},
    {"ingest", dro_cmd_ingest, NEED_CONFIG | NEED_WRITE, OPT_TRUST, 0, -1,
	"[PATH ... | -] [--trust TIER]", "read aggregate reports"},
    {"reports", dro_cmd_reports, NEED_CONFIG | NEED_READ, 0, 0, 1, "[DOMAIN]",
	"list the reports that are stored"},
    {"sources", dro_cmd_sources, NEED_CONFIG | NEED_READ, 0, 1, 1, "DOMAIN",
	"who sends for a domain, and what to repair"},
    {"plan", dro_cmd_plan, NEED_CONFIG | NEED_READ,
	OPT_DETAILED | OPT_OUT | OPT_EXPIRES | OPT_UNTIL | OPT_MARKDOWN, 0, 0,
	"[--out FILE [--expires 7d]] [--until DATE] [--markdown] "
	"[--detailed-exitcode]",
	"show what advance would change, and why"},
    {"advance", dro_cmd_advance, NEED_CONFIG | NEED_WRITE,
	OPT_SCHEDULED | OPT_PLAN, 0, 0, "[--plan FILE] [--scheduled]",
	"move every domain that may move one step"},
    {"status", dro_cmd_status, NEED_CONFIG | NEED_READ, 0, 0, 0, "",
	"where every domain stands"},
    {"explain", dro_cmd_explain, NEED_CONFIG | NEED_READ, 0, 1, 1, "DOMAIN",
	"why a domain stands where it stands"},
    {"history", dro_cmd_history, NEED_CONFIG | NEED_READ, 0, 0, 1, "[DOMAIN]",
	"what was done, when, by whom"},
    {"approve", dro_cmd_approve, NEED_CONFIG | NEED_WRITE, OPT_REASON, 1, 1,
	"DOMAIN --reason TEXT",
	"acknowledge a repair, or let a domain enter "
	"the next rung"},
    {"rollback", dro_cmd_rollback, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_TO, 1, 1, "DOMAIN [--to RUNG] --reason TEXT",
	"publish a weaker rung now"},
    {"park", dro_cmd_park, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_UNDO | OPT_REPLACE_MX, 1, 1,
	"DOMAIN [--undo | --replace-mx] --reason TEXT",
	"confirm that a domain sends no mail, or take parking back"},
    {"pause", dro_cmd_pause, NEED_CONFIG | NEED_WRITE | NEED_NOTHING,
	OPT_REASON | OPT_UNTIL | OPT_ALL, 0, 1,
	"DOMAIN|--client ID|--all --reason TEXT [--until DATE]",
	"hold all but steps back"},
    {"resume", dro_cmd_resume, NEED_CONFIG | NEED_WRITE, OPT_REASON | OPT_ALL,
	0, 1, "DOMAIN|--client ID|--all --reason TEXT", "end a pause"},
    {"reconcile", dro_cmd_reconcile, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_ADOPT | OPT_RESTORE, 1, 1,
	"DOMAIN --adopt|--restore --reason TEXT",
	"take a record that drifted, or put it back"},
    {"db backup", dro_cmd_db_backup, NEED_CONFIG | NEED_READ, 0, 1, 1, "PATH",
	"copy the database and the archive, and check the copy"},
    {"db original", dro_cmd_db_original, NEED_CONFIG | NEED_READ, 0, 1, 1,
	"HASH", "print an original as it came, by its SHA-256"},
    {"db prune", dro_cmd_db_prune, NEED_CONFIG | NEED_WRITE, 0, 0, 0, "",
	"remove what `retention:` keeps no longer"},
    {"db reread", dro_cmd_db_reread, NEED_CONFIG | NEED_WRITE, OPT_DRY_RUN, 0,
	1, "[DOMAIN] [--dry-run]",
	"read the originals again and put right what differs"},
    {"simulate made", dro_cmd_simulate_made, 0, OPT_POLICY | OPT_ANSWERS, 0, -1,
	"[KEY=VALUE ...] [--policy NAME ... | --all-presets] [--answers WHEN]",
	"what a policy does in a made-up world"},
    {"simulate", dro_cmd_simulate, NEED_CONFIG | NEED_READ,
	OPT_POLICY | OPT_ANSWERS | OPT_FROM | OPT_UNTIL, 0, -1,
	"[DOMAIN ...] [--policy NAME ... | --all-presets] [--answers WHEN] "
	"[--from DATE] [--until DATE]",
	"what a policy would have done with the stored reports"},
    {"doctor", dro_cmd_doctor, NEED_CONFIG, 0, 0, 0, "",
	"whether this machine can do what it is meant to"},
    {"demo", dro_cmd_demo, 0, OPT_DIR, 0, 0, "[--dir DIR]",
	"a made-up portfolio on this machine"},
};

void
dro_verbs_help(FILE *fp)
{
	size_t i;

	fputs("rollout " DRO_VERSION
	      ": staged DMARC rollout for many domains\n\n"
	      "usage: rollout VERB [operands] [options]\n\n",
	    fp);
	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++)
		fprintf(fp, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nOptions: --config FILE --now RFC3339 --json --client ID "
	      "--color auto|always|never\n"
	      "One verb: rollout VERB --help   Manual: man rollout\n",
	    fp);
}

/* The verb that ${words} begin with; how many it takes goes to ${used}. */
const struct dro_verb *
dro_verb_find(char *const *words, int n, int *used)
{
	const char *second;
	size_t i, len;

	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++) {
		second = strchr(verbs[i].name, ' ');
		len = strcspn(verbs[i].name, " ");
		if (strlen(words[0]) != len ||
		    strncmp(words[0], verbs[i].name, len) != 0)
			continue;
		*used = second == NULL ? 1 : 2;
		if (second == NULL ||
		    (n > 1 && strcmp(words[1], second + 1) == 0))
			return (&verbs[i]);
	}
	return (NULL);
}

/* No verb by itself, but the first word of some: what may follow it. */
int
dro_verb_half(const char *word, bool asked)
{
	FILE *fp = asked ? stdout : stderr;
	size_t i, len = strlen(word), n = 0;

	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++)
		if (strncmp(verbs[i].name, word, len) == 0 &&
		    verbs[i].name[len] == ' ')
			fprintf(fp, "%s rollout %s %s\n",
			    n++ == 0 ? "usage:" : "      ", verbs[i].name,
			    verbs[i].operands);
	if (n == 0)
		return (dro_cmd_usage("no verb \"%.40s\"", word));
	return (asked ? (int)DRO_EXIT_OK : (int)DRO_EXIT_USAGE);
}
