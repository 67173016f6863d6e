"""What was measured of the demo's people over two years, one life after another."""

from backend.simulate.measured import (
    answered,
    composed,
    eats,
    grip,
    hurt,
    periods,
    scan,
    takes,
    tested,
)
from backend.simulate.plans import Measured

# Lifts after menopause: low bone mass that holds, strong for her age.
LIFTER: tuple[Measured, ...] = (
    scan(700, lumbar_spine=(0.889, -1.4, 0.2), total_hip=(0.802, -1.2, 0.0),
         femoral_neck=(0.688, -1.4, 0.0)),
    scan(150, lumbar_spine=(0.898, -1.3, 0.4), total_hip=(0.806, -1.1, 0.1),
         femoral_neck=(0.692, -1.4, 0.1)),
    composed(640, 64.9, fat_pct=31.5, alm_kg=18.1),
    composed(150, 64.0, fat_pct=30.2, alm_kg=18.6),
    grip(600, 29.0), grip(330, 29.5), grip(60, 30.5),
    tested(330, "chair_stand_5x", 9.6, "s"), tested(60, "chair_stand_5x", 9.2, "s"),
    tested(330, "gait", 1.24, "m/s"), tested(60, "gait", 1.27, "m/s"),
    *eats(390, 4, protein_g=84, calcium_mg=1150, kcal=1950),
    *eats(40, 5, protein_g=88, calcium_mg=1200, kcal=1980),
    answered(50, bmi=22.7, bsi_history=False, ede_q_elevated_or_ed=False),
)  # fmt: skip

# Trains ten hours a week, eats well; the spine is thin for a young man.
CYCLIST: tuple[Measured, ...] = (
    scan(660, lumbar_spine=(0.938, None, -1.3), total_hip=(0.941, None, -0.7)),
    scan(120, lumbar_spine=(0.931, None, -1.4), total_hip=(0.938, None, -0.7)),
    composed(660, 69.4, fat_pct=11.5, alm_kg=26.9), composed(120, 68.5, fat_pct=10.4, alm_kg=26.7),
    grip(500, 46.0), grip(120, 45.0),
    *eats(300, 4, protein_g=118, calcium_mg=980, kcal=3500),
    *eats(30, 5, protein_g=122, calcium_mg=1010, kcal=3600),
    answered(90, bmi=20.9, bsi_history=False, t3_low=False, ede_q_elevated_or_ed=False),
)  # fmt: skip

# Sits at work; nothing of it is measured often.
OFFICE: tuple[Measured, ...] = (
    composed(420, 85.5, fat_pct=27.5, method="bia"), composed(95, 84.0, fat_pct=26.8, method="bia"),
    grip(420, 44.0), grip(95, 43.0),
    *eats(35, 4, protein_g=62, calcium_mg=610, kcal=2250),
)  # fmt: skip

# Scanned for a study at 15; nothing of an adult's cut-offs holds for her.
GYMNAST: tuple[Measured, ...] = (
    composed(500, 44.0, fat_pct=17.0, alm_kg=15.1), composed(100, 48.5, fat_pct=17.5, alm_kg=17.0),
    grip(500, 22.0), grip(100, 26.0),
    scan(100, lumbar_spine=(0.884, None, -0.4), tblh=(0.842, None, -0.2)),
    answered(80, bmi=18.4, menarche_age=14, menses_12mo=9, dietary="none", bsi_count=0),
    *periods(210, 36, 5),
    hurt(390, "muscle", "hamstring", days=24, weeks_off=2),
)  # fmt: skip

# Three times a week at the dialysis centre, and a bicycle there.
DIALYSIS: tuple[Measured, ...] = (
    scan(540, lumbar_spine=(0.911, -1.6, -1.1), total_hip=(0.742, -2.0, -1.3)),
    composed(540, 73.5, fat_pct=25.0, alm_kg=19.9), composed(130, 72.0, fat_pct=24.5, alm_kg=19.5),
    grip(480, 31.0), grip(130, 30.5), tested(130, "gait", 1.02, "m/s"),
    tested(480, "chair_stand_5x", 13.9, "s"), tested(130, "chair_stand_5x", 13.4, "s"),
    *eats(50, 4, protein_g=66, calcium_mg=720, kcal=1900),
    takes(600, "other", "Phosphate binder", "with each meal"),
)  # fmt: skip

# Runs six days a week on too little, and broke a shin bone of it.
RUNNER: tuple[Measured, ...] = (
    scan(610, lumbar_spine=(0.921, None, -1.2), total_hip=(0.905, None, -0.4)),
    scan(200, lumbar_spine=(0.905, None, -1.5), total_hip=(0.898, None, -0.5)),
    composed(610, 52.5, fat_pct=16.5, alm_kg=18.4), composed(60, 50.5, fat_pct=14.5, alm_kg=18.1),
    grip(400, 29.0), grip(60, 28.5),
    *eats(360, 5, protein_g=70, calcium_mg=760, kcal=1650),
    *eats(28, 7, protein_g=64, calcium_mg=700, kcal=1450),
    answered(430, bmi=18.2, dietary="some_restriction_or_history", menarche_age=15,
             menses_12mo=8, bsi_count=0, z_lowest=-1.2),
    answered(40, bmi=17.5, dietary="some_restriction_or_history", menarche_age=15, menses_12mo=5,
             bsi_count=1, bsi_high_risk_site=False, z_lowest=-1.5, amenorrhoea_3_11=True,
             z_below_minus1=True, t3_low=False),
    *periods(600, 45, 6), *periods(180, 70, 2),
    hurt(230, "bone_stress", "tibia", days=75, imaging_confirmed=True, weeks_off=8),
)  # fmt: skip
