#include <string.h>

#include "base/domain.h"
#include "config/reader.h"

/* Binary search by the normalised ${name}. */
static const struct dro_domain *
find(const struct dro_config *config, const char *name)
{
	size_t low = 0, high = config->n_domains, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(name, config->by_name[middle]->domain);
		if (order == 0)
			return (config->by_name[middle]);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (NULL);
}

/* Whether one of the ${n} entries of ${list} stands for the reporter. */
static bool
names(const char *const *list, size_t n, const char *identity, const char *from)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strchr(list[i], '@') != NULL
			? strcmp(identity, list[i]) == 0
			: dro_domain_within(identity, list[i]) ||
			    dro_domain_within(from, list[i]))
			return (true);
	return (false);
}

void
dro_config_reporter(const struct dro_config *config, const char *identity,
    const char *from, bool *trusted, bool *ignored)
{
	const struct dro_reporter_lists *lists = &config->reporters;

	*trusted = names(lists->trust, lists->n_trust, identity, from);
	*ignored = names(lists->ignore, lists->n_ignore, identity, from);
}

const struct dro_domain *
dro_config_domain(const struct dro_config *config, const char *name)
{
	char normal[DRO_DOMAIN_LEN];

	if (dro_domain_ascii(name, normal, NULL) != DRO_OK)
		return (NULL);
	return (find(config, normal));
}

const struct dro_domain *
dro_config_owner(const struct dro_config *config, const char *name)
{
	const struct dro_domain *domain;

	do {
		if ((domain = find(config, name)) != NULL)
			return (domain);
		name = strchr(name, '.');
	} while (name != NULL && *++name != '\0');
	return (NULL);
}
