"""One SimpleSAMLphp for all tests that need it; without it they are skipped, and say so."""

from collections.abc import Iterator

import pytest

from tests.peers.simplesamlphp.idp import SimpleSamlPhp, missing
from tests.support.saml.keys import signer


@pytest.fixture(scope="session")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    reason = missing()
    if reason is not None:
        pytest.skip(f"{reason} (Debian: apt-get install simplesamlphp php-cli php-xml)")
    pem = signer("simplesamlphp").pem()
    private, certificate = pem.split("-----BEGIN CERTIFICATE-----")
    made = SimpleSamlPhp(
        tmp_path_factory.mktemp("simplesamlphp") / "idp", (private, f"-----BEGIN CERTIFICATE-----{certificate}")
    )
    made.start()
    yield made
    made.stop()
