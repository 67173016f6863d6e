from tests.words import said


class TestSaid:
    def test_is_nothing_that_stands_in_ids_digests_and_times_by_chance(self) -> None:
        one, digest = "0a777001-0000-4000-8000-7770020a7770", "d9" * 12 + "777003" + "e0" * 12
        text = f'{{"id": "{one}", "at": "2026-11-26T20:41:18.957213Z", "digest": "{digest}"}}'
        assert not [each for each in ("777001", "777002", "777003", "18.957") if each in said(text)]

    def test_is_all_that_is_told(self) -> None:
        text = '{"value": 18.957, "minutes": "777001", "day": "2026-01-13", "note": "CANARY-LAB"}'
        assert said(text) == text
        assert said("41.7317 nmol/l at 20:41:18") == "41.7317 nmol/l at "
