"""The unit a name carries: ``body_mass_kg`` is in kg."""

# UCUM; longer endings first where one ends in another.
ENDINGS = {
    "kg_m2": "kg/m2", "g_cm2": "g/cm2", "mg_dl": "mg/dL", "g_dl": "g/dL", "ng_ml": "ng/mL",
    "pg_ml": "pg/mL", "g_per_kg": "g/kg", "g_day": "g/d", "mg_day": "mg/d", "n_per_week": "1/wk",
    "g_l": "g/L", "m_s": "m/s", "kcal": "kcal", "pct": "%", "bw": "{body weight}", "kg": "kg",
    "cm": "cm", "mg": "mg", "hz": "Hz", "au": "{sRPE}", "g": "[g]", "n": "N", "m": "m", "s": "s",
    "h": "h",
}  # fmt: skip
WHOLE_NAMES = {
    "age": "a", "age_at_calc": "a", "menarche_age": "a", "minutes": "min", "months": "mo",
    "bone_drug_started_months_ago": "mo", "hours_since_previous": "h", "days_between": "d",
    "days_apart": "d", "log_days": "d", "coverage_days": "d", "window_days": "d", "cycles": "1",
    "bmd1": "g/cm2", "bmd2": "g/cm2", "bmi": "kg/m2", "latitude": "deg", "egfr": "mL/min/{1.73_m2}",
    "egfr_reported": "mL/min/{1.73_m2}", "ea": "kcal/kg/d", "blu": "{BLU}", "day_blu": "{BLU}",
    "current_week": "{BLU}", "prior_weeks": "{BLU}", "blu_by_tier": "{BLU}", "daily": "{sRPE}",
    "weekly_load": "{sRPE}", "pth_url": "pg/mL", "ca_url": "mg/dL", "oi": "{body weight}",
    "rpe": "1", "rir": "1", "reps": "1", "m": "1", "n": "1",
}  # fmt: skip


def unit_in(name: str) -> str | None:
    """Return the UCUM unit of an input or output, or None when it is not a quantity."""
    if name in WHOLE_NAMES:
        return WHOLE_NAMES[name]
    found = [ending for ending in ENDINGS if f"_{name}".endswith(f"_{ending}")]
    return ENDINGS[max(found, key=len)] if found else None
