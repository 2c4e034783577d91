#include <string.h>

#include "base/date.h"
#include "ingest/meaning.h"
#include "record/dmarc.h"

/* Times of reports: up to the end of year 9999, which 12 digits hold. */
#define TIME_DIGITS 12

static void
warn(dro_warns *warns, enum dro_warn what)
{
	*warns |= DRO_WARN_BIT(what);
}

/* Absent and empty are the same for what must be there. */
static const char *
text_of(const struct dro_form *form, enum dro_field field)
{
	return (form->text[field] != NULL ? form->text[field] : "");
}

/*
 * Unix seconds; some receivers write a fraction ("1337270400.0"), which is
 * cut.
 */
static bool
parse_time(const char *s, int64_t *out, dro_warns *warns)
{
	size_t n = strspn(s, "0123456789"), i;

	if (n == 0 || n > TIME_DIGITS)
		return (false);
	*out = 0;
	for (i = 0; i < n; i++)
		*out = *out * 10 + (s[i] - '0');
	if (s[n] == '\0')
		return (true);
	warn(warns, DRO_WARN_TIME_DECIMAL);
	return (
	    s[n] == '.' && s[n + 1 + strspn(s + n + 1, "0123456789")] == '\0');
}

static bool
take_range(const struct dro_form *form, int64_t now, struct dro_report *out,
    dro_warns *warns, struct dro_refused *refused)
{
	const char *begin = text_of(form, DRO_FIELD_BEGIN);
	const char *end = text_of(form, DRO_FIELD_END);
	int64_t length;

	if (!parse_time(begin, &out->begin, warns) ||
	    !parse_time(end, &out->end, warns)) {
		dro_refused_set(refused, DRO_REFUSE_RANGE,
		    "date_range: begin and end are Unix seconds; got "
		    "\"%.40s\" and \"%.40s\"",
		    begin, end);
		return (false);
	}
	length = out->end - out->begin;
	if (length == 0)
		warn(warns, DRO_WARN_RANGE_EMPTY);
	else if (length < 0)
		warn(warns, DRO_WARN_RANGE_REVERSED);
	else if (length > DRO_RANGE_MAX_S)
		warn(warns, DRO_WARN_RANGE_LONG);
	else if (length > DRO_RANGE_DAY_S)
		warn(warns, DRO_WARN_RANGE_OVER_DAY);
	if (out->end > now)
		warn(warns, DRO_WARN_RANGE_FUTURE);
	if (out->begin < now - DRO_WINDOW_S)
		warn(warns, DRO_WARN_OUTSIDE_WINDOW);
	return (true);
}

/* Who says it: org_name, else the domain of the e-mail address. */
static bool
take_reporter(const struct dro_form *form, struct dro_meaning *room,
    struct dro_report *out, dro_warns *warns, struct dro_refused *refused)
{
	const char *org = text_of(form, DRO_FIELD_ORG), *at;
	size_t i;

	out->email = text_of(form, DRO_FIELD_EMAIL);
	if (*out->email == '\0')
		warn(warns, DRO_WARN_EMAIL_MISSING);
	if (*org == '\0') {
		warn(warns, DRO_WARN_ORG_MISSING);
		at = strrchr(out->email, '@');
		org = at != NULL ? at + 1 : "";
	}
	if (*org == '\0') {
		dro_refused_set(refused, DRO_REFUSE_REPORTER,
		    "report_metadata: neither org_name nor email names the "
		    "reporter");
		return (false);
	}
	memcpy(room->org, org, strlen(org) + 1);
	out->org = room->org;
	for (i = 0; org[i] != '\0'; i++)
		room->reporter[i] = dro_ascii_lower(org[i]);
	room->reporter[i] = '\0';
	out->reporter = room->reporter;
	return (true);
}

/* The same id with and without <> is the same (RFC 9990 3.5.4). */
static bool
take_report_id(const struct dro_form *form, struct dro_meaning *room,
    struct dro_report *out, struct dro_refused *refused)
{
	struct dro_str id = dro_str_of(text_of(form, DRO_FIELD_REPORT_ID));

	if (id.len >= 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>') {
		id.ptr++;
		id.len -= 2;
		id = dro_str_trim(id);
	}
	if (id.len == 0) {
		dro_refused_set(refused, DRO_REFUSE_REPORT_ID,
		    "report_metadata: no report_id, so a second copy could "
		    "not be told");
		return (false);
	}
	memcpy(room->report_id, id.ptr, id.len);
	room->report_id[id.len] = '\0';
	out->report_id = room->report_id;
	return (true);
}

static bool
take_domain(const struct dro_form *form, struct dro_meaning *room,
    struct dro_report *out, struct dro_refused *refused)
{
	const char *domain = text_of(form, DRO_FIELD_DOMAIN);

	if (dro_domain_normalise(domain, room->domain, NULL) != DRO_OK) {
		dro_refused_set(refused, DRO_REFUSE_DOMAIN,
		    "policy_published: domain is a host name in A-label form; "
		    "got \"%.80s\"",
		    domain);
		return (false);
	}
	out->domain = room->domain;
	return (true);
}

/* A level as DMARC names it; NULL, with a warning, for anything else. */
static const char *
level_of(const char *text, dro_warns *warns)
{
	enum dro_level level;

	if (text == NULL || *text == '\0')
		return (NULL);
	if (dro_level_parse(dro_str_of(text), &level))
		return (dro_level_name(level));
	warn(warns, DRO_WARN_POLICY_ODD);
	return (NULL);
}

/* 0..100, digits only. */
static const char *
pct_of(const char *text, dro_warns *warns)
{
	size_t n;

	if (text == NULL || *text == '\0')
		return (NULL);
	n = strlen(text);
	if (strspn(text, "0123456789") == n &&
	    (n <= 2 || strcmp(text, "100") == 0))
		return (text);
	warn(warns, DRO_WARN_POLICY_ODD);
	return (NULL);
}

static const char *
testing_of(const char *text, dro_warns *warns)
{
	if (text == NULL || *text == '\0')
		return (NULL);
	if (dro_str_ieq(dro_str_of(text), "y"))
		return ("y");
	if (dro_str_ieq(dro_str_of(text), "n"))
		return ("n");
	warn(warns, DRO_WARN_POLICY_ODD);
	return (NULL);
}

static void
take_policy(
    const struct dro_form *form, struct dro_report *out, dro_warns *warns)
{
	const char *const *text = form->text;

	if (*text_of(form, DRO_FIELD_P) == '\0')
		warn(warns, DRO_WARN_P_MISSING);
	if (text[DRO_FIELD_SP] != NULL && *text[DRO_FIELD_SP] == '\0')
		warn(warns, DRO_WARN_SP_EMPTY);
	out->p = level_of(text[DRO_FIELD_P], warns);
	out->sp = level_of(text[DRO_FIELD_SP], warns);
	out->np = level_of(text[DRO_FIELD_NP], warns);
	out->pct = pct_of(text[DRO_FIELD_PCT], warns);
	out->t = testing_of(text[DRO_FIELD_TESTING], warns);
	if (text[DRO_FIELD_VERSION] != NULL &&
	    strcmp(text[DRO_FIELD_VERSION], "1.0") != 0)
		warn(warns, DRO_WARN_VERSION_ODD);
}

bool
dro_meaning_take(const struct dro_form *form, int64_t now,
    struct dro_meaning *room, struct dro_report *out, dro_warns *warns,
    struct dro_refused *refused)
{
	if (!take_domain(form, room, out, refused) ||
	    !take_reporter(form, room, out, warns, refused) ||
	    !take_report_id(form, room, out, refused) ||
	    !take_range(form, now, out, warns, refused))
		return (false);
	take_policy(form, out, warns);
	if (form->has_namespace)
		out->generation = DRO_GEN_RFC9990;
	else
		out->generation =
		    form->has_new ? DRO_GEN_MIXED : DRO_GEN_RFC7489;
	out->rows = form->rows;
	if (form->rows == 0)
		warn(warns, DRO_WARN_NO_ROWS);
	return (true);
}
