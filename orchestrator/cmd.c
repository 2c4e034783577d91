#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

/* A message is far shorter; each octet becomes at most four. */
#define LINE_MAX_OCTETS 4096

static void print_line(const char *kind, const char *fmt, va_list ap)
    DRO_PRINTF(2, 0);

/* "error: ..." on stderr; it may quote what was typed, read or received. */
static void
print_line(const char *kind, const char *fmt, va_list ap)
{
	char text[LINE_MAX_OCTETS];
	struct dro_buf safe;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	dro_buf_init(&safe, 4 * sizeof(text));
	dro_out_text(&safe, text, strlen(text));
	fprintf(stderr, "%s: %s\n", kind, safe.ptr != NULL ? safe.ptr : "?");
	dro_buf_finish(&safe);
}

void
dro_cmd_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("error", fmt, ap);
	va_end(ap);
}

void
dro_cmd_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("warning", fmt, ap);
	va_end(ap);
}

int
dro_cmd_fail(const struct dro_err *err)
{
	dro_cmd_error("%s", err->msg);
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

	va_start(ap, fmt);
	print_line("error", fmt, ap);
	va_end(ap);
	fputs("See: rollout --help\n", stderr);
	return (DRO_EXIT_USAGE);
}

void
dro_cmd_findings(const struct dro_findings *findings)
{
	const struct dro_finding *f;
	struct dro_buf line;
	size_t i;

	dro_buf_init(&line, 64u << 10);
	for (i = 0; i < findings->n; i++) {
		f = &findings->items[i];
		dro_buf_reset(&line);
		dro_out_text(&line, f->file, strlen(f->file));
		dro_buf_addf(&line, ":%d:%d: %s: ", f->line, f->column,
		    f->warning ? "warning" : "error");
		dro_out_text(&line, f->text, strlen(f->text));
		fprintf(stderr, "%s\n", line.ptr != NULL ? line.ptr : "?");
	}
	dro_buf_finish(&line);
}

int
dro_cmd_domain(
    struct dro_cmd *cmd, const char *name, const struct dro_domain **out)
{
	const struct dro_domain *above;

	if ((*out = dro_config_domain(&cmd->config, name)) != NULL)
		return (DRO_EXIT_OK);
	dro_cmd_error("%s: no such domain in %s", name, cmd->config.path);
	if ((above = dro_config_owner(&cmd->config, name)) != NULL)
		fprintf(stderr, "  It lies below %s, which is listed.\n",
		    above->domain);
	return (DRO_EXIT_NO_INPUT);
}

int
dro_cmd_below(struct dro_cmd *cmd, const char *name, char out[DRO_DOMAIN_LEN])
{
	const struct dro_domain *dom;
	int exit_code;

	if (dro_domain_normalise(name, out, NULL) == DRO_OK &&
	    dro_config_owner(&cmd->config, out) != NULL)
		return (DRO_EXIT_OK);
	exit_code = dro_cmd_domain(cmd, name, &dom);
	if (exit_code == DRO_EXIT_OK)
		memcpy(out, dom->domain, strlen(dom->domain) + 1);
	return (exit_code);
}

bool
dro_cmd_selected(const struct dro_cmd *cmd, const struct dro_domain *domain)
{
	return (cmd->opt.client == NULL ||
	    strcmp(cmd->opt.client, domain->client->id) == 0);
}

/*
 * The user who logged in, whom sudo and a shared service account do not hide:
 * the kernel keeps it (proc(5), loginuid).  Without a login it is the user of
 * the process.
 */
static uid_t
person(void)
{
	char text[32] = "", *end = text;
	FILE *f = fopen("/proc/self/loginuid", "re");
	unsigned long uid;

	if (f == NULL)
		return (getuid());
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)fclose(f);
	uid = strtoul(text, &end, 10);
	/* UINT_MAX: nobody logged in. */
	return (end != text && uid < UINT_MAX ? (uid_t)uid : getuid());
}

void
dro_cmd_actor(struct dro_cmd *cmd, struct dro_actor *out)
{
	uid_t uid = person();
	const struct passwd *pw = getpwuid(uid);
	char host[256];

	out->uid = (int64_t)uid;
	if (gethostname(host, sizeof(host)) != 0)
		memcpy(host, "?", 2);
	host[sizeof(host) - 1] = '\0';
	out->user = dro_arena_strdup(
	    cmd->arena, pw != NULL && pw->pw_name != NULL ? pw->pw_name : "?");
	out->host = dro_arena_strdup(cmd->arena, host);
}
