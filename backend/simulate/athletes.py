"""The twelve people of the demo; every name and number is invented."""

from datetime import date

from backend.records.athlete_profile import AthleteProfile
from backend.simulate import lives
from backend.simulate.plans import DemoAthlete, Measured, Sample, Slot
from backend.simulate.training import (
    EASY_GYM,
    HEAVY_LEGS,
    HEAVY_PULL,
    HEEL_DROPS,
    JUMPS,
    LANDINGS,
    STRONG_LEGS,
    gym,
    hops,
    play,
    ride,
    run,
    walk,
)


def _athlete(
    name: str, email: str, sport: str, story: str, profile: AthleteProfile, mass_kg: float,
    week: tuple[Slot, ...], samples: tuple[Sample, ...], *, hr_rest: int = 60,
    burst: tuple[Slot, ...] = (), burst_days: int = 0, silent_days: int = 0,
    measured: tuple[Measured, ...] = (), reviewed_days_ago: int | None = None,
    age_y: int | None = None,
) -> DemoAthlete:  # fmt: skip
    zone = profile.zone or "UTC"
    return DemoAthlete(
        name=name, email=email, sport=sport, story=story,
        profile=profile, zone=zone, mass_kg=mass_kg, hr_rest=hr_rest,
        laboratory=f"{zone.rpartition('/')[2]} Demo Laboratory", week=week, samples=samples,
        burst=burst, burst_days=burst_days, silent_days=silent_days, measured=measured,
        reviewed_days_ago=reviewed_days_ago, age_y=age_y,
    )  # fmt: skip


def _profile(
    sex: str, born: date, height_cm: float, zone: str, latitude: float, *,
    menopause: str | None = None, level: str = "recreational", dialysis: bool | None = None,
) -> AthleteProfile:  # fmt: skip
    return AthleteProfile(
        sex=sex, born_date=born, height_cm=height_cm, zone=zone, locale="en",
        latitude=latitude, menopausal_status=menopause, athlete_level=level, dialysis=dialysis,
    )  # fmt: skip


def _samples(*rows: tuple[int, str, str]) -> tuple[Sample, ...]:
    """Return blood samples from days ago, 25-OH vitamin D in nmol/L and PTH in pmol/L."""
    return tuple(
        Sample(days_ago=days_ago, values={"vitd_25oh": vitamin_d, "pth": pth})
        for days_ago, vitamin_d, pth in rows
    )


WITH_A_STORY = (
    _athlete(
        "Ingrid Solheim", "ingrid.solheim", "strength training",
        "Lifts heavy at least twice a week, after menopause: supportive.",
        _profile("female", date(1965, 3, 14), 168, "Europe/Oslo", 59.9, menopause="post"),
        64.0, (gym(0, 18, HEAVY_LEGS, keeps=0.97), hops(1, 10, JUMPS),
               gym(3, 18, HEAVY_PULL, keeps=0.97), gym(5, 10, HEAVY_LEGS, keeps=0.97)),
        _samples((26, "78", "4.9"), (390, "71", "5.2")),
        measured=lives.LIFTER, reviewed_days_ago=60,
    ),
    _athlete(
        "Mateo Fernández", "mateo.fernandez", "road cycling",
        "Rides ten hours a week and does nothing that bone would notice: review.",
        _profile("male", date(1991, 8, 2), 181, "Europe/Madrid", 40.4, level="competitive"),
        68.5, (ride(1, 7, 110, keeps=1), ride(3, 7, 120, rpe=7, keeps=1),
               ride(5, 9, 220, rpe=6, keeps=1), ride(6, 9, 190, keeps=1)),
        _samples((61, "66", "4.1"), (420, "58", "4.4")), hr_rest=44,
        measured=lives.CYCLIST, reviewed_days_ago=90,
    ),
    _athlete(
        "Amara Okafor", "amara.okafor", "running",
        "Doubled her running and added jumps within a week: a loading step-up.",
        _profile("female", date(1996, 11, 23), 170, "Africa/Lagos", 6.5, menopause="pre"),
        60.5, (run(1, 6, 45), run(3, 6, 40), run(6, 7, 75, kmh=9.8)),
        _samples((45, "83", "3.9"), (320, "80", "4.0")), hr_rest=50,
        burst=(run(0, 6, 50, keeps=1), run(1, 6, 55, keeps=1), hops(2, 18, JUMPS, keeps=1),
               run(3, 6, 60, keeps=1), run(4, 6, 45, keeps=1), hops(5, 9, LANDINGS, keeps=1),
               run(6, 7, 95, keeps=1)),
        burst_days=7,
    ),
    _athlete(
        "Jonas Weber", "jonas.weber", "office work and walking",
        "Low vitamin D 100 days ago and no retest since: overdue.",
        _profile("male", date(1980, 5, 9), 178, "Europe/Berlin", 52.5),
        84.0, (walk(0, 12, 35), walk(4, 12, 35), gym(2, 19, EASY_GYM, minutes=45, rpe=5)),
        _samples((100, "38.2", "5.6"), (455, "52.4", "4.8")), hr_rest=66,
        measured=lives.OFFICE, reviewed_days_ago=95,
    ),
    _athlete(
        "Yuki Tanaka", "yuki.tanaka", "badminton and strength training",
        "Nothing has arrived for twelve days.",
        _profile("female", date(1987, 1, 30), 161, "Asia/Tokyo", 35.7, menopause="pre"),
        55.0, (play(1, 20, "badminton", 80), play(5, 14, "badminton", 90),
               gym(3, 20, HEAVY_PULL)),
        _samples((150, "61", "4.6"), (500, "57", "4.9")), silent_days=12,
    ),
    _athlete(
        "Priya Raman", "priya.raman", "yoga and brisk walking",
        "Low vitamin D 78 days ago: the retest is due within a week.",
        _profile("female", date(1973, 9, 17), 160, "Asia/Kolkata", 13.1,
                 menopause="transition"),
        62.0, (play(0, 6, "yoga", 60, rpe=3), walk(2, 6, 45), play(4, 6, "yoga", 60, rpe=3),
               hops(6, 7, HEEL_DROPS)),
        _samples((78, "43.5", "5.9"), (410, "49.0", "5.5")),
    ),
)  # fmt: skip

SPECIAL = (
    _athlete(
        "Noemi Balog", "noemi.balog", "gymnastics",
        "Fifteen: adult cut-offs for muscle and bone do not hold, a Z-score does.",
        _profile("female", date(2011, 5, 20), 162, "Europe/Budapest", 47.5, menopause="pre",
                 level="competitive"),
        48.5, (play(0, 16, "gymnastics", 150, keeps=0.95), play(2, 16, "gymnastics", 150),
               play(4, 16, "gymnastics", 150, keeps=0.95), play(5, 9, "gymnastics", 180, rpe=7)),
        _samples((95, "61", "4.0"),), hr_rest=58,
        measured=lives.GYMNAST, reviewed_days_ago=80, age_y=15,
    ),
    _athlete(
        "Daniel Okoye", "daniel.okoye", "walking and light strength training",
        "On dialysis: activity goes with function, no change of bone density is expected.",
        _profile("male", date(1968, 2, 14), 176, "Europe/London", 51.5, dialysis=True),
        72.0, (walk(0, 10, 40), walk(4, 10, 40), gym(2, 11, EASY_GYM, minutes=40, rpe=4),
               play(5, 10, "cycling", 30, rpe=3)),
        (Sample(days_ago=55, values={"vitd_25oh": "64", "pth": "31.5", "creatinine": "7.42",
                                     "calcium": "9.1", "albumin": "3.9"}),
         Sample(days_ago=240, values={"vitd_25oh": "58", "pth": "28.8", "creatinine": "7.10",
                                      "calcium": "9.0", "albumin": "3.8"})),
        hr_rest=72, measured=lives.DIALYSIS, reviewed_days_ago=130,
    ),
    _athlete(
        "Sofie Lindqvist", "sofie.lindqvist", "distance running",
        "Runs six days a week and eats too little for it: worth raising.",
        _profile("female", date(2004, 4, 2), 170, "Europe/Stockholm", 59.3, menopause="pre",
                 level="competitive"),
        50.5, (run(0, 7, 50, keeps=0.85), run(1, 7, 65, keeps=0.85), run(2, 7, 45, keeps=0.8),
               run(3, 7, 60, rpe=7, keeps=0.85), run(5, 8, 50, keeps=0.8),
               run(6, 8, 100, kmh=11.5, rpe=6)),
        _samples((48, "72", "3.7"), (410, "69", "3.9")), hr_rest=46,
        measured=lives.RUNNER, reviewed_days_ago=40,
    ),
)  # fmt: skip

STEADY = (
    _athlete(
        "Tomasz Nowak", "tomasz.nowak", "walking and light strength training",
        "Steady at 67: walks, climbs stairs and does heel drops.",
        _profile("male", date(1958, 12, 1), 174, "Europe/Warsaw", 52.2),
        79.5, (walk(0, 9, 55), walk(3, 9, 55), play(5, 10, "hiking_hills", 120, rpe=5),
               hops(1, 9, HEEL_DROPS), hops(4, 9, HEEL_DROPS)),
        _samples((40, "64", "5.7"), (400, "60", "5.4")), hr_rest=63,
    ),
    _athlete(
        "Aroha Ngata", "aroha.ngata", "netball", "Steady through two seasons.",
        _profile("female", date(1994, 4, 11), 173, "Pacific/Auckland", -36.8,
                 menopause="pre", level="competitive"),
        71.0, (play(1, 18, "netball", 90), play(5, 11, "netball", 70, rpe=8),
               gym(3, 18, HEAVY_LEGS)),
        _samples((120, "88", "3.8"),), hr_rest=55,
    ),
    _athlete(
        "Lucas Tremblay", "lucas.tremblay", "sprinting",
        "Steady: track, barbell and plyometrics, four days a week.",
        _profile("male", date(2003, 7, 19), 183, "America/Toronto", 45.5, level="competitive"),
        77.0, (play(0, 17, "sprint_intervals", 60, rpe=8), hops(2, 17, LANDINGS),
               play(4, 17, "sprint_intervals", 55, rpe=8), gym(5, 10, STRONG_LEGS)),
        _samples((70, "75", "3.6"),), hr_rest=47,
    ),
)  # fmt: skip


def demo_athletes() -> tuple[DemoAthlete, ...]:
    """Return the twelve demo athletes, the nine with a story to tell first."""
    return (*WITH_A_STORY, *SPECIAL, *STEADY)
