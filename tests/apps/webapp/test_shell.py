"""The app's files: installable, the same for everybody, replaced as a whole."""

import json
import re
import struct

import pytest
import segno
from django.conf import settings
from django.test import Client

from apps.coaching.categories import Category
from apps.webapp import shell
from backend.records.server_owned import LOOKED_AT
from tests.conftest import Person


def file(path: str) -> tuple[int, bytes]:
    """Ask for a file; return the status and its bytes."""
    answer = Client().get(path)
    content = b"".join(answer)
    answer.close()
    return answer.status_code, content


def _texts(language: str) -> dict[str, str]:
    written = (shell.HERE / f"texts_{language}.js").read_text()
    texts: dict[str, str] = json.loads(written[written.index("{\n") :].strip().removesuffix(";"))
    return texts


def _values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


class TestPage:
    def test_is_the_same_for_everybody(self, athlete: Person) -> None:
        nobody, somebody = Client().get("/app"), athlete.page.get("/app")
        assert nobody.status_code == 200
        assert nobody.content == somebody.content
        assert "Cookie" not in somebody.headers.get("Vary", "")
        assert not somebody.cookies

    def test_has_no_script_or_style_in_it(self) -> None:
        text = Client().get("/app").content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\bstyle=|\bon\w+=", text) == []

    def test_may_load_only_from_here(self) -> None:
        policy = Client().get("/app")["Content-Security-Policy"]
        for rule in ("script-src 'self'", "manifest-src 'self'", "worker-src 'self'"):
            assert rule in policy
        assert "unsafe" not in policy


class TestManifest:
    def test_names_what_an_installation_needs(self) -> None:
        told = Client().get("/app/manifest.webmanifest")
        assert told["Content-Type"] == "application/manifest+json"
        manifest = json.loads(told.content)
        assert manifest["start_url"] == manifest["scope"] == manifest["id"] == "/app"
        assert manifest["display"] == "standalone"
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}

    def test_icons_are_as_large_as_it_says(self) -> None:
        icons = json.loads(Client().get("/app/manifest.webmanifest").content)["icons"]
        pngs = [icon for icon in icons if icon["type"] == "image/png"]
        assert sorted(icon["sizes"] for icon in pngs) == ["192x192", "512x512", "512x512"]
        for icon in pngs:
            _, content = file(icon["src"])
            assert content.startswith(b"\x89PNG")
            assert "{}x{}".format(*struct.unpack(">II", content[16:24])) == icon["sizes"]


class TestWorker:
    def test_keeps_every_file_of_the_app(self) -> None:
        answer = Client().get("/app/sw.js")
        assert answer["Service-Worker-Allowed"] == "/app"
        told = json.loads(re.search(r"start\((.*)\);", answer.content.decode())[1])  # type: ignore[index]  # it is there
        assert told["version"] == shell.version()
        assert "/app" in told["files"]
        assert not [path for path in told["files"] if path.startswith("/v1/")]
        for path in told["files"]:
            assert file(path)[0] == 200, path

    def test_imports_only_what_it_keeps(self) -> None:
        kept = {path.rpartition("/")[2] for path in shell.addresses()}
        for module in shell.HERE.glob("*.js"):
            for name in re.findall(r'from "\./([^"]+)"', module.read_text()):
                assert name in kept, (module.name, name)

    def test_is_another_release_when_a_byte_changes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = shell.version()
        shell.version.cache_clear()
        assert shell.version() == before
        monkeypatch.setattr(shell, "tables", lambda: b"{}")
        shell.version.cache_clear()
        assert shell.version() != before
        monkeypatch.undo()
        shell.version.cache_clear()
        assert shell.version() == before


class TestTables:
    def test_offer_what_the_models_know(self) -> None:
        told = json.loads(Client().get("/app/tables.json").content)
        vitamin_d = next(one for one in told["analytes"] if one["key"] == "vitd_25oh")
        assert {"nmol/L", "ng/mL"} == set(vitamin_d["units"])
        assert {"strength", "running"} <= set(told["activities"])
        assert {"squat", "deadlift"} <= set(told["exercises"])

    def test_name_all_that_can_be_shared_and_looked_at(self) -> None:
        told = json.loads(Client().get("/app/tables.json").content)
        for called in told["names"].values():
            assert set(called["categories"]) == set(Category)
            assert all(one["title"] and one["shows"] for one in called["categories"].values())
            assert set(called["looks"]) == set(LOOKED_AT)

    def test_call_everything_by_a_name_in_every_language(self) -> None:
        told = json.loads(Client().get("/app/tables.json").content)
        english, german = told["names"]["en"], told["names"]["de"]
        for kind in ("titles", "reasons", "categories", "looks"):
            assert english[kind].keys() == german[kind].keys(), kind
        assert german["activities"].keys() == {*told["activities"]}
        assert german["exercises"].keys() == {*told["exercises"]}
        assert english["activities"].keys() <= german["activities"].keys()
        assert english["exercises"].keys() <= german["exercises"].keys()
        assert all(one["labels"].keys() == {"de"} for one in told["analytes"])


class TestTexts:
    def test_are_the_same_sentences_with_the_same_values_in_every_language(self) -> None:
        english, *others = [_texts(language) for language in ("en", "de")]
        for other in others:
            assert other.keys() == english.keys()
            assert {key: _values(text) for key, text in other.items()} == {
                key: _values(text) for key, text in english.items()
            }

    def test_are_all_there_and_all_said(self) -> None:
        code = "\n".join(
            file.read_text()
            for file in shell.HERE.glob("*.js")
            if not file.name.startswith("texts_")
        )
        page = Client().get("/app").content.decode()
        known = _texts("en").keys()
        kinds = "|".join({key.partition(".")[0] for key in known})
        said = set(re.findall(rf'"((?:{kinds})\.[a-z0-9_-]+)"', code))
        assert said - known == set()
        begun = set(re.findall(r"`([a-z]+\.(?:[a-z]+_)?)\$\{", code))
        for key in known:
            name = key.removesuffix(".one")
            assert (
                f'"{name}"' in code
                or f'data-text="{name}"' in page
                or any(name.startswith(one) for one in begun)
            ), key


class TestCode:
    def test_leads_to_the_app(self) -> None:
        drawn = Client().get("/app/qr.svg").content
        expected = segno.make(f"{settings.PUBLIC_URL}/app", error="m", micro=False)
        (path,) = re.findall(rb'class="qrline"[^>]* d="([^"]+)"', drawn)
        told = expected.svg_inline(dark="#15202b", light="#ffffff", border=3, scale=4).encode()
        assert path in told

    def test_stands_on_the_athletes_page(self, athlete: Person) -> None:
        text = athlete.page.get("/me").content.decode()
        assert 'src="/app/qr.svg"' in text
        assert "Use it on your phone" in text


class TestSignOutOfThePages:
    def test_leaves_the_apps_unsent_entries_alone(self, athlete: Person) -> None:
        assert "storage" not in athlete.page.post("/sign-out")["Clear-Site-Data"]
