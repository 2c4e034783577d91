#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

int
dro_cmd_fail(const struct dro_err *err)
{
	fprintf(stderr, "error: %s\n", err->msg);
	switch (err->code) {
	case DRO_EINVAL:
		return (DRO_EXIT_USAGE);
	case DRO_EPARSE:
		return (DRO_EXIT_DATA);
	case DRO_ENOTFOUND:
		return (DRO_EXIT_NO_INPUT);
	case DRO_ECONFLICT:
		return (DRO_EXIT_LOCKED);
	case DRO_EAUTH:
		return (DRO_EXIT_PERMISSION);
	case DRO_ELIMIT:
	case DRO_ETIMEOUT:
	case DRO_EREMOTE:
		return (DRO_EXIT_UNAVAILABLE);
	case DRO_EIO:
		return (DRO_EXIT_IO);
	case DRO_OK:
	case DRO_ENOMEM:
	case DRO_ESTATE:
		break;
	}
	return (DRO_EXIT_FAILED);
}

int
dro_cmd_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("error: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nSee: rollout --help\n", stderr);
	return (DRO_EXIT_USAGE);
}

int
dro_cmd_domain(
    struct dro_cmd *cmd, const char *name, const struct dro_domain **out)
{
	const struct dro_domain *above;
	struct dro_buf shown;

	if ((*out = dro_config_domain(&cmd->config, name)) != NULL)
		return (DRO_EXIT_OK);
	dro_buf_init(&shown, 1024);
	dro_out_text(&shown, name, strlen(name));
	fprintf(stderr, "error: %s: no such domain in %s\n",
	    shown.ptr != NULL ? shown.ptr : "?", cmd->config.path);
	if ((above = dro_config_owner(&cmd->config, name)) != NULL)
		fprintf(stderr, "  It lies below %s, which is listed.\n",
		    above->domain);
	dro_buf_finish(&shown);
	return (DRO_EXIT_NO_INPUT);
}

bool
dro_cmd_selected(const struct dro_cmd *cmd, const struct dro_domain *domain)
{
	return (cmd->opt.client == NULL ||
	    strcmp(cmd->opt.client, domain->client->id) == 0);
}

void
dro_cmd_actor(struct dro_cmd *cmd, struct dro_actor *out)
{
	const struct passwd *pw = getpwuid(getuid());
	char host[256];

	out->uid = (int64_t)getuid();
	if (gethostname(host, sizeof(host)) != 0)
		memcpy(host, "?", 2);
	host[sizeof(host) - 1] = '\0';
	out->user = dro_arena_strdup(
	    cmd->arena, pw != NULL && pw->pw_name != NULL ? pw->pw_name : "?");
	out->host = dro_arena_strdup(cmd->arena, host);
}
