"""The constants of the laboratory models, read once while the package is imported."""

import msgspec

from backend.tables import Constant, read_table


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of section 4 that belong to no single analyte."""

    version: str
    albumin_usual_g_dl: Constant
    calcium_per_albumin: Constant
    same_sample_days: Constant
    advanced_ckd_egfr: Constant
    egfr_factor: Constant
    egfr_kappa_female: Constant
    egfr_kappa_male: Constant
    egfr_alpha_female: Constant
    egfr_alpha_male: Constant
    egfr_above_kappa: Constant
    egfr_per_year: Constant
    egfr_female: Constant
    change_z: Constant
    assay_share_of_within: Constant
    vitd_yearly_mean_ng_ml: Constant
    vitd_peak_to_trough_ng_ml: Constant
    same_season_months: Constant
    vitd_low_ng_ml: Constant
    vitd_above_ng_ml: Constant
    vitd_toxicity_ng_ml: Constant
    vitd_most_ng_ml: Constant
    pth_suppressed_below_pg_ml: Constant


CONSTANTS = read_table("backend.labs", "constants.toml", Constants)
VERSIONS: dict[str, str] = {"lab_constants": CONSTANTS.version}
