"""What may be called: public hosts, by https, on a listed port, whatever the spelling."""

from ipaddress import ip_network

import pytest

from apps.common.outbound import Guard, RefusedAddress
from tests.apps.common.addresses import NOT_PUBLIC, URLS

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:830::200e"]
# The same public host behind a translator or a tunnel, where a network has no other way.
PUBLIC += ["64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]


class TestAnAddress:
    @pytest.mark.parametrize("host", PUBLIC)
    def test_that_is_public_is_let_through(self, host: str) -> None:
        assert Guard().admits(host, 443)

    @pytest.mark.parametrize("host", NOT_PUBLIC)
    def test_that_is_not_public_is_refused(self, host: str) -> None:
        assert not Guard().admits(host, 443)

    @pytest.mark.parametrize("host", ["fe80::1%eth0", "2606:4700::1%1", "example.com", "", "1.1.1"])
    def test_that_is_no_number_is_refused(self, host: str) -> None:
        assert not Guard().admits(host, 443)

    @pytest.mark.parametrize("port", [0, 22, 80, 5432, 6379, 8443, 65535])
    def test_on_another_port_is_refused(self, port: int) -> None:
        assert not Guard().admits("8.8.8.8", port)

    def test_of_the_operators_list_is_let_through_and_its_neighbour_is_not(self) -> None:
        guard = Guard(allowed=[ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")], ports=[8443])
        reached = ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5", "8.8.8.8"]
        assert [guard.admits(host, 8443) for host in reached] == [True] * 4
        assert not guard.admits("10.2.0.1", 8443)
        assert not guard.admits("fd00:2::5", 8443)
        assert not guard.admits("10.1.2.3", 443)


class TestAUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "https://push.example.com/a/b?c=d",
            "https://PUSH.example.com:443/",
            "https://8.8.8.8/x",
            "https://[2606:4700:4700::1111]/x",
            "https://xn--exmple-cua.com/x",
        ],
    )
    def test_of_a_public_host_is_fine(self, url: str) -> None:
        Guard().check_url(url)

    @pytest.mark.parametrize("url", URLS)
    def test_that_could_never_be_called_is_refused(self, url: str) -> None:
        with pytest.raises(RefusedAddress):
            Guard().check_url(url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://push.example.com/\r\nHost: a",
            "https://push.example.com/ b",
            "https://push.example.com/\x00",
            "https://push.example.com/\t",
            "https://①②⑦.0.0.1/",
            "https://127。0。0。1/",
            "https://push\u0445.example.com/",
            "https://push.example.com/" + "x" * 8_192,
        ],
    )
    def test_with_signs_no_address_has_is_refused(self, url: str) -> None:
        with pytest.raises(RefusedAddress):
            Guard().check_url(url)
