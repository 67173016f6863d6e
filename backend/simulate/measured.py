"""What is measured and answered now and then: scans, tests, questionnaires, food, injuries.

Each is written down as it will stand in a record, but for its day, which is so many days before
the end of the history.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec

from backend.days import zone_of
from backend.records import REGISTRY
from backend.records.ids import record_id
from backend.simulate.plans import SYSTEM, Measured, SimulatedRecord

# The field that dates a record, and whether it is an instant.
DATED = {
    "dxa_scan": ("scanned_at", True),
    "body_composition": ("measured_at", True),
    "strength_test": ("tested_at", True),
    "energy_screen": ("answered_at", True),
    "intake_log": ("taken_at", True),
    "injury": ("onset_date", False),
    "medication": ("started_date", False),
    "cycle_log": ("local_date", False),
}
OVER = {"injury": "closed_date", "medication": "ended_date"}


def scan(days_ago: int, *, machine: str = "Hologic", **sites: tuple[float, float | None, float]) -> Measured:  # fmt: skip
    """Return a DXA scan; each site with density (g/cm2), T- and Z-score."""
    results = [
        {"uid": site, "site": site, "bmd_g_cm2": bmd, "z_score": z}
        | ({} if t is None else {"t_score": t})
        for site, (bmd, t, z) in sites.items()
    ]
    told = {
        "manufacturer": machine, "model": "Demo", "device_id": f"{machine} 1",
        "reference_database": "as the machine printed it", "site_results": results,
    }  # fmt: skip
    return Measured(type="dxa_scan", days_ago=days_ago, told=told)


def composed(
    days_ago: int, mass_kg: float, *, fat_pct: float, alm_kg: float | None = None,
    method: str = "dxa",
) -> Measured:  # fmt: skip
    """Return a measurement of body composition."""
    told: dict[str, object] = {"method": method, "device": f"Demo {method}", "fat_pct": fat_pct}
    told["mass_kg"] = mass_kg
    if alm_kg is not None:
        told["alm_kg"] = alm_kg
    return Measured(type="body_composition", days_ago=days_ago, told=told)


def tested(days_ago: int, test: str, value: float, unit: str, **more: object) -> Measured:
    """Return a test of strength or function with three tries, the best one ``value``."""
    worse = 1.06 if unit == "s" else 0.94
    tries = [round(value * worse, 2), value, round(value * (1 + worse) / 2, 2)]
    trials = [{"uid": f"t{n}", "value": one, "unit": unit} for n, one in enumerate(tries)]
    told = {"test": test, "device": "Demo", "trials": trials, **more}
    return Measured(type="strength_test", days_ago=days_ago, told=told)


def grip(days_ago: int, kg: float) -> Measured:
    """Return a grip test of the right hand."""
    return tested(days_ago, "grip", kg, "kg", side="right")


def eats(days_ago: int, days: int, *, protein_g: float, calcium_mg: float, kcal: float) -> tuple[Measured, ...]:  # fmt: skip
    """Return complete food logs of so many days in a row."""
    amounts = (("protein", protein_g, "g"), ("calcium", calcium_mg, "mg"), ("energy", kcal, "kcal"))
    items = [
        {"uid": code, "code": code, "amount": amount, "unit": unit}
        for code, amount, unit in amounts
    ]
    told = {"kind": "food", "complete_day": True, "items": items}
    return tuple(
        Measured(type="intake_log", days_ago=days_ago - n, told=told, spread=0.06)
        for n in range(days)
    )


def answered(days_ago: int, **answers: object) -> Measured:
    """Return answers to the energy questionnaire."""
    return Measured(type="energy_screen", days_ago=days_ago, told=answers)


def hurt(days_ago: int, kind: str, site: str, *, days: int | None = None, **more: object) -> Measured:  # fmt: skip
    """Return an injury, over after so many days."""
    return Measured(
        type="injury", days_ago=days_ago, told={"kind": kind, "site": site, **more}, lasts=days
    )


def takes(days_ago: int, code: str, name: str, dose: str) -> Measured:
    """Return a drug that is still taken."""
    told = {"code": code, "name": name, "dose": dose}
    return Measured(type="medication", days_ago=days_ago, told=told)


def periods(days_ago: int, every: int, times: int) -> tuple[Measured, ...]:
    """Return first days of periods, so many days apart."""
    return tuple(
        Measured(type="cycle_log", days_ago=days_ago - n * every, told={"kind": "period_start"})
        for n in range(times)
    )


def measured_records(
    email: str, zone: str, measured: tuple[Measured, ...], *, ending: date, random: Random,
    namespace: UUID,
) -> Iterator[SimulatedRecord]:  # fmt: skip
    """Yield the records of what was measured, as they are pushed."""
    for number, one in enumerate(measured):
        day = ending - timedelta(days=one.days_ago)
        at = datetime.combine(day, time(9, random.randrange(60)), zone_of(zone))
        field, is_instant = DATED[one.type]
        external_id = f"{email}-{one.type}-{day:%Y%m%d}-{number}"
        told = {
            "source": {"system": SYSTEM, "app": "Mechanostat demo", "external_id": external_id,
                       "version": 1},
            **_varied(one, random),
            field: at.isoformat() if is_instant else day.isoformat(),
        }  # fmt: skip
        if one.type == "intake_log":
            told["local_date"] = day.isoformat()
        if one.lasts is not None:
            told[OVER[one.type]] = (day + timedelta(days=one.lasts)).isoformat()
        body = msgspec.convert(told, REGISTRY[one.type].body)
        yield SimulatedRecord(
            one.type,
            record_id(namespace, one.type, SYSTEM, external_id),
            at if is_instant else datetime.combine(day, time(), UTC),
            msgspec.json.encode(body),
        )


def _varied(one: Measured, random: Random) -> dict[str, object]:
    """Return what was told, with amounts that differ from day to day."""
    items = one.told.get("items")
    if not one.spread or not isinstance(items, list):
        return dict(one.told)
    varied = [
        item | {"amount": round(item["amount"] * random.uniform(1 - one.spread, 1 + one.spread))}
        for item in items
    ]
    return {**one.told, "items": varied}
