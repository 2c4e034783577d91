#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <expat.h>

#include "base/buf.h"
#include "ingest/xml_parts.h"

/* Only patched or recent releases of expat have them: link without, too. */
#pragma weak XML_SetAllocTrackerMaximumAmplification
#pragma weak XML_SetAllocTrackerActivationThreshold

#define NAMESPACE_9990 "urn:ietf:params:xml:ns:dmarc-2.0"
#define NAMESPACE_7489 "http://dmarc.org/dmarc-xml/0.1"

/* What may stand any number of times. */
#define ANY_NUMBER                                                             \
	(DRO_NODE_BIT(DRO_NODE_RECORD) | DRO_NODE_BIT(DRO_NODE_SIGNATURE) |    \
	    DRO_NODE_BIT(DRO_NODE_SPF_RESULT) |                                \
	    DRO_NODE_BIT(DRO_NODE_REASON) | DRO_NODE_BIT(DRO_NODE_NEW) |       \
	    DRO_NODE_BIT(DRO_NODE_SKIP))

struct dro_xml *
dro_xml_create(dro_row_fn *fn, void *arg)
{
	struct dro_xml *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (NULL);
	x->fn = fn;
	x->arg = arg;
	x->form_pool =
	    (struct dro_xml_pool){x->form_space, 0, DRO_XML_FORM_POOL};
	x->row_pool = (struct dro_xml_pool){x->row_space, 0, DRO_XML_ROW_POOL};
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

void
dro_xml_stop(struct dro_xml *x)
{
	x->stopped = true;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

void
dro_xml_refuse(struct dro_xml *x, enum dro_refuse why, const char *detail)
{
	dro_refused_set(&x->refused, why, "line %lu: %s",
	    (unsigned long)XML_GetCurrentLineNumber(x->parser), detail);
	dro_xml_stop(x);
}

void
dro_xml_warn(struct dro_xml *x, enum dro_warn what)
{
	x->form.warns |= DRO_WARN_BIT(what);
}

/* ---- expat's handlers */

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
			dro_xml_warn(x, DRO_WARN_NAMESPACE_ODD);
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
		dro_xml_refuse(x, DRO_REFUSE_XML_ROOT,
		    "the outermost element is not feedback");
	if (node == DRO_NODE_IDENTIFIERS && strcmp(local, "identifiers") != 0)
		dro_xml_warn(x, DRO_WARN_IDENTITIES);
	if ((DRO_NODE_BIT(node) & ANY_NUMBER) != 0)
		return (node);
	if ((DRO_NODE_BIT(node) & x->seen) != 0) {
		dro_xml_warn(x, DRO_WARN_ELEMENT_TWICE);
		return (DRO_NODE_SKIP);
	}
	x->seen |= DRO_NODE_BIT(node);
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
		dro_xml_refuse(x, DRO_REFUSE_XML_MIXED,
		    "an element inside one that holds text");
		return;
	}
	if (x->depth == DRO_XML_DEPTH_MAX) {
		dro_xml_refuse(
		    x, DRO_REFUSE_XML_DEPTH, "nested deeper than 16");
		return;
	}
	node = classify(x, parent, name);
	if (node == DRO_NODE_FEEDBACK)
		take_namespace(x, name, atts);
	else if (node == DRO_NODE_RECORD)
		dro_xml_begin_record(x);
	else if (node == DRO_NODE_SIGNATURE || node == DRO_NODE_SPF_RESULT) {
		if ((x->auth = dro_xml_begin_auth(x, node)) == NULL)
			node = DRO_NODE_SKIP;
	} else if (node == DRO_NODE_REASON)
		dro_xml_begin_result(x);
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
		dro_xml_take_text(x, node);
	else if (node == DRO_NODE_RECORD)
		dro_xml_end_record(x);
	else if (node == DRO_NODE_REASON &&
	    *x->row_text[DRO_NODE_REASON_TYPE] == '\0')
		dro_xml_warn(x, DRO_WARN_REASON_EMPTY);
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
		dro_xml_refuse(x, DRO_REFUSE_XML_TEXT,
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
	dro_xml_refuse(arg, DRO_REFUSE_XML_DOCTYPE,
	    "a document type declaration; no report needs one");
}

static void XMLCALL
on_entity(void *arg, const XML_Char *name DRO_UNUSED,
    int is_parameter DRO_UNUSED, const XML_Char *value DRO_UNUSED,
    int len DRO_UNUSED, const XML_Char *base DRO_UNUSED,
    const XML_Char *sysid DRO_UNUSED, const XML_Char *pubid DRO_UNUSED,
    const XML_Char *notation DRO_UNUSED)
{
	dro_xml_refuse(arg, DRO_REFUSE_XML_DOCTYPE,
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
		dro_xml_refuse(x, DRO_REFUSE_XML_ENCODING,
		    "encodings are UTF-8, UTF-16, US-ASCII and ISO-8859-1");
		break;
	case XML_ERROR_NO_MEMORY:
		dro_xml_refuse(
		    x, DRO_REFUSE_XML_TOKEN, "needs too much memory");
		break;
	default:
		dro_xml_refuse(
		    x, DRO_REFUSE_XML_MALFORMED, XML_ErrorString(code));
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
		dro_xml_warn(x, DRO_WARN_BOM);
		(void)XML_SetEncoding(x->parser, "UTF-8");
		p += 3;
	}
	while (
	    p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
		dro_xml_warn(x, DRO_WARN_LEADING_SPACE);
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
		dro_xml_refuse(x, DRO_REFUSE_NOT_A_REPORT, "no XML");
		return (false);
	}
	for (; len > 0; ptr += n, len -= n) {
		n = len < most ? len : most;
		x->stalled += n;
		if (XML_Parse(x->parser, ptr, (int)n, 0) != XML_STATUS_OK)
			return (failed(x));
		if (x->stalled > DRO_XML_TOKEN_MAX) {
			dro_xml_refuse(x, DRO_REFUSE_XML_TOKEN,
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
		dro_xml_refuse(x, DRO_REFUSE_EMPTY, "nothing but white space");
		return (false);
	}
	if (XML_Parse(x->parser, "", 0, 1) != XML_STATUS_OK)
		return (failed(x));
	return (true);
}
