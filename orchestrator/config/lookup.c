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
