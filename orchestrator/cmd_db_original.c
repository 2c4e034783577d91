#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "originals.h"

/* What a terminal shows and does not obey. */
static bool
is_plain(const struct dro_buf *octets)
{
	size_t i;
	char c;

	for (i = 0; i < octets->len; i++) {
		c = octets->ptr[i];
		if ((c < ' ' || c > '~') && c != '\n' && c != '\t')
			return (false);
	}
	return (true);
}

static int
print(struct dro_cmd *cmd, const struct dro_buf *octets)
{
	if (isatty(STDOUT_FILENO) && !is_plain(octets))
		return (dro_cmd_usage("db original: these octets are not for "
				      "a terminal; send them into a file: "
				      "rollout db original %s >FILE",
		    cmd->argv[0]));
	if (octets->len > 0)
		(void)fwrite(octets->ptr, 1, octets->len, cmd->out.fp);
	return (DRO_EXIT_OK);
}

int
dro_cmd_db_original(struct dro_cmd *cmd)
{
	enum dro_original_state state = DRO_ORIGINAL_MISSING;
	unsigned char hash[DRO_HASH_LEN];
	struct dro_buf octets;
	struct dro_err err;
	enum dro_code code = DRO_OK;
	int exit_code;

	if (cmd->opt.json)
		return (dro_cmd_usage("--json: db original prints the octets "
				      "of the original and nothing else"));
	if (!dro_original_parse(cmd->argv[0], hash))
		return (dro_cmd_usage("db original: HASH is the SHA-256 in 64 "
				      "digits, as `original` in rollout "
				      "reports --json; got \"%.80s\"",
		    cmd->argv[0]));
	dro_buf_init(&octets, (size_t)64 << 20);
	if (cmd->store != NULL)
		code = dro_archive_get(cmd->store, hash, &octets, &state, &err);
	if (code == DRO_OK && state == DRO_ORIGINAL_MISSING)
		code = dro_err_set(&err, DRO_ENOTFOUND,
		    "%s: not in the archive; `retention: {archive: ...}` says "
		    "how long originals are kept",
		    cmd->argv[0]);
	if (code == DRO_OK && state == DRO_ORIGINAL_DAMAGED)
		code = dro_err_set(&err, DRO_ESTATE,
		    "%s: damaged in the archive; restore a backup",
		    cmd->argv[0]);
	exit_code = code == DRO_OK ? print(cmd, &octets) : dro_cmd_fail(&err);
	dro_buf_finish(&octets);
	return (exit_code);
}
