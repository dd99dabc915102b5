"""What a run leaves behind: a service that answers as before."""

from collections.abc import Sequence
from urllib.parse import quote

from bench.directory import USER
from bench.fuzzing.shots import Fuzzer
from bench.house import House
from bench.report import Report
from bench.wire import Wire, bearer


async def still_well(house: House, fuzzers: Sequence[Fuzzer], report: Report) -> None:
    """Every connection takes a user and finds it."""
    for fuzzer in fuzzers:
        with Wire(house.ports[0], bearer(fuzzer.token)) as wire:
            base, name = f"/scim/v2/{fuzzer.connection}/Users", f"{fuzzer.mark}-afterwards"
            made = await wire.call("POST", base, {"schemas": [USER], "userName": name})
            found = await wire.call("GET", base + "?filter=" + quote(f'userName eq "{name}"'))
            well = made.status == 201 and found.status == 200 and found.json()["totalResults"] == 1
            report.must(well, f"{fuzzer.connection} does not answer as before: {made.status}, {found.status}")
