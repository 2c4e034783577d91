#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/types.h>

#include <opendkim/dkim.h>

#include "base/date.h"
#include "base/domain.h"
#include "ingest/dkim.h"

/* Octets of the body handed over at a time. */
#define BLOCK ((size_t)64 << 10)
/* A signature is a line or ten; h= of many names costs each time. */
#define SIGNATURE_MAX ((size_t)16 << 10)
#define KEY_BITS_MIN 1024 /* RFC 8301 3.2 */
#define DRIFT_S DRO_DAY_S /* of the signer's clock */
/*
 * The library judges times by the clock of the machine, which need not be
 * ours; so much drift (it takes no more than 32 bits) keeps it from that.
 */
#define DRIFT_OFF_S UINT64_C(1000000000)

/* One of a process, made before the sandbox is. */
static DKIM_LIB *lib;

/* What the call-backs of one mail share. */
struct job {
	const struct dro_dkim_job *in;
	const DKIM_SIGINFO *silent[DRO_SIGNATURES_MAX]; /* DNS was, for them */
	size_t n_silent;
	char text[DRO_KEY_TEXT_MAX + 1];
};

/*
 * A name in a signature, as the rest of the program writes names.  The
 * library returns NULL for a tag that is there and empty.
 */
static bool
name_of(const u_char *name, char out[DRO_DOMAIN_LEN])
{
	return (name != NULL &&
	    dro_domain_normalise((const char *)name, out, NULL) == DRO_OK);
}

/* ---- call-backs */

/* Only signatures that could prove something are worth a key. */
static DKIM_CBSTAT
prescreen(DKIM *dkim, DKIM_SIGINFO **sigs, int n)
{
	const struct job *job = dkim_get_user_context(dkim);
	char domain[DRO_DOMAIN_LEN];
	int i;

	for (i = 0; i < n; i++)
		if (!name_of(dkim_sig_getdomain(sigs[i]), domain) ||
		    !job->in->aligned(job->in->aligned_arg, domain))
			dkim_sig_ignore(sigs[i]);
	return (DKIM_CBSTAT_CONTINUE);
}

/*
 * The key of one signature.  A name server that is silent is remembered here
 * and told to the library as a key that is not there, else it would give up
 * on the other signatures too.
 */
static DKIM_CBSTAT
look_up(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
	struct job *job = dkim_get_user_context(dkim);
	char domain[DRO_DOMAIN_LEN], selector[DRO_DOMAIN_LEN];
	enum dro_key_status status = DRO_KEY_ABSENT;

	job->text[0] = '\0';
	if (name_of(dkim_sig_getdomain(sig), domain) &&
	    name_of(dkim_sig_getselector(sig), selector))
		status = job->in->fetch(
		    job->in->fetch_arg, selector, domain, job->text);
	job->text[DRO_KEY_TEXT_MAX] = '\0';
	if (status == DRO_KEY_UNKNOWN && job->n_silent < DRO_SIGNATURES_MAX)
		job->silent[job->n_silent++] = sig;
	if (status != DRO_KEY_FOUND || strlen(job->text) >= size)
		return (DKIM_CBSTAT_NOTFOUND);
	memcpy(buf, job->text, strlen(job->text) + 1);
	return (DKIM_CBSTAT_CONTINUE);
}

static bool
was_silent(const struct job *job, const DKIM_SIGINFO *sig)
{
	size_t i;

	for (i = 0; i < job->n_silent; i++)
		if (job->silent[i] == sig)
			return (true);
	return (false);
}

/* ---- one signature */

/* The number in a tag of the signature; -1: it is not there, or no number. */
static int64_t
tag_number(DKIM_SIGINFO *sig, const char *tag)
{
	char name[2] = {tag[0], '\0'};
	const u_char *s = dkim_sig_gettagvalue(sig, false, (u_char *)name);
	int64_t n = 0;
	size_t i;

	if (s == NULL || *s == '\0')
		return (-1);
	for (i = 0; s[i] >= '0' && s[i] <= '9' && i < 13; i++)
		n = n * 10 + (s[i] - '0');
	return (s[i] == '\0' ? n : -1);
}

/* Why a signature that fits the mail proves nothing all the same, or NULL. */
static const char *
weakness(DKIM_SIGINFO *sig, int64_t now)
{
	dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;

	(void)dkim_sig_getsignalg(sig, &algorithm);
	if (dkim_sig_gettagvalue(sig, false, (u_char[]){"l"}) != NULL)
		return ("signs a part of the body only (l=)");
	if (algorithm != DKIM_SIGN_RSASHA256 &&
	    algorithm != DKIM_SIGN_ED25519SHA256)
		return ("uses SHA-1 (RFC 8301)");
	if ((dkim_sig_getflags(sig) & DKIM_SIGFLAG_TESTKEY) != 0)
		return ("uses a key that is being tested (t=y)");
	if (tag_number(sig, "t") > now + DRIFT_S)
		return ("is dated in the future");
	return (NULL);
}

static enum dro_dkim_verdict
judge(const struct job *job, DKIM_SIGINFO *sig, const char **note)
{
	const int64_t expires = tag_number(sig, "x");
	const bool passed =
	    (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) != 0 &&
	    dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH;

	if (was_silent(job, sig)) {
		*note = "cannot be checked now: DNS does not answer";
		return (DRO_DKIM_SILENT);
	}
	switch (dkim_sig_geterror(sig)) {
	case DKIM_SIGERROR_NOKEY:
	case DKIM_SIGERROR_KEYREVOKED:
		*note = "cannot be checked any more: no key in DNS";
		return (DRO_DKIM_LATE);
	case DKIM_SIGERROR_EXPIRED:
		*note = "has expired (x=)";
		return (DRO_DKIM_LATE);
	case DKIM_SIGERROR_FUTURE:
		*note = "is dated in the future";
		return (DRO_DKIM_WEAK);
	case DKIM_SIGERROR_KEYTOOSMALL:
		*note = "uses an RSA key of less than 1024 bits";
		return (DRO_DKIM_WEAK);
	default:
		break;
	}
	if (!passed) {
		*note = dkim_sig_getbh(sig) == DKIM_SIGBH_MISMATCH
		    ? "does not fit the body"
		    : dkim_sig_geterrorstr(dkim_sig_geterror(sig));
		if (*note == NULL)
			*note = "does not fit";
		return (DRO_DKIM_BROKEN);
	}
	if ((*note = weakness(sig, job->in->now)) != NULL)
		return (DRO_DKIM_WEAK);
	if (expires >= 0 && expires < job->in->now) {
		*note = "has expired (x=)";
		return (DRO_DKIM_LATE);
	}
	*note = "verified";
	return (DRO_DKIM_GOOD);
}

/* Take ${sig} if it says more than what is in ${out}. */
static enum dro_code
weigh(const struct job *job, DKIM_SIGINFO *sig, struct dro_arena *arena,
    struct dro_dkim *out, struct dro_err *err)
{
	char domain[DRO_DOMAIN_LEN], selector[DRO_DOMAIN_LEN];
	dkim_alg_t algorithm = DKIM_SIGN_UNKNOWN;
	enum dro_dkim_verdict verdict;
	unsigned int bits = 0;
	const char *note;

	if ((dkim_sig_getflags(sig) & DKIM_SIGFLAG_IGNORE) != 0 ||
	    !name_of(dkim_sig_getdomain(sig), domain) ||
	    !name_of(dkim_sig_getselector(sig), selector) ||
	    (verdict = judge(job, sig, &note)) <= out->verdict)
		return (DRO_OK);
	(void)dkim_sig_getsignalg(sig, &algorithm);
	if (algorithm != DKIM_SIGN_ED25519SHA256)
		(void)dkim_sig_getkeysize(sig, &bits);
	out->verdict = verdict;
	out->key_bits = (int)bits;
	out->domain = dro_arena_strdup(arena, domain);
	out->selector = dro_arena_strdup(arena, selector);
	out->note = dro_arena_printf(
	    arena, "signature %s of %s: %s", selector, domain, note);
	if (out->domain == NULL || out->selector == NULL || out->note == NULL)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

/* ---- the mail */

/* Text with every line end as CRLF, in blocks, to ${give}. */
struct crlf {
	DKIM *dkim;
	char *block;
	size_t n;
};

static bool
crlf_flush(struct crlf *out)
{
	const bool ok = out->n == 0 ||
	    dkim_body(out->dkim, (u_char *)out->block, out->n) == DKIM_STAT_OK;

	out->n = 0;
	return (ok);
}

static bool
crlf_add(struct crlf *out, const char *ptr, size_t len)
{
	size_t part;

	for (; len > 0; ptr += part, len -= part) {
		if (out->n == BLOCK && !crlf_flush(out))
			return (false);
		part = len < BLOCK - out->n ? len : BLOCK - out->n;
		memcpy(out->block + out->n, ptr, part);
		out->n += part;
	}
	return (true);
}

/* Mailboxes on disk have lines that end with LF; signatures mean CRLF. */
static bool
feed_body(DKIM *dkim, struct dro_str body, char *block)
{
	struct crlf out = {dkim, block, 0};
	struct dro_str line;
	const char *lf;
	bool cr;

	for (; body.len > 0; body.ptr += line.len, body.len -= line.len) {
		lf = memchr(body.ptr, '\n', body.len);
		line = (struct dro_str){
		    body.ptr, lf != NULL ? (size_t)(lf - body.ptr) : body.len};
		if (!crlf_add(&out, line.ptr, line.len))
			return (false);
		if (lf == NULL)
			break;
		cr = line.len > 0 && lf[-1] == '\r';
		if (!crlf_add(&out, cr ? "\n" : "\r\n", cr ? 1 : 2))
			return (false);
		line.len++;
	}
	return (crlf_flush(&out));
}

/* One field with its folds as CRLF; ${block} holds the longest. */
static bool
feed_field(DKIM *dkim, const struct dro_field *field, char *block)
{
	size_t i, n = 0;

	for (i = 0; i < field->whole.len; i++) {
		if (field->whole.ptr[i] == '\n' &&
		    (i == 0 || field->whole.ptr[i - 1] != '\r'))
			block[n++] = '\r';
		block[n++] = field->whole.ptr[i];
	}
	return (dkim_header(dkim, (u_char *)block, n) == DKIM_STAT_OK);
}

static bool
is_signed(const struct dro_header *header)
{
	size_t i;

	for (i = 0; i < header->n; i++)
		if (dro_field_is(&header->fields[i], DKIM_SIGNHEADER))
			return (true);
	return (false);
}

/* Octets that the longest field may need with every LF as CRLF. */
static size_t
block_size(const struct dro_header *header)
{
	size_t i, most = BLOCK;

	for (i = 0; i < header->n; i++)
		if (header->fields[i].whole.len * 2 > most)
			most = header->fields[i].whole.len * 2;
	return (most);
}

/* The whole mail, with the first few signatures; false: it is not taken. */
static bool
feed(DKIM *dkim, const struct dro_header *header, char *block)
{
	const struct dro_field *field;
	size_t i, signatures = 0;
	DKIM_STAT status;

	for (i = 0; i < header->n; i++) {
		field = &header->fields[i];
		if (dro_field_is(field, DKIM_SIGNHEADER) &&
		    (field->whole.len > SIGNATURE_MAX ||
			++signatures > DRO_SIGNATURES_MAX))
			continue;
		if (!feed_field(dkim, field, block))
			return (false);
	}
	status = dkim_eoh(dkim);
	if (status != DKIM_STAT_OK || !feed_body(dkim, header->body, block))
		return (false);
	(void)dkim_eom(dkim, NULL); /* each signature is looked at instead */
	return (true);
}

enum dro_code
dro_dkim_verify(const struct dro_dkim_job *in, struct dro_arena *arena,
    struct dro_dkim *out, struct dro_err *err)
{
	struct job job = {.in = in};
	enum dro_code code = DRO_OK;
	DKIM_SIGINFO **sigs = NULL;
	DKIM *dkim = NULL;
	char *block = NULL;
	DKIM_STAT status;
	int i, n = 0;

	*out =
	    (struct dro_dkim){DRO_DKIM_NONE, "", "", 0, "no aligned signature"};
	if (!is_signed(in->header))
		return (DRO_OK);
	if ((block = malloc(block_size(in->header))) == NULL ||
	    (dkim = dkim_verify(lib, (const u_char *)"", NULL, &status)) ==
		NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	(void)dkim_set_user_context(dkim, &job);
	if (!feed(dkim, in->header, block) ||
	    dkim_getsiglist(dkim, &sigs, &n) != DKIM_STAT_OK)
		goto out;
	for (i = 0; i < n && code == DRO_OK; i++)
		code = weigh(&job, sigs[i], arena, out, err);
out:
	if (dkim != NULL)
		(void)dkim_free(dkim);
	free(block);
	return (code);
}

/* ---- before the sandbox */

/* A mail with one good signature of each kind, made for this purpose. */
static const char rehearsal[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;"
    " i=@example.org; q=dns/txt; s=r; t=1600000000; h=from;"
    " bh=s14J+iztnrytnRYzb7lhFG/jS/vrxWJnnahfijFMnco=;"
    " b=V8hQAsfnvQ82Bv80bo30KL18NLLC36zGizWGpKB+SKcf/NaDIEz9abvS4455nkFa9O"
    "Usfj3ZbePAOuBxAEa6bt1sBpoJHDAubYoM7VfML3a7iPBea3f+QV1tvidgYGBwzgrajBR"
    "OOLbHRLypsW/cODNr7/AaX7qws4k5KuXPYvw=\r\n"
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"
    " d=example.org; i=@example.org; q=dns/txt; s=e; t=1600000000; h=from;"
    " bh=s14J+iztnrytnRYzb7lhFG/jS/vrxWJnnahfijFMnco=;"
    " b=V7KjQlnJSEb2+botcI+vhdenvYb3VFmnNDfKVtqRd5RVhjaPKLKfnSb1kKP5lyZLpA"
    "Fqo40cFKlzqcrVU2isCg==\r\n"
    "From: <a@example.org>\r\n\r\nx\r\n";

static const char rsa_key[] =
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEsLQZnsmhGuQkX"
    "5vtVQz62qKgr96RK9dLVkjlkR9D6jatm/2Uma1YwXrNlRAU9mmQkxRG1s9Q8owG410oiXYu"
    "eGXZ7r4pv9rM/uE+QYmwB5PmChLXIBHfwFzCmXE3H0bXchgKom1da2LB4VO03gO6RLSI8US"
    "zHsX/wVIlo8IWIQIDAQAB";
static const char ed25519_key[] =
    "v=DKIM1; k=ed25519; p=6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";

/* ${arg} says which of the two keys is to be there. */
static enum dro_key_status
rehearse_key(void *arg, const char *selector, const char *domain, char *text)
{
	const char *wanted = arg;

	(void)domain;
	(void)snprintf(text, DRO_KEY_TEXT_MAX, "%s",
	    strcmp(selector, "r") == 0 ? rsa_key : ed25519_key);
	return (strcmp(selector, wanted) == 0 ? DRO_KEY_FOUND : DRO_KEY_ABSENT);
}

static bool
rehearse_aligned(void *arg, const char *domain)
{
	(void)arg, (void)domain;
	return (true);
}

/*
 * Verify one mail, which makes OpenSSL load and remember whatever it reads
 * from files, and proves that the library does what it is here for.
 */
static enum dro_code
rehearse(char *selector, struct dro_err *err)
{
	struct dro_arena *arena = NULL;
	struct dro_header header;
	struct dro_dkim_job job = {.header = &header,
	    .now = INT64_C(1600000000),
	    .aligned = rehearse_aligned,
	    .fetch = rehearse_key,
	    .fetch_arg = selector};
	enum dro_code code;
	struct dro_dkim dkim;

	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	code = dro_header_read(
	    rehearsal, sizeof(rehearsal) - 1, arena, &header, err);
	if (code == DRO_OK)
		code = dro_dkim_verify(&job, arena, &dkim, err);
	if (code == DRO_OK && dkim.verdict != DRO_DKIM_GOOD)
		code = dro_err_set(err, DRO_EIO,
		    "libopendkim: a known good signature does not verify: %s",
		    dkim.note);
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_dkim_prepare(struct dro_err *err)
{
	uint64_t drift = DRIFT_OFF_S;
	unsigned bits = KEY_BITS_MIN;
	enum dro_code code;

	if (lib != NULL)
		return (DRO_OK);
	if ((lib = dkim_init(NULL, NULL)) == NULL)
		return (dro_err_nomem(err));
	if (dkim_set_prescreen(lib, prescreen) != DKIM_STAT_OK ||
	    dkim_set_key_lookup(lib, look_up) != DKIM_STAT_OK ||
	    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
		sizeof(drift)) != DKIM_STAT_OK ||
	    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_MINKEYBITS, &bits,
		sizeof(bits)) != DKIM_STAT_OK)
		return (dro_err_set(
		    err, DRO_EIO, "libopendkim: does not take its options"));
	if ((code = rehearse((char[]){"r"}, err)) == DRO_OK)
		code = rehearse((char[]){"e"}, err);
	return (code);
}
