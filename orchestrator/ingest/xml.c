#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <expat.h>

#include "base/buf.h"
#include "ingest/schema.h"
#include "ingest/xml.h"

/* Only patched or recent releases of expat have them: link without, too. */
#pragma weak XML_SetAllocTrackerMaximumAmplification
#pragma weak XML_SetAllocTrackerActivationThreshold

#define NAMESPACE_9990 "urn:ietf:params:xml:ns:dmarc-2.0"
#define NAMESPACE_7489 "http://dmarc.org/dmarc-xml/0.1"

/* All texts outside the rows, and all of one record. */
#define FORM_POOL ((size_t)DRO_FIELD_N * (DRO_XML_TEXT_MAX + 1))
#define ROW_POOL ((size_t)128 << 10)

/* Texts kept one after the other until all are dropped. */
struct pool {
	char *ptr;
	size_t len, cap;
};

struct dro_xml {
	XML_Parser parser;
	unsigned long salt; /* against chosen names in expat's hashes */
	dro_row_fn *fn;
	void *arg;
	struct dro_form form;
	struct dro_row row;
	const char *row_text[DRO_NODE_LEAVES]; /* of this record */
	struct pool form_pool, row_pool;
	struct dro_refused refused;
	bool stopped; /* refused, or out of memory */
	bool prologue; /* nothing but white space so far */
	size_t stalled; /* input since the last complete piece */
	int depth;
	int stack[DRO_XML_DEPTH_MAX + 1]; /* nodes; [0] is the document */
	uint64_t seen; /* nodes that stand once and have stood */
	struct dro_row_auth *auth; /* the one being read, or NULL */
	int64_t records;
	size_t n_text;
	char text[DRO_XML_TEXT_MAX + 1];
	char form_space[FORM_POOL];
	char row_space[ROW_POOL];
};

#define BIT(node) (UINT64_C(1) << (node))

/* What may stand again in each record, and in each result or reason. */
#define ONCE_A_RESULT                                                          \
	(BIT(DRO_NODE_AUTH_DOMAIN) | BIT(DRO_NODE_AUTH_SELECTOR) |             \
	    BIT(DRO_NODE_AUTH_RESULT) | BIT(DRO_NODE_AUTH_SCOPE) |             \
	    BIT(DRO_NODE_REASON_TYPE))
#define ONCE_A_RECORD                                                          \
	(ONCE_A_RESULT | BIT(DRO_NODE_IP) | BIT(DRO_NODE_COUNT) |              \
	    BIT(DRO_NODE_DISPOSITION) | BIT(DRO_NODE_DKIM) |                   \
	    BIT(DRO_NODE_SPF) | BIT(DRO_NODE_HEADER_FROM) |                    \
	    BIT(DRO_NODE_ROW) | BIT(DRO_NODE_EVALUATED) |                      \
	    BIT(DRO_NODE_IDENTIFIERS) | BIT(DRO_NODE_AUTH_RESULTS))
#define ANY_NUMBER                                                             \
	(BIT(DRO_NODE_RECORD) | BIT(DRO_NODE_SIGNATURE) |                      \
	    BIT(DRO_NODE_SPF_RESULT) | BIT(DRO_NODE_REASON) |                  \
	    BIT(DRO_NODE_NEW) | BIT(DRO_NODE_SKIP))

struct dro_xml *
dro_xml_create(dro_row_fn *fn, void *arg)
{
	struct dro_xml *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (NULL);
	x->fn = fn;
	x->arg = arg;
	x->form_pool = (struct pool){x->form_space, 0, FORM_POOL};
	x->row_pool = (struct pool){x->row_space, 0, ROW_POOL};
	/* Without entropy expat salts its tables from the clock. */
	if (getrandom(&x->salt, sizeof(x->salt), GRND_NONBLOCK) < 0)
		x->salt = 0;
	return (x);
}

void
dro_xml_destroy(struct dro_xml *x)
{
	if (x == NULL)
		return;
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	free(x);
}

const struct dro_refused *
dro_xml_refused(const struct dro_xml *x)
{
	return (&x->refused);
}

const struct dro_form *
dro_xml_form(const struct dro_xml *x)
{
	return (&x->form);
}

static void
stop(struct dro_xml *x)
{
	x->stopped = true;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

static void
refuse(struct dro_xml *x, enum dro_refuse why, const char *detail)
{
	dro_refused_set(&x->refused, why, "line %lu: %s",
	    (unsigned long)XML_GetCurrentLineNumber(x->parser), detail);
	stop(x);
}

static void
warn(struct dro_xml *x, enum dro_warn what)
{
	x->form.warns |= DRO_WARN_BIT(what);
}

/* The text of the element that ends, white space around it cut. */
static const char *
keep(struct dro_xml *x, struct pool *pool)
{
	struct dro_str s = {x->text, x->n_text};
	char *at = pool->ptr + pool->len;

	s = dro_str_trim(s);
	if (s.len >= pool->cap - pool->len) {
		refuse(x, DRO_REFUSE_ROW_SIZE,
		    "one record holds more than 128 KiB of text");
		return ("");
	}
	memcpy(at, s.ptr, s.len);
	at[s.len] = '\0';
	pool->len += s.len + 1;
	return (at);
}

/* ---- records */

static void
begin_record(struct dro_xml *x)
{
	size_t i;

	x->seen &= ~ONCE_A_RECORD;
	x->row_pool.len = 0;
	x->row.n_sigs = x->row.n_spfs = 0;
	for (i = 0; i < DRO_NODE_LEAVES; i++)
		x->row_text[i] = "";
	if (++x->records > DRO_ROWS_MAX)
		refuse(x, DRO_REFUSE_ROWS, "more than 500 000 records");
}

/* Room for one more authentication result; NULL: too many, skip it. */
static struct dro_row_auth *
begin_auth(struct dro_xml *x, int node)
{
	bool sig = node == DRO_NODE_SIGNATURE;
	size_t *n = sig ? &x->row.n_sigs : &x->row.n_spfs;
	struct dro_row_auth *auth = sig ? x->row.sigs : x->row.spfs;

	x->seen &= ~ONCE_A_RESULT;
	if (*n == DRO_ROW_AUTHS_MAX) {
		warn(x, DRO_WARN_SIGNATURES_MANY);
		return (NULL);
	}
	auth += (*n)++;
	*auth = (struct dro_row_auth){"", "", "", ""};
	return (auth);
}

/* A whole number of at most DRO_ROW_COUNT_MAX, digits only. */
static bool
parse_count(const char *s, int64_t *out)
{
	int64_t n = 0;

	if (*s == '\0')
		return (false);
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return (false);
		n = n * 10 + (*s - '0');
		if (n > DRO_ROW_COUNT_MAX)
			return (false);
	}
	*out = n;
	return (true);
}

static void
end_record(struct dro_xml *x)
{
	const char *count = x->row_text[DRO_NODE_COUNT];

	if (*count == '\0' && *x->row_text[DRO_NODE_IP] == '\0') {
		warn(x, DRO_WARN_ROW_EMPTY);
		return;
	}
	if (!parse_count(count, &x->row.count)) {
		dro_refused_set(&x->refused, DRO_REFUSE_COUNT,
		    "record %lld: count is a whole number of at most "
		    "1000000000; got \"%.40s\"",
		    (long long)x->records, count);
		stop(x);
		return;
	}
	x->row.ip = x->row_text[DRO_NODE_IP];
	x->row.disposition = x->row_text[DRO_NODE_DISPOSITION];
	x->row.dkim = x->row_text[DRO_NODE_DKIM];
	x->row.spf = x->row_text[DRO_NODE_SPF];
	x->row.header_from = x->row_text[DRO_NODE_HEADER_FROM];
	x->form.rows++;
	if (!x->fn(x->arg, &x->form, &x->row))
		stop(x);
}

/* ---- expat's handlers */

static void
take_text(struct dro_xml *x, int node)
{
	if (node < DRO_FIELD_N) {
		x->form.text[node] = keep(x, &x->form_pool);
		return;
	}
	switch (node) {
	case DRO_NODE_AUTH_DOMAIN:
		x->auth->domain = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_SELECTOR:
		x->auth->selector = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_RESULT:
		x->auth->result = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_SCOPE:
		x->auth->scope = keep(x, &x->row_pool);
		break;
	default:
		x->row_text[node] = keep(x, &x->row_pool);
	}
}

/* The namespace of the root tells the generation, if it has one. */
static void
take_namespace(struct dro_xml *x, const char *name, const char **atts)
{
	const char *colon = strrchr(name, ':');
	size_t prefix = colon != NULL ? (size_t)(colon - name) : 0;

	for (; atts[0] != NULL; atts += 2) {
		if (strncmp(atts[0], "xmlns", 5) != 0)
			continue;
		if (prefix == 0 ? atts[0][5] != '\0'
				: atts[0][5] != ':' ||
			    strncmp(atts[0] + 6, name, prefix) != 0 ||
			    atts[0][6 + prefix] != '\0')
			continue;
		if (strcmp(atts[1], NAMESPACE_9990) == 0)
			x->form.has_namespace = true;
		else if (strcmp(atts[1], NAMESPACE_7489) != 0)
			warn(x, DRO_WARN_NAMESPACE_ODD);
	}
}

/* What the element ${name} below ${parent} is to us. */
static int
classify(struct dro_xml *x, int parent, const char *name)
{
	const char *colon = strrchr(name, ':');
	const char *local = colon != NULL ? colon + 1 : name;
	int node = dro_schema_find(parent, local);

	if (parent == DRO_NODE_DOCUMENT && node == DRO_NODE_SKIP)
		refuse(x, DRO_REFUSE_XML_ROOT,
		    "the outermost element is not feedback");
	if (node == DRO_NODE_IDENTIFIERS && strcmp(local, "identifiers") != 0)
		warn(x, DRO_WARN_IDENTITIES);
	if ((BIT(node) & ANY_NUMBER) != 0)
		return (node);
	if ((BIT(node) & x->seen) != 0) {
		warn(x, DRO_WARN_ELEMENT_TWICE);
		return (DRO_NODE_SKIP);
	}
	x->seen |= BIT(node);
	return (node);
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct dro_xml *x = arg;
	int parent = x->stack[x->depth], node;

	x->stalled = 0;
	if (x->stopped)
		return;
	if (parent < DRO_NODE_LEAVES) {
		refuse(x, DRO_REFUSE_XML_MIXED,
		    "an element inside one that holds text");
		return;
	}
	if (x->depth == DRO_XML_DEPTH_MAX) {
		refuse(x, DRO_REFUSE_XML_DEPTH, "nested deeper than 16");
		return;
	}
	node = classify(x, parent, name);
	if (node == DRO_NODE_FEEDBACK)
		take_namespace(x, name, atts);
	else if (node == DRO_NODE_RECORD)
		begin_record(x);
	else if (node == DRO_NODE_SIGNATURE || node == DRO_NODE_SPF_RESULT) {
		if ((x->auth = begin_auth(x, node)) == NULL)
			node = DRO_NODE_SKIP;
	} else if (node == DRO_NODE_REASON)
		x->seen &= ~ONCE_A_RESULT;
	else if (node == DRO_NODE_NEW || node == DRO_FIELD_NP ||
	    node == DRO_FIELD_TESTING)
		x->form.has_new = true;
	x->stack[++x->depth] = node;
	x->n_text = 0;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name DRO_UNUSED)
{
	struct dro_xml *x = arg;
	int node = x->stack[x->depth];

	x->stalled = 0;
	if (x->stopped)
		return;
	x->depth--;
	if (node < DRO_NODE_LEAVES)
		take_text(x, node);
	else if (node == DRO_NODE_RECORD)
		end_record(x);
	else if (node == DRO_NODE_REASON &&
	    *x->row_text[DRO_NODE_REASON_TYPE] == '\0')
		warn(x, DRO_WARN_REASON_EMPTY);
	if (node == DRO_NODE_REASON)
		x->row_text[DRO_NODE_REASON_TYPE] = "";
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int len)
{
	struct dro_xml *x = arg;
	size_t n = (size_t)len;

	x->stalled = 0;
	if (x->stopped || x->stack[x->depth] >= DRO_NODE_LEAVES)
		return;
	if (n > DRO_XML_TEXT_MAX - x->n_text) {
		refuse(x, DRO_REFUSE_XML_TEXT,
		    "an element with more than 4 KiB of text");
		return;
	}
	memcpy(x->text + x->n_text, s, n);
	x->n_text += n;
}

/* Comments and the like: not read, but they are complete. */
static void XMLCALL
on_other(void *arg, const XML_Char *s DRO_UNUSED, int len DRO_UNUSED)
{
	struct dro_xml *x = arg;

	x->stalled = 0;
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name DRO_UNUSED,
    const XML_Char *sysid DRO_UNUSED, const XML_Char *pubid DRO_UNUSED,
    int internal DRO_UNUSED)
{
	refuse(arg, DRO_REFUSE_XML_DOCTYPE,
	    "a document type declaration; no report needs one");
}

static void XMLCALL
on_entity(void *arg, const XML_Char *name DRO_UNUSED,
    int is_parameter DRO_UNUSED, const XML_Char *value DRO_UNUSED,
    int len DRO_UNUSED, const XML_Char *base DRO_UNUSED,
    const XML_Char *sysid DRO_UNUSED, const XML_Char *pubid DRO_UNUSED,
    const XML_Char *notation DRO_UNUSED)
{
	refuse(arg, DRO_REFUSE_XML_DOCTYPE,
	    "an entity declaration; no report needs one");
}

/* ---- driving expat */

/*
 * The document type handler is the real wall; expat's own limits stand
 * behind it.  Setters refuse only nonsense arguments.
 */
static void
set_limits(XML_Parser parser)
{
	(void)XML_SetBillionLaughsAttackProtectionMaximumAmplification(
	    parser, 10.0F);
	(void)XML_SetBillionLaughsAttackProtectionActivationThreshold(
	    parser, 1 << 20);
	if (XML_SetAllocTrackerMaximumAmplification != NULL)
		(void)XML_SetAllocTrackerMaximumAmplification(parser, 10.0F);
	if (XML_SetAllocTrackerActivationThreshold != NULL)
		(void)XML_SetAllocTrackerActivationThreshold(parser, 16 << 20);
}

bool
dro_xml_begin(struct dro_xml *x)
{
	memset(&x->form, 0, sizeof(x->form));
	x->form_pool.len = x->row_pool.len = 0;
	x->refused.why = DRO_REFUSE_NONE;
	x->prologue = true;
	x->stalled = 0;
	x->depth = 0;
	x->stack[0] = DRO_NODE_DOCUMENT;
	x->seen = 0;
	x->records = 0;
	x->n_text = 0;
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	x->parser = XML_ParserCreate(NULL);
	x->stopped = x->parser == NULL;
	if (x->stopped)
		return (false);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetDefaultHandlerExpand(x->parser, on_other);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	XML_SetEntityDeclHandler(x->parser, on_entity);
	if (x->salt != 0)
		(void)XML_SetHashSalt(x->parser, x->salt);
	set_limits(x->parser);
	return (true);
}

/* Turn expat's failure into a refusal, unless there is one already. */
static bool
failed(struct dro_xml *x)
{
	enum XML_Error code = XML_GetErrorCode(x->parser);

	if (x->stopped)
		return (false);
	switch (code) {
	case XML_ERROR_UNKNOWN_ENCODING:
	case XML_ERROR_INCORRECT_ENCODING:
		refuse(x, DRO_REFUSE_XML_ENCODING,
		    "encodings are UTF-8, UTF-16, US-ASCII and ISO-8859-1");
		break;
	case XML_ERROR_NO_MEMORY:
		refuse(x, DRO_REFUSE_XML_TOKEN, "needs too much memory");
		break;
	default:
		refuse(x, DRO_REFUSE_XML_MALFORMED, XML_ErrorString(code));
	}
	return (false);
}

/*
 * Step over what receivers put before the declaration, which XML does not
 * allow there; false if the first other octet begins no XML.
 */
static bool
skip_prologue(struct dro_xml *x, const char **ptr, size_t *len)
{
	const char *p = *ptr, *end = *ptr + *len;

	if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		warn(x, DRO_WARN_BOM);
		(void)XML_SetEncoding(x->parser, "UTF-8");
		p += 3;
	}
	while (
	    p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
		warn(x, DRO_WARN_LEADING_SPACE);
		p++;
	}
	x->prologue = p == end;
	*len = (size_t)(end - p);
	*ptr = p;
	/* '<', or UTF-16: a byte order mark or a zero octet. */
	return (p == end || *p == '<' || *p == '\0' || *p == '\xfe' ||
	    *p == '\xff');
}

bool
dro_xml_feed(struct dro_xml *x, const char *ptr, size_t len)
{
	const size_t most = (size_t)1 << 20;
	size_t n;

	if (x->stopped)
		return (false);
	if (x->prologue && !skip_prologue(x, &ptr, &len)) {
		refuse(x, DRO_REFUSE_NOT_A_REPORT, "no XML");
		return (false);
	}
	for (; len > 0; ptr += n, len -= n) {
		n = len < most ? len : most;
		x->stalled += n;
		if (XML_Parse(x->parser, ptr, (int)n, 0) != XML_STATUS_OK)
			return (failed(x));
		if (x->stalled > DRO_XML_TOKEN_MAX) {
			refuse(x, DRO_REFUSE_XML_TOKEN,
			    "one name, value or comment of more than 1 MiB");
			return (false);
		}
	}
	return (true);
}

bool
dro_xml_finish(struct dro_xml *x)
{
	if (x->stopped)
		return (false);
	if (x->prologue) {
		refuse(x, DRO_REFUSE_EMPTY, "nothing but white space");
		return (false);
	}
	if (XML_Parse(x->parser, "", 0, 1) != XML_STATUS_OK)
		return (failed(x));
	return (true);
}
