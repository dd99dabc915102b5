"""Names of an operator's attributes stand in SQL as they are: what could leave its place there is refused by settings, and
what is allowed is found, whatever it means to SQL or JSON.
"""

from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from bridge.settings.extensions import SchemaShape, schema
from bridge.store.database import Database, open_database
from scim import filters, listing, users
from scim.clean import clean
from scim.dialects import Healing
from scim.listing import Asked, Window
from scim.ports import Tx
from scim.schemas import USERS

URN = "urn:acme:params:scim:schemas:odd-names_1.5:2.0:User"
UNSAFE = (
    "x'", "x'; DROP TABLE scim_user; --", "x') OR 1=1 --", 'x"', 'x".\\"y', "x\\", "x}", "{x", "x,y", "x[0]", "$x", "x y",
    "x\n", "x\x00", "%x", "x%s", "x/*", "#x", "@x", "é", "x\u2019", "-x", "_x", "",
)  # fmt: skip
NO_NAMES = ("x.y", "x:y", ":x", "1x")  # which a URN may have within
ALLOWED = ("select", "NULL", "order-by", "a_b", "a--b", "x1", "value", "type", "User", "userName", "true", "a" * 200)


@pytest.mark.parametrize("name", UNSAFE + NO_NAMES)
def test_a_name_that_could_leave_its_place_is_refused(name: str) -> None:
    for attributes in ({name: {}}, {"holder": {"parts": {name: {}}}}):
        with pytest.raises(ValidationError, match="is no attribute name"):
            SchemaShape.model_validate({"id": URN, "name": "Odd", "attributes": attributes})


@pytest.mark.parametrize("name", UNSAFE)
def test_a_schema_id_that_could_leave_its_place_is_refused(name: str) -> None:
    for id in (name, f"urn:{name}:scim:User", f"urn:acme:{name}:User", f"{URN}:{name}"):
        with pytest.raises(ValidationError, match="is no schema URN"):
            SchemaShape.model_validate({"id": id, "name": "Odd", "attributes": {"x": {}}})


@pytest.fixture
async def store(common_database_url: str) -> AsyncIterator[Database]:
    database = open_database(common_database_url)
    yield database
    await database.close()


async def test_every_allowed_name_is_found_and_sorted_by(store: Database) -> None:
    named = {
        name: {"many": number % 3 == 1, "parts": {name: {}} if number % 3 == 2 else {}}
        for number, name in enumerate(ALLOWED)
    }
    shape = USERS.extended([schema(SchemaShape.model_validate({"id": URN, "name": "Odd", "attributes": named}))])

    def ask(tx: Tx) -> None:
        for number, name in enumerate(ALLOWED):
            value = [["it", "x"], {name: "it"}][number % 3 - 1] if number % 3 else "it"
            person = clean({"userName": name, URN: {name: value}}, shape, Healing())
            users.create(tx, "oddly-named", person, id=f"odd-{number}", now=number, shape=shape)
            path = f"{URN}:{name}" + (f".{name}" if number % 3 == 2 else "")
            query = filters.parse(f'{path} eq "IT"', shape, Healing())
            page = listing.find(tx, "oddly-named", (Asked(shape, query, listing.sorting(shape, path)),), Window(10))
            assert [row["id"] for row in page.rows] == [f"odd-{number}"]
            assert page.rows[0]["at"] == "it"

    await store.write(ask)
