#include <string.h>

#include "manual/manual.h"
#include "powerdns/powerdns.h"
#include "rfc2136/rfc2136.h"
#include "zonefile/zonefile.h"

#include "provider.h"

/* Every built-in plugin: a new one adds a line here and its own folder. */
static const struct dro_provider *const providers[] = {
    &dro_provider_manual,
    &dro_provider_powerdns,
    &dro_provider_rfc2136,
    &dro_provider_zonefile,
    NULL,
};

const struct dro_provider *
dro_provider_find(const char *name)
{
	size_t i;

	for (i = 0; providers[i] != NULL; i++)
		if (strcmp(providers[i]->name, name) == 0)
			return (providers[i]);
	return (NULL);
}

const struct dro_provider *const *
dro_provider_all(void)
{
	return (providers);
}

const struct dro_conf_item *
dro_conf_find(const struct dro_conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->n; i++)
		if (strcmp(conf->items[i].name, name) == 0)
			return (&conf->items[i]);
	return (NULL);
}

const char *
dro_conf_get(const struct dro_conf *conf, const char *name)
{
	const struct dro_conf_item *item = dro_conf_find(conf, name);

	return (item == NULL || item->n == 0 ? NULL : item->values[0]);
}
