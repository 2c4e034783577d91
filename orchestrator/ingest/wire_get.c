#include <string.h>

#include "base/domain.h"
#include "ingest/wire_parts.h"
#include "ingest/xml.h"
#include "presets/reporters.h"

#define KEY_BITS_MAX 65536

bool
dro_wire_get_conf(const struct dro_frame *frame,
    const char *ids[DRO_AUTHSERV_IDS_MAX], struct dro_reading_conf *out)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_CONF);
	size_t i;

	memset(out, 0, sizeof(*out));
	out->now = dro_cursor_int(&c, INT64_MIN, INT64_MAX);
	out->n_authserv_ids =
	    (size_t)dro_cursor_int(&c, 0, DRO_AUTHSERV_IDS_MAX);
	out->authserv_ids = ids;
	for (i = 0; i < out->n_authserv_ids; i++)
		ids[i] = dro_cursor_text(&c, DRO_MEMBER_MAX);
	out->recipient = dro_cursor_text(&c, DRO_MEMBER_MAX);
	return (dro_cursor_over(&c));
}

bool
dro_wire_get_input(const struct dro_frame *frame, struct dro_input *out)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_INPUT);
	const char *mail = dro_cursor_skip(&c, 1);

	memset(out, 0, sizeof(*out));
	if (mail == NULL)
		return (false);
	out->mail = *mail != 0;
	out->ptr = c.ptr;
	out->len = c.len;
	return (!c.bad);
}

bool
dro_wire_get_key(const struct dro_frame *frame, enum dro_key_status *status,
    const char **text)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_KEY);

	*status = (enum dro_key_status)dro_cursor_int(&c, 0, DRO_KEY_UNKNOWN);
	*text = dro_cursor_text(&c, DRO_KEY_TEXT_MAX);
	return (dro_cursor_over(&c));
}

bool
dro_wire_get_hello(const struct dro_frame *frame, struct dro_sandbox *out)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_HELLO);

	out->landlock_abi = (int)dro_cursor_int(&c, 0, 1000);
	out->landlock_errno = (int)dro_cursor_int(&c, 0, 4095);
	out->seccomp_errno = (int)dro_cursor_int(&c, 0, 4095);
	out->limits_errno = (int)dro_cursor_int(&c, 0, 4095);
	return (dro_cursor_over(&c));
}

bool
dro_wire_get_ask(
    const struct dro_frame *frame, const char **selector, const char **domain)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_ASK);

	*selector = dro_cursor_domain(&c);
	*domain = dro_cursor_domain(&c);
	return (dro_cursor_over(&c) &&
	    strlen(*selector) + strlen("._domainkey.") + strlen(*domain) <
		DRO_DOMAIN_LEN);
}

bool
dro_wire_get_done(const struct dro_frame *frame, enum dro_code *out)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_DONE);

	*out = (enum dro_code)dro_cursor_int(&c, DRO_OK, DRO_ESTATE);
	return (dro_cursor_over(&c));
}

static bool
replay_sender(
    const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_SENDER);
	struct dro_sender s;
	bool authenticated;

	s.auth = (enum dro_auth)dro_cursor_int(
	    &c, DRO_AUTH_DKIM_ALIGNED, DRO_AUTH_INVALID);
	s.again = dro_cursor_int(&c, 0, 1) == 1;
	s.from = dro_cursor_name(&c);
	s.signer = dro_cursor_name(&c);
	s.selector = dro_cursor_word(&c, DRO_DOMAIN_LEN - 1);
	s.identity = dro_cursor_word(&c, DRO_REPORTER_LEN - 1);
	s.key_bits = (int)dro_cursor_int(&c, 0, KEY_BITS_MAX);
	s.note = dro_cursor_utf8(&c, DRO_XML_TEXT_MAX);
	s.recipient = dro_cursor_word(&c, DRO_RECIPIENT_MAX);
	authenticated =
	    s.auth == DRO_AUTH_DKIM_ALIGNED || s.auth == DRO_AUTH_AR_TRUSTED;
	if (!dro_cursor_over(&c) || authenticated != (*s.identity != '\0'))
		return (false);
	sink->sender(sink->arg, &s);
	return (true);
}

static bool
replay_refuse(
    const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_REFUSE);
	const char *member = dro_cursor_optional(&c, DRO_MEMBER_MAX), *detail;
	struct dro_refused why = {DRO_REFUSE_NONE, ""};

	why.why = (enum dro_refuse)dro_cursor_int(
	    &c, DRO_REFUSE_NONE + 1, DRO_REFUSE_N - 1);
	detail = dro_cursor_text(&c, sizeof(why.detail) - 1);
	if (!dro_cursor_over(&c))
		return (false);
	memcpy(why.detail, detail, strlen(detail) + 1);
	sink->refuse(sink->arg, member, &why);
	return (true);
}

static bool
replay_warn(const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_WARN);
	const char *member = dro_cursor_optional(&c, DRO_MEMBER_MAX);
	enum dro_warn warn =
	    (enum dro_warn)dro_cursor_int(&c, 0, DRO_WARN_N - 1);

	if (!dro_cursor_over(&c))
		return (false);
	sink->warn(sink->arg, member, warn);
	return (true);
}

bool
dro_wire_replay(const struct dro_frame *frame, const struct dro_input *input,
    struct dro_wire_room *room, const struct dro_reading_sink *sink)
{
	switch (frame->type) {
	case DRO_FRAME_SENDER:
		return (replay_sender(frame, sink));
	case DRO_FRAME_ORIGINAL:
		sink->original(sink->arg, frame->ptr, frame->len);
		return (true);
	case DRO_FRAME_WHOLE:
		if (frame->len != 0)
			return (false);
		sink->original(sink->arg, input->ptr, input->len);
		return (true);
	case DRO_FRAME_REPORT:
		return (dro_replay_report(frame, room, sink));
	case DRO_FRAME_REFUSE:
		return (replay_refuse(frame, sink));
	case DRO_FRAME_WARN:
		return (replay_warn(frame, sink));
	case DRO_FRAME_CONF:
	case DRO_FRAME_INPUT:
	case DRO_FRAME_KEY:
	case DRO_FRAME_HELLO:
	case DRO_FRAME_ASK:
	case DRO_FRAME_DONE:
	case DRO_FRAME_N:
		break;
	}
	return (false);
}
