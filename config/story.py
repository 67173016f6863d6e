"""One phone's story over real HTTP: sign in, push a workout and a lab result, read what returns."""

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import sleep

import httpx2
from rich.console import Console

from backend.formats import read
from backend.records.ids import record_id
from backend.simulate import sample_fit, sample_vitamin_d
from config.demo import PASSWORD, PHONE
from phone.client import Phone
from phone.store import Store

LOW_VITAMIN_D_NMOL_L = 38.2
DRAWN_DAYS_AGO = 5
PATIENCE_S = 90
RETEST_RULE = "rem.vitd_retest_low"


@dataclass(frozen=True)
class Outcome:
    """What came back to the phone."""

    overall: str
    reminder_due: str | None

    @property
    def is_whole(self) -> bool:
        """Return whether both the summary and the reminder arrived."""
        return bool(self.overall) and self.reminder_due is not None


def play(server: str, *, now: datetime, console: Console) -> Outcome:
    """Play one phone against ``server`` and print what a person would see on it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "phone.sqlite") as store,
        Phone(server, store, attempts=5) as phone,
    ):
        phone.sign_in(PHONE, PASSWORD, name="Demo phone")
        console.print("[bold]A phone[/bold] signed in and pushes:")
        for title, data in _files(now):
            for draft in read(data).drafts:
                target = record_id(phone.athlete, draft.type, draft.system, draft.external_id)
                phone.put(draft.type, target, set=json.loads(draft.body))
            console.print(f"  • {title}")
        report = phone.sync()
        console.print(f"  {len(report.finished)} ops acknowledged; waiting for the summary")
        phone.wait_current(PATIENCE_S)
        return _show(phone, console)


def _files(now: datetime) -> list[tuple[str, bytes]]:
    morning = datetime.combine(now.date() - timedelta(days=1), time(7, 30), UTC)
    drawn = morning - timedelta(days=DRAWN_DAYS_AGO - 1)
    return [
        ("a strength workout, as a FIT file", sample_fit(morning)),
        (
            f"25-OH vitamin D {LOW_VITAMIN_D_NMOL_L} nmol/L, as a FHIR Observation (synthetic)",
            sample_vitamin_d(drawn, LOW_VITAMIN_D_NMOL_L),
        ),
    ]


def _show(phone: Phone, console: Console) -> Outcome:
    summaries = [record.body for record in phone.records("risk_summary")]
    reminders = [record.body for record in phone.records("reminder")]
    summary = summaries[0] if summaries else {}
    texts = summary.get("texts", {}).get("en", {})
    console.print("\n[bold]What came back in the feed[/bold]")
    console.print(f"  {texts.get('headline', summary.get('overall', 'no summary'))}")
    for name, domain in summary.get("domains", {}).items():
        console.print(
            f"  {name.replace('_', ' '):<22} {domain['band']:<14} confidence {domain['confidence']}"
        )
    due = None
    for reminder in reminders:
        due = reminder["due_date"] if reminder["rule"] == RETEST_RULE else due
        console.print(
            f"\n  [bold]Reminder[/bold] {reminder['topic']} due {reminder['due_date']} "
            f"({reminder['state']}): {reminder['reason']}"
        )
    console.print(f"\n  {texts.get('footer', '')}")
    return Outcome(summary.get("overall", ""), due)


def wait_ready(server: str, *, attempts: int = 300) -> bool:
    """Poll until the server says it is ready; return whether it did."""
    for _ in range(attempts):
        try:
            if httpx2.get(f"{server}/readyz", timeout=2).status_code == 200:
                return True
        except httpx2.HTTPError:
            pass
        sleep(0.2)
    return False
