"""The intervals of the reminder rules, read once while the package is imported."""

from datetime import date

import msgspec

from backend.tables import read_table


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number with how far it was checked and where it is from."""

    value: int
    support: str
    source: str


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers that follow each other; the last one holds from there on."""

    values: tuple[int, ...]
    support: str
    source: str


class KidneyStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days until kidney function is due again, from an eGFR on."""

    from_egfr: int
    days: int
    support: str
    source: str


class Intervals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table; units are part of the names."""

    version: str
    low_vitd_ng_ml: Interval
    vitd_annual_d: Interval
    nadir_month: Interval
    nadir_within_d: Interval
    nadir_latitude_deg: Interval
    pth_after_d: Interval
    pth_within_d: Interval
    renal_egfr: Interval
    kidney_failure_egfr: Interval
    kidney: tuple[KidneyStep, ...]
    adult_from_y: Interval
    older_from_y: Interval
    grip_d: Interval
    grip_older_d: Interval
    grip_older_low_d: Interval
    loading_gap_d: Steps
    vitd_retest_d: Interval
    vitd_high_ng_ml: Interval
    ckd_below_egfr: Interval
    calcium_confirm_d: Interval
    glucocorticoid_months: Interval
    dxa_women_from_y: Interval
    dxa_men_from_y: Interval
    chair_gait_d: Interval
    alm_d: Interval
    alm_older_d: Interval
    nudge_answer_d: Interval
    illness_d: Interval
    ramp_caution_d: Interval
    athlete_sessions: Interval
    athlete_weeks: Interval
    energy_screen_d: Interval
    energy_screen_risk_d: Interval
    menses_gap_d: Interval
    btm_d: Interval
    tsh_d: Interval
    tsh_dose_d: Interval
    sync_stale_d: Interval
    injury_check_d: Interval
    diet_log_d: Interval
    frax_months: Interval
    open_most: Interval


INTERVALS = read_table("backend.reminding", "intervals.toml", Intervals)


class Due(msgspec.Struct, frozen=True):
    """When something is due (None: not), and why then or why not."""

    due: date | None
    reason: str | None = None
