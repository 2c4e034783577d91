#include "stage/decide.h"

const char *
dro_step_name(enum dro_step step)
{
	static const char *const names[] = {
	    [DRO_STEP_NEW] = "new",
	    [DRO_STEP_OBSERVING] = "observing",
	    [DRO_STEP_READY] = "ready",
	    [DRO_STEP_PUBLISHING] = "publishing",
	    [DRO_STEP_VERIFYING] = "verifying",
	    [DRO_STEP_SETTLING] = "settling",
	    [DRO_STEP_COOLDOWN] = "cooldown",
	    [DRO_STEP_DONE] = "done",
	    [DRO_STEP_PARKED] = "parked",
	};

	return (names[step]);
}

const char *
dro_action_name(enum dro_action action)
{
	static const char *const names[] = {
	    [DRO_ACT_NONE] = "none",
	    [DRO_ACT_CREATE] = "create",
	    [DRO_ACT_ADJUST] = "adjust",
	    [DRO_ACT_UP] = "up",
	    [DRO_ACT_SETBACK] = "setback",
	    [DRO_ACT_RETURN] = "return",
	    [DRO_ACT_PARK] = "park",
	};

	return (names[action]);
}

const char *
dro_overlay_name(enum dro_overlay bit)
{
	switch (bit) {
	case DRO_OVER_PAUSED:
		return ("paused");
	case DRO_OVER_AWAITING_APPROVAL:
		return ("awaiting_approval");
	case DRO_OVER_BLOCKED:
		return ("blocked");
	case DRO_OVER_DRIFTED:
		return ("drifted");
	case DRO_OVER_FROZEN:
		return ("frozen");
	case DRO_OVER_STALE_DATA:
		break;
	}
	return ("stale_data");
}
