#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "apply/planfile.h"
#include "base/date.h"

/* 10 000 changes with all their gates take about half of this. */
#define PLAN_MAX ((size_t)64 << 20)

#define SCHEMA "rollout.plan/1"

/* The canonical text of ${part} without its ${key}, hashed. */
static enum dro_code
hash_without(const json_t *part, const char *key, char out[DRO_DIGEST_LEN],
    struct dro_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	json_t *copy = json_copy((json_t *)part); /* only its own level */
	char *text = NULL;
	unsigned n = 0, i;
	bool ok;

	if (copy != NULL) {
		(void)json_object_del(copy, key);
		text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	}
	ok = text != NULL &&
	    EVP_Digest(text, strlen(text), md, &n, EVP_sha256(), NULL) == 1;
	for (i = 0; ok && i < n; i++)
		(void)snprintf(out + 2 * (size_t)i, 3, "%02x", md[i]);
	free(text);
	json_decref(copy);
	return (ok ? DRO_OK : dro_err_nomem(err));
}

static enum dro_code
add_hash(json_t *part, const char *key, struct dro_err *err)
{
	char hash[DRO_DIGEST_LEN];
	enum dro_code code;

	if ((code = hash_without(part, key, hash, err)) != DRO_OK)
		return (code);
	if (json_object_set_new(part, key, json_string(hash)) != 0)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

enum dro_code
dro_planfile_seal(json_t *plan, struct dro_err *err)
{
	enum dro_code code;
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(plan, "changes"), i, change)
	{
		if ((code = add_hash(change, "seal", err)) != DRO_OK)
			return (code);
	}
	return (add_hash(plan, "plan_id", err));
}

static enum dro_code
io_error(const char *path, struct dro_err *err)
{
	int e = errno;

	if (e == ENOENT)
		return (
		    dro_err_set(err, DRO_ENOTFOUND, "%s: no such file", path));
	return (dro_err_set(err,
	    e == EACCES || e == EPERM || e == EROFS ? DRO_EAUTH : DRO_EIO,
	    "%s: %s", path, strerror(e)));
}

/* A rename is durable once the directory is. */
static bool
sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL
	    ? strdup(".")
	    : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	bool ok = false;
	int fd;

	if (dir != NULL &&
	    (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		ok = fsync(fd) == 0;
		(void)close(fd);
	}
	free(dir);
	return (ok);
}

/* Write all of it to the new file ${temp}, and on to the disk. */
static bool
write_temp(char *temp, const json_t *plan)
{
	int fd = mkostemp(temp, O_CLOEXEC), e; /* 0600 */
	FILE *fp;
	bool ok;

	if (fd < 0)
		return (false);
	if ((fp = fdopen(fd, "w")) == NULL) {
		(void)close(fd);
		return (false);
	}
	ok = json_dumpf(plan, fp, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 &&
	    fputc('\n', fp) != EOF && fflush(fp) == 0 && fsync(fd) == 0;
	e = errno;
	if (fclose(fp) != 0 && ok)
		return (false);
	errno = e;
	return (ok);
}

enum dro_code
dro_planfile_write(const char *path, const json_t *plan, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct stat st;
	char *temp;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: not a regular file; a plan is written to a file of "
		    "its own",
		    path));
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return (dro_err_nomem(err));
	if (!write_temp(temp, plan) || rename(temp, path) != 0) {
		code = io_error(path, err);
		/* There is no input that could be missing. */
		if (code == DRO_ENOTFOUND)
			code = dro_err_set(
			    err, DRO_EIO, "%s: no such directory", path);
		(void)unlink(temp);
	} else if (!sync_directory_of(path)) {
		code = io_error(path, err);
	}
	free(temp);
	return (code);
}

/* A plan being read: what its messages begin with. */
struct reading {
	const char *name;
	size_t change; /* counted from 1; 0: the head */
	struct dro_arena *arena;
	struct dro_err *err;
};

static enum dro_code
no_plan(struct reading *r, const char *what)
{
	if (r->change == 0)
		return (dro_err_set(r->err, DRO_EPARSE,
		    "%s: not a plan file: %s; write one with `rollout plan "
		    "--out FILE`",
		    r->name, what));
	return (dro_err_set(r->err, DRO_EPARSE,
	    "%s: not a plan file: change %zu: %s; write one with `rollout "
	    "plan --out FILE`",
	    r->name, r->change, what));
}

/* The member ${key} as text in the arena; nothing a C string cannot hold. */
static enum dro_code
get_text(struct reading *r, const json_t *o, const char *key, const char **out)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);

	if (s == NULL || strlen(s) != json_string_length(v) || *s == '\0')
		return (no_plan(r, key));
	if ((*out = dro_arena_strdup(r->arena, s)) == NULL)
		return (dro_err_nomem(r->err));
	return (DRO_OK);
}

static enum dro_code
get_hash(struct reading *r, const json_t *o, const char *key,
    char out[DRO_DIGEST_LEN])
{
	const char *s = json_string_value(json_object_get(o, key));

	if (s == NULL || strlen(s) != DRO_DIGEST_LEN - 1 ||
	    strspn(s, "0123456789abcdef") != DRO_DIGEST_LEN - 1)
		return (no_plan(r, key));
	memcpy(out, s, DRO_DIGEST_LEN);
	return (DRO_OK);
}

static enum dro_code
get_time(struct reading *r, const json_t *o, const char *key, int64_t *out)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (s == NULL || dro_date_parse(s, out, NULL) != DRO_OK)
		return (no_plan(r, key));
	return (DRO_OK);
}

/* Name and type of the record set; one absent set of it. */
static enum dro_code
get_rrkey(struct reading *r, const json_t *o, struct dro_rrset *out)
{
	const json_t *key = json_object_get(o, "rrset");
	const char *name = json_string_value(json_object_get(key, "name"));
	const char *type = json_string_value(json_object_get(key, "type"));
	enum dro_rrtype t = DRO_RR_TXT;

	if (name == NULL || type == NULL || strlen(name) >= DRO_DOMAIN_LEN ||
	    (strcmp(type, "TXT") != 0 && strcmp(type, "MX") != 0))
		return (no_plan(r, "rrset"));
	if (strcmp(type, "MX") == 0)
		t = DRO_RR_MX;
	dro_rrset_init(out, name, t);
	return (DRO_OK);
}

/* One of before and after: null, or a TTL and values. */
static enum dro_code
get_rrset(
    struct reading *r, const json_t *o, const char *key, struct dro_rrset *out)
{
	const json_t *set = json_object_get(o, key), *values, *value;
	enum dro_code code;
	json_int_t ttl;
	size_t i;

	if ((code = get_rrkey(r, o, out)) != DRO_OK || json_is_null(set))
		return (code);
	values = json_object_get(set, "values");
	ttl = json_integer_value(json_object_get(set, "ttl"));
	if (!json_is_integer(json_object_get(set, "ttl")) || ttl < 0 ||
	    ttl > UINT32_MAX || json_array_size(values) == 0)
		return (no_plan(r, key));
	out->ttl_s = (uint32_t)ttl;
	json_array_foreach(values, i, value)
	{
		if (!json_is_string(value))
			return (no_plan(r, key));
		code = dro_rrset_add(out, r->arena, json_string_value(value),
		    json_string_length(value), r->err);
		if (code == DRO_ENOMEM)
			return (code);
		if (code != DRO_OK)
			return (no_plan(r, key));
	}
	return (DRO_OK);
}

static enum dro_code
get_change(struct reading *r, const json_t *o, struct dro_planned *out)
{
	enum dro_code code;

	out->from = NULL;
	if ((code = get_text(r, o, "domain", &out->domain)) != DRO_OK ||
	    (code = get_text(r, o, "op", &out->op)) != DRO_OK ||
	    (code = get_text(r, o, "to", &out->to)) != DRO_OK ||
	    (code = get_hash(r, o, "digest", out->digest)) != DRO_OK ||
	    (code = get_rrset(r, o, "before", &out->before)) != DRO_OK ||
	    (code = get_rrset(r, o, "after", &out->after)) != DRO_OK)
		return (code);
	if (!json_is_null(json_object_get(o, "from")))
		code = get_text(r, o, "from", &out->from);
	return (code);
}

static enum dro_code
check_seal(struct reading *r, const json_t *o, const char *domain)
{
	char seal[DRO_DIGEST_LEN], found[DRO_DIGEST_LEN];
	enum dro_code code;

	if ((code = get_hash(r, o, "seal", found)) != DRO_OK ||
	    (code = hash_without(o, "seal", seal, r->err)) != DRO_OK)
		return (code);
	if (strcmp(seal, found) == 0)
		return (DRO_OK);
	return (dro_err_set(r->err, DRO_EPARSE,
	    "%s: edited: change %zu (%s) is not what its seal says; plan "
	    "again, nothing was published",
	    r->name, r->change, domain));
}

static enum dro_code
get_changes(struct reading *r, const json_t *root, struct dro_planfile *out)
{
	const json_t *changes = json_object_get(root, "changes"), *o;
	struct dro_planned *items;
	enum dro_code code;
	size_t i;

	if (!json_is_array(changes))
		return (no_plan(r, "changes"));
	out->n = json_array_size(changes);
	items = dro_arena_alloc(r->arena, out->n, sizeof(*items));
	if ((out->changes = items) == NULL)
		return (dro_err_nomem(r->err));
	json_array_foreach(changes, i, o)
	{
		r->change = i + 1;
		if ((code = get_change(r, o, &items[i])) != DRO_OK ||
		    (code = check_seal(r, o, items[i].domain)) != DRO_OK)
			return (code);
	}
	r->change = 0;
	return (DRO_OK);
}

static enum dro_code
get_plan(struct reading *r, const json_t *root, struct dro_planfile *out)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	char id[DRO_DIGEST_LEN];
	enum dro_code code;

	if (schema == NULL || strncmp(schema, "rollout.plan/", 13) != 0)
		return (no_plan(r, "schema"));
	if (strcmp(schema, SCHEMA) != 0)
		return (dro_err_set(r->err, DRO_EPARSE,
		    "%s: schema %.40s: this version reads " SCHEMA, r->name,
		    schema));
	if ((code = get_hash(r, root, "plan_id", out->id)) != DRO_OK ||
	    (code = get_time(r, root, "as_of", &out->as_of)) != DRO_OK ||
	    (code = get_time(r, root, "expires_at", &out->expires_at)) !=
		DRO_OK ||
	    (code = get_changes(r, root, out)) != DRO_OK ||
	    (code = hash_without(root, "plan_id", id, r->err)) != DRO_OK)
		return (code);
	if (strcmp(id, out->id) == 0)
		return (DRO_OK);
	return (dro_err_set(r->err, DRO_EPARSE,
	    "%s: edited: every change is whole, but the head, the attention "
	    "list, or the number or order of changes is not what plan_id "
	    "says; plan again, nothing was published",
	    r->name));
}

enum dro_code
dro_planfile_parse(const char *text, size_t len, const char *name,
    struct dro_arena *arena, struct dro_planfile *out, struct dro_err *err)
{
	struct reading r = {.name = name, .arena = arena, .err = err};
	json_error_t where;
	enum dro_code code;
	json_t *root;

	memset(out, 0, sizeof(*out));
	root = json_loadb(
	    text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
	if (root == NULL)
		return (dro_err_set(err, DRO_EPARSE,
		    "%s:%d:%d: not a plan file: %s", name, where.line,
		    where.column, where.text));
	code = get_plan(&r, root, out);
	json_decref(root);
	return (code);
}

/* The whole of a file that may be as long as a plan may be. */
static enum dro_code
read_all(const char *path, char **out, size_t *len, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct stat st;
	FILE *fp;

	*out = NULL;
	if ((fp = fopen(path, "rbe")) == NULL)
		return (io_error(path, err));
	if (fstat(fileno(fp), &st) != 0)
		code = io_error(path, err);
	else if (!S_ISREG(st.st_mode))
		code = dro_err_set(err, DRO_EPARSE,
		    "%s: not a plan file: not a regular file", path);
	else if (st.st_size > (off_t)PLAN_MAX)
		code = dro_err_set(err, DRO_EPARSE,
		    "%s: not a plan file: %lld octets, at most %zu", path,
		    (long long)st.st_size, PLAN_MAX);
	else if ((*out = malloc((size_t)st.st_size + 1)) == NULL)
		code = dro_err_nomem(err);
	else {
		*len = fread(*out, 1, (size_t)st.st_size, fp);
		if (ferror(fp))
			code = io_error(path, err);
	}
	(void)fclose(fp);
	return (code);
}

enum dro_code
dro_planfile_read(const char *path, int64_t now, struct dro_arena *arena,
    struct dro_planfile *out, struct dro_err *err)
{
	char at[DRO_DATE_LEN];
	enum dro_code code;
	size_t len = 0;
	char *text;

	code = read_all(path, &text, &len, err);
	if (code == DRO_OK)
		code = dro_planfile_parse(text, len, path, arena, out, err);
	free(text);
	if (code == DRO_OK && now >= out->expires_at)
		code = dro_err_set(err, DRO_EPARSE,
		    "%s: expired at %s; plan again, nothing was published",
		    path, dro_date_format(out->expires_at, at));
	return (code);
}
