#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/secrets.h"

/* Why ${st} is no file to keep a secret in; NULL if it is one. */
static const char *
check_mode(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return ("open to group or others; chmod 600 it");
	return (NULL);
}

/* All of ${fd} less final line ends, into ${arena}. */
static enum dro_code
read_secret(
    int fd, struct dro_arena *arena, const char **out, struct dro_err *err)
{
	char text[DRO_SECRET_MAX + 1];
	enum dro_code code = DRO_OK;
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, sizeof(text) - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < sizeof(text)) || (n < 0 && errno == EINTR));
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (n < 0)
		code = dro_err_set(err, DRO_EAUTH, "%s", strerror(errno));
	else if (len == 0)
		code = dro_err_set(err, DRO_EAUTH, "empty");
	else if (len > DRO_SECRET_MAX)
		code = dro_err_set(
		    err, DRO_EAUTH, "longer than %u octets", DRO_SECRET_MAX);
	else if (memchr(text, '\0', len) != NULL)
		code = dro_err_set(err, DRO_EAUTH, "holds a NUL octet");
	else if ((*out = dro_arena_strndup(arena, text, len)) == NULL)
		code = dro_err_nomem(err);
	explicit_bzero(text, sizeof(text));
	return (code);
}

/* A secret from ${path}; ${strict}: only its owner may have access. */
static enum dro_code
from_file(const char *path, bool strict, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	const char *why = NULL;
	enum dro_code code;
	struct stat st;
	int fd;

	fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | (strict ? O_NOFOLLOW : 0));
	if (fd < 0)
		return (dro_err_set(err,
		    errno == ENOENT ? DRO_ENOTFOUND : DRO_EAUTH, "%s",
		    errno == ELOOP && strict
			? "a symbolic link; name the file itself"
			: strerror(errno)));
	if (fstat(fd, &st) != 0)
		why = strerror(errno);
	else if (strict)
		why = check_mode(&st);
	code = why != NULL ? dro_err_set(err, DRO_EAUTH, "%s", why)
			   : read_secret(fd, arena, out, err);
	close(fd);
	return (code);
}

/* systemd puts credentials in a folder that only the service can see. */
static enum dro_code
from_credential(const char *name, struct dro_arena *arena, const char **out,
    struct dro_err *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	const char *path;

	if (dir == NULL || *dir == '\0')
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "$CREDENTIALS_DIRECTORY is not set; run as a service "
		    "with LoadCredential=%s:FILE",
		    name));
	if ((path = dro_arena_printf(arena, "%s/%s", dir, name)) == NULL)
		return (dro_err_nomem(err));
	return (from_file(path, false, arena, out, err));
}

static enum dro_code
from_env(const char *name, struct dro_arena *arena, const char **out,
    struct dro_err *err)
{
	const char *value = getenv(name);

	if (value == NULL || *value == '\0')
		return (dro_err_set(
		    err, DRO_ENOTFOUND, "not set in the environment"));
	*out = dro_arena_strdup(arena, value);
	return (*out != NULL ? DRO_OK : dro_err_nomem(err));
}

/* Follow one reference: its kind, then what it refers to. */
static enum dro_code
resolve(const struct dro_conf_item *item, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	const char *kind = item->values[0], *what = item->values[1];
	const char **argv;

	if (strcmp(kind, "credential") == 0)
		return (from_credential(what, arena, out, err));
	if (strcmp(kind, "file") == 0)
		return (from_file(what, true, arena, out, err));
	if (strcmp(kind, "env") == 0)
		return (from_env(what, arena, out, err));
	argv = dro_arena_alloc(arena, item->n, sizeof(*argv));
	if (argv == NULL)
		return (dro_err_nomem(err));
	memcpy(argv, &item->values[1], (item->n - 1) * sizeof(*argv));
	return (
	    dro_secret_command(argv, DRO_SECRET_COMMAND_S, arena, out, err));
}

enum dro_code
dro_config_secret(const struct dro_conf_item *ref, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	enum dro_code code = resolve(ref, arena, out, err);

	if (code != DRO_OK)
		dro_err_context(err, "%s: {%s: %s}", ref->name, ref->values[0],
		    ref->values[1]);
	return (code);
}

static bool
is_secret(const struct dro_provider *provider, const char *name)
{
	const struct dro_opt *opt;

	for (opt = provider->opts; opt->name != NULL; opt++)
		if (strcmp(opt->name, name) == 0)
			return (opt->type == DRO_OPT_SECRET);
	return (false);
}

enum dro_code
dro_config_secrets(const struct dro_account *account, struct dro_arena *arena,
    struct dro_conf *out, struct dro_err *err)
{
	const struct dro_conf *conf = &account->conf;
	struct dro_conf_item *items;
	const char **value;
	enum dro_code code;
	size_t i;

	*out = *conf;
	items = dro_arena_alloc(arena, conf->n, sizeof(*items));
	if (items == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < conf->n; i++) {
		items[i] = conf->items[i];
		if (!is_secret(account->provider, items[i].name))
			continue;
		value = dro_arena_alloc(arena, 1, sizeof(*value));
		if (value == NULL)
			return (dro_err_nomem(err));
		code = dro_config_secret(&conf->items[i], arena, value, err);
		if (code != DRO_OK) {
			dro_err_context(err, "account \"%s\"", account->name);
			return (code);
		}
		items[i].n = 1;
		items[i].values = value;
	}
	out->items = items;
	return (DRO_OK);
}
