"""What is on the phone, as a person would want to read it."""

from typing import Any

from rich.console import Console
from rich.table import Table

from phone.model import LocalRecord
from phone.report import Happening, SyncReport
from phone.store import Store

_LOCALE = "en"
_TOLD = {
    Happening.FORKED: "The server came back from a backup; this phone gives back what it lost.",
    Happening.REPLAYED: "Versions the server had lost: {versions}.",
    Happening.ERASED: "The account's data were erased on the server, and with them this copy.",
    Happening.COPY_DIFFERED: "This copy differed from the server's in {types}; loaded anew.",
    Happening.COPY_STILL_DIFFERS: "This copy still differs in {types}. Please report this.",
    Happening.CLIENT_TOO_OLD: "Edits go up, but nothing comes down until this app is updated.",
    Happening.CLOCK_WRONG: "This device's clock is off by {offset_ms} ms.",
    Happening.OVER_QUOTA: "The server has no room for more; redo the edits when it has.",
}


def show_report(console: Console, report: SyncReport) -> None:
    """Say in one or two lines what a sync did."""
    trips = "1 round trip" if report.round_trips == 1 else f"{report.round_trips} round trips"
    state = report.derived.state if report.derived else "unknown"
    console.print(
        f"{trips}: {len(report.finished)} sent, {report.rows} received, "
        f"{len(report.attention)} need you, {len(report.kept)} for later. Summary: {state}."
    )
    for event in report.events:
        console.print(_TOLD[event.what].format(**event.detail))


def show_store(console: Console, store: Store) -> None:
    """Print everything on the phone: summary and reminders first, then the records."""
    account, place = store.account(), store.place()
    at = place.witness.seq if place.witness else 0
    console.print(f"[bold]{account.email or 'nobody signed in'}[/bold], feed at {at}")
    records = store.records()
    by_type: dict[str, list[LocalRecord]] = {}
    for record in records:
        by_type.setdefault(record.type, []).append(record)
    for record in by_type.pop("risk_summary", []):
        _show_summary(console, record.body)
    _show_table(
        console, "Reminders", by_type.pop("reminder", []), ("due_date", "topic", "state", "text")
    )
    _show_table(
        console,
        "Workouts",
        by_type.pop("workout_session", []),
        ("local_date", "activity", "title", "elapsed_s", "rpe"),
    )
    _show_table(
        console,
        "Lab results",
        by_type.pop("lab_result", []),
        ("collected_at", "analyte", "comparator", "value", "unit", "status"),
    )
    _show_table(console, "Not stored", by_type.pop("sync_issue", []), ("code", "pointers", "op"))
    for kind, others in by_type.items():
        _show_table(console, kind.replace("_", " ").capitalize(), others, ())
    _show_attention(console, store)
    waiting = len(store.outbox())
    if waiting:
        console.print(f"{waiting} edits wait in the outbox.")


def _show_summary(console: Console, body: dict[str, Any]) -> None:
    table = Table(
        title=f"Muscle and bone on {body.get('as_of', '?')}: {body.get('overall', '?')}",
        title_justify="left",
    )
    for heading in ("area", "band", "confidence", "complete", "found", "missing"):
        table.add_column(heading)
    for name, domain in (body.get("domains") or {}).items():
        share = domain.get("completeness")
        table.add_row(
            name,
            _cell(domain.get("band")),
            _cell(domain.get("confidence")),
            f"{share:.0%}" if isinstance(share, int | float) else "",
            ", ".join(str(finding.get("code", "")) for finding in domain.get("findings") or ()),
            _cell(domain.get("missing")),
        )
    console.print(table)
    for text in (body.get("texts") or {}).get(_LOCALE, {}).values():
        console.print(str(text), markup=False)


def _show_table(
    console: Console, title: str, records: list[LocalRecord], fields: tuple[str, ...]
) -> None:
    if not records:
        return
    columns = fields or tuple(dict.fromkeys(key for record in records for key in record.body))
    table = Table(title=f"{title} ({len(records)})", title_justify="left")
    for name in columns:
        table.add_column(name.replace("_", " "))
    table.add_column("")
    for record in records:
        body = record.body
        table.add_row(
            *(_cell(body.get(name)) for name in columns), "not synced" if record.pending else ""
        )
    console.print(table)


def _show_attention(console: Console, store: Store) -> None:
    items = store.attention()
    if not items:
        return
    table = Table(title=f"Needs you ({len(items)})", title_justify="left")
    for heading in ("edit", "of", "what happened", "why"):
        table.add_column(heading)
    for item in items:
        clashes = [clash.get("path") for clash in item.result.get("clashes", ())]
        why = ", ".join([item.reason, *map(str, clashes or item.result.get("pointers", ()))])
        table.add_row(str(item.op), item.type, item.outcome, _cell(why))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return _cell(value[_LOCALE]) if _LOCALE in value else ", ".join(map(str, value))
    # Square brackets would be read as rich's own markup.
    return str(value).replace("[", r"\[")
