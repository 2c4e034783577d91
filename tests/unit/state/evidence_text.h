#ifndef DRO_TEST_STATE_EVIDENCE_TEXT_H
#define DRO_TEST_STATE_EVIDENCE_TEXT_H

#include "fixture.h"

/* Evidence as text: "reporters|streams|cells|seen|ignored". */
static DRO_UNUSED const char *
evidence_text(const struct dro_evidence *ev)
{
	static char text[65536];
	size_t i, n = 0;

#define SAY(...) n += (size_t)snprintf(text + n, sizeof(text) - n, __VA_ARGS__)
	text[0] = '\0';
	for (i = 0; i < ev->n_reporters; i++)
		SAY("%s ", ev->reporters[i]);
	SAY("|");
	for (i = 0; i < ev->n_streams; i++)
		SAY("%s,%s,%s,%s,%s,%s,%s%s ", ev->streams[i].dkim,
		    ev->streams[i].selector, ev->streams[i].dkim_other,
		    ev->streams[i].mail_from, ev->streams[i].claim,
		    ev->streams[i].claim_selector, ev->streams[i].ip,
		    ev->streams[i].below ? "*" : "");
	SAY("|");
	for (i = 0; i < ev->n_cells; i++)
		SAY("%d:%u:%u=%lld/%lld/%lld ", ev->cells[i].day - DAY0,
		    ev->cells[i].stream, ev->cells[i].reporter,
		    (long long)ev->cells[i].pass, (long long)ev->cells[i].fail,
		    (long long)ev->cells[i].unknown);
	SAY("|");
	for (i = 0; i < ev->n_seen; i++)
		SAY("%lld+%lld:%u=%lld ",
		    (long long)(ev->seen[i].begin - T0) / 3600,
		    (long long)(ev->seen[i].end - ev->seen[i].begin) / 3600,
		    ev->seen[i].reporter, (long long)ev->seen[i].messages);
	SAY("|");
	for (i = 0; i < ev->n_ignored; i++)
		SAY("%s=%lld/%lld ", ev->ignored[i].reason,
		    (long long)ev->ignored[i].reports,
		    (long long)ev->ignored[i].messages);
#undef SAY
	return (text);
}

#endif /* !DRO_TEST_STATE_EVIDENCE_TEXT_H */
